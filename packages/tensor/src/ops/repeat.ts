/**
 * repeat, repeatInterleave: a tensor several times along an axis, whole or element by element.
 *
 *   repeat [1,2] twice -> [1,2,1,2];  repeatInterleave [1,2] by 2 -> [1,1,2,2]
 *
 * Gradient: dy summed over the repeats (that of expand). One copy per repeated axis.
 */
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { checkInteger, elementCount, formatShape, normalizeAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { clone } from "./copy.js";
import { checkAlive } from "./dispatch.js";
import { expand } from "./expand.js";
import { reshape } from "./reshape.js";

/**
 * `x` repeated `counts[i]` times along dimension i, as `tile` in NumPy. More counts than dimensions
 * add leading dimensions; fewer are refused.
 */
export function repeat(x: Tensor, counts: readonly number[]): Tensor {
  checkAlive("repeat", x);
  for (const count of counts) checkInteger("repeat", "count", count, 0);
  if (counts.length < x.rank) {
    throw new ShapeError(
      "repeat",
      `too few counts (got ${formatShape(counts)}, expected ${x.rank} for ${formatShape(x.shape)})`,
    );
  }
  return scope(() => {
    const lead = new Array(counts.length - x.rank).fill(1);
    let out = reshape(x, [...lead, ...x.shape]);
    for (let axis = counts.length - 1; axis >= 0; axis--) {
      if (counts[axis] !== 1) out = tiled(out, axis, counts[axis]);
    }
    return out.storage === x.storage ? clone(out) : out;
  });
}

/**
 * Each slice of `x` along `axis` `count` times in a row; without an axis, each element of the
 * flattened `x`.
 */
export function repeatInterleave(x: Tensor, count: number, axis?: number): Tensor {
  checkAlive("repeatInterleave", x);
  checkInteger("repeatInterleave", "count", count, 0);
  return scope(() => {
    if (axis === undefined) return repeatInterleave(reshape(x, [x.size]), count, 0);
    const at = normalizeAxis("repeatInterleave", axis, x.rank);
    const outer = elementCount(x.shape.slice(0, at + 1));
    const inner = elementCount(x.shape.slice(at + 1));
    const wide = expand(reshape(x, [outer, 1, inner]), [outer, count, inner]);
    const out = reshape(wide, withSize(x, at, x.shape[at] * count));
    return out.storage === x.storage ? clone(out) : out;
  });
}

function tiled(x: Tensor, axis: number, count: number): Tensor {
  const outer = elementCount(x.shape.slice(0, axis));
  const inner = elementCount(x.shape.slice(axis));
  const wide = expand(reshape(x, [outer, 1, inner]), [outer, count, inner]);
  return reshape(wide, withSize(x, axis, x.shape[axis] * count));
}

function withSize(x: Tensor, axis: number, size: number): number[] {
  return x.shape.map((other, i) => (i === axis ? size : other));
}
