/**
 * truncatedNormal: uniform numbers turned into normal ones within bounds, by the inverse of the
 * cumulative probability.
 *
 *   u in [0, 1)   ->   z = sqrt(2) erfinv(2 p - 1),  p = P(low) + u (P(high) - P(low))
 *
 * erfinv by Giles 2012 ("Approximating the erfinv function"), relative error below 4e-7 plus what p
 * loses in float32 near 0 and 1: meant for bounds within about 5 standard deviations. No gradient.
 */
import { normalCdf } from "../backends/reference/special.js";
import type { Tensor } from "../tensor.js";
import { add, mul, sub } from "./binary.js";
import { clamp } from "./clamp.js";
import { less } from "./compare.js";
import { log, neg, sqrt } from "./unary.js";
import { where } from "./where.js";

/** Coefficients for w < 5, of w - 2.5; the highest power first. */
const central = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
  -0.00417768164, 0.246640727, 1.50140941,
];
/** Coefficients for larger w, of sqrt(w) - 3. */
const tail = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
  0.00943887047, 1.00167406, 2.83297682,
];

/** Standard normal numbers within [low, high] out of uniform ones. Creates temporaries. */
export function truncatedNormal(uniform: Tensor, low: number, high: number): Tensor {
  const [least, most] = [normalCdf(low), normalCdf(high)];
  const x = add(mul(uniform, 2 * (most - least)), 2 * least - 1); // in (-1, 1)
  const w = neg(log(mul(sub(1, x), add(1, x))));
  const near = polynomial(sub(w, 2.5), central);
  const far = polynomial(sub(sqrt(w), 3), tail);
  const z = mul(mul(where(less(w, 5), near, far), x), Math.SQRT2);
  return clamp(z, low, high);
}

function polynomial(x: Tensor, coefficients: readonly number[]): Tensor {
  const [first, second, ...rest] = coefficients;
  return rest.reduce((sum, c) => add(mul(sum, x), c), add(mul(x, first), second));
}
