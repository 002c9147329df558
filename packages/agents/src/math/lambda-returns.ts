/**
 * Lambda-returns over a rollout of several games (Sutton and Barto 2018, eq. 12.2; recursively as in
 * Daley and Amato 2019, https://arxiv.org/abs/1810.09967), the targets of PQN (Gallici et al. 2024,
 * https://arxiv.org/abs/2407.04811).
 *
 *   G_t = r_t + gamma ((1 - lambda) V_{t+1} + lambda G_{t+1}),   V_t = max_a Q(s_t, a)
 *
 * With a maximum over actions this is Peng's Q(lambda): traces are not cut where the action taken was
 * not the greedy one. A terminated step has G_t = r_t; after a truncated one (time limit) V_{t+1} and
 * G_{t+1} are both the value of its final observation, after the rollout's last step both are
 * `lastValues`. Equal to the returns of `gae` up to rounding, without the detour by advantages.
 */
import type { GaeInput } from "./gae.js";

/** What `lambdaReturns` reads: the input of `gae`, where a value may be the best of several Q-values. */
export interface LambdaReturnsInput extends GaeInput {
  /** V_t: max_a Q(s_t, a), or V(s_t), `[T, N]`. The first row is not read. */
  readonly values: Float32Array;
  /** The same of the observation after the last step, `[N]`. */
  readonly lastValues: Float32Array;
  /** The same of the final observation at truncated entries (others are not read), `[T, N]`. */
  readonly finalValues: Float32Array;
  /** Mixing of n-step returns, 0 (one step) to 1 (Monte Carlo). */
  readonly lambda: number;
}

/** Writes the returns G_t `[T, N]`. */
export function lambdaReturns(input: LambdaReturnsInput, returns: Float32Array): void {
  const { horizon, count, rewards, values, lastValues, terminated, truncated } = input;
  const { finalValues, gamma, lambda } = input;
  for (let game = 0; game < count; game++) {
    let nextValue = lastValues[game];
    let nextReturn = nextValue;
    for (let at = (horizon - 1) * count + game; at >= 0; at -= count) {
      if (terminated[at] !== 0) {
        nextValue = 0;
        nextReturn = 0;
      } else if (truncated[at] !== 0) {
        nextValue = finalValues[at];
        nextReturn = nextValue;
      }
      nextReturn = rewards[at] + gamma * ((1 - lambda) * nextValue + lambda * nextReturn);
      returns[at] = nextReturn;
      nextValue = values[at];
    }
  }
}
