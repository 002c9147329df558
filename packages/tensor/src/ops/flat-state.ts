/**
 * flat-state: what all optimiser steps check (clipAdam, clipSgd, clipRmsprop).
 */
import type { Tensor } from "../tensor.js";
import {
  checkDense,
  checkDtype,
  checkFloat,
  checkRank,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  checkWritable,
} from "./dispatch.js";

/**
 * Checks the tensors of an optimiser step: everything in `state` is writable, dense and on one
 * device, `step` is int32 [1], all else has the float dtype of `params`; `flat` are those of the
 * shape of `params`, which is a vector, and `small` gives the length of the others.
 */
export function checkFlatState<S extends { params: Tensor; step?: Tensor }>(
  op: string,
  flat: Readonly<Record<string, Tensor | undefined>>,
  small: Readonly<Record<string, number>>,
  state: S,
): void {
  const { params, step } = state;
  const tensors: Readonly<Record<string, Tensor | undefined>> = { ...state };
  for (const [name, x] of Object.entries(tensors)) {
    if (x === undefined) continue;
    checkWritable(op, x);
    checkDense(op, x, name);
    checkSameDevice(op, params, x);
    if (x === step) checkDtype(op, x, "int32", name);
    else checkSameDtype(op, params, x);
  }
  checkFloat(op, params, "params");
  checkRank(op, params, 1, "params");
  for (const [name, x] of Object.entries(flat)) {
    if (x !== undefined) checkShapeIs(op, x, params.shape, name);
  }
  for (const [name, length] of Object.entries(small)) {
    const x = tensors[name];
    if (x !== undefined) checkShapeIs(op, x, [length], name);
  }
  if (step !== undefined) checkShapeIs(op, step, [1], "step");
}
