/**
 * indexSelect: slices of a tensor chosen by an int32 index, in any order and with repeats.
 *
 *   x [N, ...rest]   index [M]   ->   y [M, ...rest],  y[m] = x[index[m]]
 *
 * Gradient: dx = zeros, then dx[index[m]] += dy[m] in order of m.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { scope } from "../lifetime.js";
import { noParams } from "../op-params.js";
import { normalizeAxis, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, checkDtype, checkRank, checkSameDevice, empty } from "./dispatch.js";
import { expand } from "./expand.js";
import { gather } from "./gather.js";
import { addRows } from "./indexAdd.js";
import { hasDenseRows, hasDenseSlices, prepared } from "./layout.js";
import { reshape } from "./reshape.js";

const indexSelectRule: GradientRule<Shape> = {
  op: "indexSelect",
  backward(dy, node) {
    const dx = empty(dy.device, dy.dtype, node.params);
    dy.device.backend.run("fill", [], [dx], { value: 0 });
    const index = node.saved(0);
    addRows(dx, index, dy);
    if (activeTape() !== undefined) record(dx, spreadRule, [dy], [index], undefined);
    return [dx];
  },
};

/** The gradient is linear in dy, and its own gradient is the op again. */
const spreadRule: GradientRule<undefined> = {
  op: "indexSelect",
  backward: (ddx, node) => [indexSelect(ddx, node.saved(0))],
};

/** The slices `index` (int32, each in 0..N-1) of `x` along `axis` (default 0). Any dtype. */
export function indexSelect(x: Tensor, index: Tensor, axis = 0): Tensor {
  checkAlive("indexSelect", x);
  checkAlive("indexSelect", index);
  checkSameDevice("indexSelect", x, index);
  checkDtype("indexSelect", index, "int32", "index");
  checkRank("indexSelect", index, 1, "index");
  const at = normalizeAxis("indexSelect", axis, x.rank);
  if (at !== 0) return alongAxis(x, index, at);
  const out = empty(x.device, x.dtype, [index.shape[0], ...x.shape.slice(1)]);
  prepared([x, index], [hasDenseSlices, hasDenseRows], (inputs) => {
    x.device.backend.run("indexSelect", inputs, [out], noParams);
  });
  return activeTape() === undefined ? out : record(out, indexSelectRule, [x], [index], x.shape);
}

/** Any axis but the first: the index repeated over the other dimensions, by stride 0. */
function alongAxis(x: Tensor, index: Tensor, axis: number): Tensor {
  return scope(() => {
    const shape = x.shape.map((size, i) => (i === axis ? index.shape[0] : size));
    const column = [index.shape[0], ...new Array(x.rank - 1 - axis).fill(1)];
    return gather(x, expand(reshape(index, column), shape), axis);
  });
}
