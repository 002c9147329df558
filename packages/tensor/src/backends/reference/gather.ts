/**
 * gather:     out[..., i, ...] = x[..., index[..., i, ...], ...]
 * scatterAdd: out[..., index[..., i, ...], ...] += source[..., i, ...], in order of i
 */
import { checkedIndex } from "./indexing.js";
import { positions, type RefView } from "./views.js";

export function gatherKernel(
  [x, index]: RefView[],
  [out]: RefView[],
  { axis }: { axis: number },
): void {
  const from = chosen("gather", x, index, axis);
  const to = positions(out);
  for (let i = 0; i < to.length; i++) out.data[to[i]] = x.data[from[i]];
}

export function scatterAddKernel(
  [source, index]: RefView[],
  [out]: RefView[],
  { axis }: { axis: number },
): void {
  const from = positions(source);
  const to = chosen("scatterAdd", out, index, axis);
  for (let i = 0; i < from.length; i++) out.data[to[i]] += source.data[from[i]];
}

/** For every element of index: the storage position in `table` that it points to. */
function chosen(op: string, table: RefView, index: RefView, axis: number): Int32Array {
  const at = checkedIndex(op, index, table.shape[axis]);
  // The positions of the same coordinates, 0 along the axis, in a view of index's shape.
  const strides = table.strides.map((stride, i) => (i === axis ? 0 : stride));
  const base = positions({ ...table, shape: index.shape, strides });
  return base.map((position, i) => position + at[i] * table.strides[axis]);
}
