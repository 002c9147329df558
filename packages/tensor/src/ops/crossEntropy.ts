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
import { activeTape, type GradientRule, type GradNode, record, taped } from "../autograd/tape.js";
import { ShapeError, TensorError } from "../errors.js";
import { scope } from "../lifetime.js";
import { noParams, type ReductionCode } from "../op-params.js";
import { checkInteger, formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, mul, sub } from "./binary.js";
import { notEqual } from "./compare.js";
import { cast } from "./copy.js";
import {
  checkAlive,
  checkFloat,
  checkRank,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  constant,
  differentiatedAgain,
  empty,
  scaled,
} from "./dispatch.js";
import { expand } from "./expand.js";
import { hasDenseRows, isAnyLayout, prepared } from "./layout.js";
import { logSoftmax } from "./logSoftmax.js";
import { sum } from "./reduce.js";
import { unsqueeze } from "./squeeze.js";
import { exp } from "./unary.js";
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

interface Settings {
  readonly reduction: Reduction;
  readonly labelSmoothing: number;
  readonly ignoreIndex: number | undefined;
}

const codes: { readonly [K in Reduction]: ReductionCode } = { none: 0, sum: 1, mean: 2 };

const crossEntropyRule: GradientRule<Settings> = {
  op: "crossEntropy",
  backward(dy, node) {
    const { reduction } = node.params;
    const each = reduction === "none" ? unsqueeze(dy, 1) : dy; // [B, 1] or []
    return [
      node.needs(0) ? dlogits(each, node) : undefined,
      node.needs(1) ? dtarget(each, node) : undefined,
    ];
  },
};

/** From the gradient that the op made on the way; as ops where that must have a gradient itself. */
function dlogits(dy: Tensor, node: GradNode<Settings>): Tensor {
  if (!differentiatedAgain(dy, node)) return scaled(dy, node.saved(2), mul);
  const [logits, target] = [node.saved(0), node.saved(1)];
  const shares = exp(logSoftmax(logits)); // [B, C]
  const { labelSmoothing, ignoreIndex } = node.params;
  if (target.dtype !== "int32") {
    const wanted = smoothed(target, labelSmoothing);
    const kept = sub(mul(shares, sum(wanted, -1, { keepdims: true })), wanted);
    return mul(kept, perRow(dy, node));
  }
  const counts = ignoreIndex === undefined ? undefined : notEqual(target, ignoreIndex); // [B]
  const index = counts === undefined ? target : where(counts, target, 0);
  const kept = sub(shares, smoothed(classShares(logits, index), labelSmoothing));
  const valid = counts === undefined ? kept : where(unsqueeze(counts, 1), kept, 0);
  return mul(valid, perRow(dy, node));
}

/** -(1 - s) logSoftmax(logits), for distributions. */
function dtarget(dy: Tensor, node: GradNode<Settings>): Tensor {
  const slope = mul(logSoftmax(node.saved(0)), node.params.labelSmoothing - 1);
  return mul(slope, perRow(dy, node));
}

/** dy, divided by the number of rows that count if the result is their mean. */
function perRow(dy: Tensor, node: GradNode<Settings>): Tensor {
  const { reduction, ignoreIndex } = node.params;
  if (reduction !== "mean") return dy;
  const target = node.saved(1);
  if (ignoreIndex === undefined) return div(dy, target.shape[0]);
  return div(dy, sum(cast(notEqual(target, ignoreIndex), dy.dtype)));
}

function smoothed(shares: Tensor, smoothing: number): Tensor {
  if (smoothing === 0) return shares;
  return add(mul(shares, 1 - smoothing), smoothing / shares.shape[1]);
}

/** 1 at the class of each row, 0 elsewhere: [B, C]. */
function classShares(logits: Tensor, index: Tensor): Tensor {
  const { device, dtype } = logits;
  const out = empty(device, dtype, logits.shape);
  const ones = expand(constant(device, dtype, 1), index.shape);
  device.backend.run("takeAlongLastBackward", [ones, index], [out], noParams);
  return out;
}

/** Cross entropy of `target` under softmax(logits). Float logits [B, C]. */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  const { reduction = "mean", labelSmoothing = 0, ignoreIndex } = options;
  check(logits, target, options);
  const { device, dtype } = logits;
  return scope(() => {
    const loss = empty(device, dtype, reduction === "none" ? [logits.shape[0]] : []);
    const gradient = taped(logits) ? [empty(device, dtype, logits.shape)] : []; // [B, C]
    const layout = target.rank === 2 ? hasDenseRows : isAnyLayout;
    prepared([logits, target], [hasDenseRows, layout], (inputs) => {
      device.backend.run("crossEntropy", inputs, [loss, ...gradient], {
        reduction: codes[reduction],
        smoothing: labelSmoothing,
        ignoring: ignoreIndex === undefined ? 0 : 1,
        ignore: ignoreIndex ?? 0,
      });
    });
    if (activeTape() === undefined) return loss;
    const settings = { reduction, labelSmoothing, ignoreIndex };
    const saved = [logits, target, ...gradient];
    return record(loss, crossEntropyRule, [logits, target], saved, settings);
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
