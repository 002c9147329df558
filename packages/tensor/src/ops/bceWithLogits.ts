/**
 * bceWithLogits: binary cross entropy of a probability under sigmoid(x), without overflow.
 *
 *   x, target, weight [...] (target and weight broadcast to x)   ->   loss [] or, unreduced, [...]
 *   loss = weight * (max(x, 0) - x * target + log(1 + e^-|x|))
 *
 * Gradients: dx = weight * (sigmoid(x) - target), dtarget = -weight * x, each times dloss; a weight
 * counts as a constant.
 */
import { sumTo } from "../autograd/sum-to.js";
import { activeTape, type GradientRule, record, withTape } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { broadcastShape, formatShape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, mul, sub } from "./binary.js";
import { checkReduction, type Reduction } from "./crossEntropy.js";
import { checkAlive, checkFloat, checkSameDevice, checkSameDtype } from "./dispatch.js";
import { mean, sum } from "./reduce.js";
import { abs, exp, log, neg, relu, sigmoid } from "./unary.js";

/** Options of {@link bceWithLogits}. */
export interface BceWithLogitsOptions {
  /** Default "mean", over all elements. */
  reduction?: Reduction;
  /** Factor of each element's loss; a constant. Broadcasts to x. */
  weight?: Tensor;
}

const bceRule: GradientRule<{ readonly weighted: boolean }> = {
  op: "bceWithLogits",
  backward(dy, node) {
    const [x, target] = [node.saved(0), node.saved(1)];
    const slope = node.params.weighted ? mul(dy, node.saved(2)) : dy;
    return [
      node.needs(0) ? mul(slope, sub(sigmoid(x), target)) : undefined,
      node.needs(1) ? sumTo(neg(mul(slope, x)), target.shape) : undefined,
    ];
  },
};

/** Binary cross entropy of `target` (0..1) under sigmoid(x). Float, one dtype. */
export function bceWithLogits(
  x: Tensor,
  target: Tensor,
  options: BceWithLogitsOptions = {},
): Tensor {
  const { reduction = "mean", weight } = options;
  check(x, target, weight);
  checkReduction("bceWithLogits", reduction);
  return scope(() => {
    const loss = elements(x, target, weight);
    if (reduction === "none") return loss;
    return reduction === "sum" ? sum(loss) : mean(loss);
  });
}

function elements(x: Tensor, target: Tensor, weight: Tensor | undefined): Tensor {
  const loss = withTape(undefined, () => {
    const rest = log(add(exp(neg(abs(x))), 1));
    const plain = add(sub(relu(x), mul(x, target)), rest);
    return weight === undefined ? plain : mul(plain, weight);
  });
  if (activeTape() === undefined) return loss;
  const weighted = weight !== undefined;
  return record(loss, bceRule, [x, target], [x, target, weight], { weighted });
}

function check(x: Tensor, target: Tensor, weight: Tensor | undefined): void {
  checkAlive("bceWithLogits", x);
  checkFloat("bceWithLogits", x);
  for (const [name, operand] of [["target", target] as const, ["weight", weight] as const]) {
    if (operand === undefined) continue;
    checkAlive("bceWithLogits", operand);
    checkSameDevice("bceWithLogits", x, operand);
    checkSameDtype("bceWithLogits", x, operand);
    if (!sameShape(broadcastShape("bceWithLogits", x.shape, operand.shape), x.shape)) {
      throw new ShapeError(
        "bceWithLogits",
        `${name} does not broadcast to x (got ${formatShape(operand.shape)}, ` +
          `expected ${formatShape(x.shape)})`,
      );
    }
  }
}
