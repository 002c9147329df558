/** Losses that several actor-critics share, as pure functions of tensors. Legend: B batch. */
import { minimum, type Tensor } from "@carom/tensor";

/** The smaller value of each row of several critics, `[B]` (Fujimoto et al. 2018, eq. 10). */
export function smallest(values: readonly Tensor[]): Tensor {
  return values.reduce((least, value) => minimum(least, value));
}

/** What a replay memory knows of the target of a value. */
export interface Outcome {
  /** R: the rewards of the next decisions, discounted and summed, `[B]`. */
  readonly reward: Tensor;
  /** gamma^m, 0 after termination, `[B]`. */
  readonly discount: Tensor;
}

/** y = R + discount * V(s_m), `[B]`. */
export function bootstrapped({ reward, discount }: Outcome, nextValue: Tensor): Tensor {
  return reward.add(discount.mul(nextValue));
}

/** Half the mean squared error of each critic's values `[B]` against the same targets `[B]`, summed. */
export function criticLoss(values: readonly Tensor[], target: Tensor): Tensor {
  const errors = values.map((value) => value.sub(target).square().mean());
  return errors.reduce((sum, error) => sum.add(error)).mul(0.5);
}

/** -mean Q(s, pi(s)) of values `[B]`: the deterministic policy gradient (Silver et al. 2014). */
export function deterministicPolicyLoss(values: Tensor): Tensor {
  return values.mean().neg();
}
