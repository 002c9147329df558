import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

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
