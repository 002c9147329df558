/**
 * indexing: rows and elements chosen by an int32 index; an index out of range is an error.
 */
import { TensorError } from "../../errors.js";
import { positions, type RefView, rowPositions, sizeOf } from "./views.js";

/** x [N, ...rest], index [M] -> out [M, ...rest]. */
export function indexSelectKernel([x, index]: RefView[], [out]: RefView[]): void {
  const rows = checkedIndex("indexSelect", index, x.shape[0]);
  const from = positions(x);
  const to = positions(out);
  const length = rows.length === 0 ? 0 : to.length / rows.length;
  for (let m = 0; m < rows.length; m++) {
    for (let i = 0; i < length; i++) {
      out.data[to[m * length + i]] = x.data[from[rows[m] * length + i]];
    }
  }
}

/** source [M, ...rest], index [M]: out[index[m]] += source[m], in order of m. */
export function indexAddKernel([source, index]: RefView[], [out]: RefView[]): void {
  const rows = checkedIndex("indexAdd", index, out.shape[0]);
  const from = positions(source);
  const to = positions(out);
  const length = rows.length === 0 ? 0 : from.length / rows.length;
  for (let m = 0; m < rows.length; m++) {
    for (let i = 0; i < length; i++) {
      out.data[to[rows[m] * length + i]] += source.data[from[m * length + i]];
    }
  }
}

/** x [B, A], index [B] -> out [B]: out[b] = x[b, index[b]]. */
export function takeAlongLastKernel([x, index]: RefView[], [out]: RefView[]): void {
  const { at: from, length } = rowPositions(x);
  const columns = checkedIndex("takeAlongLast", index, length);
  const to = positions(out);
  for (let b = 0; b < columns.length; b++) out.data[to[b]] = x.data[from[b * length + columns[b]]];
}

/** dy [B], index [B] -> dx [B, A]: dy[b] at index[b], zero elsewhere. */
export function takeAlongLastBackwardKernel([dy, index]: RefView[], [dx]: RefView[]): void {
  const { at: to, length } = rowPositions(dx);
  const columns = checkedIndex("takeAlongLast", index, length);
  const from = positions(dy);
  for (const at of to) dx.data[at] = 0;
  for (let b = 0; b < columns.length; b++) dx.data[to[b * length + columns[b]]] = dy.data[from[b]];
}

/** source [...S], counter int32 [1] -> out [T, ...S]: out[counter mod T] = source. */
export function storeRowKernel([source, counter]: RefView[], [out]: RefView[]): void {
  const from = positions(source);
  const to = positions(out);
  const row = modulo(counter.data[counter.offset], out.shape[0]);
  const length = sizeOf(source);
  for (let i = 0; i < length; i++) out.data[to[row * length + i]] = source.data[from[i]];
}

/** counter += by. */
export function incrementKernel(
  _inputs: RefView[],
  [counter]: RefView[],
  { by }: { by: number },
): void {
  counter.data[counter.offset] += by;
}

function modulo(value: number, base: number): number {
  return ((value % base) + base) % base;
}

/** The values of an index, each checked to lie in 0..size-1. */
export function checkedIndex(op: string, index: RefView, size: number): Int32Array {
  const at = positions(index);
  const out = new Int32Array(at.length);
  for (let i = 0; i < at.length; i++) {
    out[i] = index.data[at[i]];
    if (out[i] < 0 || out[i] >= size) {
      throw new TensorError(
        "INVALID_ARGUMENT",
        op,
        `index out of range (got ${out[i]} at position ${i}, expected 0..${size - 1})`,
      );
    }
  }
  return out;
}
