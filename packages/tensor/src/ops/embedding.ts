/**
 * embedding: rows of a table chosen by an int32 index of any shape.
 *
 *   weight [V, D]   index int32 [...]   ->   y [..., D],  y[i] = weight[index[i]]
 *
 * Gradient: dweight = zeros, then dweight[index[i]] += dy[i] in row-major order of i, so that it is
 * the same every time.
 */
import { scope } from "../lifetime.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, checkDtype, checkRank } from "./dispatch.js";
import { indexSelect } from "./indexSelect.js";
import { flatten, reshape } from "./reshape.js";

/** The rows `index` (int32, each in 0..V-1) of `weight` [V, D]. */
export function embedding(weight: Tensor, index: Tensor): Tensor {
  checkAlive("embedding", weight);
  checkAlive("embedding", index);
  checkRank("embedding", weight, 2, "weight");
  checkDtype("embedding", index, "int32", "index");
  if (index.rank === 1) return indexSelect(weight, index);
  return scope(() => {
    const rows = indexSelect(weight, flatten(index)); // [M, D]
    return reshape(rows, [...index.shape, weight.shape[1]]);
  });
}
