/**
 * diagonal, trace: the diagonal of a matrix, or of a stack of them, as a view; and its sum.
 *
 *   x [..., M, N]   ->   y [..., D],  y[i] = x[i, i + offset] (offset < 0: x[i - offset, i])
 *
 * Gradient: dy on the diagonal of zeros.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import type { View } from "../backend.js";
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { noParams } from "../op-params.js";
import { checkInteger, formatShape, normalizeAxis, type Shape } from "../shape.js";
import { type Tensor, viewOf } from "../tensor.js";
import { checkAlive, empty } from "./dispatch.js";
import { sum } from "./reduce.js";

/** Which diagonal {@link diagonal} takes. */
export interface DiagonalOptions {
  /** 0 the main one, positive above it, negative below. Default 0. */
  offset?: number;
  /** The dimension of the rows. Default -2. */
  rows?: number;
  /** The dimension of the columns. Default -1. */
  columns?: number;
}

interface Place {
  offset: number;
  rows: number;
  columns: number;
}

const diagonalRule: GradientRule<{ place: Place; shape: Shape }> = {
  op: "diagonal",
  backward: (dy, node) => [spread(dy, node.params.place, node.params.shape)],
};

const spreadRule: GradientRule<Place> = {
  op: "diagonal",
  backward: (ddx, node) => [taken(ddx, node.params)],
};

/** The diagonal of two dimensions (default: the last two), which becomes the last. A view. */
export function diagonal(x: Tensor, options: DiagonalOptions = {}): Tensor {
  checkMatrix("diagonal", x);
  const { offset = 0, rows = -2, columns = -1 } = options;
  checkInteger("diagonal", "offset", offset, -(2 ** 31), 2 ** 31);
  const place = {
    offset,
    rows: normalizeAxis("diagonal", rows, x.rank),
    columns: normalizeAxis("diagonal", columns, x.rank),
  };
  if (place.rows === place.columns) {
    throw new ShapeError(
      "diagonal",
      `rows and columns are one dimension (got ${rows} twice, expected two)`,
    );
  }
  return taken(x, place);
}

function checkMatrix(op: string, x: Tensor): void {
  checkAlive(op, x);
  if (x.rank >= 2) return;
  throw new ShapeError(
    op,
    `needs two dimensions (got ${formatShape(x.shape)}, expected at least [M,N])`,
  );
}

/** Sum of the main diagonal of the last two dimensions. */
export function trace(x: Tensor): Tensor {
  checkMatrix("trace", x);
  return scope(() => sum(diagonal(x), -1));
}

function taken(x: Tensor, place: Place): Tensor {
  const { shape, strides, offset } = diagonalView(x, place);
  const out = viewOf(x.storage, shape, strides, offset);
  if (activeTape() === undefined) return out;
  return record(out, diagonalRule, [x], [], { place, shape: x.shape });
}

function spread(dy: Tensor, place: Place, shape: Shape): Tensor {
  const dx = empty(dy.device, dy.dtype, shape);
  dy.device.backend.run("fill", [], [dx], { value: 0 });
  dy.device.backend.run("copy", [dy], [diagonalView(dx, place)], noParams);
  return activeTape() === undefined ? dx : record(dx, spreadRule, [dy], [], place);
}

function diagonalView(x: Tensor, { offset, rows, columns }: Place): View {
  const row = Math.max(0, -offset);
  const column = Math.max(0, offset);
  const count = Math.max(0, Math.min(x.shape[rows] - row, x.shape[columns] - column));
  const others = (values: readonly number[]) =>
    values.filter((_, axis) => axis !== rows && axis !== columns);
  const start = row * x.strides[rows] + column * x.strides[columns];
  return {
    handle: x.handle,
    dtype: x.dtype,
    // A diagonal without elements could otherwise begin behind the storage.
    offset: count === 0 ? x.offset : x.offset + start,
    shape: [...others(x.shape), count],
    strides: [...others(x.strides), x.strides[rows] + x.strides[columns]],
  };
}
