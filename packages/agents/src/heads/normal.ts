/**
 * Continuous actions: independent normal values whose mean the network gives and whose logarithm of the
 * standard deviation is trained, the same in every state (Huang et al. 2022, continuous details 1 to 3).
 *
 * The policy works in units in which the env's bounds are -1 and 1 (where an entry has no bounds, in the
 * env's own). What was drawn is stored as it is; only what the env gets is clipped (detail 5).
 */
import type { BoxActions } from "@carom/envs";
import { Normal, Parameter } from "@carom/nn";
import { type Device, full, keep, type RandomState, type Tensor, tensor } from "@carom/tensor";
import type { ActionHead, DrawHeadOptions, HeadDraw, HeadEvaluation } from "./head.js";

/** Middle and half-width of each entry of a box; 0 and 1 where it has no two bounds. */
export function boxUnits({ low, high }: BoxActions): { middle: Float32Array; half: Float32Array } {
  const isBounded = low.map((from, i) => Number.isFinite(from) && Number.isFinite(high[i]));
  return {
    middle: Float32Array.from(low, (from, i) => (isBounded[i] ? (from + high[i]) / 2 : 0)),
    half: Float32Array.from(low, (from, i) => (isBounded[i] ? (high[i] - from) / 2 : 1)),
  };
}

/** A normal policy over a box of A numbers. */
export class NormalHead implements ActionHead {
  readonly kind = "normal";
  readonly outputs: number;
  readonly shape: readonly number[];
  readonly dtype = "float32";
  /** log std, `[A]`, 0 at first. */
  readonly logStd: Parameter;
  private readonly middle: Tensor; // [A]
  private readonly half: Tensor; // [A]
  private readonly low: Tensor; // [A]
  private readonly high: Tensor; // [A]

  constructor(space: BoxActions, device: Device) {
    const { middle, half } = boxUnits(space);
    const row = (values: Iterable<number>): Tensor =>
      keep(tensor(Float32Array.from(values), { device }));
    this.outputs = space.size;
    this.shape = [space.size];
    this.logStd = new Parameter(full([space.size], 0, { device }));
    this.middle = row(middle);
    this.half = row(half);
    this.low = row(space.low);
    this.high = row(space.high);
  }

  draw(outputs: Tensor, random: RandomState, options: DrawHeadOptions = {}): HeadDraw {
    const policy = this.policy(outputs);
    const action = options.greedy ? policy.mode() : policy.sample(random); // [B, A]
    const scaled = action.mul(this.half).add(this.middle);
    const played = scaled.maximum(this.low).minimum(this.high);
    return { action, played, logProb: policy.logProb(action) };
  }

  evaluate(outputs: Tensor, action: Tensor): HeadEvaluation {
    const policy = this.policy(outputs);
    return { logProb: policy.logProb(action), entropy: policy.entropy() };
  }

  probabilities(): undefined {
    return undefined;
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map([["log_std", this.logStd]]);
  }

  dispose(): void {
    for (const row of [this.middle, this.half, this.low, this.high]) row.dispose();
  }

  private policy(outputs: Tensor): Normal {
    return new Normal(outputs, this.logStd.tensor);
  }
}
