import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats, type Input } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const four = floats([1, 1, 2, 4], { values: [1, 5, 2, 2, 3, 4, 8, -1] });
const shapes: [number[], Input["layout"]?][] = [
  [[1, 1, 3, 3]],
  [[0, 2, 4, 4]],
  [[2, 5, 7, 6]],
  [[3, 17, 6, 9]],
  [[2, 33, 5, 5], "transposed"],
  [[2, 3, 6, 5], "strided"],
  [[2, 3, 6, 5], "flipped"],
  [[2, 3, 6, 5], "expanded"],
];
const parity = shapes.map(([shape, layout = "dense"]) => [floats(shape, { layout })]);

testOp("maxPool2d", {
  run: (x) => [
    T.maxPool2d(x, 2),
    T.maxPool2d(x, [3, 2], { stride: [1, 2], padding: [1, 0] }),
    T.maxPool2d(x, 2, { dilation: 2, padding: 1, stride: 1 }),
  ],
  hand: [],
  parity,
  gradient: [[floats([2, 3, 5, 4])]],
});

testOp("maxPool2d by hand", {
  run: (x) => T.maxPool2d(x, 2),
  hand: [
    { inputs: [four], expected: [[[[5, 8]]]] },
    {
      inputs: [floats([1, 1, 2, 2], { values: [1, Number.NaN, 2, 3] })],
      expected: [[[[Number.NaN]]]],
    },
  ],
  parity: [[floats([1, 1, 2, 2], { values: [1, Number.NaN, 2, Number.POSITIVE_INFINITY] })]],
  gradient: [[four]],
});

testOp("avgPool2d", {
  run: (x) => [
    T.avgPool2d(x, 2),
    T.avgPool2d(x, [3, 2], { stride: [1, 2], padding: [1, 0] }),
    T.avgPool2d(x, 3, { padding: 1, stride: 2, countIncludePad: false }),
  ],
  hand: [],
  parity,
  gradient: [[floats([2, 3, 5, 4])]],
});

testOp("avgPool2d by hand", {
  run: (x) => T.avgPool2d(x, 2),
  hand: [{ inputs: [four], expected: [[[[3.25, 2.75]]]] }],
  parity: [],
  gradient: "none",
});

test("of equal elements the first gets the gradient", () => {
  T.scope(() => {
    const x = T.ones([1, 1, 2, 2], { device: referenceDevice() });
    const [dx] = T.grad(() => T.maxPool2d(x, 2).sum(), [x]);
    expect(dx.toArray()).toEqual([
      [
        [
          [1, 0],
          [0, 0],
        ],
      ],
    ]);
  });
});

test("pooling explains what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.zeros([1, 1, 3, 3], { device });
    expect(() => T.maxPool2d(x, 4)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: maxPool2d: the window is larger than the image (got x [1,1,3,3] with a border of [0,0] and a window of [4,4], expected a window that fits)]`,
    );
    expect(() => T.maxPool2d(x, 2, { padding: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: maxPool2d: padding is more than half of the window (got [2,2] for a window of [2,2])]`,
    );
    expect(() => T.avgPool2d(x, 0)).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: avgPool2d: kernel is not valid (got 0, expected an integer 1..16777216)]`,
    );
    expect(() => T.avgPool2d(T.zeros([3, 3], { device }), 2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: avgPool2d: x has the wrong rank (got shape [3,3], expected [N,C,H,W])]`,
    );
    expect(() => T.avgPool2d(x.cast("int32"), 2)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: avgPool2d: x has the wrong dtype (got int32, expected float32)]`,
    );
  });
});
