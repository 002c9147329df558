/**
 * increment: adds to a counter on the device.
 *
 *   counter int32 [1]:   counter += by
 *
 * In place; no gradient. Wraps around at 2^31.
 */
import { checkInteger } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkDtype, checkShapeIs, checkWritable } from "./dispatch.js";

/** Adds `by` (default 1) to `counter`. Returns `counter`. */
export function increment(counter: Tensor, by = 1): Tensor {
  checkWritable("increment", counter);
  checkDtype("increment", counter, "int32", "counter");
  checkShapeIs("increment", counter, [1], "counter");
  checkInteger("increment", "by", by, -(2 ** 31), 2 ** 31 - 1);
  counter.device.backend.run("increment", [], [counter], { by });
  counter.storage.version++;
  return counter;
}
