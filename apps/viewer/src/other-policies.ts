/**
 * Policies of the runs beside this one that play the same game, to be played here: which runs there are,
 * and, of those that were asked for, which policies, kept up while they train. Not here: who plays them
 * (performances.ts), where (side-by-side.ts).
 */
import type { PoliciesPage, RunFacts } from "@carom/runs/formats";
import { without, withPage } from "./model/policies.js";
import { whyNotTogether } from "./model/same-game.js";
import { ApiError } from "./net/api.js";
import { Follower } from "./net/history.js";
import { type KeptPolicy, policyKey } from "./policy/protocol.js";
import type { RunList } from "./run-list.js";
import type { Session } from "./session.js";

/** Milliseconds between two looks at runs that still train. */
const LOOK = 3000;
/** After so many looks the list of runs is asked for again. */
const LOOKS = 10;

/** A run beside this one. */
export interface OtherRun {
  readonly facts: RunFacts;
  /** Why its policies cannot play here, in a few words; undefined if they can. */
  readonly whyNot: string | undefined;
}

/** What a run has to be played. */
export interface Offer {
  /** By their env steps; undefined while they are not known. */
  readonly policies: readonly KeptPolicy[] | undefined;
  /** A sentence if they could not be had. */
  readonly problem: string | undefined;
}

/** A run whose policies were asked for. */
interface Opened extends Offer {
  readonly facts: RunFacts;
  readonly follower: Follower<PoliciesPage>;
  policies: readonly KeptPolicy[] | undefined;
  problem: string | undefined;
}

export class OtherPolicies {
  private readonly session: Session;
  private readonly list: RunList;
  private readonly wake: () => void;
  /** By the runs' names and beginnings: a name may come again. */
  private readonly opened: Map<string, Opened> = new Map();
  private followed: ReadonlySet<string> = new Set();
  private timer: ReturnType<typeof setInterval> | undefined;
  private changes = 0;

  constructor(session: Session, list: RunList, wake: () => void) {
    this.session = session;
    this.list = list;
    this.wake = wake;
  }

  /** The runs beside this one, newest first; none until `begin`. */
  get runs(): readonly OtherRun[] {
    const own = this.session.facts;
    if (!own) return [];
    return (this.list.runs ?? []).map((facts) => ({ facts, whyNot: whyNotTogether(own, facts) }));
  }

  /** Counts changes of the runs and of their policies. */
  get revision(): number {
    return this.changes + this.list.revision;
  }

  /** Looks at the runs, now and from time to time until `rest`. */
  begin(): void {
    this.rest();
    let looks = 0;
    this.timer = setInterval(() => {
      if (++looks % LOOKS === 0) this.look();
      else for (const one of this.opened.values()) if (this.isFollowed(one)) one.follower.poke();
    }, LOOK);
    this.look();
  }

  /** Names of the runs that are kept up from now on, where they train. */
  follow(runs: ReadonlySet<string>): void {
    this.followed = runs;
  }

  /** Looks no more; what is known stays. */
  rest(): void {
    clearInterval(this.timer);
  }

  /** Asks again for everything: the trainer's absence may have kept it from us. */
  look(): void {
    void this.list.refresh();
    for (const one of this.opened.values()) one.follower.poke();
  }

  /** What a run has, by its name; asked for from now on. */
  of(id: string): Offer {
    const run = this.runs.find(({ facts }) => facts.id === id);
    if (!run && this.list.runs === undefined && this.list.problem === undefined) return unknownYet;
    if (!run) return refusal(this.list.problem ?? "This run is not there any more.");
    if (run.whyNot !== undefined) return refusal(`It cannot play here: ${run.whyNot}.`);
    return this.open(run.facts);
  }

  /** A policy by its key, if it is known. */
  find(key: string): KeptPolicy | undefined {
    for (const { policies } of this.opened.values()) {
      const found = policies?.find((one) => policyKey(one) === key);
      if (found) return found;
    }
    return undefined;
  }

  /** Bytes of a policy; one that went to make room leaves the list. */
  async policy(entry: KeptPolicy, run: RunFacts): Promise<Uint8Array<ArrayBuffer>> {
    const one = this.opened.get(nameOf(run));
    try {
      const bytes = await this.session.api.policyOf(run.id, entry.id);
      if (bytes.length === entry.bytes) return bytes;
      this.opened.delete(nameOf(run));
      void this.list.refresh();
      throw new Error(`The run ${run.id} has begun anew: choose its policy again.`);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404 && one?.policies) {
        one.policies = without(one.policies, entry);
        this.changed();
      }
      throw error;
    }
  }

  private open(facts: RunFacts): Opened {
    const name = nameOf(facts);
    const known = this.opened.get(name);
    if (known) return known;
    const opened: Opened = {
      facts,
      follower: new Follower(
        (since) => this.fetch(opened, since),
        ({ from, policies }) => {
          const added = policies.map((policy) => ({ ...policy, run: facts }));
          opened.policies = withPage(opened.policies ?? [], { from, policies: added });
          this.changed();
        },
      ),
      policies: undefined,
      problem: undefined,
    };
    this.opened.set(name, opened);
    opened.follower.poke();
    return opened;
  }

  private async fetch(opened: Opened, since: number): Promise<PoliciesPage> {
    try {
      const page = await this.session.api.policiesOf(opened.facts.id, since);
      opened.problem = undefined;
      if (opened.policies === undefined) {
        opened.policies = []; // it may have kept none
        this.changed();
      }
      return page;
    } catch (error) {
      opened.problem = error instanceof Error ? error.message : String(error);
      this.changed();
      throw error;
    }
  }

  private isFollowed({ facts }: Opened): boolean {
    return this.followed.has(facts.id) && this.list.trains(facts.id);
  }

  private changed(): void {
    this.changes++;
    this.wake();
  }
}

/** While the runs themselves are not known. */
const unknownYet: Offer = { policies: undefined, problem: undefined };

function refusal(problem: string): Offer {
  return { policies: undefined, problem };
}

function nameOf({ id, startedAt }: RunFacts): string {
  return `${id}@${startedAt}`;
}
