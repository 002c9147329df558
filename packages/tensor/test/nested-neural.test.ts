/** Second derivatives of normalisation, losses and attention, against finite differences. */
import { expect, test } from "vitest";
import * as T from "../src/index.js";
import { checkGradient } from "../src/testing.js";
import { referenceDevice } from "./support/devices.js";
import { bools, floats, type Input, ints, make } from "./support/inputs.js";

type Run = (...inputs: T.Tensor[]) => T.Tensor;

const cases: readonly (readonly [string, Run, readonly Input[]])[] = [
  ["layerNorm", (x, w, b) => T.layerNorm(x, w, b), [floats([2, 3]), floats([3]), floats([3])]],
  ["layerNorm, bias alone", (x, b) => T.layerNorm(x, undefined, b), [floats([2, 3]), floats([3])]],
  ["rmsNorm", (x, w) => T.rmsNorm(x, w), [floats([2, 3]), floats([3])]],
  [
    "groupNorm",
    (x, w, b) => T.groupNorm(x, 2, w, b),
    [floats([2, 4, 2]), floats([4]), floats([4])],
  ],
  [
    "batchNorm",
    (x, weight, bias) => T.batchNorm(x, { weight, bias, training: true }),
    [floats([3, 2, 2]), floats([2]), floats([2])],
  ],
  ["crossEntropy", (x, t) => T.crossEntropy(x, t), [floats([3, 4]), ints([3])]],
  [
    "crossEntropy, smoothed, some ignored",
    (x, t) => T.crossEntropy(x, t, { labelSmoothing: 0.1, ignoreIndex: 1, reduction: "none" }),
    [floats([4, 3]), ints([4])],
  ],
  [
    "crossEntropy of distributions",
    (x, t) => T.crossEntropy(x, t, { reduction: "sum" }),
    [floats([2, 3]), floats([2, 3], { low: 0, high: 1 })],
  ],
  ["bceWithLogits", (x, t) => T.bceWithLogits(x, t), [floats([4]), floats([4])]],
  ["embedding", (w, i) => T.embedding(w, i).square(), [floats([3, 2]), ints([2, 2])]],
  ["softmax", (x) => x.softmax(0), [floats([3, 2])]],
  [
    "attention",
    (q, k, v) => T.scaledDotProductAttention(q, k, v, { causal: true }),
    [floats([2, 3, 2]), floats([2, 3, 2]), floats([1, 3, 2])],
  ],
  [
    "masked attention",
    (q, k, v, mask) => T.scaledDotProductAttention(q, k, v, { mask }),
    [floats([2, 2]), floats([3, 2]), floats([3, 1]), bools([2, 3])],
  ],
];

test.each(cases)("the gradient of the gradient of %s", (_, run, list) => {
  T.scope(() => {
    const device = referenceDevice();
    const inputs = list.map((input, i) => {
      return make(input, device, i, input.dtype === "float32" ? "float64" : input.dtype);
    });
    const params = inputs.filter((x) => x.dtype === "float64");
    const loss = () =>
      T.scope(() => {
        const grads = T.grad(
          () =>
            run(...inputs)
              .square()
              .sum(),
          params,
        );
        return grads.map((g) => g.square().sum()).reduce((a, b) => a.add(b));
      });
    expect(checkGradient(loss, params, { rtol: 1e-4, atol: 1e-6 })).toBeUndefined();
  });
});
