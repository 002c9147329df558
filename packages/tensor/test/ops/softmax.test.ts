import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const sizes = [
  [floats([1])],
  [floats([5])],
  [floats([3, 4])],
  [floats([0, 4])],
  [floats([3, 0])],
  [floats([65, 33])],
  [floats([2, 3, 4])],
  [floats([4, 6], { layout: "transposed" })],
  [floats([4, 6], { layout: "strided" })],
  [floats([4, 6], { layout: "expanded" })],
  [floats([2, 5, 17], { layout: "expanded" })],
  [floats([3, 2, 5], { layout: "strided" })],
  [floats([2, 3], { values: [1000, 1001, 999, -1000, -1e30, -1000] })],
  [floats([1, 3], { values: [-Infinity, 0, 1] })],
];
const thirds = floats([1, 3], { values: [0, 0, Math.log(2)] });

testOp("softmax", {
  run: (x) => [x.softmax(), x.softmax(0)],
  hand: [{ inputs: [thirds], expected: [[[0.25, 0.25, 0.5]], [[1, 1, 1]]] }],
  parity: sizes.filter(([x]) => !x.values?.includes(-Infinity)),
  gradient: [[floats([2, 3])], [floats([2, 3, 2])]],
});

testOp("logSoftmax", {
  run: (x) => [x.logSoftmax(), x.logSoftmax(0)],
  hand: [
    {
      inputs: [thirds],
      expected: [[[Math.log(0.25), Math.log(0.25), Math.log(0.5)]], [[0, 0, 0]]],
    },
  ],
  parity: sizes.filter(([x]) => !x.values?.includes(-Infinity)),
  gradient: [[floats([2, 3])], [floats([2, 3, 2])]],
});

testOp("softmax of a middle axis and of the first", {
  run: (x) => [x.softmax(1), x.logSoftmax(1), x.softmax(0), x.logSoftmax(-2)],
  hand: [
    {
      inputs: [floats([1, 2, 1], { values: [0, Math.log(3)] })],
      expected: [
        [[[0.25], [0.75]]],
        [[[Math.log(0.25)], [Math.log(0.75)]]],
        [[[1], [1]]],
        [[[Math.log(0.25)], [Math.log(0.75)]]],
      ],
    },
  ],
  parity: [
    [floats([2, 3, 70])],
    [floats([5, 40, 3])],
    [floats([3, 7, 1])],
    [floats([1, 7, 17])],
    [floats([2, 0, 3])],
    [floats([2, 3, 0])],
    [floats([3, 2, 5, 33])],
    [floats([4, 6, 9], { layout: "transposed" })],
    [floats([4, 6, 9], { layout: "strided" })],
    [floats([4, 6, 9], { layout: "expanded" })],
  ],
  gradient: [[floats([2, 3, 2])], [floats([2, 2, 2, 3])]],
});

testOp("a masked action", {
  run: (x) => [x.softmax(), x.logSoftmax()],
  hand: [
    {
      inputs: [floats([1, 3], { values: [-Infinity, 0, 0] })],
      expected: [[[0, 0.5, 0.5]], [[-Infinity, -Math.LN2, -Math.LN2]]],
    },
  ],
  parity: sizes.filter(([x]) => x.values?.includes(-Infinity)),
  gradient: "none",
});

test("softmax refuses integers, scalars and bad axes", () => {
  T.scope(() => {
    const device = referenceDevice();
    expect(() =>
      T.zeros([2], { device, dtype: "int32" }).softmax(),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: softmax: x has the wrong dtype (got int32, expected float32)]`,
    );
    expect(() => T.zeros([], { device }).softmax()).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: softmax: axis out of range (got -1, expected within rank 0)]`,
    );
    expect(() => T.zeros([2], { device }).logSoftmax(1)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: logSoftmax: axis out of range (got 1, expected within rank 1)]`,
    );
  });
});
