/**
 * Generalised advantage estimation (Schulman et al. 2016, eq. 16) over a rollout of several games.
 *
 *   delta_t = r_t + gamma * nextValue_t - V(s_t)
 *   A_t     = delta_t + gamma * lambda * continues_t * A_{t+1}
 *
 * A terminated step has nextValue 0; a truncated one (time limit) has the value of its final
 * observation; both end the recursion, so nothing leaks from the next episode of the same game.
 */

/** What `gae` reads; arrays are time-major, `[T, N]` flattened, one row of N games a step. */
export interface GaeInput {
  /** Steps. */
  readonly horizon: number;
  /** Games stepping side by side. */
  readonly count: number;
  /** Rewards as the learner sees them (after clipping), `[T, N]`. */
  readonly rewards: Float32Array;
  /** V(s_t), `[T, N]`. */
  readonly values: Float32Array;
  /** V(s_T) for the observation after the last step, `[N]`. */
  readonly lastValues: Float32Array;
  /** 1 where the episode ended by the game's rules at that step, `[T, N]`. */
  readonly terminated: Uint8Array;
  /** 1 where the episode was cut by a time limit at that step, `[T, N]`. */
  readonly truncated: Uint8Array;
  /** V(final observation) at truncated entries (others are not read), `[T, N]`. */
  readonly finalValues: Float32Array;
  /** Discount per decision, 0..1. */
  readonly gamma: number;
  /** Mixing of n-step returns, 0 (one step) to 1 (Monte Carlo). */
  readonly lambda: number;
}

/** Writes advantages `[T, N]` and returns (advantage + value, the value target) `[T, N]`. */
export function gae(input: GaeInput, advantages: Float32Array, returns: Float32Array): void {
  const { horizon, count, rewards, values, lastValues, terminated, truncated } = input;
  const { finalValues, gamma, lambda } = input;
  for (let game = 0; game < count; game++) {
    let nextAdvantage = 0;
    let nextValue = lastValues[game];
    for (let at = (horizon - 1) * count + game; at >= 0; at -= count) {
      if (terminated[at] !== 0) {
        nextAdvantage = 0;
        nextValue = 0;
      } else if (truncated[at] !== 0) {
        nextAdvantage = 0;
        nextValue = finalValues[at];
      }
      const value = values[at];
      const delta = rewards[at] + gamma * nextValue - value;
      nextAdvantage = delta + gamma * lambda * nextAdvantage;
      advantages[at] = nextAdvantage;
      returns[at] = nextAdvantage + value;
      nextValue = value;
    }
  }
}
