/**
 * clamp: values limited to [low, high], which are numbers or tensors that broadcast.
 *
 *   y = min(max(x, low), high): high where low > high
 *
 * Gradients, summed over what was broadcast: dx = dy where low <= x <= high, dlow = dy where x < low
 * and low < high, dhigh = dy where x > high or low >= high and x < low; 0 elsewhere. (Composed of
 * maximum and minimum, whose own gradients would halve dy at the limits.)
 */
import { sumTo } from "../autograd/sum-to.js";
import { activeTape, type GradientRule, record, withTape } from "../autograd/tape.js";
import { TensorError } from "../errors.js";
import type { Shape } from "../shape.js";
import type { Operand, Tensor } from "../tensor.js";
import { maximum, minimum } from "./binary.js";
import { greater, greaterEqual, less, lessEqual, logicalAnd, logicalOr } from "./compare.js";
import { checkAlive, checkNumeric, toTensor } from "./dispatch.js";
import { where } from "./where.js";

interface Shapes {
  readonly x: Shape;
  readonly low: Shape;
  readonly high: Shape;
}

const clampRule: GradientRule<Shapes> = {
  op: "clamp",
  backward(dy, node) {
    const [x, low, high] = [node.saved(0), node.saved(1), node.saved(2)];
    const { params } = node;
    const only = (chosen: Tensor, shape: Shape) => sumTo(where(chosen, dy, 0), shape);
    const inside = () => logicalAnd(greaterEqual(x, low), lessEqual(x, high));
    const below = () => logicalAnd(less(x, low), less(low, high));
    const above = () =>
      logicalOr(greater(x, high), logicalAnd(less(x, low), greaterEqual(low, high)));
    return [
      node.needs(0) ? only(inside(), params.x) : undefined,
      node.needs(1) ? only(below(), params.low) : undefined,
      node.needs(2) ? only(above(), params.high) : undefined,
    ];
  },
};

/**
 * `x` limited to [low, high], elementwise. Float or int32; the limits are numbers or tensors of that
 * dtype. NaN stays NaN.
 */
export function clamp(x: Tensor, low: Operand, high: Operand): Tensor {
  checkAlive("clamp", x);
  checkNumeric("clamp", x);
  if (typeof low === "number" && typeof high === "number" && !(low <= high)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "clamp",
      `limits are in the wrong order (got ${low} and ${high}, expected low <= high)`,
    );
  }
  const [least, most] = [toTensor("clamp", low, x), toTensor("clamp", high, x)];
  const out = withTape(undefined, () => {
    const raised = maximum(x, least);
    const limited = minimum(raised, most);
    raised.dispose();
    return limited;
  });
  if (activeTape() === undefined) return out;
  const shapes = { x: x.shape, low: least.shape, high: most.shape };
  return record(out, clampRule, [x, least, most], [x, least, most], shapes);
}
