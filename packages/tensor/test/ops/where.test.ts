import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { bools, floats, ints } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

testOp("where", {
  run: T.where,
  hand: [
    {
      inputs: [
        bools([3], { values: [1, 0, 1] }),
        floats([3], { values: [1, 2, 3] }),
        floats([3], { values: [10, 20, 30] }),
      ],
      expected: [1, 20, 3],
    },
  ],
  parity: [
    [bools([]), floats([]), floats([])],
    [bools([0]), floats([0]), floats([0])],
    [bools([33, 65]), floats([33, 65]), floats([33, 65])],
    [bools([4, 1]), floats([5]), floats([4, 5])],
    [bools([4, 5], { layout: "transposed" }), floats([4, 5]), floats([])],
    [bools([4, 5], { layout: "expanded" }), floats([4, 5], { layout: "strided" }), floats([1, 5])],
    [bools([6]), ints([6]), ints([6], { layout: "flipped" })],
    [bools([6]), floats([6], { dtype: "float64" }), floats([1], { dtype: "float64" })],
    [bools([40]), ints([40], { dtype: "uint8" }), ints([40], { dtype: "uint8" })],
    [bools([40]), bools([40]), bools([1])],
  ],
  gradient: [
    [bools([2, 3]), floats([2, 3]), floats([2, 3])],
    [bools([2, 1]), floats([3]), floats([2, 3])],
    [bools([4]), floats([]), floats([4])],
  ],
});

test("where takes numbers", () => {
  T.scope(() => {
    const x = T.tensor([-1, 2], { device: referenceDevice() });
    expect(T.where(x.greater(0), x, 0).toArray()).toEqual([0, 2]);
    expect(x.where(x.greater(0), 9).toArray()).toEqual([9, 2]);
  });
});

test("where does not let NaN of the side not taken into the gradient", () => {
  T.scope(() => {
    const x = T.tensor([0, 4], { device: referenceDevice() });
    const [dx] = T.grad(() => T.where(x.greater(0), x, 1).log().sum(), [x]);
    expect(dx.toArray()).toEqual([0, 0.25]);
  });
});

test("where refuses a condition that is not bool", () => {
  T.scope(() => {
    const x = T.zeros([2], { device: referenceDevice() });
    expect(() => T.where(x, x, x)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: where: condition has the wrong dtype (got float32, expected bool)]`,
    );
  });
});
