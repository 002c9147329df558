/**
 * products: what linear and conv2d spend their time in, out[b, o] = first[o] + sum over i of x[b, i] w[o, i].
 *
 * Four outputs at a time, so that their sums do not wait for each other; every sum runs over i in order
 * all the same, in double precision. Small networks run on this in a browser.
 */
import { positions, type RefView, sizeOf } from "./views.js";

/** Rows of factors, `[O, I]`, each row without gaps. */
export interface Rows {
  readonly data: ArrayLike<number>;
  /** Where the first row begins. */
  readonly offset: number;
  /** From the beginning of a row to that of the next. */
  readonly stride: number;
}

/** The shape of a product. */
export interface ProductShape {
  /** Rows of x, B. */
  readonly rows: number;
  /** Rows of w, O. */
  readonly outputs: number;
  /** Their length, I. */
  readonly width: number;
}

/** x `[B, I]` without gaps; `out` `[B, O]` holds the first summands and is added to. */
export function addProducts(
  x: Float64Array,
  w: Rows,
  out: Float64Array,
  { rows, outputs, width }: ProductShape,
): void {
  const { data, offset, stride } = w;
  for (let b = 0; b < rows; b++) {
    const row = x.subarray(b * width, (b + 1) * width);
    const sums = out.subarray(b * outputs, (b + 1) * outputs);
    let o = 0;
    for (; o + 4 <= outputs; o += 4) {
      let at = offset + o * stride;
      let [z0, z1, z2, z3] = [sums[o], sums[o + 1], sums[o + 2], sums[o + 3]];
      for (let i = 0; i < width; i++, at++) {
        const value = row[i];
        z0 += value * data[at];
        z1 += value * data[at + stride];
        z2 += value * data[at + 2 * stride];
        z3 += value * data[at + 3 * stride];
      }
      sums[o] = z0;
      sums[o + 1] = z1;
      sums[o + 2] = z2;
      sums[o + 3] = z3;
    }
    for (; o < outputs; o++) {
      let [at, z] = [offset + o * stride, sums[o]];
      for (let i = 0; i < width; i++, at++) z += row[i] * data[at];
      sums[o] = z;
    }
  }
}

/** A matrix as rows; copied only where its rows have gaps. */
export function rowsOf(view: RefView): Rows {
  const { data, offset, strides, shape } = view;
  if (strides[1] === 1 || shape[1] === 1) return { data, offset, stride: strides[0] };
  return { data: dense(view), offset: 0, stride: shape[1] };
}

/** The elements of a view in row-major order, each times `scale`. */
export function dense(view: RefView, scale = 1): Float64Array {
  const { data, offset } = view;
  const size = sizeOf(view);
  const out = new Float64Array(size);
  if (isDense(view)) {
    for (let i = 0; i < size; i++) out[i] = data[offset + i] * scale;
    return out;
  }
  positions(view).forEach((at, i) => {
    out[i] = data[at] * scale;
  });
  return out;
}

/** Writes elements in row-major order. */
export function writeDense(view: RefView, from: Float64Array): void {
  const { data, offset } = view;
  if (isDense(view)) {
    for (let i = 0; i < from.length; i++) data[offset + i] = from[i];
    return;
  }
  positions(view).forEach((at, i) => {
    data[at] = from[i];
  });
}

function isDense({ shape, strides }: RefView): boolean {
  let size = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1 && strides[d] !== size) return false;
    size *= shape[d];
  }
  return true;
}
