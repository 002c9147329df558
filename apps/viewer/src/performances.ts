/**
 * Episodes that kept policies play in this page, on seeds that the reader chooses. Played once by the
 * policy worker, then kept: a policy, a seed and a way to choose actions always give the same episode.
 * Several parts of the page want some at the same time; what nobody wants any more is cancelled.
 */
import { makeReplay } from "@carom/envs";
import type { EpisodeEntry } from "./model/episodes.js";
import { PrimitiveList } from "./model/primitives.js";
import type { Asked, PolicyHost } from "./policy/host.js";
import { type KeptPolicy, type Played, policyKey } from "./policy/protocol.js";
import { Problems } from "./problems.js";
import { recordedShow } from "./recorded-show.js";
import type { Session } from "./session.js";
import type { RecordedShow } from "./stage.js";

/** An episode to be played. */
export interface Wish {
  readonly policy: KeptPolicy;
  readonly seed: number;
  /** The best action each time; else actions are drawn as in training. */
  readonly greedy: boolean;
}

/** An episode that was played. */
export interface Performance extends Wish {
  readonly played: Pick<Played, "seed" | "actions" | "length" | "rewards" | "return">;
  readonly terminated: boolean;
}

/** A performance that can be shown, and its first picture. */
export interface Performed {
  readonly show: RecordedShow;
  readonly start: PrimitiveList;
}

/** Episodes that are kept. */
const MOST_KEPT = 200;
/** Questions under way at once: one is answered while the next is on its way. */
const MOST_ASKED = 2;

export class Performances {
  /** Counts answers. */
  revision = 0;
  private readonly session: Session;
  private readonly host: Pick<PolicyHost, "play">;
  private readonly wake: () => void;
  private readonly known: Map<string, Performance> = new Map();
  private readonly shows: Map<Performance, Performed> = new Map();
  private readonly problems: Problems;
  private readonly wishes: Map<string, readonly Wish[]> = new Map();
  private readonly asked: Map<string, Asked<Played>> = new Map();

  constructor(session: Session, host: Pick<PolicyHost, "play">, wake: () => void) {
    this.session = session;
    this.host = host;
    this.problems = new Problems(session);
    this.wake = wake;
  }

  /** True while episodes are being played. */
  get isBusy(): boolean {
    return this.asked.size > 0;
  }

  find(wish: Wish): Performance | undefined {
    return this.known.get(nameOf(wish));
  }

  /** A sentence if the policy cannot play. */
  problem(wish: Wish): string | undefined {
    this.refresh();
    return this.problems.of(nameOf(wish));
  }

  /** What a part of the page wants, the most urgent first; it replaces what the part wanted before. */
  want(part: string, wishes: readonly Wish[]): void {
    if (wishes.length === 0) this.wishes.delete(part);
    else this.wishes.set(part, wishes);
    this.refresh();
    const open = new Map<string, Wish>();
    for (const wish of [...this.wishes.values()].flat()) {
      const name = nameOf(wish);
      const isOpen = !this.known.has(name) && this.problems.of(name) === undefined;
      if (isOpen) open.set(name, wish);
    }
    for (const [name, asked] of this.asked) {
      if (open.has(name)) continue;
      this.asked.delete(name);
      asked.cancel();
    }
    for (const [name, wish] of [...open].slice(0, MOST_ASKED).reverse()) {
      if (!this.asked.has(name)) this.ask(name, wish); // the newest question is answered first
    }
  }

  /** What the stage shows of a performance. Throws where this page cannot play it. */
  shown(performance: Performance): Performed {
    const known = this.shows.get(performance);
    if (known) return known;
    const show = showOf(performance, this.session);
    const start = new PrimitiveList();
    show.player.game.draw(start);
    const made = { show, start };
    this.shows.set(performance, made);
    return made;
  }

  /** Whether `shown` is at hand. */
  isPrepared(performance: Performance): boolean {
    return this.shows.has(performance);
  }

  private ask(name: string, wish: Wish): void {
    const { policy, seed, greedy } = wish;
    const asked = this.host.play(policy, { seed, greedy });
    this.asked.set(name, asked);
    asked.done.then(
      ({ actions, length, rewards, return: sum, terminated }) => {
        const played = { seed, actions, length, rewards, return: sum };
        this.keep(name, { ...wish, played, terminated });
        this.settle(name, asked);
      },
      (error: Error) => {
        // What this part has not cancelled itself is not asked again and again.
        if (this.asked.get(name) === asked) this.problems.add(name, error.message);
        this.settle(name, asked);
      },
    );
  }

  private refresh(): void {
    if (!this.problems.refresh()) return;
    this.revision++;
    this.wake();
  }

  private settle(name: string, asked: Asked<Played>): void {
    if (this.asked.get(name) === asked) this.asked.delete(name);
    this.revision++;
    this.wake();
  }

  private keep(name: string, performance: Performance): void {
    this.known.set(name, performance);
    const oldest = this.known.entries().next().value;
    if (this.known.size <= MOST_KEPT || !oldest) return;
    this.known.delete(oldest[0]);
    this.shows.delete(oldest[1]);
  }
}

function nameOf({ policy, seed, greedy }: Wish): string {
  return `${policyKey(policy)} ${seed} ${greedy ? "best" : "drawn"}`;
}

function showOf(performance: Performance, session: Session): RecordedShow {
  const { policy, played, terminated } = performance;
  const { definition, facts } = session;
  if (!definition || !facts) throw new Error("performances: the run's game is not known");
  const { seed, actions, length } = played;
  const replay = makeReplay({ seed, actions }, definition, { variant: facts.variant });
  const entry: EpisodeEntry = {
    ...{ id: nameOf(performance), env: 0, episode: 0, seed, length, terminated },
    ...{ steps: policy.steps, return: replay.return, reason: "chosen" },
  };
  return { ...recordedShow(entry, replay, session), performer: policy };
}
