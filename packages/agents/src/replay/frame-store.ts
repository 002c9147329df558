/**
 * Frames of observations by slot, in memory that the device reads in place, and the gather that puts
 * stacks of frames together there.
 *
 *   row of the env  [runs, frames, run], oldest frame first  ->  slot [runs, run], the newest alone
 *
 * A picture or board [H, W, C * frames] consists of H * W runs of C values per frame; in any other stack
 * ([frames, ...] or [frames * O]) frames lie one after another, as one run. `spec.frameShape` tells which.
 * Float observations whose spec says `whole` are kept as bytes.
 *
 * Not here: which slot holds what (rings.ts).
 */
import type { ObservationArray, ObservationSpec } from "@carom/envs";
import { type Device, fromShared, type Tensor } from "@carom/tensor";
import { AgentError } from "../errors.js";
import { type FrameLayout, frameLayout, joinFrames } from "./frame-layout.js";

/** Most entries of one typed array on every platform that is supported. */
const MOST_VALUES = 2 ** 32 - 1;

/** The store of `slots` frames of one kind. */
export class FrameStore {
  /** Values of one frame, F. */
  readonly size: number;
  /** `[slots, F]`. */
  readonly data: Uint8Array | Float32Array;
  private readonly layout: FrameLayout;
  private readonly frames: number;
  private readonly run: number; // values that lie together
  private readonly runs: number;
  private readonly narrows: boolean; // float32 rows kept as bytes
  private readonly table: Tensor; // [slots, F], over `data`

  /**
   * @param spec of the env's observations, stacks included.
   * @throws AgentError BAD_VALUE when they are no stacks of `frames` or the store would be too large.
   */
  constructor(spec: ObservationSpec, slots: number, frames: number, device: Device) {
    const layout = frameLayout(spec, frames);
    this.layout = layout;
    this.frames = frames;
    this.run = layout.run;
    this.runs = layout.runs;
    this.size = layout.size;
    this.narrows = layout.narrows;
    const values = slots * this.size;
    if (values > MOST_VALUES) {
      throw new AgentError(
        "BAD_VALUE",
        `replay: too many values (got ${slots} slots of ${this.size}, expected at most ${MOST_VALUES} values together)`,
      );
    }
    this.data =
      layout.dtype === "uint8"
        ? new Uint8Array(new SharedArrayBuffer(values))
        : new Float32Array(new SharedArrayBuffer(4 * values));
    this.table = fromShared(this.data, [slots, this.size], { device });
  }

  /**
   * Copies one frame of row `row` of an env's observations into a slot: frame 0 is the oldest.
   *
   * @throws AgentError BAD_VALUE when a value is not whole though the spec says so.
   */
  take(rows: ObservationArray, row: number, slot: number, frame: number): void {
    const { data, run, frames, size } = this;
    const from = row * size * frames + frame * run;
    const at = slot * size;
    if (run === size && !this.narrows) {
      data.set(rows.subarray(from, from + size), at);
    } else if (run === 1 && !this.narrows) {
      for (let i = 0; i < size; i++) data[at + i] = rows[from + i * frames]; // grey: twice as fast
    } else if (!copyRuns(rows, from, data, at, { size, run, stride: run * frames })) {
      throw this.notWhole(rows, row);
    }
  }

  /** Whether a slot holds exactly this frame of row `row`. */
  holds(rows: ObservationArray, row: number, slot: number, frame: number): boolean {
    const { data, run, runs, frames, size } = this;
    const stack = run * frames;
    const from = row * size * frames + frame * run;
    const at = slot * size;
    for (let piece = 0; piece < runs; piece++) {
      for (let i = 0; i < run; i++) {
        if (data[at + piece * run + i] !== rows[from + piece * stack + i]) return false;
      }
    }
    return true;
  }

  /** Whether row `row` is `frames` copies of one frame, as at the start of an episode. */
  isFirst(rows: ObservationArray, row: number): boolean {
    const { run, runs, frames, size } = this;
    for (let piece = 0; piece < runs; piece++) {
      const from = row * size * frames + piece * run * frames;
      for (let i = run; i < run * frames; i++) {
        if (rows[from + i] !== rows[from + i - run]) return false;
      }
    }
    return true;
  }

  /**
   * The observations whose frames lie in the slots `index` [B * frames], oldest first: `[B, ...shape]`,
   * uint8 where the env's are, else float32. Made of ops, so that it can be recorded.
   */
  stacks(index: Tensor): Tensor {
    return joinFrames(this.layout, this.table.indexSelect(index)); // [B * frames, F]
  }

  /** Frees the tensor over the store. */
  dispose(): void {
    this.table.dispose();
  }

  private notWhole(rows: ObservationArray, row: number): AgentError {
    const length = this.size * this.frames;
    const values = rows.subarray(row * length, (row + 1) * length);
    const wrong = values.find((value) => !(value >= 0 && value <= 255 && Number.isInteger(value)));
    return new AgentError(
      "BAD_VALUE",
      `replay: the observation's spec says whole, but a value is not (got ${wrong}, expected a whole number from 0 to 255)`,
    );
  }
}

/** The pieces of a frame: `run` values each, `stride` apart in the stack. */
interface Runs {
  readonly size: number;
  readonly run: number;
  readonly stride: number;
}

/** Puts the runs of a frame together; false where a value was changed by it. */
function copyRuns(
  rows: ObservationArray,
  from: number,
  data: Uint8Array | Float32Array,
  at: number,
  { size, run, stride }: Runs,
): boolean {
  let isSame = true;
  for (let i = 0, piece = from; i < size; i += run, piece += stride) {
    for (let k = 0; k < run; k++) {
      const value = rows[piece + k];
      data[at + i + k] = value;
      if (data[at + i + k] !== value) isSame = false;
    }
  }
  return isSame;
}
