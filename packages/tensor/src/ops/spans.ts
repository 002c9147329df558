/**
 * spans: which elements a slice takes, as arithmetic on views. Used by slice, concat and the tape.
 */
import type { View } from "../backend.js";
import { ShapeError } from "../errors.js";
import { formatShape, type Shape } from "../shape.js";

/**
 * What to take of one dimension: `null` everything; a number one element, dropping the dimension;
 * `[start, stop]` or `[start, stop, step]` a range that excludes `stop`, where `null` means "to the
 * end". Negative positions count from the end; a negative step runs backwards.
 */
export type SliceRange =
  | null
  | number
  | readonly [start: number | null, stop: number | null]
  | readonly [start: number | null, stop: number | null, step: number];

/** The elements `start, start + step, ...` (`count` of them) of one dimension. */
export interface Span {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** The dimension disappears from the result. */
  readonly drop: boolean;
}

/** One span per dimension of `shape`; missing ranges take everything. */
export function toSpans(op: string, shape: Shape, ranges: readonly SliceRange[]): Span[] {
  if (ranges.length > shape.length) {
    throw new ShapeError(
      op,
      `too many ranges (got ${ranges.length}, expected <= ${shape.length} for ${formatShape(shape)})`,
    );
  }
  return shape.map((size, axis) => toSpan(op, shape, axis, size, ranges[axis] ?? null));
}

function toSpan(op: string, shape: Shape, axis: number, size: number, range: SliceRange): Span {
  if (range === null) return { start: 0, step: 1, count: size, drop: false };
  if (typeof range === "number") {
    const start = range < 0 ? range + size : range;
    if (!Number.isInteger(range) || start < 0 || start >= size) {
      throw new ShapeError(
        op,
        `position out of range (got ${range} at dimension ${axis} of ${formatShape(shape)}, ` +
          `expected ${-size}..${size - 1})`,
      );
    }
    return { start, step: 1, count: 1, drop: true };
  }
  const [first, last, step = 1] = range;
  const integers = Number.isInteger(first ?? 0) && Number.isInteger(last ?? 0);
  if (!integers || !Number.isInteger(step) || step === 0) {
    throw new ShapeError(
      op,
      `a range takes integers and a step other than 0 (got [${range.join(",")}])`,
    );
  }
  const low = step > 0 ? 0 : -1;
  const high = step > 0 ? size : size - 1;
  const start = first === null ? (step > 0 ? low : high) : clip(first, size, low, high);
  const stop = last === null ? (step > 0 ? high : low) : clip(last, size, low, high);
  return { start, step, count: Math.max(0, Math.ceil((stop - start) / step)), drop: false };
}

/** A position, negative ones counted from the end, within limits. */
function clip(at: number, size: number, low: number, high: number): number {
  return Math.min(Math.max(at < 0 ? at + size : at, low), high);
}

/** The part of a view that the spans name. */
export function spanView(view: View, spans: readonly Span[]): View {
  let { offset } = view;
  const shape: number[] = [];
  const strides: number[] = [];
  for (let axis = 0; axis < spans.length; axis++) {
    const { start, step, count, drop } = spans[axis];
    offset += start * view.strides[axis];
    if (drop) continue;
    shape.push(count);
    strides.push(step * view.strides[axis]);
  }
  // A part without elements could otherwise point behind the storage.
  if (shape.includes(0)) offset = view.offset;
  return { handle: view.handle, dtype: view.dtype, offset, shape, strides };
}

/** Whether two parts of one tensor surely share no element (by their outer bounds). */
export function spansApart(a: readonly Span[], b: readonly Span[]): boolean {
  return a.some((span, axis) => {
    const [lowA, highA] = bounds(span);
    const [lowB, highB] = bounds(b[axis]);
    return highA < lowB || highB < lowA;
  });
}

function bounds({ start, step, count }: Span): [number, number] {
  if (count === 0) return [Infinity, -Infinity];
  const end = start + step * (count - 1);
  return step > 0 ? [start, end] : [end, start];
}
