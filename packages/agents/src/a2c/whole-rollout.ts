/**
 * A whole rollout as one batch, for the algorithms that learn from it once (A2C, V-trace).
 *
 * Rows are in the rollout's order, group after group: `[G, T, n]`. A recurrent core reads them as T
 * steps of all N = G * n games instead, `[T, N]`, from the states that the rollout began with.
 * Legend: B = G * T * n rows, P policy outputs, S state size of the core.
 */
import type { Tensor } from "@carom/tensor";
import type { ActorCritic, ActorCriticOutput, Memory } from "../actor-critic.js";
import type { PolicyGradientOutlook } from "../policy-gradient-loss.js";
import type { RolloutBuffers } from "../rollout.js";

/** What a network says about a rollout, and the state that its core is left in. */
export interface RolloutOutlook extends PolicyGradientOutlook {
  /** After the last step, `[N, S]`; only with a core. */
  readonly state: Tensor | undefined;
}

/** What `network` says about every step of a rollout; differentiable. */
export function assessRollout(network: ActorCritic, rollout: RolloutBuffers): RolloutOutlook {
  const { policy, value, state } = forwardRollout(network, rollout); // [B, P], [B], [N, S]
  const mask = rollout.masks?.notEqual(0); // [B, P]
  return { value, state, ...network.head.evaluate(policy, rollout.actions, mask) };
}

function forwardRollout(network: ActorCritic, rollout: RolloutBuffers): ActorCriticOutput {
  const { observations, starts, firstMemory, horizon, groups, groupSize } = rollout;
  if (firstMemory === undefined) return network.forward(observations);
  const memory: Memory = {
    state: firstMemory,
    reset: byStep(starts, rollout)
      .notEqual(0)
      .reshape([horizon, groups * groupSize]),
  };
  const { policy, value, state } = network.forward(byStep(observations, rollout), memory);
  return {
    policy: byGroup(policy, rollout),
    value: byGroup(value, rollout),
    ...(state && { state }),
  };
}

/** Rows `[G, T, n]` as `[T, G, n]`, both flattened. */
function byStep(rows: Tensor, { groups, horizon, groupSize }: RolloutBuffers): Tensor {
  return swapped(rows, [groups, horizon, groupSize]);
}

/** Rows `[T, G, n]` as `[G, T, n]`, both flattened. */
function byGroup(rows: Tensor, { groups, horizon, groupSize }: RolloutBuffers): Tensor {
  return swapped(rows, [horizon, groups, groupSize]);
}

function swapped(rows: Tensor, order: readonly [number, number, number]): Tensor {
  const [first, second] = order;
  if (first === 1 || second === 1) return rows;
  const rest = rows.shape.slice(1);
  const axes = rest.map((_, i) => 3 + i);
  return rows
    .reshape([...order, ...rest])
    .permute([1, 0, 2, ...axes])
    .reshape(rows.shape);
}
