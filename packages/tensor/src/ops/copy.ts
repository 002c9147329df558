/**
 * copy and its forms: clone, contiguous, cast (new memory), detach (a view), copyInto and fillWith
 * (overwriting in place).
 *
 * Gradients: clone and contiguous pass dy on; cast between float dtypes casts dy back; cast to other
 * dtypes, detach and the in-place forms carry none.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { type DType, dtypeBytes, isFloat } from "../dtype.js";
import { DtypeError } from "../errors.js";
import { noParams } from "../op-params.js";
import type { Tensor } from "../tensor.js";
import {
  alias,
  broadcastTo,
  checkAlive,
  checkSameDevice,
  checkSameDtype,
  checkWritable,
  empty,
} from "./dispatch.js";

const cloneRule: GradientRule<undefined> = { op: "clone", backward: (dy) => [dy] };

const castRule: GradientRule<DType> = {
  op: "cast",
  backward: (dy, node) => [cast(dy, node.params)],
};

/** The elements of `x` in fresh, dense memory. */
export function clone(x: Tensor): Tensor {
  checkAlive("clone", x);
  const out = empty(x.device, x.dtype, x.shape);
  x.device.backend.run("copy", [x], [out], noParams);
  return activeTape() === undefined ? out : record(out, cloneRule, [x], [], undefined);
}

/** `x` itself if it is dense, a clone otherwise. */
export function contiguous(x: Tensor): Tensor {
  return checkAlive("contiguous", x).isContiguous ? x : clone(x);
}

/**
 * The elements of `x` as another dtype, in fresh memory. Float to int32 truncates towards zero and
 * saturates, NaN gives 0; to bool is `x != 0`.
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  checkAlive("cast", x);
  if (!Object.hasOwn(dtypeBytes, dtype)) {
    throw new DtypeError(
      "cast",
      `no such dtype (got ${dtype}, expected one of ${Object.keys(dtypeBytes).join(", ")})`,
    );
  }
  const out = empty(x.device, dtype, x.shape);
  x.device.backend.run("copy", [x], [out], noParams);
  const differentiable = isFloat(x.dtype) && isFloat(dtype);
  if (!differentiable || activeTape() === undefined) return out;
  return record(out, castRule, [x], [], x.dtype);
}

/** A view of the same elements that the gradient tape does not follow. */
export function detach(x: Tensor): Tensor {
  return alias(checkAlive("detach", x));
}

/** Overwrites `target` with `source` (broadcast to its shape). No gradient flows. */
export function copyInto(target: Tensor, source: Tensor): void {
  checkWritable("copyFrom", target);
  checkAlive("copyFrom", source);
  checkSameDevice("copyFrom", target, source);
  checkSameDtype("copyFrom", target, source);
  // Two parts of one storage may overlap: the elements go through fresh memory.
  const apart = source.storage === target.storage ? clone(source) : source;
  const from = broadcastTo("copyFrom", apart, target.shape);
  target.device.backend.run("copy", [from], [target], noParams);
  target.storage.version++;
  if (apart !== source) apart.dispose();
}

/** Overwrites every element of `target` with `value`. */
export function fillWith(target: Tensor, value: number): void {
  checkWritable("fill", target);
  target.device.backend.run("fill", [], [target], { value });
  target.storage.version++;
}
