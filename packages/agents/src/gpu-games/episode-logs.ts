/**
 * Episodes of the first few games on a GPU, told from what a rollout brings back: their decisions, and where they
 * ended. The other games are counted on the GPU only.
 */
import {
  type ActionWriter,
  actionBytes,
  actionWriter,
  type CurrentEpisode,
  type EpisodeRecord,
  type GameSpec,
  type Key,
} from "@carom/envs";

/** What a rollout of T steps brings back of W games. */
export interface WatchedSteps {
  readonly steps: number;
  /** `[T, W]`, or `[T, W, A]`. */
  readonly actions: Int32Array | Float32Array;
  /** Raw rewards, `[T, W]`. */
  readonly rewards: Float32Array;
  /** `[T, W]` each. */
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** `[T, W]`: return of the episode, where it ended. */
  readonly returns: Float64Array;
}

/** A running episode. */
interface Running {
  episode: number;
  actions: Uint8Array<ArrayBuffer>;
  length: number;
  total: number;
  /** Whether `actions` has all decisions; else nothing is told of the episode. */
  isWhole: boolean;
}

const FIRST_BYTES = 256;

/** See the head of the file. */
export class EpisodeLogs {
  /** How many games are watched, W. */
  readonly count: number;
  private readonly key: Key;
  private readonly bytes: number;
  private readonly write: ActionWriter;
  private readonly running: Running[];

  constructor({ actions }: GameSpec, key: Key, count: number) {
    this.count = count;
    this.key = key;
    this.bytes = actionBytes(actions);
    this.write = actionWriter(actions);
    this.running = Array.from({ length: count }, () => newRunning(0));
  }

  /** Every game begins its episode 0. */
  reset(): void {
    for (let env = 0; env < this.count; env++) this.running[env] = newRunning(0);
  }

  /** Goes on where a game is: its episode, the decisions so far (undefined: not known) and their rewards. */
  restore(env: number, episode: number, actions: Uint8Array | undefined, total: number): void {
    const known = Uint8Array.from(actions ?? []);
    const length = known.length / this.bytes;
    const isWhole = actions !== undefined;
    this.running[env] = { episode, actions: known, length, total, isWhole };
  }

  /** The episode that a watched game is playing. */
  current(env: number): CurrentEpisode {
    const { episode, actions, length, total } = this.running[env];
    const seed = this.seedOf(env, episode);
    return {
      seed,
      episode,
      actions: actions.subarray(0, length * this.bytes),
      length,
      return: total,
    };
  }

  /** Follows a rollout; hands out the episodes that ended in it, in order of ending. */
  take(watched: WatchedSteps): EpisodeRecord[] {
    const records: EpisodeRecord[] = [];
    for (let at = 0; at < watched.steps * this.count; at++) {
      const env = at % this.count;
      this.add(env, watched, at);
      const terminated = watched.terminated[at] !== 0;
      if (!terminated && watched.truncated[at] === 0) continue;
      const { isWhole } = this.running[env];
      const record = this.end(env, watched.returns[at], terminated);
      if (isWhole) records.push(record);
    }
    return records;
  }

  private add(env: number, { actions, rewards, steps }: WatchedSteps, at: number): void {
    const running = this.running[env];
    const place = running.length * this.bytes;
    if (place + this.bytes > running.actions.length) {
      const longer = new Uint8Array(Math.max(FIRST_BYTES, 2 * running.actions.length));
      longer.set(running.actions);
      running.actions = longer;
    }
    const width = actions.length / (steps * this.count);
    this.write(actions, at * width, running.actions, place);
    running.length++;
    running.total += rewards[at];
  }

  private end(env: number, total: number, terminated: boolean): EpisodeRecord {
    const { episode, actions, length } = this.running[env];
    this.running[env] = newRunning(episode + 1);
    return {
      env,
      episode,
      seed: this.seedOf(env, episode),
      actions: actions.slice(0, length * this.bytes),
      length,
      return: total,
      terminated,
      truncated: !terminated,
    };
  }

  private seedOf(env: number, episode: number): number {
    return this.key.child("env", env).child("episode", episode).toSeed();
  }
}

function newRunning(episode: number): Running {
  return { episode, actions: new Uint8Array(0), length: 0, total: 0, isWhole: true };
}
