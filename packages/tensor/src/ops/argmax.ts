/**
 * argmax: position of the largest value over some axes (default: all), int32.
 *
 * Over several axes the position is the one in those axes flattened in row-major order. Ties: the
 * first. The first NaN counts as the largest. No gradient.
 */
import { normalizeAxes } from "../shape.js";
import type { Axes, ReduceOptions, Tensor } from "../tensor.js";
import { checkAlive, checkNumeric, empty } from "./dispatch.js";
import { checkNotEmpty, flatOutput, reducedLast } from "./reduce.js";

/** Position of the largest value over `axes`. x is float or int32, the result int32. */
export function argmax(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  checkAlive("argmax", x);
  checkNumeric("argmax", x);
  const list = normalizeAxes("argmax", axes, x.rank);
  checkNotEmpty("argmax", x, list);
  const kept = x.shape.map((size, axis) => (list.includes(axis) ? 1 : size));
  const shape = options.keepdims ? kept : x.shape.filter((_, axis) => !list.includes(axis));
  const out = empty(x.device, "int32", shape);
  x.device.backend.run("argmax", [reducedLast(x, list)], [flatOutput(out, x, list)], {
    trailing: list.length,
  });
  return out;
}
