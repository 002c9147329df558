/**
 * Writes what an env plays into rings of slots: frames, actions, rewards and what came of each step. What
 * replay memories of transitions (replay.ts) and of sequences (sequence-replay.ts) have in common.
 *
 * Legend: N slots of all games, A numbers of an action, F values of a frame.
 * Not here: what can be sampled, and how it is drawn.
 */
import {
  type ActionArray,
  actionArray,
  actionWidth,
  type ObservationArray,
  type VectorEnv,
} from "@carom/envs";
import type { Device } from "@carom/tensor";
import { AgentError } from "../errors.js";
import { FrameStore } from "./frame-store.js";
import { Kind, type ReadyWatcher, Rings } from "./rings.js";

/** What `begin` reads of an env. */
export type BeforeStep = Pick<VectorEnv, "observations" | "actions">;
/** What `finish` reads of an env. */
export type AfterStep = Pick<
  VectorEnv,
  "observations" | "finalObservations" | "rewards" | "terminated" | "truncated"
>;

/** What a recorder is made from. */
export interface RecorderOptions {
  /** The env whose steps it keeps (only its facts are read). */
  readonly env: Pick<VectorEnv, "spec" | "count">;
  /** Slots of each game, see {@link slotsPerGame}. */
  readonly slots: number;
  /** Where frames are put together. */
  readonly device: Device;
  /** Steps that belong together. */
  readonly nStep: number;
  /** Frames in a stack. */
  readonly frames: number;
  /** Told which slots can be sampled. */
  readonly watcher: ReadyWatcher | undefined;
}

/** First steps of each game on which the env's stacks are compared with the stored frames. */
const CHECKED_STEPS = 64;
/** Most slots of a game: what `nextBelow` draws from. */
const MOST_SLOTS = 2 ** 21;

/** The rings of an env's games and what lies in their slots. */
export class Recorder {
  /** Which slot holds what. */
  readonly rings: Rings;
  /** `[N, F]`. */
  readonly store: FrameStore;
  /** Numbers of an action, A. */
  readonly width: number;
  /** `[N, A]`. */
  readonly actions: ActionArray;
  /** `[N]`. */
  readonly rewards: Float32Array;
  private readonly frames: number;
  private readonly checks: Int32Array; // per game: steps still to be checked

  /** @throws AgentError BAD_VALUE */
  constructor({ env, slots, device, nStep, frames, watcher }: RecorderOptions) {
    const { actions, observation } = env.spec;
    const all = slots * env.count;
    this.rings = new Rings(env.count, slots, frames, nStep, watcher);
    this.store = new FrameStore(observation, all, frames, device);
    this.width = actionWidth(actions);
    this.actions = actionArray(actions, all * this.width);
    this.rewards = new Float32Array(all);
    this.frames = frames;
    this.checks = new Int32Array(env.count).fill(frames > 1 ? CHECKED_STEPS : 0);
  }

  /** Keeps what a game shows and the action it is given; the slot of both. */
  begin(env: BeforeStep, game: number): number {
    const { rings, actions, width } = this;
    if (rings.filled[game] === 0) {
      rings.start(game);
      this.open(game, env.observations);
    }
    const slot = rings.head(game);
    for (let i = 0; i < width; i++) actions[slot * width + i] = env.actions[game * width + i];
    return slot;
  }

  /** Keeps what came of the action, and what the game shows next; the slot of the step. */
  finish(env: AfterStep, game: number, reward: number): number {
    const { rings, store, rewards, frames } = this;
    const slot = rings.head(game);
    const age = rings.ages[slot] + 1;
    const kind = kindOf(env, game);
    rewards[slot] = reward;
    rings.kinds[slot] = kind;
    if (kind === Kind.goesOn) {
      store.take(env.observations, game, rings.advance(game, age), frames - 1);
      if (this.checks[game] > 0) this.checkStack(env.observations, game, slot);
      return slot;
    }
    if (kind === Kind.truncated) {
      store.take(env.finalObservations, game, rings.advance(game, age), frames - 1);
    }
    rings.advance(game, 0);
    this.open(game, env.observations);
    return slot;
  }

  /** Stores the newest frame of row `game` in the head of its ring, which begins an episode there. */
  private open(game: number, rows: ObservationArray): void {
    const { rings, store, frames } = this;
    if (frames > 1 && !store.isFirst(rows, game)) {
      // Play is under way: the older frames of the stack come before the head, as no transitions.
      for (let frame = 0; frame < frames - 1; frame++) {
        store.take(rows, game, rings.head(game), frame);
        rings.advance(game, frame + 1);
      }
    }
    store.take(rows, game, rings.head(game), frames - 1);
  }

  /** The newest frame but one must be the frame that was the newest before. */
  private checkStack(rows: ObservationArray, game: number, slot: number): void {
    this.checks[game]--;
    if (this.store.holds(rows, game, slot, this.frames - 2)) return;
    throw new AgentError(
      "BAD_VALUE",
      `replay: the observations are no stacks that move by one frame per step (got ${this.frames} frames, expected 1 for observations that change after they were stacked)`,
    );
  }
}

function kindOf({ terminated, truncated }: AfterStep, game: number): number {
  if (terminated[game] !== 0) return Kind.terminated;
  return truncated[game] !== 0 ? Kind.truncated : Kind.goesOn;
}

/** An equal share of a capacity for each game. @throws AgentError BAD_VALUE */
export function slotsPerGame(capacity: number, count: number): number {
  const most = MOST_SLOTS * count;
  if (capacity >= 1 && capacity <= most) return Math.floor(capacity / count);
  throw new AgentError(
    "BAD_VALUE",
    `replay: wrong capacity (got ${capacity}, expected 1 to ${most})`,
  );
}

/** Refuses what is no positive integer. @throws AgentError BAD_VALUE */
export function checkCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new AgentError(
      "BAD_VALUE",
      `replay: wrong ${name} (got ${value}, expected a positive integer)`,
    );
  }
}
