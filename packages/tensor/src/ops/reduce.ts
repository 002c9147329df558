/**
 * reduce: sum, mean, prod, max, min, any and all over some axes (default: all).
 *
 *   x [..., n, ...] -> y [..., ...], or [..., 1, ...] with keepdims
 *
 * Gradients (dy expanded over the reduced axes):
 *   sum   dy
 *   mean  dy / n
 *   prod  dy times the product of the others, right with zeros too
 *   max   dy shared equally among the elements that attain the maximum; min alike
 *
 * Empty groups: sum 0, prod 1, any false, all true, mean NaN; max and min refuse. NaN in a group
 * gives NaN.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import type { View } from "../backend.js";
import { ShapeError } from "../errors.js";
import { formatShape, normalizeAxes, type Shape } from "../shape.js";
import type { Axes, ReduceOptions, Tensor } from "../tensor.js";
import { div, mul } from "./binary.js";
import { equal } from "./compare.js";
import { cast, clone } from "./copy.js";
import { cumsum } from "./cumsum.js";
import {
  checkAlive,
  checkDtype,
  checkFloat,
  checkNumeric,
  constant,
  empty,
  isOne,
} from "./dispatch.js";
import { expand } from "./expand.js";
import { permute } from "./permute.js";
import { reshape } from "./reshape.js";
import { where } from "./where.js";

type ReduceOp = "sum" | "mean" | "prod" | "max" | "min";

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

const prodRule: GradientRule<Reduced> = {
  op: "prod",
  backward(dy, node) {
    const { kept, axes } = node.params;
    const x = node.saved(0);
    if (activeTape() !== undefined) return [mul(reshape(dy, kept), productOfOthers(x, axes))];
    const isZero = equal(x, 0);
    const others = where(isZero, 1, x);
    const zeros = sum(cast(isZero, x.dtype), axes, { keepdims: true });
    const product = mul(reshape(dy, kept), prod(others, axes, { keepdims: true }));
    // One zero: only its own derivative is not 0. Two: none is.
    const ofZero = where(equal(zeros, 1), product, 0);
    const ofOthers = where(equal(zeros, 0), product, 0);
    return [where(isZero, ofZero, div(ofOthers, others))];
  },
};

/**
 * For each element the product of the others of its group, from a square per group in which each row
 * leaves one out: of many elements, but all its derivatives are right.
 */
function productOfOthers(x: Tensor, axes: readonly number[]): Tensor {
  const order = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  const n = groupSize(x.shape, axes);
  const groups = reshape(permute(x, order), [n === 0 ? 0 : x.size / n, 1, n]);
  const place = cumsum(expand(constant(x.device, "int32", 1), [n]));
  const self = equal(reshape(place, [n, 1]), place);
  const products = prod(where(self, 1, groups), 2); // [groups, n]
  const ordered = reshape(
    products,
    order.map((axis) => x.shape[axis]),
  );
  return permute(
    ordered,
    order.map((_, axis) => order.indexOf(axis)),
  );
}

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

/** Product over `axes`. Float or int32 (modulo 2^32). */
export function prod(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return reduce("prod", prodRule, x, axes, options);
}

/** Whether any element over `axes` is true; bool. */
export function any(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return truth("any", x, axes, options);
}

/** Whether every element over `axes` is true; bool. */
export function all(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return truth("all", x, axes, options);
}

/** Largest value over `axes`. Float, int32 or uint8. */
export function max(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  return reduce("max", extremeRule, x, axes, options);
}

/** Smallest value over `axes`. Float, int32 or uint8. */
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
  else if (op === "max" || op === "min") checkOrdered(op, x);
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
  const saved = op === "max" || op === "min" ? [x, out] : op === "prod" ? [x] : [];
  return record(out, rule, [x], saved, { axes: list, from: x.shape, kept });
}

function truth(
  op: "any" | "all",
  x: Tensor,
  axes: Axes | undefined,
  options: ReduceOptions | undefined,
): Tensor {
  checkAlive(op, x);
  checkDtype(op, x, "bool", "x");
  const list = normalizeAxes(op, axes, x.rank);
  const kept = x.shape.map((size, axis) => (list.includes(axis) ? 1 : size));
  const shape = options?.keepdims ? kept : x.shape.filter((_, axis) => !list.includes(axis));
  const out = empty(x.device, "bool", shape);
  const trailing = list.length;
  x.device.backend.run(op, [reducedLast(x, list)], [flatOutput(out, x, list)], { trailing });
  return out;
}

/** Refuses bool. */
export function checkOrdered(op: string, x: Tensor): void {
  if (x.dtype !== "uint8") checkNumeric(op, x);
}

/** Refuses a reduction that has no value. */
export function checkNotEmpty(op: string, x: Tensor, axes: readonly number[]): void {
  if (groupSize(x.shape, axes) === 0) {
    throw new ShapeError(
      op,
      `no elements to choose from (got shape ${formatShape(x.shape)}, expected at least one)`,
    );
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
