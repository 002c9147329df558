/**
 * newtonSchulz: the nearest (semi-)orthogonal matrix, roughly, by matrix products alone.
 *
 *   x [..., M, N]   ->   y [..., M, N],  about U V^T for x = U S V^T
 *
 *   X = x / (|x| + eps), then `steps` times:  A = X X^T,  X = a X + (b A + c A A) X
 *
 * Each singular value s goes through s -> a s + b s^3 + c s^5. The coefficients, chosen for a steep
 * slope at 0, leave singular values between about 0.7 and 1.2 after five steps rather than exactly
 * 1, which serves the Muon optimiser as well. Tall matrices are transposed, so that A is small.
 *
 * After Keller Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks",
 * https://kellerjordan.github.io/posts/muon. Gradient: that of the ops.
 */
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { checkInteger, formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, mul } from "./binary.js";
import { checkAlive, checkFloat } from "./dispatch.js";
import { matmul } from "./matmul.js";
import { transpose } from "./permute.js";
import { sum } from "./reduce.js";
import { sqrt, square } from "./unary.js";

/** Options of {@link newtonSchulz}. */
export interface NewtonSchulzOptions {
  /** How many iterations. Default 5. */
  steps?: number;
  /** Added to the Frobenius norm that x is divided by. Default 1e-7. */
  eps?: number;
}

const [a, b, c] = [3.4445, -4.775, 2.0315];

/**
 * `x` with its singular values brought near 1: `[..., M, N]`, each matrix for itself. Float. A new
 * tensor of the same shape.
 */
export function newtonSchulz(x: Tensor, options: NewtonSchulzOptions = {}): Tensor {
  checkAlive("newtonSchulz", x);
  checkFloat("newtonSchulz", x);
  const { steps = 5, eps = 1e-7 } = options;
  checkInteger("newtonSchulz", "steps", steps, 0);
  if (x.rank < 2) {
    throw new ShapeError(
      "newtonSchulz",
      `needs a matrix (got ${formatShape(x.shape)}, expected [...,M,N])`,
    );
  }
  return scope(() => {
    const norm = sqrt(sum(square(x), [-2, -1], { keepdims: true })); // [..., 1, 1]
    const unit = div(x, add(norm, eps));
    const isTall = x.shape[x.rank - 2] > x.shape[x.rank - 1];
    let y = isTall ? transpose(unit) : unit;
    for (let i = 0; i < steps; i++) y = step(y);
    return isTall ? transpose(y) : y;
  });
}

function step(x: Tensor): Tensor {
  return scope(() => {
    const gram = matmul(x, transpose(x)); // [..., M, M]
    const factor = add(mul(gram, b), mul(matmul(gram, gram), c));
    return add(mul(x, a), matmul(factor, x));
  });
}
