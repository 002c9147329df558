/**
 * Discounted returns of one complete episode (Sutton and Barto 2018, eq. 3.8).
 *
 *   G_t = r_t + gamma * G_{t+1},   G_T = bootstrap
 */

/**
 * Writes G_t for `rewards[from .. to)` into `returns` at the same places.
 *
 * `bootstrap` is the value of the state after the last step: 0 when the episode terminated, V(final
 *   observation) when a time limit cut it.
 */
export function discountedReturns(
  rewards: ArrayLike<number>,
  returns: Float32Array,
  from: number,
  to: number,
  options: { gamma: number; bootstrap: number },
): void {
  let next = options.bootstrap;
  for (let t = to - 1; t >= from; t--) {
    next = rewards[t] + options.gamma * next;
    returns[t] = next;
  }
}
