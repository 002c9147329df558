/**
 * crossEntropy: negative log-likelihood of a class under softmax(logits), of given classes or of a
 * distribution over classes.
 *
 *   logits [B, C]   target int32 [B] or float [B, C]   ->   loss [] or, unreduced, [B]
 *   loss[b] = -sum_c t[b, c] log softmax(logits[b])[c]
 *   t = (1 - s) * (1 at the class, or the target's probabilities) + s / C,  s = labelSmoothing
 *
 * "mean" divides by the number of rows that are not ignored. Gradients:
 *   dlogits = (softmax(logits) sum_c t - t) * dloss,  dtarget (float) = -(1 - s) logSoftmax * dloss
 */
import { ShapeError, TensorError } from "../errors.js";
import { scope } from "../lifetime.js";
import { checkInteger, formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, mul } from "./binary.js";
import { notEqual } from "./compare.js";
import { cast } from "./copy.js";
import {
  checkAlive,
  checkFloat,
  checkRank,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
} from "./dispatch.js";
import { logSoftmax } from "./logSoftmax.js";
import { mean, sum } from "./reduce.js";
import { takeAlongLast } from "./takeAlongLast.js";
import { neg } from "./unary.js";
import { where } from "./where.js";

/** How the losses of the rows become the result. */
export type Reduction = "mean" | "sum" | "none";

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** Default "mean". */
  reduction?: Reduction;
  /** Share of the target that is spread evenly over all classes, 0..1. Default 0. */
  labelSmoothing?: number;
  /** Rows with this target (int32 targets only) count for nothing. Default: none. */
  ignoreIndex?: number;
}

/** Cross entropy of `target` under softmax(logits). Float logits [B, C]. */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const { reduction = "mean", labelSmoothing = 0, ignoreIndex } = options;
  check(logits, target, options);
  return scope(() => {
    const logs = logSoftmax(logits); // [B, C]
    const classes = target.dtype === "int32";
    const counts = classes && ignoreIndex !== undefined ? notEqual(target, ignoreIndex) : undefined;
    const index = counts === undefined ? target : where(counts, target, 0);
    const likely = classes ? takeAlongLast(logs, index) : sum(mul(logs, target), -1); // [B]
    let loss = neg(likely);
    if (labelSmoothing > 0) {
      const even = neg(mean(logs, -1)); // [B]
      loss = add(mul(loss, 1 - labelSmoothing), mul(even, labelSmoothing));
    }
    if (counts !== undefined) loss = where(counts, loss, 0);
    if (reduction === "none") return loss;
    if (reduction === "sum") return sum(loss);
    return counts === undefined ? mean(loss) : div(sum(loss), sum(cast(counts, loss.dtype)));
  });
}

function check(logits: Tensor, target: Tensor, options: CrossEntropyOptions): void {
  const { reduction = "mean", labelSmoothing = 0, ignoreIndex } = options;
  checkAlive("crossEntropy", logits);
  checkAlive("crossEntropy", target);
  checkSameDevice("crossEntropy", logits, target);
  checkFloat("crossEntropy", logits, "logits");
  checkRank("crossEntropy", logits, 2, "logits");
  if (target.dtype === "int32") {
    checkShapeIs("crossEntropy", target, [logits.shape[0]], "target");
    if (ignoreIndex !== undefined) {
      checkInteger("crossEntropy", "ignoreIndex", ignoreIndex, -(2 ** 31), 2 ** 31 - 1);
    }
  } else {
    checkSameDtype("crossEntropy", logits, target);
    checkShapeIs("crossEntropy", target, logits.shape, "target");
    if (ignoreIndex !== undefined) {
      throw new TensorError(
        "INVALID_ARGUMENT",
        "crossEntropy",
        `ignoreIndex needs int32 targets (got ${target.dtype})`,
      );
    }
  }
  if (logits.shape[1] === 0) {
    throw new ShapeError(
      "crossEntropy",
      `there are no classes (got logits ${formatShape(logits.shape)})`,
    );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "crossEntropy",
      `labelSmoothing is not valid (got ${labelSmoothing}, expected 0..1)`,
    );
  }
  checkReduction("crossEntropy", reduction);
}

/** Refuses anything but mean, sum and none. */
export function checkReduction(op: string, reduction: Reduction): void {
  if (!["mean", "sum", "none"].includes(reduction)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      op,
      `no such reduction (got ${reduction}, expected mean, sum or none)`,
    );
  }
}
