/** gather, takeAlongAxis, scatterAdd, oneHot, and indexSelect and indexAdd along any axis. */
import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, nativeDevice, referenceDevice, testedDevices } from "../support/devices.js";
import { floats, type Input, ints, type Layout } from "../support/inputs.js";
import { expectClose, testOp } from "../support/test-op.js";

const layouts: Layout[] = ["dense", "transposed", "strided", "flipped", "expanded"];
const index = (shape: number[], high: number, layout: Layout = "dense"): Input =>
  ints(shape, { high, layout });

testOp("gather", {
  run: (x, at) => T.gather(x, at, 1),
  hand: [
    {
      inputs: [
        floats([2, 3], { values: [1, 2, 3, 4, 5, 6] }),
        ints([2, 2], { values: [2, 0, 1, 1] }),
      ],
      expected: [
        [3, 1],
        [5, 5],
      ],
    },
  ],
  parity: [
    [floats([1, 1]), index([1, 1], 1)],
    [floats([7, 5]), index([7, 40], 5)],
    [floats([7, 5]), index([3, 4], 5)],
    [floats([3, 5, 17]), index([3, 9, 17], 5)],
    [floats([2, 3, 4, 5]), index([2, 7, 4, 5], 3)],
    [floats([33, 64]), index([33, 65], 64)],
    [floats([0, 3]), index([0, 3], 3)],
    [floats([3, 2]), index([3, 0], 2)],
    [ints([4, 3]), index([4, 2], 3)],
    ...layouts.map((layout): Input[] => [floats([4, 5, 3], { layout }), index([4, 2, 3], 5)]),
    ...layouts.map((layout): Input[] => [floats([4, 5, 3]), index([4, 2, 3], 5, layout)]),
  ],
  gradient: [
    [floats([3, 4]), index([3, 6], 4)],
    [floats([3, 4, 2]), index([2, 3, 2], 4)],
  ],
});

testOp("takeAlongAxis", {
  run: (x, at) => T.takeAlongAxis(x, at, 0),
  hand: [
    {
      inputs: [floats([2, 3], { values: [1, 2, 3, 4, 5, 6] }), ints([3, 1], { values: [1, 0, 1] })],
      expected: [
        [4, 5, 6],
        [1, 2, 3],
        [4, 5, 6],
      ],
    },
  ],
  parity: [
    [floats([4, 1]), index([3, 5], 4)],
    [floats([4, 20]), index([9, 1], 4)],
    [floats([4, 2, 3]), index([1, 2, 3], 4)],
  ],
  gradient: [
    [floats([4, 1]), index([3, 5], 4)],
    [floats([3, 4]), index([5, 1], 3)],
  ],
});

testOp("scatterAdd", {
  run: (x, at, source) => T.scatterAdd(x, at, source, 1),
  hand: [
    {
      inputs: [
        floats([2, 3], { values: [0, 0, 0, 1, 1, 1] }),
        ints([2, 2], { values: [2, 2, 0, 1] }),
        floats([2, 2], { values: [10, 20, 30, 40] }),
      ],
      expected: [
        [0, 0, 30],
        [31, 41, 1],
      ],
    },
  ],
  parity: [
    [floats([1, 1]), index([1, 1], 1), floats([1, 1])],
    [floats([7, 5]), index([7, 40], 5), floats([7, 40])],
    [floats([7, 5]), index([3, 4], 5), floats([3, 4])],
    [floats([3, 5, 17]), index([3, 9, 17], 5), floats([3, 9, 17])],
    [floats([3, 2]), index([3, 0], 2), floats([3, 0])],
    [ints([4, 3]), index([4, 2], 3), ints([4, 2])],
    ...layouts.map((layout): Input[] => [
      floats([4, 5, 3], { layout }),
      index([4, 2, 3], 5, layout),
      floats([4, 2, 3], { layout }),
    ]),
  ],
  gradient: [[floats([3, 4]), index([3, 6], 4), floats([3, 6])]],
});

testOp("oneHot", {
  run: (at) => T.oneHot(at, 4),
  hand: [
    {
      inputs: [ints([2], { values: [3, 0] })],
      expected: [
        [0, 0, 0, 1],
        [1, 0, 0, 0],
      ],
    },
  ],
  parity: [
    [index([], 4)],
    [index([0], 4)],
    [index([70], 4)],
    [index([3, 5], 4, "transposed")],
    [index([9], 4, "strided")],
  ],
  gradient: "none",
});

testOp("indexSelect along other axes", {
  run: (x, at) => [T.indexSelect(x, at, 1), T.indexSelect(x, at, -1)],
  hand: [
    {
      inputs: [floats([1, 2, 2], { values: [1, 2, 3, 4] }), ints([1], { values: [1] })],
      expected: [[[[3, 4]]], [[[2], [4]]]],
    },
  ],
  parity: [
    [floats([3, 5, 64]), index([9], 5)],
    ...layouts.map((layout): Input[] => [floats([3, 5, 6], { layout }), index([4], 5, layout)]),
  ],
  gradient: [[floats([2, 3, 4]), index([5], 3)]],
});

testOp("indexAdd along other axes", {
  run: (x, at, source) => T.indexAdd(x.clone(), at, source, 1),
  hand: [
    {
      inputs: [
        floats([1, 2], { values: [1, 2] }),
        ints([3], { values: [1, 0, 1] }),
        floats([1, 3], { values: [10, 20, 30] }),
      ],
      expected: [[21, 42]],
    },
  ],
  parity: [
    [floats([3, 5, 64]), index([9], 5), floats([3, 9, 64])],
    [floats([3, 5]), index([4], 5, "strided"), floats([3, 4], { layout: "transposed" })],
  ],
  gradient: "none",
});

describe("dtypes", () => {
  test.each(["float64", "int32", "uint8", "bool"] as const)(
    "gather and oneHot take %s",
    (dtype) => {
      T.scope(() => {
        const [wanted, got] = [referenceDevice(), nativeDevice()].map((device) => {
          const x = T.tensor([0, 1, 1, 0, 1, 0], { shape: [2, 3], dtype, device });
          const at = T.tensor([2, 0, 1, 1], { shape: [2, 2], dtype: "int32", device });
          const hot = T.oneHot(at, 3, { dtype });
          expect(hot.dtype).toBe(dtype);
          return [x.gather(at, 1).toArray(), hot.toArray()];
        });
        expect(got).toEqual(wanted);
      });
    },
  );

  test("indexAdd and scatterAdd take float64", () => {
    T.scope(() => {
      const [wanted, got] = [referenceDevice(), nativeDevice()].map((device) => {
        const options = { dtype: "float64", device } as const;
        const x = T.tensor([1, 2, 3, 4], { shape: [2, 2], ...options });
        const at = T.tensor([1, 1], { dtype: "int32", device });
        const y = x.scatterAdd(at.reshape([1, 2]), x.slice([0, 1]), 0);
        return [y.toArray(), T.indexAdd(x.clone(), at, x).toArray()];
      });
      expectClose(got, wanted);
    });
  });
});

test("gather, scatterAdd and oneHot work in a recording", () => {
  T.scope(() => {
    const device = nativeDevice();
    const x = T.tensor([1, 2, 3, 4], { shape: [2, 2], device });
    const at = T.tensor([1, 0], { shape: [2, 1], dtype: "int32", device });
    const run = () => {
      const taken = x.gather(at, 1);
      return [taken, x.scatterAdd(at, taken, 1), T.oneHot(at.reshape([2]), 2)];
    };
    using recording = T.capture(device, run);
    const [a, b, c] = recording.outputs;
    at.write(new Int32Array([0, 1]));
    recording.replay();
    const wanted = run();
    expect([a, b, c].map((y) => y.toArray())).toEqual(wanted.map((y) => y.toArray()));
  });
});

describe.each(testedDevices)("errors on %s", (name) => {
  const on = () => deviceNamed(name);

  test("an index out of range names the op, the index and the size", () => {
    T.scope(() => {
      const device = on();
      const x = T.zeros([2, 3], { device });
      const at = T.tensor([0, 3], { shape: [2, 1], dtype: "int32", device });
      expect(() => x.gather(at, 1).toArray()).toThrow(
        "gather: index out of range (got 3 at position 1, expected 0..2)",
      );
      expect(() => x.scatterAdd(at, T.zeros([2, 1], { device }), 1).toArray()).toThrow(
        "scatterAdd: index out of range (got 3 at position 1, expected 0..2)",
      );
      expect(() => T.oneHot(at, 3).toArray()).toThrow(
        "oneHot: index out of range (got 3 at position 1, expected 0..2)",
      );
    });
  });
});

test("shapes that do not fit are named", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.zeros([2, 3], { device });
    const at = T.zeros([3, 3], { device, dtype: "int32" });
    expect(() => x.gather(at, 1)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gather: index is larger than x outside of axis 1 (got index [3,3] and x [2,3])]`,
    );
    expect(() => x.gather(at.slice(0), 1)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gather: index has the wrong rank (got index [3] and x [2,3], expected equal ranks)]`,
    );
    expect(() => x.gather(x, 1)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: gather: index has the wrong dtype (got float32, expected int32)]`,
    );
    expect(() => x.gather(at, 2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gather: axis out of range (got 2, expected within rank 2)]`,
    );
    expect(() => x.scatterAdd(at, x, 0)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: scatterAdd: source has the wrong shape (got [2,3], expected [3,3])]`,
    );
    expect(() => x.takeAlongAxis(at, 1)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: takeAlongAxis: shapes do not broadcast (got [2,1] and [3,1], expected equal sizes or 1 at dimension -2)]`,
    );
    expect(() => T.oneHot(at, -1)).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: oneHot: classes is not valid (got -1, expected an integer >= 0)]`,
    );
  });
});
