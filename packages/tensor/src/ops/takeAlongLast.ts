/**
 * takeAlongLast: one entry of each row, e.g. the value of the action that was taken.
 *
 *   x [..., A]   index int32 [...]   ->   y [...],  y[b] = x[b, index[b]]
 *
 * Gradient: dx is dy at the chosen entries and 0 elsewhere.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { noParams } from "../op-params.js";
import { elementCount, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import {
  checkAlive,
  checkDtype,
  checkFloat,
  checkSameDevice,
  checkShapeIs,
  empty,
} from "./dispatch.js";
import { hasDenseRows, isAnyLayout, prepared } from "./layout.js";
import { reshape } from "./reshape.js";

const takeRule: GradientRule<Shape> = {
  op: "takeAlongLast",
  backward(dy, node) {
    const dx = empty(dy.device, dy.dtype, node.params); // [B, A]
    const index = node.saved(0);
    dy.device.backend.run("takeAlongLastBackward", [dy, index], [dx], noParams);
    if (activeTape() !== undefined) record(dx, spreadRule, [dy], [index], undefined);
    return [dx];
  },
};

/** The gradient is linear in dy, and its own gradient is the op again. */
const spreadRule: GradientRule<undefined> = {
  op: "takeAlongLast",
  backward: (ddx, node) => [takeAlongLast(ddx, node.saved(0))],
};

/** `x[..., index]`, one entry per row. x is float, index int32 of shape `x.shape[..-1]`. */
export function takeAlongLast(x: Tensor, index: Tensor): Tensor {
  checkAlive("takeAlongLast", x);
  checkAlive("takeAlongLast", index);
  checkSameDevice("takeAlongLast", x, index);
  checkFloat("takeAlongLast", x);
  checkDtype("takeAlongLast", index, "int32", "index");
  if (x.rank === 0)
    throw new ShapeError("takeAlongLast", "x needs at least one dimension (got [])");
  checkShapeIs("takeAlongLast", index, x.shape.slice(0, -1), "index");
  if (x.rank !== 2) return overRows(x, index);
  const out = empty(x.device, x.dtype, index.shape); // [B]
  prepared([x, index], [hasDenseRows, isAnyLayout], (inputs) => {
    x.device.backend.run("takeAlongLast", inputs, [out], noParams);
  });
  return activeTape() === undefined ? out : record(out, takeRule, [x], [index], x.shape);
}

/** Any rank but 2: the leading dimensions become rows and come back afterwards. */
function overRows(x: Tensor, index: Tensor): Tensor {
  const count = elementCount(index.shape);
  const rows = reshape(x, [count, x.shape[x.rank - 1]]);
  const columns = reshape(index, [count]);
  const out = takeAlongLast(rows, columns);
  const result = reshape(out, index.shape);
  for (const temporary of [rows, columns, out]) temporary.dispose();
  return result;
}
