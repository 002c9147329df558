/**
 * slice: a part of a tensor, as a view.
 *
 *   x.slice([2, 5])            rows 2, 3, 4
 *   x.slice(null, -1)          the last column; the dimension disappears
 *   x.slice([null, null, -1])  rows in reverse
 *
 * Gradient: dy goes to the same part of a tensor of zeros. The tape writes the gradients of several
 * slices of one tensor side by side into one buffer (autograd/accumulate.ts).
 */
import { Piece } from "../autograd/accumulate.js";
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { type Tensor, viewOf } from "../tensor.js";
import { checkAlive, twin } from "./dispatch.js";
import { type SliceRange, type Span, spanView, toSpans } from "./spans.js";

export type { SliceRange };

const sliceRule: GradientRule<readonly Span[]> = {
  op: "slice",
  backward: (dy, node) => [new Piece(twin(dy), node.params)],
};

/** The part of `x` that the ranges name, one per leading dimension. A view. */
export function slice(x: Tensor, ...ranges: readonly SliceRange[]): Tensor {
  checkAlive("slice", x);
  return sliceSpans(x, toSpans("slice", x.shape, ranges));
}

/** The same for spans that are known to fit. */
export function sliceSpans(x: Tensor, spans: readonly Span[]): Tensor {
  const { shape, strides, offset } = spanView(x, spans);
  const out = viewOf(x.storage, shape, strides, offset);
  return activeTape() === undefined ? out : record(out, sliceRule, [x], [], spans);
}
