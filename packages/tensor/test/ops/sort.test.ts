import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats, type Input, ints } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const both = ({ values, indices }: T.SortResult): T.Tensor[] => [values, indices];
const special = floats([7], { values: [2, NaN, -0, 0, -Infinity, Infinity, NaN] });
const rows: Input[][] = [
  [floats([1])],
  [floats([0])],
  [floats([3, 0])],
  [floats([0, 3])],
  [floats([40])],
  [floats([5, 33])],
  [floats([3, 4, 5])],
  [floats([2, 9000])],
  [floats([9, 8], { layout: "transposed" })],
  [floats([9, 8], { layout: "flipped" })],
  [floats([40, 3], { dtype: "float64" })],
  [ints([3, 100], { low: -5, high: 5 })],
  [ints([3, 100], { high: 256, dtype: "uint8" })],
  [ints([3], { values: [2 ** 31 - 1, -(2 ** 31), 0] })],
  [special],
  [{ ...special, dtype: "float64" }],
];

testOp("sort", {
  run: (x) => [...both(x.sort()), ...both(T.sort(x, 0, { descending: true }))],
  hand: [
    {
      inputs: [floats([4], { values: [3, 1, 2, 1] })],
      expected: [
        [1, 1, 2, 3],
        [1, 3, 2, 0],
        [3, 2, 1, 1],
        [0, 2, 1, 3],
      ],
    },
  ],
  parity: rows,
  gradient: [[floats([6])], [floats([3, 4])]],
});

testOp("argsort", {
  run: (x) => [x.argsort(), T.argsort(x, 0, { descending: true })],
  hand: [
    {
      inputs: [floats([3], { values: [3, 1, 2] })],
      expected: [
        [1, 2, 0],
        [0, 2, 1],
      ],
    },
  ],
  parity: rows,
  gradient: "none",
});

testOp("topk", {
  run: (x) => [
    ...both(x.topk(1)),
    ...both(T.topk(x, Math.min(3, x.shape[0]), 0, { largest: false })),
  ],
  hand: [
    {
      inputs: [floats([4], { values: [3, 1, 4, 1] })],
      expected: [[4], [2], [1, 1, 3], [1, 3, 0]],
    },
  ],
  parity: rows.filter(([{ shape }]) => shape.at(-1) !== 0),
  gradient: [[floats([6])], [floats([4, 5])]],
});

test("sorting refuses bool, scalars and a k that is too large", () => {
  T.scope(() => {
    const x = T.zeros([2, 3], { device: referenceDevice() });
    expect(() => x.topk(4)).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: topk: k is not valid (got 4, expected an integer 0..3)]`,
    );
    expect(() => x.greater(0).sort()).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: sort: wrong dtype (got bool, expected float32 or int32; cast it)]`,
    );
    expect(() => x.sum().sort()).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: sort: axis out of range (got -1, expected within rank 0)]`,
    );
    expect(() => x.argsort(2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: argsort: axis out of range (got 2, expected within rank 2)]`,
    );
  });
});
