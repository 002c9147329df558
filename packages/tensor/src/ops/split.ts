/**
 * split, chunk: a tensor cut along an axis, as views. The inverse of concat.
 *
 * Gradient: that of slice.
 */
import { ShapeError } from "../errors.js";
import { checkInteger, normalizeAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive } from "./dispatch.js";
import { slice } from "./slice.js";
import type { SliceRange } from "./spans.js";

/**
 * Parts of `x` along `axis` (default 0): of one size, the last one maybe smaller, or of the given
 * sizes, which add up to the size of the axis. Views.
 */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  checkAlive("split", x);
  const at = normalizeAxis("split", axis, x.rank);
  const list = typeof sizes === "number" ? equalSizes(x.shape[at], sizes) : sizes;
  const total = list.reduce((sum, size) => sum + size, 0);
  if (total !== x.shape[at] || list.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new ShapeError(
      "split",
      `sizes do not add up (got [${list.join(",")}], expected a sum of ${x.shape[at]} for axis ${at})`,
    );
  }
  let start = 0;
  return list.map((size) => {
    const ranges: SliceRange[] = new Array(at).fill(null);
    ranges.push([start, start + size]);
    start += size;
    return slice(x, ...ranges);
  });
}

/**
 * At most `count` parts of `x` along `axis` (default 0), all of one size but the last, as PyTorch
 * cuts them. Views.
 */
export function chunk(x: Tensor, count: number, axis = 0): Tensor[] {
  checkAlive("chunk", x);
  checkInteger("chunk", "count", count, 1);
  const at = normalizeAxis("chunk", axis, x.rank);
  return split(x, Math.max(1, Math.ceil(x.shape[at] / count)), at);
}

function equalSizes(total: number, size: number): number[] {
  checkInteger("split", "size", size, 1);
  const parts = Math.max(1, Math.ceil(total / size));
  return Array.from({ length: parts }, (_, i) => Math.min(size, total - i * size));
}
