/**
 * Mean returns of every kept policy over the same seeds, played in the worker bit by bit while somebody
 * wants to know, and kept for the session. What a person's play is measured against.
 */
import { key } from "@carom/envs";
import { coarseToFine } from "./model/ages.js";
import { type AgeReturns, nextMissing } from "./model/rating.js";
import type { Asked, PolicyHost } from "./policy/host.js";
import { type Played, policyKey } from "./policy/protocol.js";
import { Problems } from "./problems.js";
import type { Session } from "./session.js";
import { keepForSession, keptForSession } from "./ui/settings.js";

/** Seeds that every policy plays. */
export const SEEDS = 16;

export class Ratings {
  /** Counts answers. */
  revision = 0;
  private readonly session: Session;
  private readonly host: Pick<PolicyHost, "play">;
  private readonly wake: () => void;
  private readonly returns: Map<string, number[]> = new Map();
  private run: string | undefined;
  private asked: Asked<Played> | undefined;
  /** Of policies, by their keys. */
  private readonly problems: Problems;

  constructor(session: Session, host: Pick<PolicyHost, "play">, wake: () => void) {
    this.session = session;
    this.host = host;
    this.problems = new Problems(session);
    this.wake = wake;
  }

  /** Every kept policy with what it has returned so far. */
  get ages(): readonly AgeReturns[] {
    this.load();
    return this.session.policies.map((policy) => ({
      steps: policy.steps,
      returns: this.returns.get(policyKey(policy)) ?? [],
    }));
  }

  /** Episodes played, and to be played, of all policies. */
  get progress(): { readonly done: number; readonly all: number } {
    const done = this.ages.reduce((sum, { returns }) => sum + returns.length, 0);
    return { done, all: this.session.policies.length * SEEDS };
  }

  /** Plays on while it is called every frame; one episode is under way at a time. */
  work(): void {
    if (this.asked) return;
    const { problems } = this;
    const { policies } = this.session;
    problems.refresh();
    const counts = this.ages.map(({ returns }) => returns.length);
    const able = coarseToFine(policies.length).filter(
      (i) => problems.of(policyKey(policies[i])) === undefined,
    );
    const next = nextMissing(counts, able);
    if (next === undefined) return;
    const policy = policies[next];
    const seed = ratingSeed(counts[next]);
    const asked = this.host.play(policy, { seed, greedy: true });
    this.asked = asked;
    asked.done.then(
      (played) => {
        const name = policyKey(policy);
        this.returns.set(name, [...(this.returns.get(name) ?? []), played.return]);
        this.save();
        this.settle(asked);
      },
      (error: Error) => {
        // What was not cancelled here is not asked again and again.
        if (this.asked === asked) problems.add(policyKey(policy), error.message);
        this.settle(asked);
      },
    );
  }

  /** Nobody wants to know any more. */
  rest(): void {
    const { asked } = this;
    this.asked = undefined;
    asked?.cancel();
  }

  private settle(asked: Asked<Played>): void {
    if (this.asked === asked) this.asked = undefined;
    this.revision++;
    this.wake();
  }

  /** What an earlier page of this session has found of the run. */
  private load(): void {
    const { facts } = this.session;
    const run = facts && `${facts.id} ${facts.startedAt}`;
    if (run === this.run) return;
    this.run = run;
    this.problems.clear();
    this.returns.clear();
    const stored = run === undefined ? undefined : keptForSession(`ratings ${run}`);
    for (const [name, returns] of stored === undefined ? [] : entriesOf(stored)) {
      this.returns.set(name, returns);
    }
  }

  private save(): void {
    keepForSession(`ratings ${this.run}`, JSON.stringify([...this.returns]));
  }
}

/** The seeds are the same for every policy, person and run. */
export function ratingSeed(index: number): number {
  return key(0).child("rating", index).toSeed();
}

function entriesOf(stored: string): [string, number[]][] {
  try {
    const parsed: unknown = JSON.parse(stored);
    if (!Array.isArray(parsed)) return [];
    return parsed.filter(
      (one): one is [string, number[]] =>
        Array.isArray(one) &&
        typeof one[0] === "string" &&
        Array.isArray(one[1]) &&
        one[1].every((value) => typeof value === "number"),
    );
  } catch {
    return [];
  }
}
