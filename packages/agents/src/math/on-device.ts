/**
 * Advantages, value targets and returns of a rollout by tensor ops, on the device that has the rollout and
 * inside recordings. What is computed, and what happens where an episode ends, is that of `gae`, `vtrace`
 * and `lambdaReturns` (at the heads of gae.ts, vtrace.ts and lambda-returns.ts), up to rounding.
 *
 * Gradients pass where a tape follows an operand: whoever wants constants calls these outside of it.
 */
import {
  concat,
  exp,
  linearScan,
  logicalNot,
  logicalOr,
  minimum,
  pad,
  scope,
  type Tensor,
  where,
} from "@carom/tensor";

/** What `gaeOnDevice` and `lambdaReturnsOnDevice` read: `GaeInput` as float tensors of one dtype and flags. */
export interface RolloutTensors {
  /** Rewards as the learner sees them (after clipping), `[T, n]`, T at least 1. */
  readonly rewards: Tensor;
  /** V(s_t), `[T, n]`. `lambdaReturnsOnDevice` does not read the first row. */
  readonly values: Tensor;
  /** V(s_T) for the observation after the last step, `[n]`. */
  readonly lastValues: Tensor;
  /** Where the episode ended by the game's rules at that step, bool or 0 and 1, `[T, n]`. */
  readonly terminated: Tensor;
  /** Where the episode was cut by a time limit at that step, bool or 0 and 1, `[T, n]`. */
  readonly truncated: Tensor;
  /** V(final observation) at truncated entries (others are not read), `[T, n]`. */
  readonly finalValues: Tensor;
  /** Discount per decision, 0..1. */
  readonly gamma: number;
  /** Mixing of n-step returns, 0 (one step) to 1 (Monte Carlo). */
  readonly lambda: number;
}

/** What `vtraceOnDevice` reads: `VtraceInput` as tensors. */
export interface VtraceTensors extends RolloutTensors {
  /** log mu(a_t|s_t) of the policy that acted, `[T, n]`. */
  readonly behaviourLogProbs: Tensor;
  /** log pi(a_t|s_t) of the policy that learns, `[T, n]`. */
  readonly targetLogProbs: Tensor;
  /** Bound of rho_t, above 0; may be infinite. */
  readonly rhoBar: number;
  /** Bound of c_t, above 0; may be infinite. */
  readonly cBar: number;
}

/** What {@link gaeOnDevice} gives, `[T, n]` each. */
export interface GaeTensors {
  /** A_t. */
  readonly advantages: Tensor;
  /** A_t + V(s_t), the value target. */
  readonly returns: Tensor;
}

/** What {@link vtraceOnDevice} gives, `[T, n]` each. */
export interface VtraceEstimates {
  /** A_t. */
  readonly advantages: Tensor;
  /** v_t, the value target. */
  readonly targets: Tensor;
}

/** Generalised advantages and returns. */
export function gaeOnDevice(input: RolloutTensors): GaeTensors {
  const { rewards, values, gamma, lambda } = input;
  return scope(() => {
    const { next, ended } = transitions(input);
    const delta = rewards.add(next.mul(gamma)).sub(values); // [T, n]
    const factors = kept(ended, rewards).mul(gamma * lambda);
    const advantages = linearScan(factors, delta, { reverse: true });
    return { advantages, returns: advantages.add(values) };
  });
}

/** Advantages and value targets of V-trace. */
export function vtraceOnDevice(input: VtraceTensors): VtraceEstimates {
  const { rewards, values, gamma, lambda, rhoBar, cBar } = input;
  return scope(() => {
    const { next, ended } = transitions(input);
    const discounts = kept(ended, rewards).mul(gamma); // [T, n], 0 at the end of an episode
    const ratio = exp(input.targetLogProbs.sub(input.behaviourLogProbs));
    const rho = minimum(ratio, rhoBar);
    const traces = minimum(ratio, cBar).mul(lambda);
    const delta = rewards.add(next.mul(gamma)).sub(values);
    const corrections = linearScan(discounts.mul(traces), rho.mul(delta), { reverse: true }); // v_t - V(s_t)
    const nextCorrections = pad(corrections.slice([1, null]), [
      [0, 1],
      [0, 0],
    ]);
    return {
      advantages: rho.mul(delta.add(discounts.mul(nextCorrections))),
      targets: values.add(corrections),
    };
  });
}

/** Lambda-returns G_t, `[T, n]`. */
export function lambdaReturnsOnDevice(input: RolloutTensors): Tensor {
  const { rewards, gamma, lambda } = input;
  return scope(() => {
    const { next, ended } = transitions(input);
    const [steps] = rewards.shape;
    // After the last step G_{t+1} is the value of what comes, as it is where an episode was cut.
    const last = pad(
      ended.slice([0, steps - 1]),
      [
        [0, 1],
        [0, 0],
      ],
      { value: 1 },
    );
    const goesOn = kept(last, rewards); // [T, n]
    const share = goesOn.mul(-lambda).add(1); // of V_{t+1} in the return: 1 - lambda, or 1 at an end
    const factors = goesOn.mul(gamma * lambda);
    return linearScan(factors, rewards.add(share.mul(next).mul(gamma)), { reverse: true });
  });
}

/** V(s_{t+1}) as the learner may see it, and where step t was its episode's last one, `[T, n]` each. */
function transitions(input: RolloutTensors): { next: Tensor; ended: Tensor } {
  const { values, lastValues, finalValues } = input;
  const terminated = flags(input.terminated);
  const truncated = flags(input.truncated);
  const following = concat([values.slice([1, null]), lastValues.reshape([1, -1])]);
  const next = where(terminated, 0, where(truncated, finalValues, following));
  return { next, ended: logicalOr(terminated, truncated) };
}

/** 1 where `ended` does not hold and 0 elsewhere, in the dtype of `like`. */
function kept(ended: Tensor, like: Tensor): Tensor {
  return logicalNot(ended).cast(like.dtype);
}

function flags(x: Tensor): Tensor {
  return x.dtype === "bool" ? x : x.notEqual(0);
}
