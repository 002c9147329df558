import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const unit = { low: 0, high: 1 };

testOp("bceWithLogits", {
  run: (x, target) => [
    T.bceWithLogits(x, target),
    T.bceWithLogits(x, target, { reduction: "sum" }),
    T.bceWithLogits(x, target, { reduction: "none" }),
  ],
  hand: [
    {
      inputs: [floats([2], { values: [0, Math.log(3)] }), floats([2], { values: [1, 0] })],
      expected: [Math.log(8) / 2, Math.log(8), [Math.LN2, Math.log(4)]],
    },
  ],
  parity: [
    [floats([1]), floats([1], unit)],
    [floats([33, 5]), floats([5], unit)],
    [floats([4, 6], { layout: "transposed" }), floats([4, 6], { ...unit, layout: "strided" })],
    [floats([2], { values: [-500, 500] }), floats([2], { values: [1, 1] })],
  ],
  gradient: [[floats([3, 2]), floats([3, 2], unit)]],
  tolerance: { rtol: 1e-5, atol: 3e-6 },
});

test("a weight scales loss and gradient; what does not fit is refused", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.tensor([0, 0], { device });
    const target = T.tensor([1, 0], { device });
    const weight = T.tensor([1, 3], { device });
    const loss = () => T.bceWithLogits(x, target, { weight, reduction: "sum" });
    expect(loss().item()).toBeCloseTo(4 * Math.LN2, 6);
    expect(T.grad(loss, [x])[0].toArray()).toEqual([-0.5, 1.5]);
    expect(() => T.bceWithLogits(x, T.zeros([3], { device }))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: bceWithLogits: shapes do not broadcast (got [2] and [3], expected equal sizes or 1 at dimension -1)]`,
    );
    expect(() =>
      T.bceWithLogits(x, T.zeros([2, 2], { device })),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: bceWithLogits: target does not broadcast to x (got [2,2], expected [2])]`,
    );
    expect(() =>
      T.bceWithLogits(x, T.zeros([2], { device, dtype: "int32" })),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: bceWithLogits: dtypes differ (got float32 and int32, expected equal dtypes; cast one of them)]`,
    );
  });
});
