/**
 * flip: the order of elements reversed along some axes, as a view.
 *
 * Gradient: dy flipped back (a slice with step -1).
 */
import { normalizeAxes } from "../shape.js";
import type { Axes, Tensor } from "../tensor.js";
import { slice } from "./slice.js";
import type { SliceRange } from "./spans.js";

/** `x` reversed along `axes` (default: all). A view of the same shape. */
export function flip(x: Tensor, axes?: Axes): Tensor {
  const reversed = normalizeAxes("flip", axes, x.rank);
  const ranges = x.shape.map(
    (_, axis): SliceRange => (reversed.includes(axis) ? [null, null, -1] : null),
  );
  return slice(x, ...ranges);
}
