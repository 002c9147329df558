import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { nativeDevice, referenceDevice } from "../support/devices.js";
import { floats, type Layout, make } from "../support/inputs.js";
import { expectClose, testOp } from "../support/test-op.js";

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

const stacks: [number[], number[]][] = [
  [
    [2, 3, 4],
    [2, 4, 5],
  ],
  [
    [5, 1, 7, 9],
    [3, 9, 4],
  ],
  [
    [6, 33, 17],
    [17, 20],
  ],
  [
    [33, 17],
    [3, 17, 20],
  ],
  [
    [40, 3, 8],
    [40, 8, 3],
  ],
  [
    [3, 200, 70],
    [3, 70, 65],
  ],
  [
    [2, 3, 300],
    [2, 300, 40],
  ],
  [
    [0, 2, 3],
    [0, 3, 2],
  ],
  [
    [2, 0, 3],
    [2, 3, 2],
  ],
  [
    [2, 3, 0],
    [2, 0, 2],
  ],
  [[4, 3, 5], [5]],
  [[5], [4, 5, 3]],
];

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
    ...stacks.map(([a, b]) => [floats(a), floats(b)]),
    ...layouts.map((layout) => [floats([3, 4, 9, 6], { layout }), floats([3, 4, 6, 5])]),
    ...layouts.map((layout) => [floats([3, 4, 9, 6]), floats([3, 4, 6, 5], { layout })]),
  ],
  gradient: [
    [floats([2, 3]), floats([3, 2])],
    [floats([3]), floats([3, 2])],
    [floats([2, 3]), floats([3])],
    [floats([3]), floats([3])],
    [floats([2, 2, 3]), floats([2, 3, 2])],
    [floats([2, 2, 3]), floats([3, 2])],
    [floats([2, 3]), floats([2, 3, 2])],
    [floats([2, 1, 2, 3]), floats([3, 3, 2])],
    [floats([2, 2, 3]), floats([3])],
    [floats([3]), floats([2, 3, 2])],
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
      `[ShapeError: matmul: inner sizes differ (got a [2,3] and b [2,3], expected [...,M,K] and [...,K,N])]`,
    );
    const stack = T.zeros([3, 3, 1], { device });
    expect(() => T.zeros([2, 2, 3], { device }).matmul(stack)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: shapes do not broadcast (got [2] and [3], expected equal sizes or 1 at dimension -1)]`,
    );
    expect(() => x.matmul(T.zeros([], { device }))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: matmul: inner sizes differ (got a [2,3] and b [], expected [...,M,K] and [...,K,N])]`,
    );
    expect(() =>
      x.matmul(T.zeros([3], { device, dtype: "int32" })),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: matmul: dtypes differ (got float32 and int32, expected equal dtypes; cast one of them)]`,
    );
  });
});

test("matmul of float64 on the native core agrees with float32", () => {
  T.scope(() => {
    for (const [a, b] of [
      ...stacks,
      ...sizes.map(([m, k, n]) => [
        [m, k],
        [k, n],
      ]),
    ]) {
      const [x, y] = [make(floats(a), nativeDevice(), 1), make(floats(b), nativeDevice(), 2)];
      const exact = x.cast("float64").matmul(y.cast("float64"));
      expect(exact.dtype).toBe("float64");
      expectClose(x.matmul(y).toArray(), exact.toArray(), { rtol: 1e-5, atol: 1e-5 });
    }
  });
});
