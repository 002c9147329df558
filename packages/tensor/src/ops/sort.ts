/**
 * sort, argsort, topk: elements in order along an axis.
 *
 *   x [..., n, ...]  ->  values [..., k, ...], indices int32 [..., k, ...];  k = n but for topk
 *
 * Stable: of equals the one in front comes first. NaN counts as larger than all others: last in
 * ascending order, first in descending. Gradient of the values: dy at the places they came from.
 */
import { withTape } from "../autograd/tape.js";
import { scope } from "../lifetime.js";
import { checkInteger, normalizeAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, empty } from "./dispatch.js";
import { gather } from "./gather.js";
import { prepared } from "./layout.js";
import { transpose } from "./permute.js";
import { checkOrdered } from "./reduce.js";

/** Options of {@link sort} and {@link argsort}. */
export interface SortOptions {
  /** The largest first. Default false. */
  descending?: boolean;
}

/** Options of {@link topk}. */
export interface TopkOptions {
  /** The largest elements; otherwise the smallest. Default true. */
  largest?: boolean;
}

/** Elements in order, and where they came from. */
export interface SortResult {
  /** The elements. */
  values: Tensor;
  /** Their positions along the axis in the operand, int32. */
  indices: Tensor;
}

/** `x` sorted along `axis` (default: the last). Float, int32 or uint8. */
export function sort(x: Tensor, axis = -1, options: SortOptions = {}): SortResult {
  const indices = order("sort", x, axis, undefined, options.descending ?? false);
  return { values: gather(x, indices, axis), indices };
}

/** Positions that sort `x` along `axis` (default: the last), int32. */
export function argsort(x: Tensor, axis = -1, options: SortOptions = {}): Tensor {
  return order("argsort", x, axis, undefined, options.descending ?? false);
}

/** The `k` largest (or smallest) elements along `axis`, in order. Float, int32 or uint8. */
export function topk(x: Tensor, k: number, axis = -1, options: TopkOptions = {}): SortResult {
  const indices = order("topk", x, axis, k, options.largest ?? true);
  return { values: gather(x, indices, axis), indices };
}

/** The first `k` (default: all) positions along `axis` in order. */
function order(
  op: string,
  x: Tensor,
  axis: number,
  k: number | undefined,
  descending: boolean,
): Tensor {
  checkAlive(op, x);
  checkOrdered(op, x);
  const at = normalizeAxis(op, axis, x.rank);
  const size = x.shape[at];
  if (k !== undefined) checkInteger(op, "k", k, 0, size);
  return withTape(undefined, () =>
    scope(() => {
      const rows = at === x.rank - 1 ? x : transpose(x, at, -1); // [..., n]
      const out = empty(x.device, "int32", [...rows.shape.slice(0, -1), k ?? size]);
      prepared([rows], [(operand) => operand.isContiguous], (inputs) => {
        x.device.backend.run("sort", inputs, [out], { descending: descending ? 1 : 0 });
      });
      return at === x.rank - 1 ? out : transpose(out, at, -1);
    }),
  );
}
