/**
 * views: strided access for the reference kernels.
 *
 * Slow and obvious on purpose: a view becomes the list of its storage positions in row-major order,
 * and kernels are loops over such lists. Fast kernels are the native core's job.
 */
import type { DType, TypedArray } from "../../dtype.js";

/** A view with its storage's data at hand. */
export interface RefView {
  readonly data: TypedArray;
  readonly dtype: DType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** Number of elements of a view. */
export function sizeOf(view: RefView): number {
  return view.shape.reduce((product, size) => product * size, 1);
}

/** Storage position of every element, in row-major order. */
export function positions(view: RefView): Int32Array {
  const { shape, strides } = view;
  const out = new Int32Array(sizeOf(view));
  const index = new Int32Array(shape.length);
  let at = view.offset;
  for (let i = 0; i < out.length; i++) {
    out[i] = at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** The same view seen as rows: `[rows, length]` positions, for ops over the last dimension. */
export function rowPositions(view: RefView): { at: Int32Array; rows: number; length: number } {
  const at = positions(view);
  const length = view.shape.at(-1) ?? 1;
  return { at, rows: length === 0 ? 0 : at.length / length, length };
}
