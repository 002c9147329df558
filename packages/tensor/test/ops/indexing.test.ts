import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, referenceDevice, testedDevices } from "../support/devices.js";
import { floats, ints } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const index = (shape: number[], high: number, layout: "dense" | "strided" = "dense") =>
  ints(shape, { high, layout });

testOp("indexSelect", {
  run: (x, rows) => T.indexSelect(x, rows),
  hand: [
    {
      inputs: [floats([3, 2], { values: [1, 2, 3, 4, 5, 6] }), ints([4], { values: [2, 0, 2, 1] })],
      expected: [
        [5, 6],
        [1, 2],
        [5, 6],
        [3, 4],
      ],
    },
  ],
  parity: [
    [floats([5]), index([3], 5)],
    [floats([5, 3]), index([0], 5)],
    [floats([5, 0]), index([2], 5)],
    [floats([9, 33]), index([65], 9)],
    [floats([5, 2, 3]), index([7], 5)],
    [floats([5, 4], { layout: "transposed" }), index([7], 5, "strided")],
    [ints([5, 4]), index([7], 5)],
  ],
  gradient: [
    [floats([4]), index([6], 4)],
    [floats([4, 2]), index([3], 4)],
  ],
});

testOp("indexSelect along another axis", {
  run: (x, columns) => x.indexSelect(columns, -1),
  hand: [
    {
      inputs: [floats([2, 3], { values: [1, 2, 3, 4, 5, 6] }), ints([2], { values: [2, 0] })],
      expected: [
        [3, 1],
        [6, 4],
      ],
    },
  ],
  parity: [[floats([3, 5]), index([4], 5)]],
  gradient: [[floats([2, 4]), index([3], 4)]],
});

testOp("takeAlongLast", {
  run: T.takeAlongLast,
  hand: [
    {
      inputs: [floats([2, 3], { values: [1, 2, 3, 4, 5, 6] }), ints([2], { values: [2, 0] })],
      expected: [3, 4],
    },
  ],
  parity: [
    [floats([4]), index([], 4)],
    [floats([0, 3]), index([0], 3)],
    [floats([65, 5]), index([65], 5)],
    [floats([2, 3, 4]), index([2, 3], 4)],
    [floats([6, 5], { layout: "strided" }), index([6], 5, "strided")],
    [floats([6, 5], { layout: "transposed" }), index([6], 5)],
  ],
  gradient: [
    [floats([3, 4]), index([3], 4)],
    [floats([2, 2, 3]), index([2, 2], 3)],
  ],
});

testOp("indexAdd", {
  run: (source, rows) => {
    const target = T.full([5, 3], 1, { device: source.device, dtype: "float32" });
    return T.indexAdd(target, rows, source);
  },
  hand: [
    {
      inputs: [floats([2, 3], { values: [1, 2, 3, 4, 5, 6] }), ints([2], { values: [4, 4] })],
      expected: [
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
        [6, 8, 10],
      ],
    },
  ],
  parity: [
    [floats([7, 3]), index([7], 5)],
    [floats([7, 3], { layout: "transposed" }), index([7], 5, "strided")],
    [floats([0, 3]), index([0], 5)],
  ],
  gradient: "none",
});

testOp("storeRow and increment", {
  run: (source) => {
    const { device } = source;
    const target = T.zeros([3, 2], { device });
    const counter = T.full([1], 4, { device, dtype: "int32" });
    T.storeRow(target, counter, source);
    T.increment(counter);
    T.storeRow(target, counter, source.neg());
    T.increment(counter, -3);
    return [target, counter];
  },
  hand: [
    {
      inputs: [floats([2], { values: [1, 2] })],
      expected: [
        [
          [0, 0],
          [1, 2],
          [-1, -2],
        ],
        [2],
      ],
    },
  ],
  parity: [[floats([2])], [floats([2], { layout: "flipped" })]],
  gradient: "none",
});

describe.each(testedDevices)("an index out of range on %s", (name) => {
  const open = () => deviceNamed(name);

  test("is refused, and the device works on", () => {
    T.scope(() => {
      const device = open();
      const x = T.ones([3, 2], { device });
      const bad = T.tensor([0, 3], { dtype: "int32", device });
      const negative = T.tensor([-1, 0], { dtype: "int32", device });
      expect(() => T.indexSelect(x, bad)).toThrow(/indexSelect: .*3/);
      expect(() => T.indexAdd(x, bad, T.ones([2, 2], { device }))).toThrow(/indexAdd: .*3/);
      expect(() => T.takeAlongLast(x.slice([0, 2]), negative)).toThrow(/takeAlongLast: .*-1/);
      expect(T.indexSelect(x, bad.slice([0, 1])).shape).toEqual([1, 2]);
    });
  });
});

test("indexing ops explain what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.zeros([3, 2], { device });
    const rows = T.zeros([2], { device, dtype: "int32" });
    const counter = T.zeros([1], { device, dtype: "int32" });
    expect(() => T.indexSelect(x, x)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: indexSelect: index has the wrong dtype (got float32, expected int32)]`,
    );
    expect(() => T.takeAlongLast(x, rows)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: takeAlongLast: index has the wrong shape (got [2], expected [3])]`,
    );
    expect(() => T.indexAdd(x, rows, x)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: indexAdd: source has the wrong shape (got [3,2], expected [2,2])]`,
    );
    expect(() => T.storeRow(x, counter, x)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: storeRow: source has the wrong shape (got [3,2], expected [2])]`,
    );
    expect(() =>
      T.storeRow(T.zeros([0, 2], { device }), counter, x.slice(0)),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: storeRow: target has no rows (got [0,2], expected [T,...] with T >= 1)]`,
    );
    expect(() => T.increment(counter, 0.5)).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: increment: by is not valid (got 0.5, expected an integer -2147483648..2147483647)]`,
    );
    expect(() => T.increment(x)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: increment: counter has the wrong dtype (got float32, expected int32)]`,
    );
  });
});

testOp("embedding", {
  run: (weight, tokens) => T.embedding(weight, tokens),
  hand: [
    {
      inputs: [
        floats([3, 2], { values: [1, 2, 3, 4, 5, 6] }),
        ints([2, 2], { values: [2, 0, 2, 1] }),
      ],
      expected: [
        [
          [5, 6],
          [1, 2],
        ],
        [
          [5, 6],
          [3, 4],
        ],
      ],
    },
  ],
  parity: [
    [floats([5, 3]), index([4], 5)],
    [floats([5, 3]), index([2, 0], 5)],
    [floats([9, 33]), index([3, 5, 2], 9)],
    [floats([5, 4], { layout: "transposed" }), index([7, 2], 5, "strided")],
  ],
  gradient: [[floats([4, 2]), index([2, 3], 4)]],
});
