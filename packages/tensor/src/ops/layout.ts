/**
 * layout: making a tensor fit what a kernel can read, by a copy only where there is no other way.
 *
 * The copies are temporaries of one op: `prepared` frees them when the op is done.
 */
import { noParams } from "../op-params.js";
import { isDense } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { empty } from "./dispatch.js";

/** Whether neighbours along one axis are neighbours in memory (or there are no neighbours). */
export function hasUnitStride(x: Tensor, axis: number): boolean {
  return x.shape[axis] <= 1 || x.strides[axis] === 1;
}

/** Whether matrices, the last two dimensions, have unit stride along one of them and plain strides otherwise. */
export function isMatrixLayout(x: Tensor): boolean {
  const [row, column] = [x.rank - 2, x.rank - 1];
  return (
    (hasUnitStride(x, column) && x.strides[row] >= 0) ||
    (hasUnitStride(x, row) && x.strides[column] >= 0)
  );
}

/** Whether the last dimension has unit stride. */
export function hasDenseRows(x: Tensor): boolean {
  return x.rank === 0 || hasUnitStride(x, x.rank - 1);
}

/** Whether the last dimension has unit stride and its rows follow each other at one distance. */
export function hasEvenRows(x: Tensor): boolean {
  if (!hasDenseRows(x)) return false;
  let count = 1;
  let distance = 0;
  for (let axis = x.rank - 2; axis >= 0; axis--) {
    if (x.shape[axis] === 1) continue;
    if (count === 1) distance = x.strides[axis];
    else if (x.strides[axis] !== distance * count) return x.size === 0;
    count *= x.shape[axis];
  }
  return true;
}

/** Whether each row, a slice along the first dimension, is dense. Rows may lie anywhere. */
export function hasDenseSlices(x: Tensor): boolean {
  return x.isContiguous || isDense(x.shape.slice(1), x.strides.slice(1));
}

/** For operands that a kernel reads as one run of elements. */
export function isDenseLayout(x: Tensor): boolean {
  return x.isContiguous;
}

/** For operands that a kernel reads in any layout. */
export function isAnyLayout(): boolean {
  return true;
}

/**
 * Calls `launch` with `inputs`, where each input that fails its test is replaced by a dense copy,
 * and frees those copies.
 */
export function prepared(
  inputs: readonly Tensor[],
  tests: readonly ((x: Tensor) => boolean)[],
  launch: (inputs: readonly Tensor[]) => void,
): void {
  let fits = true;
  for (let i = 0; i < inputs.length; i++) fits &&= tests[i](inputs[i]);
  if (fits) {
    launch(inputs);
    return;
  }
  const copies = inputs.map((x, i) => (tests[i](x) ? x : denseCopy(x)));
  launch(copies);
  for (let i = 0; i < inputs.length; i++) if (copies[i] !== inputs[i]) copies[i].dispose();
}

function denseCopy(x: Tensor): Tensor {
  const out = empty(x.device, x.dtype, x.shape);
  x.device.backend.run("copy", [x], [out], noParams);
  return out;
}
