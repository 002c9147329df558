/**
 * pad: a border of one value around a tensor.
 *
 *   x [n0, n1, ...]   ->   y [before0 + n0 + after0, ...]
 *
 * Gradient: the part of dy where x lies.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { isFloat } from "../dtype.js";
import { DtypeError, ShapeError } from "../errors.js";
import { noParams } from "../op-params.js";
import { checkInteger, formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, empty } from "./dispatch.js";
import { slice } from "./slice.js";
import { type SliceRange, spanView, toSpans } from "./spans.js";

/** How many elements to add before and after a dimension. */
export type Padding = readonly [before: number, after: number];

/** Options of {@link pad}. */
export interface PadOptions {
  /** What the border holds. Default 0. */
  value?: number;
}

/** Where x lies along an axis. */
type Inner = readonly [start: number, stop: number];

const padRule: GradientRule<readonly SliceRange[]> = {
  op: "pad",
  backward: (dy, node) => [slice(dy, ...node.params)],
};

/** `x` with a border, one `[before, after]` per dimension. Any dtype. */
export function pad(x: Tensor, padding: readonly Padding[], options: PadOptions = {}): Tensor {
  checkAlive("pad", x);
  checkPadding(x.shape, padding);
  const { value = 0 } = options;
  if (!isFloat(x.dtype) && !Number.isInteger(value)) {
    throw new DtypeError("pad", `value does not fit the dtype (got ${value} for ${x.dtype})`);
  }
  const shape = x.shape.map((size, i) => padding[i][0] + size + padding[i][1]);
  const inner = x.shape.map((size, i): Inner => [padding[i][0], padding[i][0] + size]);
  const out = empty(x.device, x.dtype, shape);
  fillBorder(out, inner, value);
  const target = spanView(out, toSpans("pad", shape, inner));
  x.device.backend.run("copy", [x], [target], noParams);
  return activeTape() === undefined ? out : record(out, padRule, [x], [], inner);
}

/**
 * Slabs before and after along each axis, inside of what earlier axes have left. With a border along
 * the last axis that would touch nearly every cache line: then everything is filled, in one pass.
 */
function fillBorder(out: Tensor, inner: readonly Inner[], value: number): void {
  const last = inner.at(-1);
  if (last !== undefined && last[1] - last[0] !== out.shape[out.rank - 1]) {
    out.device.backend.run("fill", [], [out], { value });
    return;
  }
  inner.forEach((range, axis) => {
    const [start, stop] = range;
    for (const slab of [[0, start] as const, [stop, out.shape[axis]] as const]) {
      if (slab[0] === slab[1]) continue;
      const spans = toSpans("pad", out.shape, [...inner.slice(0, axis), slab]);
      out.device.backend.run("fill", [], [spanView(out, spans)], { value });
    }
  });
}

function checkPadding(shape: Shape, padding: readonly Padding[]): void {
  if (padding.length !== shape.length) {
    throw new ShapeError(
      "pad",
      `needs one [before, after] per dimension (got ${padding.length} for ${formatShape(shape)}, ` +
        `expected ${shape.length})`,
    );
  }
  for (const [before, after] of padding) {
    checkInteger("pad", "before", before, 0);
    checkInteger("pad", "after", after, 0);
  }
}
