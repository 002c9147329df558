import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, testedDevices } from "../support/devices.js";
import { floats, ints, make } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const quarter = Math.log(4);
const even = floats([2, 4], { values: [1, 1, 1, 1, 1000, 1000, 1000, 1000] });
const tolerance = { rtol: 1e-5, atol: 3e-6 };

/** All reductions, as one list of results. */
function reductions(options: T.CrossEntropyOptions) {
  return (logits: T.Tensor, target: T.Tensor) =>
    (["mean", "sum", "none"] as const).map((reduction) => {
      return T.crossEntropy(logits, target, { ...options, reduction });
    });
}

testOp("crossEntropy of classes", {
  run: reductions({}),
  hand: [
    {
      inputs: [even, ints([2], { values: [0, 3] })],
      expected: [quarter, 2 * quarter, [quarter, quarter]],
    },
  ],
  parity: [
    [floats([1, 1]), ints([1], { high: 1 })],
    [floats([5, 3]), ints([5])],
    [floats([33, 18]), ints([33], { high: 18 })],
    [floats([1030, 5]), ints([1030], { high: 5 })],
    [floats([3, 1000], { low: -30, high: 30 }), ints([3], { high: 1000 })],
    [floats([6, 9], { layout: "transposed" }), ints([6], { high: 9, layout: "strided" })],
    [floats([6, 9], { layout: "expanded" }), ints([6], { high: 9, layout: "flipped" })],
    [floats([1, 3], { values: [0, NaN, 1] }), ints([1])],
  ],
  gradient: [[floats([4, 3]), ints([4])]],
  tolerance,
});

testOp("crossEntropy, smoothed, some rows ignored", {
  run: reductions({ labelSmoothing: 0.2, ignoreIndex: 1 }),
  hand: [
    {
      inputs: [even, ints([2], { values: [1, 3] })],
      expected: [quarter, quarter, [0, quarter]],
    },
  ],
  parity: [
    [floats([7, 3]), ints([7])],
    [floats([40, 33]), ints([40], { high: 4 })],
  ],
  gradient: [[floats([5, 3]), ints([5])]],
  tolerance,
});

testOp("crossEntropy of distributions", {
  run: reductions({ labelSmoothing: 0.1 }),
  hand: [
    {
      inputs: [even, floats([2, 4], { values: [1, 0, 0, 0, 0.5, 0.5, 0, 0] })],
      expected: [quarter, 2 * quarter, [quarter, quarter]],
    },
  ],
  parity: [
    [floats([5, 3]), floats([5, 3], { low: 0, high: 1 })],
    [floats([34, 33]), floats([34, 33], { low: 0, high: 1, layout: "transposed" })],
  ],
  gradient: [[floats([3, 4]), floats([3, 4], { low: 0, high: 1 })]],
  tolerance,
});

describe.each(testedDevices)("crossEntropy on %s", (name) => {
  const open = () => deviceNamed(name);

  test("the mean of no rows is not a number, a masked class costs nothing", () => {
    T.scope(() => {
      const device = open();
      const logits = T.tensor([[0, -Infinity, 0]], { device });
      const target = T.tensor([2], { device, dtype: "int32" });
      expect(T.crossEntropy(logits, target).item()).toBeCloseTo(Math.LN2, 6);
      const [slope] = T.grad(() => T.crossEntropy(logits, target), [logits]);
      expect(slope.toArray()).toEqual([[0.5, 0, -0.5]]);
      expect(T.crossEntropy(logits, target, { ignoreIndex: 2 }).item()).toBeNaN();
      const none = T.zeros([0], { device, dtype: "int32" });
      expect(T.crossEntropy(T.zeros([0, 3], { device }), none).item()).toBeNaN();
    });
  });

  test("scales its gradient by what is done with the loss", () => {
    T.scope(() => {
      const device = open();
      const logits = make(floats([4, 3]), device, 1);
      const target = make(ints([4]), device, 2);
      const [once] = T.grad(() => T.crossEntropy(logits, target), [logits]);
      const [thrice] = T.grad(() => T.crossEntropy(logits, target).mul(3), [logits]);
      expect(thrice.div(3).sub(once).abs().max().item()).toBeLessThan(1e-7);
    });
  });

  test("reports a class that does not exist, and refuses what does not fit", () => {
    T.scope(() => {
      const device = open();
      const x = T.zeros([2, 3], { device });
      const ints = (values: number[]) => T.tensor(values, { device, dtype: "int32" });
      const run = (target: T.Tensor, options?: T.CrossEntropyOptions) => () =>
        T.crossEntropy(x, target, options).item();
      expect(run(ints([1, 3]))).toThrowErrorMatchingInlineSnapshot(
        `[TensorError: crossEntropy: index out of range (got 3 at position 1, expected 0..2)]`,
      );
      expect(run(ints([0, -1]))).toThrowErrorMatchingInlineSnapshot(
        `[TensorError: crossEntropy: index out of range (got -1 at position 1, expected 0..2)]`,
      );
      expect(run(ints([0]))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: crossEntropy: target has the wrong shape (got [1], expected [2])]`,
      );
      expect(run(T.zeros([2, 4], { device }))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: crossEntropy: target has the wrong shape (got [2,4], expected [2,3])]`,
      );
      expect(run(x, { ignoreIndex: 1 })).toThrowErrorMatchingInlineSnapshot(
        `[TensorError: crossEntropy: ignoreIndex needs int32 targets (got float32)]`,
      );
      expect(run(ints([0, 1]), { labelSmoothing: 2 })).toThrowErrorMatchingInlineSnapshot(
        `[TensorError: crossEntropy: labelSmoothing is not valid (got 2, expected 0..1)]`,
      );
      // @ts-expect-error: not a reduction
      expect(run(ints([0, 1]), { reduction: "most" })).toThrowErrorMatchingInlineSnapshot(
        `[TensorError: crossEntropy: no such reduction (got most, expected mean, sum or none)]`,
      );
    });
  });
});
