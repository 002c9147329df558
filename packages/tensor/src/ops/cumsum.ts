/**
 * cumsum: running sums along an axis.
 *
 *   y[..., i, ...] = x[..., 0, ...] + ... + x[..., i, ...]
 *
 * Gradient: the running sums of dy from the end.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { normalizeAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, checkNumeric, empty } from "./dispatch.js";
import { prepared } from "./layout.js";

interface Direction {
  readonly axis: number;
  readonly reverse: 0 | 1;
}

const cumsumRule: GradientRule<Direction> = {
  op: "cumsum",
  backward: (dy, { params }) => [
    running(dy, { axis: params.axis, reverse: params.reverse === 0 ? 1 : 0 }),
  ],
};

/** Running sums of `x` along `axis` (default: the last). Float or int32 (modulo 2^32). */
export function cumsum(x: Tensor, axis = -1): Tensor {
  checkAlive("cumsum", x);
  checkNumeric("cumsum", x);
  const at = x.rank === 0 ? 0 : normalizeAxis("cumsum", axis, x.rank);
  return running(x, { axis: at, reverse: 0 });
}

function running(x: Tensor, params: Direction): Tensor {
  const out = empty(x.device, x.dtype, x.shape);
  prepared([x], [(operand) => operand.isContiguous], (inputs) => {
    x.device.backend.run("cumsum", inputs, [out], { ...params });
  });
  return activeTape() === undefined ? out : record(out, cumsumRule, [x], [], params);
}
