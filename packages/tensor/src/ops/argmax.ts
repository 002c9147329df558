/**
 * argmax, argmin: position of the largest or smallest value over some axes (default: all), int32.
 *
 * Over several axes the position is the one in those axes flattened in row-major order. Ties: the
 * first. The first NaN counts as the largest, and as the smallest. No gradient.
 */
import { normalizeAxes } from "../shape.js";
import type { Axes, ReduceOptions, Tensor } from "../tensor.js";
import { checkAlive, empty } from "./dispatch.js";
import { checkNotEmpty, checkOrdered, flatOutput, reducedLast } from "./reduce.js";

/** Position of the largest value over `axes`. x is float, int32 or uint8, the result int32. */
export function argmax(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return position("argmax", x, axes, options);
}

/** Position of the smallest value over `axes`. x is float, int32 or uint8, the result int32. */
export function argmin(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return position("argmin", x, axes, options);
}

function position(
  op: "argmax" | "argmin",
  x: Tensor,
  axes: Axes | undefined,
  options: ReduceOptions | undefined,
): Tensor {
  checkAlive(op, x);
  checkOrdered(op, x);
  const list = normalizeAxes(op, axes, x.rank);
  checkNotEmpty(op, x, list);
  const kept = x.shape.map((size, axis) => (list.includes(axis) ? 1 : size));
  const shape = options?.keepdims ? kept : x.shape.filter((_, axis) => !list.includes(axis));
  const out = empty(x.device, "int32", shape);
  x.device.backend.run(op, [reducedLast(x, list)], [flatOutput(out, x, list)], {
    trailing: list.length,
  });
  return out;
}
