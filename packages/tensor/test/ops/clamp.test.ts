import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats, ints } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const special64 = floats([4], { values: [NaN, 1, -1, Infinity], dtype: "float64" });

testOp("clamp", {
  run: (x) => x.clamp(-1, 0.5),
  hand: [{ inputs: [floats([4], { values: [-3, -1, 0.25, 2] })], expected: [-1, -1, 0.25, 0.5] }],
  parity: [
    [floats([])],
    [floats([0])],
    [floats([33, 5])],
    [floats([4, 5], { layout: "transposed" })],
    [floats([3], { values: [NaN, Infinity, -Infinity] })],
  ],
  gradient: [[floats([3, 4])]],
});

testOp("clamp between tensors", {
  run: (x, low, high) => x.clamp(low, high),
  hand: [
    {
      inputs: [
        floats([3], { values: [-3, 0, 3] }),
        floats([1], { values: [-1] }),
        floats([3], { values: [1, 2, -2] }),
      ],
      expected: [-1, 0, -2],
    },
    {
      inputs: [
        ints([2], { values: [-3, 9] }),
        ints([], { values: [0] }),
        ints([], { values: [5] }),
      ],
      expected: [0, 5],
    },
  ],
  parity: [
    [floats([33, 5]), floats([5], { high: 0 }), floats([33, 1], { low: 0 })],
    [floats([4], { dtype: "float64" }), floats([], { dtype: "float64" }), special64],
  ],
  gradient: [
    [floats([3, 4]), floats([4], { low: -1, high: 0 }), floats([3, 1], { low: 0.1, high: 1 })],
    [floats([8]), floats([8]), floats([8])],
  ],
});

test("the gradient of clamp is whole at the limits", () => {
  T.scope(() => {
    const x = T.tensor([-1, 0.5, 0.6], { device: referenceDevice() });
    expect(T.grad(() => x.clamp(-1, 0.5).sum(), [x])[0].toArray()).toEqual([1, 1, 0]);
  });
});

test("clamp refuses limits in the wrong order", () => {
  T.scope(() => {
    const x = T.zeros([2], { device: referenceDevice() });
    expect(() => x.clamp(1, -1)).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: clamp: limits are in the wrong order (got 1 and -1, expected low <= high)]`,
    );
    expect(() => x.clamp(0, NaN)).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: clamp: limits are in the wrong order (got 0 and NaN, expected low <= high)]`,
    );
  });
});
