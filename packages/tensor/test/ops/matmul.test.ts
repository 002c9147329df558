import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats, type Layout } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const sizes: [number, number, number][] = [
  [1, 1, 1],
  [2, 3, 4],
  [7, 5, 3],
  [1, 64, 1],
  [64, 1, 64],
  [33, 65, 17],
  [130, 70, 50],
  [0, 3, 2],
  [2, 0, 3],
  [2, 3, 0],
];
const layouts: Layout[] = ["dense", "transposed", "strided", "flipped", "expanded"];

testOp("matmul", {
  run: T.matmul,
  hand: [
    {
      inputs: [floats([2, 2], { values: [1, 2, 3, 4] }), floats([2, 1], { values: [10, 1] })],
      expected: [[12], [34]],
    },
  ],
  parity: [
    ...sizes.map(([m, k, n]) => [floats([m, k]), floats([k, n])]),
    ...layouts.map((layout) => [floats([9, 6], { layout }), floats([6, 4])]),
    ...layouts.map((layout) => [floats([9, 6]), floats([6, 4], { layout })]),
    [floats([3]), floats([3, 2])],
    [floats([2, 3]), floats([3])],
    [floats([3]), floats([3])],
  ],
  gradient: [
    [floats([2, 3]), floats([3, 2])],
    [floats([3]), floats([3, 2])],
    [floats([2, 3]), floats([3])],
    [floats([3]), floats([3])],
  ],
  tolerance: { rtol: 1e-5, atol: 1e-5 },
});

test("matmul with nothing to add up gives zeros", () => {
  T.scope(() => {
    const device = referenceDevice();
    const y = T.matmul(T.zeros([2, 0], { device }), T.zeros([0, 2], { device }));
    expect(y.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});

test("matmul names both shapes when they do not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.zeros([2, 3], { device });
    expect(() => x.matmul(x)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: inner sizes differ (got a [2,3] and b [2,3], expected [M,K] and [K,N])]`,
    );
    expect(() => x.matmul(T.zeros([3, 1, 1], { device }))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: inner sizes differ (got a [2,3] and b [3,1,1], expected [M,K] and [K,N])]`,
    );
    expect(() => x.matmul(T.zeros([], { device }))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: inner sizes differ (got a [2,3] and b [], expected [M,K] and [K,N])]`,
    );
    expect(() =>
      x.matmul(T.zeros([3], { device, dtype: "int32" })),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: matmul: dtypes differ (got float32 and int32, expected equal dtypes; cast one of them)]`,
    );
  });
});
