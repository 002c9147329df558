/**
 * maskedFill, maskedMean: masking without shapes that depend on values.
 *
 * A recording has fixed shapes, so there is no op that returns "the elements where the mask holds".
 * What one wants them for is done in place of the full shape: `where(mask, a, b)` chooses,
 * `maskedFill` overwrites (logits of illegal actions by -Infinity, say), `maskedMean` averages over
 * what counts, and `where(mask, x, 0).sum()` adds it up.
 *
 * Gradients: those of where, sum and div; nothing flows to what is masked out.
 */
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { broadcastShape, formatShape, sameShape } from "../shape.js";
import type { Axes, ReduceOptions, Tensor } from "../tensor.js";
import { div, maximum } from "./binary.js";
import { cast } from "./copy.js";
import { checkAlive, checkDtype, checkFloat } from "./dispatch.js";
import { expand } from "./expand.js";
import { sum } from "./reduce.js";
import { where } from "./where.js";

/** `x` with `value` wherever `mask` (bool, broadcast to the shape of `x`) holds. Any dtype. */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  checkMask("maskedFill", x, mask);
  return where(mask, value, x);
}

/**
 * Mean over axes (default: all) of those elements of the float `x` for which `mask` (bool, broadcast
 * to the shape of `x`) holds; 0 where there are none.
 */
export function maskedMean(
  x: Tensor,
  mask: Tensor,
  axes?: Axes,
  options: ReduceOptions = {},
): Tensor {
  checkMask("maskedMean", x, mask);
  checkFloat("maskedMean", x);
  return scope(() => {
    const counts = cast(expand(mask, x.shape), x.dtype);
    const total = sum(where(mask, x, 0), axes, options);
    return div(total, maximum(sum(counts, axes, options), 1));
  });
}

function checkMask(op: string, x: Tensor, mask: Tensor): void {
  checkAlive(op, x);
  checkAlive(op, mask);
  checkDtype(op, mask, "bool", "mask");
  if (sameShape(broadcastShape(op, x.shape, mask.shape), x.shape)) return;
  throw new ShapeError(
    op,
    `mask does not broadcast to x (got mask ${formatShape(mask.shape)} and x ` +
      `${formatShape(x.shape)})`,
  );
}
