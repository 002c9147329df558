/**
 * concat, stack: several tensors in one, side by side along an axis.
 *
 *   concat: x_i [..., n_i, ...] -> y [..., sum of n_i, ...];  stack: x_i [...] -> y [..., count, ...]
 *
 * Gradient: each input gets its part of dy. Issued as one copy per input.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { noParams } from "../op-params.js";
import { formatShape, normalizeAxis } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, checkSameDevice, checkSameDtype, checkShapeIs, empty } from "./dispatch.js";
import { slice } from "./slice.js";
import { type SliceRange, spanView, toSpans } from "./spans.js";
import { unsqueeze } from "./squeeze.js";

const concatRule: GradientRule<readonly SliceRange[][]> = {
  op: "concat",
  backward: (dy, node) =>
    node.params.map((ranges, i) => (node.needs(i) ? slice(dy, ...ranges) : undefined)),
};

/** The tensors joined along `axis` (default 0); all other sizes, and dtypes, are equal. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0)
    throw new ShapeError("concat", "needs at least one tensor (got none, expected one)");
  const [first] = tensors;
  const at = normalizeAxis("concat", axis, first.rank);
  for (const x of tensors) checkJoins(first, x, at);
  const total = tensors.reduce((sum, x) => sum + x.shape[at], 0);
  const shape = first.shape.map((size, i) => (i === at ? total : size));
  const out = empty(first.device, first.dtype, shape);
  const parts = rangesAlong(tensors, at);
  for (let i = 0; i < tensors.length; i++) {
    const target = spanView(out, toSpans("concat", shape, parts[i]));
    out.device.backend.run("copy", [tensors[i]], [target], noParams);
  }
  return activeTape() === undefined ? out : record(out, concatRule, tensors, [], parts);
}

/** The tensors, all of one shape, along a new axis inserted before `axis` (default 0). */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) throw new ShapeError("stack", "needs at least one tensor (got none)");
  const at = normalizeAxis("stack", axis, tensors[0].rank + 1);
  for (const x of tensors) {
    checkAlive("stack", x);
    checkShapeIs("stack", x, tensors[0].shape, "a tensor");
  }
  return scope(() =>
    concat(
      tensors.map((x) => unsqueeze(x, at)),
      at,
    ),
  );
}

function rangesAlong(tensors: readonly Tensor[], axis: number): SliceRange[][] {
  let start = 0;
  return tensors.map((x) => {
    const ranges: SliceRange[] = new Array(axis).fill(null);
    ranges.push([start, start + x.shape[axis]]);
    start += x.shape[axis];
    return ranges;
  });
}

function checkJoins(first: Tensor, x: Tensor, axis: number): void {
  checkAlive("concat", x);
  checkSameDevice("concat", first, x);
  checkSameDtype("concat", first, x);
  const fits = x.rank === first.rank && x.shape.every((n, i) => i === axis || n === first.shape[i]);
  if (fits) return;
  throw new ShapeError(
    "concat",
    `shapes differ outside axis ${axis} (got ${formatShape(first.shape)} and ` +
      `${formatShape(x.shape)}, expected equal sizes there)`,
  );
}
