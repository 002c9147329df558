/**
 * clamp: values limited to [low, high].
 *
 * Gradient: dy where low <= x <= high, 0 elsewhere. (Composed of maximum and minimum, whose own
 * gradients would halve dy at the limits.)
 */
import { activeTape, type GradientRule, record, withTape } from "../autograd/tape.js";
import { TensorError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { maximum, minimum, mul } from "./binary.js";
import { greaterEqual, lessEqual } from "./compare.js";
import { cast } from "./copy.js";
import { checkAlive, checkFloat } from "./dispatch.js";

interface Limits {
  low: number;
  high: number;
}

const clampRule: GradientRule<Limits> = {
  op: "clamp",
  backward(dy, node) {
    const x = node.saved(0);
    const { low, high } = node.params;
    const inside = mul(
      cast(greaterEqual(x, low), x.dtype === "float64" ? "float64" : "float32"),
      cast(lessEqual(x, high), x.dtype === "float64" ? "float64" : "float32"),
    );
    return [mul(dy, inside)];
  },
};

/** `x` limited to [low, high], elementwise. Float. NaN stays NaN. */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  checkAlive("clamp", x);
  checkFloat("clamp", x);
  if (!(low <= high)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "clamp",
      `limits are in the wrong order (got ${low} and ${high}, expected low <= high)`,
    );
  }
  const out = withTape(undefined, () => {
    const raised = maximum(x, low);
    const limited = minimum(raised, high);
    raised.dispose();
    return limited;
  });
  return activeTape() === undefined ? out : record(out, clampRule, [x], [x], { low, high });
}
