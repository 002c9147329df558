/**
 * Epsilon-greedy exploration (Sutton and Barto 2018, section 2.2) by tensor ops, so that it can be a part of a recording.
 * What `explore` of ../epsilon-greedy.ts does on the host, with other random numbers.
 */
import {
  categoricalSample,
  type RandomState,
  scope,
  type Tensor,
  where,
  zeros,
} from "@carom/tensor";
import { maskLogits } from "../heads/masking.js";

/**
 * An action per row of values `[n, A]`, int32 `[n]`: the best allowed one, or with probability `epsilon` (`[1]`) one of the
 * allowed at random, each equally likely. No gradient.
 *
 * @param mask bool `[n, A]`: true where an action is allowed; absent where all are
 */
export function drawEpsilonGreedy(
  values: Tensor,
  epsilon: Tensor,
  random: RandomState,
  mask?: Tensor,
): Tensor {
  const { shape, device } = values;
  return scope(() => {
    const best = maskLogits(values, mask).argmax(1); // [n]
    const alike = maskLogits(zeros(shape, { device }), mask); // [n, A]
    const { action } = categoricalSample(alike, random); // [n]
    return where(random.bernoulli([shape[0]], epsilon, { dtype: "bool" }), action, best);
  });
}
