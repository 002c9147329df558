/**
 * activation: leakyRelu, elu, gelu, silu and softplus of a float tensor of any shape; dense result.
 *
 *   op          y                                   dx
 *   leakyRelu   x > 0 ? x : slope x                 dy (x > 0 ? 1 : slope)
 *   elu         x > 0 ? x : alpha (e^x - 1)         dy (x > 0 ? 1 : alpha e^x)
 *   gelu        x P(x)                              dy (P(x) + x p(x))
 *   silu        x s, s = 1 / (1 + e^-x)             dy s (1 + x (1 - s))
 *   softplus    log(1 + e^x), x above threshold     dy s, dy above threshold
 *
 * P and p are the normal distribution's cumulative probability and density. Each gradient is one
 * kernel, or made of ops where a second derivative is asked for.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { scope } from "../lifetime.js";
import type { Tensor } from "../tensor.js";
import { add, div, minimum, mul, sub } from "./binary.js";
import { greater } from "./compare.js";
import { cast } from "./copy.js";
import { checkAlive, checkFloat, emptyLike } from "./dispatch.js";
import { erf, exp, sigmoid, square, tanh } from "./unary.js";
import { where } from "./where.js";

type ActivationOp = "leakyRelu" | "elu" | "gelu" | "silu" | "softplus";

/** Options of {@link gelu}. */
export interface GeluOptions {
  /** "tanh" is the approximation of the original paper. Default "none": exact. */
  approximate?: "none" | "tanh";
}

/** Options of {@link softplus}. */
export interface SoftplusOptions {
  /** Sharpness: softplus(x) = log(1 + e^(beta x)) / beta. Default 1. */
  beta?: number;
  /** Where beta x is larger, the result is x itself. Default 20. */
  threshold?: number;
}

/** x where it is positive, slope * x elsewhere. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return activate(leakyReluRule, x, slope);
}

/** x where it is positive, alpha * (e^x - 1) elsewhere (Clevert et al. 2015). */
export function elu(x: Tensor, alpha = 1): Tensor {
  return activate(eluRule, x, alpha);
}

/** x times the normal distribution's cumulative probability of x (Hendrycks and Gimpel 2016). */
export function gelu(x: Tensor, { approximate = "none" }: GeluOptions = {}): Tensor {
  return activate(geluRule, x, approximate === "tanh" ? 1 : 0);
}

/** x times its logistic sigmoid, also called swish. */
export function silu(x: Tensor): Tensor {
  return activate(siluRule, x, 0);
}

/** log(1 + e^x), a smooth relu. */
export function softplus(x: Tensor, options: SoftplusOptions = {}): Tensor {
  const { beta = 1, threshold = 20 } = options;
  if (beta === 1) return activate(softplusRule, x, threshold);
  checkAlive("softplus", x);
  checkFloat("softplus", x);
  return scope(() => div(activate(softplusRule, mul(x, beta), threshold), beta));
}

interface ActivationRule extends GradientRule<number> {
  readonly op: ActivationOp;
}

/** A rule by the backward kernel; `slope` is the same, made of ops. */
function rule(op: ActivationOp, slope: (x: Tensor, a: number) => Tensor): ActivationRule {
  return {
    op,
    backward(dy, node) {
      const x = node.saved(0);
      const a = node.params;
      if (activeTape() !== undefined) return [mul(dy, slope(x, a))];
      const dx = emptyLike([x, dy], dy.dtype, dy.shape);
      dy.device.backend.run(`${op}Backward`, [dy, x], [dx], { a });
      return [dx];
    },
  };
}

const leakyReluRule = rule("leakyRelu", (x, slope) =>
  add(mul(cast(greater(x, 0), x.dtype), 1 - slope), slope),
);
const eluRule = rule("elu", (x, alpha) => where(greater(x, 0), 1, mul(exp(minimum(x, 0)), alpha)));
const siluRule = rule("silu", (x) => {
  const s = sigmoid(x);
  return mul(s, add(1, mul(x, sub(1, s))));
});
const softplusRule = rule("softplus", (x, threshold) =>
  where(greater(x, threshold), 1, sigmoid(x)),
);
const geluRule = rule("gelu", (x, approximate) => {
  if (approximate) {
    const c = Math.sqrt(2 / Math.PI);
    const t = tanh(mul(x, add(c, mul(square(x), 0.044715 * c))));
    const du = add(c, mul(square(x), 0.134145 * c));
    return mul(add(add(1, t), mul(mul(x, sub(1, square(t))), du)), 0.5);
  }
  const cdf = add(mul(erf(mul(x, Math.SQRT1_2)), 0.5), 0.5);
  const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(cdf, mul(x, density));
});

function activate(rule: ActivationRule, x: Tensor, a: number): Tensor {
  const { op } = rule;
  checkAlive(op, x);
  checkFloat(op, x);
  const out = emptyLike([x], x.dtype, x.shape);
  x.device.backend.run(op, [x], [out], { a });
  return activeTape() === undefined ? out : record(out, rule, [x], [x], a);
}
