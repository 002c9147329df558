/**
 * indexAdd: adds slices to a tensor in place, at positions given by an int32 index.
 *
 *   target [N, ...rest]   index [M]   source [M, ...rest]:   target[index[m]] += source[m]
 *   With an axis: the same along that dimension.
 *
 * In order of m, so that repeats add up the same way every time. No gradient.
 */

import { ShapeError } from "../errors.js";
import { noParams } from "../op-params.js";
import { normalizeAxis } from "../shape.js";
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
 * Adds `source` to the slices `index` of the dense `target` along `axis` (default 0). Returns `target`. An index
 * out of range is an error, after which some of the other slices may have been added.
 */
export function indexAdd(target: Tensor, index: Tensor, source: Tensor, axis = 0): Tensor {
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
  const at = normalizeAxis("indexAdd", axis, target.rank);
  const shape = target.shape.map((size, i) => (i === at ? index.shape[0] : size));
  checkShapeIs("indexAdd", source, shape, "source");
  addRows(target, index, source, at);
  target.storage.version++;
  return target;
}

/** The same without checks, for gradients. */
export function addRows(target: Tensor, index: Tensor, source: Tensor, axis = 0): void {
  const { backend } = target.device;
  if (axis === 0 && target.dtype === "float32") {
    prepared([source, index], [hasDenseSlices, hasDenseRows], (inputs) => {
      backend.run("indexAdd", inputs, [target], noParams);
    });
    return;
  }
  // The index repeated over the other dimensions, by stride 0.
  const { handle, dtype, offset } = index;
  const strides = source.shape.map((_, i) => (i === axis ? index.strides[0] : 0));
  const repeated = { handle, dtype, offset, shape: source.shape, strides };
  backend.run("scatterAdd", [source, repeated], [target], { axis });
}
