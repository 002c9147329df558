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
import { type Device, fromShared, scope, type Tensor } from "@carom/tensor";
import { AgentError } from "../errors.js";

/** Most entries of one typed array on every platform that is supported. */
const MOST_VALUES = 2 ** 32 - 1;
/** Most frames of a stack: ages of slots are bytes. */
const MOST_FRAMES = 256;

/** The store of `slots` frames of one kind. */
export class FrameStore {
  /** Values of one frame, F. */
  readonly size: number;
  /** `[slots, F]`. */
  readonly data: Uint8Array | Float32Array;
  private readonly shape: readonly number[]; // of an observation, stack included
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
    const { shape, size } = spec;
    this.shape = shape;
    this.frames = frames;
    this.run = runLength(spec, frames);
    this.runs = size / frames / this.run;
    this.size = this.run * this.runs;
    const isBytes = spec.dtype === "uint8";
    this.narrows = !isBytes && spec.whole === true;
    const values = slots * this.size;
    if (values > MOST_VALUES) {
      throw new AgentError(
        "BAD_VALUE",
        `replay: too many values (got ${slots} slots of ${this.size}, expected at most ${MOST_VALUES} values together)`,
      );
    }
    this.data =
      isBytes || this.narrows
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
    const { frames, run, runs, shape } = this;
    const batch = index.shape[0] / frames;
    return scope(() => {
      let values = this.table.indexSelect(index); // [B * frames, F]
      if (frames > 1 && runs > 1) {
        const stacks = values.reshape([batch, frames, runs, run]).permute([0, 2, 1, 3]);
        // [B, runs, frames, run], dense at once: a cast that reads bytes by strides takes ten times as long
        values = stacks.contiguous();
      }
      if (this.narrows) values = values.cast("float32");
      return values.reshape([batch, ...shape]); // [B, ...shape]
    });
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

/** How many values of one frame lie together. @throws AgentError BAD_VALUE */
function runLength({ shape, size, frameShape }: ObservationSpec, frames: number): number {
  if (frames === 1) return size;
  const frame = frameShape ?? guessFrame(shape, frames);
  const values = frame.reduce((product, length) => product * length, 1);
  const run = frame.length === 3 ? frame[2] : values;
  if (values * frames === size && Number.isInteger(run) && frames <= MOST_FRAMES) return run;
  throw new AgentError(
    "BAD_VALUE",
    `replay: the observations are no stacks (got ${frames} frames of shape [${frame}] for [${shape}], expected at most ${MOST_FRAMES} that fill it)`,
  );
}

/** Without `frameShape`, three sizes are taken for a picture whose channels are stacked. */
function guessFrame(shape: readonly number[], frames: number): number[] {
  if (shape.length === 3) return [shape[0], shape[1], shape[2] / frames];
  return [shape.reduce((product, length) => product * length, 1) / frames];
}
