/**
 * gather, takeAlongAxis, scatterAdd: elements chosen along an axis by an index as large as the result.
 *
 *   gather         y[..., i, ...] = x[..., index[..., i, ...], ...]
 *   takeAlongAxis  the same, where x and index broadcast outside of the axis
 *   scatterAdd     y = x, then y[..., index[..., i, ...], ...] += source[..., i, ...], in order of i
 *
 * Gradients: gather scatters dy into zeros; scatterAdd passes dy on to x and gathers it for source.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { noParams } from "../op-params.js";
import { broadcastShape, formatShape, normalizeAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import {
  checkAlive,
  checkDtype,
  checkNumeric,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  empty,
} from "./dispatch.js";
import { expand } from "./expand.js";

const gatherRule: GradientRule<{ axis: number; shape: Shape }> = {
  op: "gather",
  backward: (dy, node) => [spread(dy, node.saved(0), node.params.axis, node.params.shape)],
};

const spreadRule: GradientRule<number> = {
  op: "scatterAdd",
  backward: (ddx, node) => [gather(ddx, node.saved(0), node.params)],
};

const scatterRule: GradientRule<number> = {
  op: "scatterAdd",
  backward: (dy, node) => [
    node.needs(0) ? dy : undefined,
    node.needs(1) ? gather(dy, node.saved(0), node.params) : undefined,
  ],
};

/**
 * The elements of `x` that `index` (int32, entries in 0..size-1 along `axis`) names; the result has
 * the shape of `index`, which has the rank of `x` and is no larger outside of the axis. Any dtype.
 */
export function gather(x: Tensor, index: Tensor, axis: number): Tensor {
  const at = checkIndex("gather", x, index, axis);
  const out = empty(x.device, x.dtype, index.shape);
  x.device.backend.run("gather", [x, index], [out], { axis: at });
  if (activeTape() === undefined) return out;
  return record(out, gatherRule, [x], [index], { axis: at, shape: x.shape });
}

/**
 * As {@link gather}, but `x` and `index` broadcast to each other outside of the axis, as in NumPy.
 */
export function takeAlongAxis(x: Tensor, index: Tensor, axis: number): Tensor {
  checkAlive("takeAlongAxis", x);
  checkAlive("takeAlongAxis", index);
  checkDtype("takeAlongAxis", index, "int32", "index");
  const at = normalizeAxis("takeAlongAxis", axis, x.rank);
  checkSameRank("takeAlongAxis", x, index);
  const without = (shape: Shape) => shape.map((size, i) => (i === at ? 1 : size));
  const common = broadcastShape("takeAlongAxis", without(x.shape), without(index.shape));
  const along = (size: number) => common.map((other, i) => (i === at ? size : other));
  return scope(() =>
    gather(expand(x, along(x.shape[at])), expand(index, along(index.shape[at])), at),
  );
}

/**
 * `x` with `source` added at the places that `index` (int32, of the shape of `source`) names along
 * `axis`. Repeated places add up in order. A new tensor; float or int32.
 */
export function scatterAdd(x: Tensor, index: Tensor, source: Tensor, axis: number): Tensor {
  const at = checkIndex("scatterAdd", x, index, axis);
  checkAlive("scatterAdd", source);
  checkSameDevice("scatterAdd", x, source);
  checkSameDtype("scatterAdd", x, source);
  checkNumeric("scatterAdd", x);
  checkShapeIs("scatterAdd", source, index.shape, "source");
  const out = empty(x.device, x.dtype, x.shape);
  x.device.backend.run("copy", [x], [out], noParams);
  x.device.backend.run("scatterAdd", [source, index], [out], { axis: at });
  return activeTape() === undefined ? out : record(out, scatterRule, [x, source], [index], at);
}

/** Zeros of `shape` with dy added where index points. */
function spread(dy: Tensor, index: Tensor, axis: number, shape: Shape): Tensor {
  const dx = empty(dy.device, dy.dtype, shape);
  dy.device.backend.run("fill", [], [dx], { value: 0 });
  dy.device.backend.run("scatterAdd", [dy, index], [dx], { axis });
  return activeTape() === undefined ? dx : record(dx, spreadRule, [dy], [index], axis);
}

function checkIndex(op: string, x: Tensor, index: Tensor, axis: number): number {
  checkAlive(op, x);
  checkAlive(op, index);
  checkSameDevice(op, x, index);
  checkDtype(op, index, "int32", "index");
  const at = normalizeAxis(op, axis, x.rank);
  checkSameRank(op, x, index);
  if (!index.shape.every((size, i) => i === at || size <= x.shape[i])) {
    throw new ShapeError(
      op,
      `index is larger than x outside of axis ${at} (got index ${formatShape(index.shape)} and x ` +
        `${formatShape(x.shape)})`,
    );
  }
  return at;
}

function checkSameRank(op: string, x: Tensor, index: Tensor): void {
  if (x.rank === index.rank) return;
  throw new ShapeError(
    op,
    `index has the wrong rank (got index ${formatShape(index.shape)} and x ` +
      `${formatShape(x.shape)}, expected equal ranks)`,
  );
}
