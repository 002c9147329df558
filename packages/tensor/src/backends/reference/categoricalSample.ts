/**
 * categoricalSample: logits [B, A], state [4] -> action int32 [B], logProb [B].
 *
 * Row r draws lane r of the state and takes the first action whose cumulative probability exceeds
 * it; if rounding leaves none, the last action of positive probability. Greedy takes the (first)
 * most probable one. The state advances in either case.
 */
import { advance, drawLanes, toUniform } from "./philox.js";
import { positions, type RefView, rowPositions } from "./views.js";

export function categoricalSampleKernel(
  [logits, state]: RefView[],
  [action, logProb]: RefView[],
  { greedy }: { greedy: number },
): void {
  const { at, rows, length } = rowPositions(logits);
  const toAction = positions(action);
  const toLogProb = positions(logProb);
  const lanes = drawLanes(state, rows);
  for (let row = 0; row < rows; row++) {
    const values = Array.from({ length }, (_, i) => logits.data[at[row * length + i]]);
    const highest = values.reduce((a, b) => Math.max(a, b), -Infinity);
    const weights = values.map((value) => Math.exp(value - highest));
    const total = weights.reduce((a, b) => a + b, 0);
    const chosen = greedy ? values.indexOf(highest) : draw(weights, total * toUniform(lanes[row]));
    action.data[toAction[row]] = chosen;
    logProb.data[toLogProb[row]] = values[chosen] - highest - Math.log(total);
  }
  advance(state);
}

function draw(weights: readonly number[], threshold: number): number {
  let cumulative = 0;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    cumulative += weights[i];
    if (cumulative > threshold) return i;
    if (weights[i] > 0) last = i;
  }
  return last;
}
