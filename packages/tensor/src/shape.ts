/**
 * shape: the arithmetic of shapes, axes and strides; plain numbers only, no tensors.
 *
 * Strides and offsets count elements, not bytes. Broadcasting follows NumPy: shapes are aligned at
 * their last dimension, and a dimension of 1 repeats (stride 0).
 */
import { ShapeError, TensorError } from "./errors.js";

/** Sizes of a tensor's dimensions; `[]` is a scalar. */
export type Shape = readonly number[];

/** The most dimensions a tensor may have. */
export const maxRank = 8;

/** `[2,3]`, as error messages show shapes. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}

/** Number of elements. */
export function elementCount(shape: Shape): number {
  let count = 1;
  for (let i = 0; i < shape.length; i++) count *= shape[i];
  return count;
}

/** Strides of a dense row-major layout; never 0, even where there are no elements. */
export function denseStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i] === 0 ? 1 : shape[i];
  }
  return strides;
}

/** Whether the elements lie in row-major order without gaps. */
export function isDense(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return elementCount(shape) === 0;
    step *= shape[i];
  }
  return true;
}

/** Whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Checks that every size is a non-negative integer and the rank is at most {@link maxRank}. */
export function checkShape(op: string, shape: Shape): void {
  if (shape.length > maxRank) {
    throw new ShapeError(op, `too many dimensions (got ${formatShape(shape)}, expected <= 8)`);
  }
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new ShapeError(
        op,
        `sizes must be non-negative integers (got ${formatShape(shape)}, expected e.g. [2,3])`,
      );
    }
  }
}

/** The shape that `a` and `b` broadcast to. */
export function broadcastShape(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = i <= a.length ? a[a.length - i] : 1;
    const y = i <= b.length ? b[b.length - i] : 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        op,
        `shapes do not broadcast (got ${formatShape(a)} and ${formatShape(b)}, ` +
          `expected equal sizes or 1 at dimension -${i})`,
      );
    }
    out[rank - i] = x === 1 ? y : x;
  }
  return out;
}

/** Strides with which a view of `shape` and `strides` reads as the larger shape `target`. */
export function broadcastStrides(
  op: string,
  shape: Shape,
  strides: readonly number[],
  target: Shape,
): number[] {
  const lead = target.length - shape.length;
  const out = new Array<number>(target.length).fill(0);
  for (let i = 0; i < shape.length; i++) {
    if (lead < 0 || (shape[i] !== target[lead + i] && shape[i] !== 1)) {
      throw new ShapeError(
        op,
        `shape does not broadcast (got ${formatShape(shape)}, expected ${formatShape(target)})`,
      );
    }
    if (shape[i] === target[lead + i]) out[lead + i] = strides[i];
  }
  return out;
}

/** An axis counted from the front; `-1` means the last. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(op, `axis out of range (got ${axis}, expected within rank ${rank})`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Sorted, distinct axes counted from the front; `undefined` means all of them. */
export function normalizeAxes(
  op: string,
  axes: number | readonly number[] | undefined,
  rank: number,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = typeof axes === "number" ? [axes] : axes;
  const out = list.map((axis) => normalizeAxis(op, axis, rank)).sort((a, b) => a - b);
  for (let i = 1; i < out.length; i++) {
    if (out[i] === out[i - 1]) throw new ShapeError(op, `axis ${out[i]} is given twice`);
  }
  return out;
}

/** A shape in which one `-1` stands for whatever makes the count right. */
export function inferShape(op: string, shape: Shape, count: number): number[] {
  const out = [...shape];
  const free = out.indexOf(-1);
  if (free >= 0) {
    const rest = out.reduce((product, size, i) => (i === free ? product : product * size), 1);
    out[free] = rest === 0 ? 0 : count / rest;
  }
  if (out.some((size) => !Number.isInteger(size) || size < 0) || elementCount(out) !== count) {
    throw new ShapeError(
      op,
      `cannot hold ${count} elements (got ${formatShape(shape)}, expected a product of ${count})`,
    );
  }
  checkShape(op, out);
  return out;
}

/**
 * Strides that read a view of `shape` and `strides` as `target` without copying, or `undefined`
 * when there are none. Both shapes hold the same number of elements.
 */
export function reshapeStrides(
  shape: Shape,
  strides: readonly number[],
  target: Shape,
): number[] | undefined {
  if (isDense(shape, strides)) return denseStrides(target);
  const out = new Array<number>(target.length).fill(0);
  let to = target.length - 1;
  let from = shape.length - 1;
  while (from >= 0) {
    // Grow one run of source dimensions that are contiguous with each other.
    let run = shape[from];
    const innermost = strides[from];
    while (from > 0 && (shape[from - 1] === 1 || strides[from - 1] === innermost * run)) {
      from--;
      run *= shape[from];
    }
    // Split that run into target dimensions.
    let step = innermost;
    while (run > 1 || (to >= 0 && target[to] === 1)) {
      if (to < 0 || run % target[to] !== 0) return undefined;
      out[to] = step;
      step *= target[to];
      run /= target[to];
      to--;
    }
    from--;
  }
  return out;
}

/** Checks an integer argument against an inclusive range. */
export function checkInteger(
  op: string,
  name: string,
  value: number,
  low: number,
  high: number = Number.MAX_SAFE_INTEGER,
): void {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    const range = high === Number.MAX_SAFE_INTEGER ? `>= ${low}` : `${low}..${high}`;
    throw new TensorError(
      "INVALID_ARGUMENT",
      op,
      `${name} is not valid (got ${value}, expected an integer ${range})`,
    );
  }
}
