/**
 * Normalisation, losses and attention against PyTorch.
 *
 * HINT: if an op was added or changed on purpose, add or change its line in goldens/neural.py and
 * run `python goldens/generate.py neural` (needs torch); the file notes the version that made it.
 */
import * as T from "../src/index.js";
import { type Run, testGoldens } from "./support/goldens.js";

function batchNorm(training: boolean, momentum?: number): Run {
  return (x, weight, bias, mean, variance) => {
    const runningMean = T.noGrad(() => mean.clone());
    const runningVariance = T.noGrad(() => variance.clone());
    const shared = { weight, bias, runningMean, runningVariance, training };
    const y = T.batchNorm(x, momentum === undefined ? shared : { ...shared, momentum });
    return [y, runningMean, runningVariance];
  };
}

const attention = T.scaledDotProductAttention;

testGoldens("neural", {
  layerNorm: (x, w, b) => T.layerNorm(x, w, b),
  "layerNorm of a matrix": (x) => T.layerNorm(x, undefined, undefined, { axes: 2, eps: 0.1 }),
  rmsNorm: (x, w) => T.rmsNorm(x, w),
  "rmsNorm without weight": (x) => T.rmsNorm(x, undefined, { eps: 0.01 }),
  groupNorm: (x, w, b) => T.groupNorm(x, 3, w, b),
  "groupNorm of vectors": (x, w, b) => T.groupNorm(x, 3, w, b),
  batchNorm: batchNorm(true),
  "batchNorm of vectors": batchNorm(true, 0.3),
  "batchNorm evaluated": batchNorm(false),
  "crossEntropy mean": (x, t) => T.crossEntropy(x, t),
  "crossEntropy sum": (x, t) => T.crossEntropy(x, t, { reduction: "sum" }),
  "crossEntropy none": (x, t) => T.crossEntropy(x, t, { reduction: "none" }),
  "crossEntropy smoothed, some ignored": (x, t) =>
    T.crossEntropy(x, t, { labelSmoothing: 0.1, ignoreIndex: 2 }),
  "crossEntropy of distributions": (x, t) => T.crossEntropy(x, t, { labelSmoothing: 0.2 }),
  bceWithLogits: (x, t, weight) => T.bceWithLogits(x, t, { weight }),
  "bceWithLogits none": (x, t, weight) => T.bceWithLogits(x, t, { weight, reduction: "none" }),
  embedding: (w, index) => T.embedding(w, index),
  "softmax of axes": (x) => [0, 1, 2].map((axis) => x.softmax(axis)),
  "logSoftmax of axes": (x) => [0, 1, 2].map((axis) => x.logSoftmax(axis)),
  attention: (q, k, v) => attention(q, k, v),
  "attention scaled": (q, k, v) => attention(q, k, v, { scale: 0.7 }),
  "attention causal": (q, k, v) => attention(q, k, v, { causal: true }),
  "attention causal, long": (q, k, v) => attention(q, k, v, { causal: true }),
  "attention masked": (q, k, v, m) => attention(q, k, v, { mask: m.greater(0) }),
  "attention with an added mask": (q, k, v, mask) => attention(q, k, v, { mask }),
});
