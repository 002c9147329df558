/**
 * What games on a GPU have decided: the last decisions of every game, in a ring on the device, and the ends of the first
 * games' episodes since somebody last looked. Decisions are those that the games played, whatever stands around them, so
 * an episode is told from here and from nowhere else.
 *
 * A decision has a place, counted up in its game from 0 to `wrap`, a multiple of the ring's length, and then from 0 again.
 * Not here: who writes it (kernels.cuh of @carom/compiler), what is told of it (episode-logs.ts).
 */
import {
  type Device,
  increment,
  type KernelArgument,
  type Kernels,
  keep,
  scope,
  type Tensor,
  tensor,
  zeros,
} from "@carom/tensor";
import { THREADS } from "./kernels.js";

/** Most bytes of a log that nobody asked for. */
const MOST_BYTES = 2 ** 30;

/** Most that a place is. */
const MOST_PLACE = 2 ** 31 - 1;

/** Numbers of an end: return, length, 1 where the rules ended it, step. */
export const END = 4;

/** What a log is made for. */
export interface GameLogOptions {
  readonly device: Device;
  readonly kernels: Kernels;
  /** Number of games, n. */
  readonly count: number;
  /** Bytes of a decision. */
  readonly bytes: number;
  /** Decisions of a game that it should hold; fewer where they take more than 1 GiB. */
  readonly length: number;
  /** Whether to hold them whatever they take; false: hold none. */
  readonly wanted: boolean | undefined;
  /** How many first games' ends are kept, W, and how many ends of a game at most. */
  readonly ends?: { readonly games: number; readonly most: number };
}

/** Some decisions of a game that follow one another. */
export interface Run {
  readonly env: number;
  /** Place of the first. */
  readonly place: number;
  readonly length: number;
}

/** See the head of the file. */
export class GameLog {
  /** Decisions of a game that are held; 0: none. */
  readonly length: number;
  /** Places are below it. */
  readonly wrap: number;
  /** Bytes of a decision. */
  readonly bytes: number;
  /** How many first games' ends are kept, W. */
  readonly watched: number;
  /** Ends of a game that are kept; more are only counted. */
  readonly mostEnds: number;
  /** float64 `[mostEnds, W, 4]`. */
  readonly ends: Tensor | undefined;
  /** int32 `[1]`, beside them: steps of earlier recordings since somebody last looked. */
  readonly clock: Tensor | undefined;
  /** Episode of every game that began where its decisions were not written down, or -1. */
  unknown: Int32Array | undefined;
  private readonly device: Device;
  private readonly kernels: Kernels;
  private readonly count: number;
  private readonly ring: Tensor | undefined; // uint8 [length, n, bytes]

  constructor(options: GameLogOptions) {
    const { device, kernels, count, bytes, length, wanted, ends } = options;
    const fitting = Math.max(1, Math.floor(MOST_BYTES / (count * bytes)));
    const held = wanted === true ? length : Math.min(length, fitting);
    this.device = device;
    this.kernels = kernels;
    this.count = count;
    this.bytes = bytes;
    this.length = wanted === false ? 0 : held;
    this.wrap = this.length * Math.floor(MOST_PLACE / Math.max(1, this.length));
    this.ring =
      this.length === 0
        ? undefined
        : keep(zeros([this.length, count, bytes], { dtype: "uint8", device }));
    this.watched = ends?.games ?? 0;
    this.mostEnds = ends?.most ?? 0;
    this.ends = ends && keep(zeros([ends.most, ends.games, END], { dtype: "float64", device }));
    this.clock = ends && keep(zeros([1], { dtype: "int32", device }));
  }

  /** The members of CaromBatch that are the log's: its bytes, and those after `skip`. @param time number of the step in its recording */
  members(time: number): { log: KernelArgument; others: KernelArgument[] } {
    const { ring, ends, clock, length, wrap, watched, mostEnds } = this;
    const others = [
      { integer: Math.max(1, length) },
      { integer: wrap },
      ends ? { writes: ends } : { integer: 0 },
      { integer: watched },
      { integer: mostEnds },
      { integer: time },
      clock ? { reads: clock } : { integer: 0 },
    ];
    return { log: ring ? { writes: ring } : { integer: 0 }, others };
  }

  /** So many steps were played: those that follow are later. Can be recorded. */
  pass(steps: number): void {
    if (this.clock) increment(this.clock, steps);
  }

  /** How many decisions a game made from one place to a later one. */
  between(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.wrap;
  }

  /** The place that is so many decisions before another one. */
  before(place: number, length: number): number {
    return place >= length ? place - length : place - length + this.wrap;
  }

  /** The bytes of runs of decisions, which are all held. */
  read(runs: readonly Run[]): Uint8Array<ArrayBuffer>[] {
    const { ring, kernels, device, count, bytes, length } = this;
    const width = Math.max(0, ...runs.map((run) => run.length));
    if (ring === undefined || width === 0) return runs.map(() => new Uint8Array(0));
    const wanted = runs.flatMap(({ env, place }) => [env, place % length]);
    const all = scope(() => {
      const out = zeros([runs.length, width, bytes], { dtype: "uint8", device });
      const grid = { blocks: Math.ceil((runs.length * width) / THREADS), threads: THREADS };
      kernels.launch("carom_take", grid, [
        { reads: ring },
        { integer: count },
        { integer: length },
        { reads: tensor(Int32Array.from(wanted), { shape: [runs.length, 2], device }) },
        { integer: runs.length },
        { integer: width },
        { writes: out },
      ]);
      return Uint8Array.from(out.toTypedArray());
    });
    return runs.map((run, i) => {
      const from = i * width * bytes;
      return all.subarray(from, from + run.length * bytes);
    });
  }

  /** Writes down `length` decisions of every game from place 0 on: uint8 `[length, n, bytes]`. */
  write(decisions: Uint8Array, length: number): void {
    if (this.ring === undefined || length === 0) return;
    const kept = this.ring.slice([0, length]);
    kept.write(decisions);
    kept.dispose();
  }

  /** Frees the memory. Idempotent. */
  dispose(): void {
    this.ring?.dispose();
    this.ends?.dispose();
    this.clock?.dispose();
  }
}
