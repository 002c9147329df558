/**
 * The batch that a replay memory has drawn: what belongs to each of B slots, written into shared memory
 * that the device reads in place.
 *
 *   R_t = sum over k < m of gamma^k r_{t+k},   discount_t = gamma^m, 0 where the window ends in termination
 *
 * Frames are not copied here: `index` and `nextIndex` say in which slots they lie.
 *
 * Not here: which slots are drawn.
 */
import { type ActionArray, type ActionSpace, actionArray, actionWidth } from "@carom/envs";
import { type Device, fromShared, type Tensor } from "@carom/tensor";
import { Kind, type Rings } from "./rings.js";

/** What transitions are made from, by slot. */
export interface TransitionSource {
  /** Which slot holds what. */
  readonly rings: Rings;
  /** `[N, A]`. */
  readonly actions: ActionArray;
  /** `[N]`. */
  readonly rewards: Float32Array;
}

/** How returns are counted. */
export interface ReturnOptions {
  /** Steps, n. */
  readonly nStep: number;
  /** Discount per step. */
  readonly gamma: number;
}

/** Host views of a batch. */
export interface HostBatch {
  /** `[B]` or `[B * A]`. */
  readonly action: ActionArray;
  /** `[B]`. */
  readonly reward: Float32Array;
  /** `[B]`. */
  readonly discount: Float32Array;
  /** `[B]`. */
  readonly weight: Float32Array;
}

/** B transitions in memory that host and device share. */
export class SampledBatch {
  /** `[B]`. */
  readonly slots: Int32Array;
  /** Serials of what the slots held, `[B]`; see `Rings.serial`. */
  readonly serials: Float64Array;
  readonly host: HostBatch;
  readonly action: Tensor; // [B] or [B, A]
  readonly reward: Tensor; // [B]
  readonly discount: Tensor; // [B]
  readonly weight: Tensor; // [B]
  /** Slots of the observations' frames, oldest first, `[B * frames]` int32. */
  readonly index: Tensor;
  /** The same of the next observations. */
  readonly nextIndex: Tensor;
  private readonly frames: number;
  private readonly width: number; // numbers of an action, A
  private readonly returns: ReturnOptions;
  private readonly indices: Int32Array; // over the memory of `index`
  private readonly nextIndices: Int32Array;

  constructor(
    space: ActionSpace,
    batch: number,
    frames: number,
    returns: ReturnOptions,
    device: Device,
  ) {
    this.frames = frames;
    this.width = actionWidth(space);
    this.returns = returns;
    this.slots = new Int32Array(batch);
    this.serials = new Float64Array(batch).fill(-1);
    const drawn = batch * this.width;
    this.host = {
      action: actionArray(space, drawn, new SharedArrayBuffer(4 * drawn)),
      reward: sharedFloats(batch),
      discount: sharedFloats(batch),
      weight: sharedFloats(batch).fill(1),
    };
    this.indices = sharedInts(batch * frames);
    this.nextIndices = sharedInts(batch * frames);
    const shape = space.kind === "discrete" ? [batch] : [batch, this.width];
    this.action = fromShared(this.host.action, shape, { device });
    this.reward = fromShared(this.host.reward, [batch], { device });
    this.discount = fromShared(this.host.discount, [batch], { device });
    this.weight = fromShared(this.host.weight, [batch], { device });
    this.index = fromShared(this.indices, [batch * frames], { device });
    this.nextIndex = fromShared(this.nextIndices, [batch * frames], { device });
  }

  /** Writes all that belongs to `slots`, but for the weights. */
  fill(source: TransitionSource): void {
    const { slots, serials, width, host } = this;
    const { rings, actions } = source;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i];
      serials[i] = rings.serial(slot);
      for (let a = 0; a < width; a++) host.action[i * width + a] = actions[slot * width + a];
      this.writeStack(this.indices, i, slot, rings);
      this.writeStack(this.nextIndices, i, this.writeReturn(i, slot, source), rings);
    }
  }

  /** Frees the tensors; idempotent. */
  dispose(): void {
    const { action, reward, discount, weight, index, nextIndex } = this;
    for (const owned of [action, reward, discount, weight, index, nextIndex]) owned.dispose();
  }

  /** Writes the n-step return that begins at `slot`; the slot of the next observation. */
  private writeReturn(i: number, slot: number, { rings, rewards }: TransitionSource): number {
    const { nStep, gamma } = this.returns;
    let at = slot;
    let sum = rewards[at];
    let discount = gamma;
    for (let step = 1; step < nStep && rings.kinds[at] === Kind.goesOn; step++) {
      at = rings.after(at);
      sum += discount * rewards[at];
      discount *= gamma;
    }
    const hasEnded = rings.kinds[at] === Kind.terminated;
    this.host.reward[i] = sum;
    this.host.discount[i] = hasEnded ? 0 : discount;
    return hasEnded ? slot : rings.after(at);
  }

  /** Writes the slots of the frames that are seen at `slot`, oldest first. */
  private writeStack(index: Int32Array, i: number, slot: number, rings: Rings): void {
    const { frames } = this;
    const age = rings.ages[slot];
    for (let frame = 0; frame < frames; frame++) {
      const back = Math.min(frames - 1 - frame, age);
      index[i * frames + frame] = rings.before(slot, back);
    }
  }
}

/** Zeroed floats that the device can read in place. */
function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

/** Zeroed integers that the device can read in place. */
function sharedInts(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}
