/** sum-to: undoing a broadcast in a backward pass. */

import { sum } from "../ops/reduce.js";
import { reshape } from "../ops/reshape.js";
import { type Shape, sameShape } from "../shape.js";
import type { Tensor } from "../tensor.js";

/** `dy` summed over the dimensions in which `shape` was repeated; `dy` itself if there are none. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  if (sameShape(dy.shape, shape)) return dy;
  const lead = dy.rank - shape.length;
  const repeated: number[] = [];
  for (let axis = 0; axis < dy.rank; axis++) {
    if (axis < lead || (shape[axis - lead] === 1 && dy.shape[axis] !== 1)) repeated.push(axis);
  }
  if (repeated.length === 0) return reshape(dy, shape);
  const summed = sum(dy, repeated, { keepdims: true });
  return lead === 0 ? summed : reshape(summed, shape);
}
