/**
 * The episodes that `count` environments are playing: numbers, seeds, logs of actions, returns.
 * Every episode has its own seed, the lower 32 bits of key.child("env", i).child("episode",
 * k).toSeed().
 */
import {
  type ActionArray,
  type ActionWriter,
  actionBytes,
  actionWidth,
  actionWriter,
  type CurrentEpisode,
  type EpisodeRecord,
  type GameSpec,
  type Key,
} from "@carom/envs";

const FIRST_LOG_BYTES = 256;

/** The running episodes. */
export class Episodes {
  /** `[count]`: seeds of the environments. */
  readonly seeds: Float64Array;
  /** `[count]`: numbers, from 0 in each environment. */
  readonly numbers: Int32Array;
  /** `[count]`: decisions so far. */
  readonly lengths: Int32Array;
  /** `[count]`: sums of the rewards so far. */
  readonly returns: Float64Array;
  /** Bytes of one decision. */
  readonly bytes: number;
  private readonly logs: Uint8Array<ArrayBuffer>[];
  private readonly key: Key;
  private readonly firstEnv: number;
  private readonly width: number;
  private readonly write: ActionWriter;

  constructor(spec: GameSpec, count: number, key: Key, firstEnv: number) {
    this.key = key;
    this.firstEnv = firstEnv;
    this.width = actionWidth(spec.actions);
    this.bytes = actionBytes(spec.actions);
    this.write = actionWriter(spec.actions);
    this.seeds = new Float64Array(count);
    this.numbers = new Int32Array(count);
    this.lengths = new Int32Array(count);
    this.returns = new Float64Array(count);
    this.logs = Array.from({ length: count }, () => new Uint8Array(FIRST_LOG_BYTES));
  }

  /** Seed of an episode, 0 to 2^32 - 1. */
  seedOf(env: number, number: number): number {
    const node = this.key.child("env", this.firstEnv + env).child("episode", number);
    return node.toSeed() % 2 ** 32;
  }

  /** An episode begins. */
  begin(env: number, number: number): void {
    this.seeds[env] = this.seedOf(env, number);
    this.numbers[env] = number;
    this.lengths[env] = 0;
    this.returns[env] = 0;
  }

  /** A decision was played. */
  add(env: number, actions: ActionArray, reward: number): void {
    const { bytes, lengths } = this;
    const at = lengths[env] * bytes;
    if (at + bytes > this.logs[env].length) this.fit(env, 2 * (at + bytes));
    this.write(actions, env * this.width, this.logs[env], at);
    lengths[env] += 1;
    this.returns[env] += reward;
  }

  /** The running episode of one environment. */
  current(env: number): CurrentEpisode {
    const length = this.lengths[env];
    return {
      seed: this.seeds[env],
      episode: this.numbers[env],
      actions: this.logs[env].subarray(0, length * this.bytes),
      length,
      return: this.returns[env],
    };
  }

  /** The running episode as one that has ended. */
  record(env: number, terminated: boolean): EpisodeRecord {
    const length = this.lengths[env];
    return {
      env: this.firstEnv + env,
      episode: this.numbers[env],
      seed: this.seeds[env],
      actions: this.logs[env].slice(0, length * this.bytes),
      length,
      return: this.returns[env],
      terminated,
      truncated: !terminated,
    };
  }

  /** The logs of all environments, one after the other. */
  allLogs(): Uint8Array<ArrayBuffer> {
    const total = this.lengths.reduce((sum, length) => sum + length * this.bytes, 0);
    const all = new Uint8Array(total);
    let at = 0;
    for (let env = 0; env < this.logs.length; env++) {
      all.set(this.current(env).actions, at);
      at += this.lengths[env] * this.bytes;
    }
    return all;
  }

  /** Takes over what `allLogs` gave, once `lengths` are set. */
  setLogs(all: Uint8Array): void {
    let at = 0;
    for (let env = 0; env < this.logs.length; env++) {
      const size = this.lengths[env] * this.bytes;
      this.fit(env, size);
      this.logs[env].set(all.subarray(at, at + size));
      at += size;
    }
  }

  private fit(env: number, size: number): void {
    const log = this.logs[env];
    if (size <= log.length) return;
    this.logs[env] = new Uint8Array(size);
    this.logs[env].set(log);
  }
}
