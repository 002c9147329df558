/**
 * dropout: each element set to 0 with probability p, the others divided by 1 - p (Srivastava et al.
 * 2014).
 *
 *   x [...]   ->   y [...],  y = keep ? x / (1 - p) : 0,  keep = uniform >= p
 *
 * Element i (in row-major order) reads number i of the random state's next draw: the same mask on
 * every device, a new one at each replay of a recording.
 */
import { TensorError } from "../errors.js";
import { scope } from "../lifetime.js";
import type { RandomState } from "../random.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./binary.js";
import { greaterEqual } from "./compare.js";
import { checkAlive, checkFloat, checkSameDevice } from "./dispatch.js";
import { reshape } from "./reshape.js";
import { where } from "./where.js";

/** Options of {@link dropout}. */
export interface DropoutOptions {
  /** When false, x comes back unchanged (as a view) and nothing is drawn. Default true. */
  training?: boolean;
}

/** `x` with a share `p` (0..1) of its elements dropped. Float. */
export function dropout(
  x: Tensor,
  p: number,
  random: RandomState,
  options: DropoutOptions = {},
): Tensor {
  const { training = true } = options;
  checkAlive("dropout", x);
  checkFloat("dropout", x);
  checkAlive("dropout", random.tensor);
  checkSameDevice("dropout", x, random.tensor);
  if (!(p >= 0 && p <= 1)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "dropout",
      `p is not a probability (got ${p}, expected 0..1)`,
    );
  }
  if (!training || p === 0) return reshape(x, x.shape);
  return scope(() => {
    const keep = greaterEqual(random.uniform(x.shape), p);
    return mul(where(keep, x, 0), p === 1 ? 0 : 1 / (1 - p));
  });
}
