/**
 * The batch of segments that a sequence memory has drawn, written into shared memory that the device reads
 * in place, time-major: column b holds the segment that begins in slot b of the batch.
 *
 *   t        0    1    2    3    4  = L       a segment of L = 4 that a limit has cut after 2 steps
 *   frame    o0   o1   f    f    f            f: the final observation
 *   mask     1    1    0    0    -
 *
 * Not here: which segments are drawn.
 */
import { type ActionArray, type ActionSpace, actionArray, actionWidth } from "@carom/envs";
import { type Device, fromShared, type Tensor } from "@carom/tensor";
import type { Recorder } from "./recorder.js";
import { Kind } from "./rings.js";

/** Sizes of a batch. */
export interface SequenceSizes {
  /** Segments, B. */
  readonly batch: number;
  /** Steps of a segment, L. */
  readonly length: number;
  /** Frames in a stack. */
  readonly frames: number;
  /** Numbers of a recurrent state, H. */
  readonly stateSize: number;
}

/** Host views of a batch of segments. */
export interface HostSequences {
  /** `[L * B]` or `[L * B * A]`. */
  readonly action: ActionArray;
  /** `[L * B]`. */
  readonly reward: Float32Array;
  /** `[L * B]`. */
  readonly terminated: Float32Array;
  /** `[L * B]`. */
  readonly truncated: Float32Array;
  /** `[L * B]`. */
  readonly mask: Float32Array;
  /** `[(L + 1) * B]`. */
  readonly reset: Uint8Array;
  /** `[B * H]`. */
  readonly state: Float32Array;
  /** `[B]`. */
  readonly weight: Float32Array;
  /** Slots of the frames, `[(L + 1) * B * frames]`. */
  readonly index: Int32Array;
}

/** The same as tensors over that memory. */
export interface SequenceTensors {
  /** `[L, B]` int32 for discrete actions, else `[L, B, A]`. */
  readonly action: Tensor;
  /** `[L, B]`. */
  readonly reward: Tensor;
  /** `[L, B]`. */
  readonly terminated: Tensor;
  /** `[L, B]`. */
  readonly truncated: Tensor;
  /** `[L, B]`. */
  readonly mask: Tensor;
  /** uint8 `[L + 1, B]`. */
  readonly reset: Tensor;
  /** `[B, H]`. */
  readonly state: Tensor;
  /** `[B]`. */
  readonly weight: Tensor;
  /** int32 `[(L + 1) * B * frames]`. */
  readonly index: Tensor;
}

/** What segments are made from. */
export interface SequenceSource {
  /** Steps by slot. */
  readonly kept: Recorder;
  /** By slot: 1 where an episode begins. */
  readonly firsts: Uint8Array;
  /** Recurrent states by the slot in which a segment begins. */
  readonly states: ReadonlyMap<number, Float32Array>;
}

/** B segments in memory that host and device share. */
export class SequenceBatch {
  /** Where the segments begin, `[B]`. */
  readonly slots: Int32Array;
  /** Serials of what the slots held, `[B]`; see `Rings.serial`. */
  readonly serials: Float64Array;
  /** Host views. */
  readonly host: HostSequences;
  /** Tensors over the same memory. */
  readonly tensors: SequenceTensors;
  private readonly sizes: SequenceSizes;
  private readonly width: number; // numbers of an action, A

  constructor(space: ActionSpace, sizes: SequenceSizes, device: Device) {
    const { batch, length, frames, stateSize } = sizes;
    this.sizes = sizes;
    this.width = actionWidth(space);
    this.slots = new Int32Array(batch);
    this.serials = new Float64Array(batch).fill(-1);
    const steps = length * batch;
    const rows = steps + batch;
    const actions = steps * this.width;
    this.host = {
      action: actionArray(space, actions, new SharedArrayBuffer(4 * actions)),
      reward: sharedFloats(steps),
      terminated: sharedFloats(steps),
      truncated: sharedFloats(steps),
      mask: sharedFloats(steps),
      reset: new Uint8Array(new SharedArrayBuffer(rows)),
      state: sharedFloats(batch * stateSize),
      weight: sharedFloats(batch).fill(1),
      index: new Int32Array(new SharedArrayBuffer(4 * rows * frames)),
    };
    const { host } = this;
    const grid = [length, batch];
    this.tensors = {
      action: fromShared(host.action, space.kind === "discrete" ? grid : [...grid, this.width], {
        device,
      }),
      reward: fromShared(host.reward, grid, { device }),
      terminated: fromShared(host.terminated, grid, { device }),
      truncated: fromShared(host.truncated, grid, { device }),
      mask: fromShared(host.mask, grid, { device }),
      reset: fromShared(host.reset, [length + 1, batch], { device }),
      state: fromShared(host.state, [batch, stateSize], { device }),
      weight: fromShared(host.weight, [batch], { device }),
      index: fromShared(host.index, [rows * frames], { device }),
    };
  }

  /** Writes all that belongs to the segments that begin in `slots`, but for the weights. */
  fill(source: SequenceSource): void {
    const { slots, serials, sizes, host } = this;
    for (let b = 0; b < slots.length; b++) {
      serials[b] = source.kept.rings.serial(slots[b]);
      const state = source.states.get(slots[b]);
      if (state !== undefined) host.state.set(state, b * sizes.stateSize);
      this.fillColumn(b, source);
    }
  }

  /** Frees the tensors; idempotent. */
  dispose(): void {
    for (const owned of Object.values(this.tensors)) owned.dispose();
  }

  /** Writes the steps of one segment, and the observation after each. */
  private fillColumn(b: number, { kept, firsts }: SequenceSource): void {
    const { batch, length } = this.sizes;
    const { rings } = kept;
    let slot = this.slots[b];
    let isThere = true;
    for (let t = 0; t < length; t++) {
      const row = t * batch + b;
      this.writeFrames(row, slot, firsts, kept);
      this.writeStep(row, slot, isThere, kept);
      if (!isThere) continue;
      slot = rings.after(slot);
      isThere = rings.kinds[slot] !== Kind.none; // else the segment ends here
    }
    this.writeFrames(length * batch + b, slot, firsts, kept);
  }

  /** Writes what was done at `slot` and what came of it; zeros where the segment is over. */
  private writeStep(row: number, slot: number, isThere: boolean, kept: Recorder): void {
    const { width, host } = this;
    const kind = isThere ? kept.rings.kinds[slot] : Kind.none;
    for (let a = 0; a < width; a++) {
      host.action[row * width + a] = isThere ? kept.actions[slot * width + a] : 0;
    }
    host.reward[row] = isThere ? kept.rewards[slot] : 0;
    host.terminated[row] = Number(kind === Kind.terminated);
    host.truncated[row] = Number(kind === Kind.truncated);
    host.mask[row] = Number(isThere);
  }

  /** Writes the slots of the frames that are seen at `slot`, oldest first, and whether it is a first. */
  private writeFrames(row: number, slot: number, firsts: Uint8Array, { rings }: Recorder): void {
    const { frames } = this.sizes;
    const age = rings.ages[slot];
    for (let frame = 0; frame < frames; frame++) {
      const back = Math.min(frames - 1 - frame, age);
      this.host.index[row * frames + frame] = rings.before(slot, back);
    }
    this.host.reset[row] = firsts[slot];
  }
}

/** Zeroed floats that the device can read in place. */
function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}
