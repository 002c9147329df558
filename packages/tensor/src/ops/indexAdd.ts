/**
 * indexAdd: adds slices to a tensor in place, at positions given by an int32 index.
 *
 *   target [N, ...rest]   index [M]   source [M, ...rest]:   target[index[m]] += source[m]
 *
 * In order of m, so that repeats add up the same way every time. No gradient.
 */

import { ShapeError } from "../errors.js";
import { noParams } from "../op-params.js";
import type { Tensor } from "../tensor.js";
import {
  checkAlive,
  checkDense,
  checkDtype,
  checkFloat,
  checkRank,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  checkWritable,
} from "./dispatch.js";
import { hasDenseRows, hasDenseSlices, prepared } from "./layout.js";

/**
 * Adds `source` to the slices `index` of `target`, which must be dense. Returns `target`. An index
 * out of range is an error, after which some of the other slices may have been added.
 */
export function indexAdd(target: Tensor, index: Tensor, source: Tensor): Tensor {
  checkWritable("indexAdd", target);
  checkAlive("indexAdd", index);
  checkAlive("indexAdd", source);
  checkSameDevice("indexAdd", target, source);
  checkSameDevice("indexAdd", target, index);
  checkSameDtype("indexAdd", target, source);
  checkFloat("indexAdd", target, "target");
  checkDtype("indexAdd", index, "int32", "index");
  checkRank("indexAdd", index, 1, "index");
  if (target.rank === 0) throw new ShapeError("indexAdd", "target needs a dimension (got [])");
  checkDense("indexAdd", target, "target");
  checkShapeIs("indexAdd", source, [index.shape[0], ...target.shape.slice(1)], "source");
  addRows(target, index, source);
  target.storage.version++;
  return target;
}

/** The same without checks, for gradients. */
export function addRows(target: Tensor, index: Tensor, source: Tensor): void {
  prepared([source, index], [hasDenseSlices, hasDenseRows], (inputs) => {
    target.device.backend.run("indexAdd", inputs, [target], noParams);
  });
}
