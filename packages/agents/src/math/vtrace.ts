/**
 * V-trace (Espeholt et al. 2018, https://arxiv.org/abs/1802.01561, eq. 1 and section 4.2): value
 * targets and policy-gradient advantages of a policy pi from steps in which another policy mu acted.
 *
 *   ratio_t = pi(a_t|s_t) / mu(a_t|s_t),   rho_t = min(rhoBar, ratio_t),   c_t = lambda min(cBar, ratio_t)
 *   v_t     = V(s_t) + rho_t (r_t + gamma V(s_{t+1}) - V(s_t)) + gamma c_t (v_{t+1} - V(s_{t+1}))
 *   A_t     = rho_t (r_t + gamma v_{t+1} - V(s_t))
 *
 * At a terminated step V(s_{t+1}) and v_{t+1} are both 0; at a truncated one (time limit) both are the
 * value of its final observation, after the rollout's last step both are `lastValues`. Nothing passes
 * from one episode of a game to the next.
 *
 * With pi = mu, lambda = 1 and both bounds at least 1, v_t is the discounted return G_t and A_t is
 * G_t - V(s_t). With lambda < 1 v_t is then the lambda-return, but A_t, as in the paper, still
 * continues with v_{t+1} in full, so it is not the advantage of `gae`.
 */
import type { GaeInput } from "./gae.js";

/** What `vtrace` reads: the input of `gae` and who would have done what how readily. */
export interface VtraceInput extends GaeInput {
  /** Scales the traces c_t (remark 2 of the paper); 1 is the paper's own setting. */
  readonly lambda: number;
  /** log mu(a_t|s_t) of the policy that acted, `[T, N]`. */
  readonly behaviourLogProbs: Float32Array;
  /** log pi(a_t|s_t) of the policy that learns, `[T, N]`. */
  readonly targetLogProbs: Float32Array;
  /** Bound of rho_t: what the values converge to; infinity gives the values of pi, above 0. */
  readonly rhoBar: number;
  /** Bound of c_t: how far a correction travels back, not what the values converge to; above 0. */
  readonly cBar: number;
}

/** Writes advantages A_t `[T, N]` and value targets v_t `[T, N]`. */
export function vtrace(input: VtraceInput, advantages: Float32Array, targets: Float32Array): void {
  const { horizon, count, rewards, values, lastValues, terminated, truncated, finalValues } = input;
  const { behaviourLogProbs, targetLogProbs, gamma, lambda, rhoBar, cBar } = input;
  for (let game = 0; game < count; game++) {
    let nextCorrection = 0; // v_{t+1} - V(s_{t+1})
    let nextValue = lastValues[game];
    for (let at = (horizon - 1) * count + game; at >= 0; at -= count) {
      if (terminated[at] !== 0) {
        nextCorrection = 0;
        nextValue = 0;
      } else if (truncated[at] !== 0) {
        nextCorrection = 0;
        nextValue = finalValues[at];
      }
      const value = values[at];
      const ratio = Math.exp(targetLogProbs[at] - behaviourLogProbs[at]);
      const rho = Math.min(rhoBar, ratio);
      const trace = lambda * Math.min(cBar, ratio);
      const delta = rewards[at] + gamma * nextValue - value;
      advantages[at] = rho * (delta + gamma * nextCorrection);
      nextCorrection = rho * delta + gamma * trace * nextCorrection;
      targets[at] = value + nextCorrection;
      nextValue = value;
    }
  }
}
