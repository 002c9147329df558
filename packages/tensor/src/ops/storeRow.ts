/**
 * storeRow: writes one step into a ring of steps, at a position that lives on the device.
 *
 *   target [T, ...S]   counter int32 [1]   source [...S]:   target[counter mod T] = source
 *
 * Because the position is read when the op runs, a recording can store a different row at each
 * replay (`increment` moves the counter on). In place; no gradient.
 */

import { ShapeError } from "../errors.js";
import { noParams } from "../op-params.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import {
  checkAlive,
  checkDtype,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  checkWritable,
} from "./dispatch.js";

/** Overwrites row `counter mod T` of `target` with `source`. Any dtype. Returns `target`. */
export function storeRow(target: Tensor, counter: Tensor, source: Tensor): Tensor {
  checkWritable("storeRow", target);
  checkAlive("storeRow", counter);
  checkAlive("storeRow", source);
  checkSameDevice("storeRow", target, source);
  checkSameDevice("storeRow", target, counter);
  checkSameDtype("storeRow", target, source);
  checkDtype("storeRow", counter, "int32", "counter");
  checkShapeIs("storeRow", counter, [1], "counter");
  if (target.rank === 0 || target.shape[0] === 0) {
    throw new ShapeError(
      "storeRow",
      `target has no rows (got ${formatShape(target.shape)}, expected [T,...] with T >= 1)`,
    );
  }
  checkShapeIs("storeRow", source, target.shape.slice(1), "source");
  target.device.backend.run("storeRow", [source, counter], [target], noParams);
  target.storage.version++;
  return target;
}
