/**
 * Targets, loss and priorities of R2D2 (Kapturowski et al. 2019, section 2.3,
 * https://openreview.net/forum?id=r1lyTjAqYX) as pure functions.
 *
 *   y_t      = h(R_t + d_t h^-1(Q'(s_{t+m}, a*))),   a* = argmax over a of Q(s_{t+m}, a)
 *   L        = mean of w (Q(s_t, a_t) - y_t)^2 / 2
 *   priority = eta max_t |Q(s_t, a_t) - y_t| + (1 - eta) mean_t |Q(s_t, a_t) - y_t|
 *
 * R_t is the n-step return, d_t = gamma^m, or 0 where the window ends in termination; Q' is the target
 * network. Legend: L learned steps of a sequence, T steps whose values are known (T >= L), B sequences,
 * A actions. Rows are step after step, `[L * B]` or `[T * B]`.
 */
import { dqnLoss, type Tensor } from "@carom/tensor";
import { maskLogits } from "../heads/masking.js";
import { rescale, unrescale } from "./rescaling.js";

/** What the networks say of T steps of B sequences; all without gradient. */
export interface NextValues {
  /** Q of the network that learns, `[T * B, A]`. */
  readonly online: Tensor;
  /** Q of the target network, `[T * B, A]`. */
  readonly target: Tensor;
  /** bool `[T * B, A]`, true where an action is allowed; all are when absent. */
  readonly mask?: Tensor | undefined;
}

/** What targets read of the learned steps. */
export interface ReturnRows {
  /** n-step returns without what comes after, R, `[L * B]`. */
  readonly reward: Tensor;
  /** What the value m steps on counts, d, `[L * B]`. */
  readonly discount: Tensor;
  /** Which of the T * B rows is m steps on, int32 `[L * B]`. */
  readonly next: Tensor;
}

/** Double Q-learning targets y, `[L * B]`; `rescaled`: whether networks learn h(value). */
export function doubleTargets(
  { online, target, mask }: NextValues,
  { reward, discount, next }: ReturnRows,
  rescaled: boolean,
): Tensor {
  const best = maskLogits(online, mask).argmax(-1); // [T * B]
  const value = target.takeAlongLast(best).indexSelect(next); // [L * B]
  const y = discount.mul(rescaled ? unrescale(value) : value).add(reward);
  return rescaled ? rescale(y) : y;
}

/** What the loss reads of the learned steps. */
export interface LearnedRows {
  /** The actions that were taken, int32 `[L * B]`. */
  readonly action: Tensor;
  /** Targets y, `[L * B]`; constants. */
  readonly target: Tensor;
  /** Weight of each step, w, `[L * B]`; 0 for steps that are no transitions. */
  readonly weight: Tensor;
}

/** What the loss gives. */
export interface R2d2Loss {
  /** `[]` */
  readonly loss: Tensor;
  /** Q(s, a) - y of each step, `[L * B]`; without gradient. */
  readonly error: Tensor;
}

/** The loss of values `q` `[L * B, A]`. */
export function r2d2Loss(q: Tensor, { action, target, weight }: LearnedRows): R2d2Loss {
  const { loss, tdError } = dqnLoss({ q, action, target, weight }, { delta: Infinity });
  return { loss, error: tdError };
}

/**
 * Errors that stand for whole sequences.
 *
 * @param errors `[L, B]`; their signs do not matter.
 * @param valid `[L, B]`: 1 for the steps that count; a sequence without one gets 0.
 * @param eta share of the largest error.
 * @param priorities `[B]`, written.
 */
export function mixErrors(
  errors: Float32Array,
  valid: Uint8Array,
  eta: number,
  priorities: Float32Array,
): void {
  const count = priorities.length;
  for (let sequence = 0; sequence < count; sequence++) {
    let [largest, sum, steps] = [0, 0, 0];
    for (let at = sequence; at < errors.length; at += count) {
      if (valid[at] === 0) continue;
      const error = Math.abs(errors[at]);
      largest = Math.max(largest, error);
      sum += error;
      steps++;
    }
    priorities[sequence] = steps === 0 ? 0 : eta * largest + ((1 - eta) * sum) / steps;
  }
}
