/**
 * normalize: what the normalisation ops share: their checks, and normalisation composed of other
 * ops, which is what second derivatives are taken of.
 *
 *   xhat = (x - mean) / sqrt(mean((x - mean)^2) + eps)   over some axes; not centred: without mean
 */
import { ShapeError, TensorError } from "../errors.js";
import { formatShape, type Shape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, sub } from "./binary.js";
import { checkAlive, checkFloat, checkSameDevice, checkSameDtype } from "./dispatch.js";
import { mean } from "./reduce.js";
import { sqrt, square } from "./unary.js";

/** Checks x and, where given, weight and bias of shape `affine`. */
export function checkNormalized(
  op: string,
  x: Tensor,
  affine: Shape,
  parameters: Readonly<Record<string, Tensor | undefined>>,
  eps: number,
): void {
  checkAlive(op, x);
  checkFloat(op, x);
  for (const [name, operand] of Object.entries(parameters)) {
    if (operand === undefined) continue;
    checkAlive(op, operand);
    checkSameDevice(op, x, operand);
    checkSameDtype(op, x, operand);
    if (!sameShape(operand.shape, affine)) {
      throw new ShapeError(
        op,
        `${name} has the wrong shape (got ${formatShape(operand.shape)}, ` +
          `expected ${formatShape(affine)} for x ${formatShape(x.shape)})`,
      );
    }
  }
  if (!(eps >= 0 && Number.isFinite(eps))) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      op,
      `eps is not valid (got ${eps}, expected a number >= 0)`,
    );
  }
}

/** `x` normalised over `axes`, composed of other ops. Call it inside a scope. */
export function normalizedOver(
  x: Tensor,
  axes: readonly number[],
  eps: number,
  centred: boolean,
): Tensor {
  const c = centred ? sub(x, mean(x, axes, { keepdims: true })) : x;
  const deviation = sqrt(add(mean(square(c), axes, { keepdims: true }), eps));
  return div(c, deviation);
}
