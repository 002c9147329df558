/**
 * oneHot: classes as rows with a single 1.
 *
 *   index int32 [...]   ->   y [..., C],  y[b, index[b]] = 1, 0 elsewhere
 *
 * No gradient.
 */
import type { DType } from "../dtype.js";
import { scope } from "../lifetime.js";
import { noParams } from "../op-params.js";
import { checkInteger } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, checkDtype, empty } from "./dispatch.js";
import { reshape } from "./reshape.js";

/** Options of {@link oneHot}. */
export interface OneHotOptions {
  /** Dtype of the result. Default float32. */
  dtype?: DType;
}

/** Rows of `classes` entries: 1 at `index` (int32, entries in 0..classes-1), 0 elsewhere. */
export function oneHot(index: Tensor, classes: number, options: OneHotOptions = {}): Tensor {
  checkAlive("oneHot", index);
  checkDtype("oneHot", index, "int32", "index");
  checkInteger("oneHot", "classes", classes, 0);
  const { device } = index;
  const out = empty(device, options.dtype ?? "float32", [index.size, classes]);
  return scope(() => {
    device.backend.run("oneHot", [reshape(index, [index.size])], [out], noParams);
    const shaped = reshape(out, [...index.shape, classes]);
    out.dispose();
    return shaped;
  });
}
