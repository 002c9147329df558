/**
 * squeeze, unsqueeze: removing and inserting dimensions of size 1, as views.
 *
 * Gradients: dy reshaped back.
 */
import { ShapeError } from "../errors.js";
import { formatShape, normalizeAxes, normalizeAxis } from "../shape.js";
import type { Axes, Tensor } from "../tensor.js";
import { reshape } from "./reshape.js";

/** `x` without the given axes, which must have size 1 (default: all that do). A view. */
export function squeeze(x: Tensor, axes?: Axes): Tensor {
  if (axes === undefined)
    return reshape(
      x,
      x.shape.filter((size) => size !== 1),
    );
  const drop = normalizeAxes("squeeze", axes, x.rank);
  for (const axis of drop) {
    if (x.shape[axis] !== 1) {
      throw new ShapeError(
        "squeeze",
        `axis ${axis} cannot go (got shape ${formatShape(x.shape)}, expected size 1 there)`,
      );
    }
  }
  return reshape(
    x,
    x.shape.filter((_, axis) => !drop.includes(axis)),
  );
}

/** `x` with a dimension of size 1 inserted before `axis`; -1 appends it. A view. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("unsqueeze", axis, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}
