/**
 * reduce: sum, mean, max and min over some axes (default: all).
 *
 *   x [..., n, ...] -> y [..., ...], or [..., 1, ...] with keepdims
 *
 * Gradients (dy expanded over the reduced axes):
 *   sum   dy
 *   mean  dy / n
 *   max   dy shared equally among the elements that attain the maximum; min alike
 *
 * Empty groups: sum 0, mean NaN; max and min refuse. NaN in a group gives NaN.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import type { View } from "../backend.js";
import { ShapeError } from "../errors.js";
import { formatShape, normalizeAxes, type Shape } from "../shape.js";
import type { Axes, ReduceOptions, Tensor } from "../tensor.js";
import { div, mul } from "./binary.js";
import { equal } from "./compare.js";
import { cast, clone } from "./copy.js";
import { checkAlive, checkFloat, checkNumeric, constant, empty, isOne } from "./dispatch.js";
import { expand } from "./expand.js";
import { reshape } from "./reshape.js";

type ReduceOp = "sum" | "mean" | "max" | "min";

interface Reduced {
  readonly axes: readonly number[];
  /** Shape of x. */
  readonly from: Shape;
  /** Shape of y with reduced dimensions kept as 1. */
  readonly kept: Shape;
}

/** Elements per group. */
export function groupSize(shape: Shape, axes: readonly number[]): number {
  return axes.reduce((count, axis) => count * shape[axis], 1);
}

const spread = (dy: Tensor, { from, kept }: Reduced): Tensor => expand(reshape(dy, kept), from);

const sumRule: GradientRule<Reduced> = {
  op: "sum",
  backward: (dy, node) => [spread(dy, node.params)],
};

const meanRule: GradientRule<Reduced> = {
  op: "mean",
  backward(dy, node) {
    const share = 1 / groupSize(node.params.from, node.params.axes);
    // At the root of a backward pass dy is the constant 1: the result is a constant, too.
    const each = isOne(dy)
      ? expand(constant(dy.device, dy.dtype, share), dy.shape)
      : mul(dy, share);
    return [spread(each, node.params)];
  },
};

const extremeRule: GradientRule<Reduced> = {
  op: "max",
  backward(dy, node) {
    const { kept, axes } = node.params;
    const [x, y] = [node.saved(0), node.saved(1)];
    const attained = cast(equal(x, reshape(y, kept)), x.dtype);
    const count = sum(attained, axes, { keepdims: true });
    return [mul(attained, div(reshape(dy, kept), count))];
  },
};

/** Sum over `axes`. Float or int32. */
export function sum(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return reduce("sum", sumRule, x, axes, options);
}

/** Mean over `axes`. Float. */
export function mean(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return reduce("mean", meanRule, x, axes, options);
}

/** Largest value over `axes`. Float or int32. */
export function max(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return reduce("max", extremeRule, x, axes, options);
}

/** Smallest value over `axes`. Float or int32. */
export function min(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return reduce("min", extremeRule, x, axes, options);
}

function reduce(
  op: ReduceOp,
  rule: GradientRule<Reduced>,
  x: Tensor,
  axes: Axes | undefined,
  options: ReduceOptions | undefined,
): Tensor {
  checkAlive(op, x);
  if (op === "mean") checkFloat(op, x);
  else checkNumeric(op, x);
  const list = normalizeAxes(op, axes, x.rank);
  if (list.length === 0) return clone(x);
  if (op === "max" || op === "min") checkNotEmpty(op, x, list);
  const kept = x.shape.map((size, axis) => (list.includes(axis) ? 1 : size));
  const shape = options?.keepdims ? kept : x.shape.filter((_, axis) => !list.includes(axis));
  const out = empty(x.device, x.dtype, shape);
  const trailing = list.length;
  x.device.backend.run(op, [reducedLast(x, list)], [flatOutput(out, x, list)], { trailing });
  if (activeTape() === undefined) return out;
  const saved = op === "max" || op === "min" ? [x, out] : [];
  return record(out, rule, [x], saved, { axes: list, from: x.shape, kept });
}

/** Refuses a reduction that has no value. */
export function checkNotEmpty(op: string, x: Tensor, axes: readonly number[]): void {
  if (groupSize(x.shape, axes) === 0) {
    throw new ShapeError(op, `no elements to choose from (got shape ${formatShape(x.shape)})`);
  }
}

/** `x` with the reduced axes moved behind the others. */
export function reducedLast(x: Tensor, axes: readonly number[]): View {
  const first = x.rank - axes.length;
  if (axes.every((axis, i) => axis === first + i)) return x;
  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...others, ...axes];
  return {
    handle: x.handle,
    dtype: x.dtype,
    offset: x.offset,
    shape: order.map((axis) => x.shape[axis]),
    strides: order.map((axis) => x.strides[axis]),
  };
}

/** The (dense) output without kept dimensions, as backends expect it. */
export function flatOutput(out: Tensor, x: Tensor, axes: readonly number[]): View {
  if (out.rank === x.rank - axes.length) return out;
  const remaining = <T>(values: readonly T[]) => values.filter((_, axis) => !axes.includes(axis));
  return {
    handle: out.handle,
    dtype: out.dtype,
    offset: out.offset,
    shape: remaining(out.shape),
    strides: remaining(out.strides),
  };
}
