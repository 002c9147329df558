import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { nativeDevice, referenceDevice } from "../support/devices.js";
import { floats, type Layout, make } from "../support/inputs.js";
import { expectClose, testOp } from "../support/test-op.js";

const layouts: Layout[] = ["dense", "transposed", "strided", "flipped", "expanded"];

testOp("einsum ij,jk->ki", {
  run: (a, b) => T.einsum("ij,jk->ki", a, b),
  hand: [
    {
      inputs: [floats([1, 2], { values: [1, 2] }), floats([2, 2], { values: [3, 4, 5, 6] })],
      expected: [[13], [16]],
    },
  ],
  parity: [
    [floats([1, 1]), floats([1, 1])],
    [floats([3, 0]), floats([0, 2])],
    [floats([17, 33]), floats([33, 5])],
    ...layouts.map((layout) => [floats([4, 5], { layout }), floats([5, 3], { layout })]),
  ],
  gradient: [[floats([2, 3]), floats([3, 2])]],
});

testOp("einsum of three operands", {
  run: (a, b, c) => T.einsum("bi,ijk,bk->bj", a, b, c),
  hand: [
    {
      inputs: [
        floats([1, 1], { values: [2] }),
        floats([1, 2, 1], { values: [3, 4] }),
        floats([1, 1], { values: [5] }),
      ],
      expected: [[30, 40]],
    },
  ],
  parity: [[floats([5, 3]), floats([3, 4, 7]), floats([5, 7])]],
  gradient: [[floats([2, 2]), floats([2, 3, 2]), floats([2, 2])]],
});

testOp("einsum of one operand", {
  run: (x) => [
    T.einsum("...ii->...i", x),
    T.einsum("aij->", x),
    T.einsum("abc->cab", x),
    T.einsum("...j->...", x),
  ],
  hand: [
    {
      inputs: [floats([1, 2, 2], { values: [1, 2, 3, 4] })],
      expected: [[[1, 4]], 10, [[[1, 3]], [[2, 4]]], [[3, 7]]],
    },
  ],
  parity: [[floats([0, 2, 2])], ...layouts.map((layout) => [floats([3, 4, 4], { layout })])],
  gradient: [[floats([2, 2, 2])]],
});

testOp("outer and dot", {
  run: (a, b) => [T.outer(a, b), T.dot(a, b)],
  hand: [
    {
      inputs: [floats([2], { values: [1, 2] }), floats([2], { values: [3, 4] })],
      expected: [
        [
          [3, 4],
          [6, 8],
        ],
        11,
      ],
    },
  ],
  parity: [
    [floats([0]), floats([0])],
    [floats([17]), floats([17], { layout: "strided" })],
  ],
  gradient: [[floats([3]), floats([3])]],
});

test("einsum works in a recording and takes float64", () => {
  T.scope(() => {
    const device = nativeDevice();
    const x = T.tensor([1, 2, 3, 4], { shape: [2, 2], device });
    using recording = T.capture(device, () => T.einsum("ij,kj->ik", x, x));
    x.write(new Float32Array([5, 6, 7, 8]));
    recording.replay();
    expect(recording.outputs.toArray()).toEqual(T.einsum("ij,kj->ik", x, x).toArray());
    const [wanted, got] = [referenceDevice(), device].map((on) => {
      const a = make(floats([3, 4, 5]), on, 1, "float64");
      return T.einsum("bij,bkj->bik", a, a).toArray();
    });
    expectClose(got, wanted, { rtol: 1e-13, atol: 1e-13 });
  });
});

test("einsum names the equation and the axis that do not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.zeros([2, 3], { device });
    const f = (equation: string, ...xs: T.Tensor[]) => expect(() => T.einsum(equation, ...xs));
    f("ij,jk", x).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: einsum: "ij,jk" names 2 operands (got 1)]`,
    );
    f("ij,jk", x, x).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: einsum: "ij,jk" has two sizes for axis j (got 2 in operand 1 of shape [2,3], expected 3 as before)]`,
    );
    f("ijk", x).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: einsum: "ijk" names 3 axes of operand 0 (got shape [2,3])]`,
    );
    f("...ijk->...i", x).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: einsum: "...ijk->...i" names 3 axes of operand 0 (got shape [2,3])]`,
    );
    f("ij->k", x).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: einsum: "ij->k" has axis k in the result but in no operand]`,
    );
    f("ij->ii", x).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: einsum: "ij->ii" names axis i twice in the result]`,
    );
    f("ij->i->j", x).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: einsum: "ij->i->j" has more than one ->]`,
    );
    f("i1", x).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: einsum: "i1" has a "1" (expected letters, "..." and ",")]`,
    );
    f("......", x).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: einsum: "......" has "..." twice in one operand]`,
    );
    f("...j->j", x).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: einsum: "...j->j" has "..." in an operand but not in the result]`,
    );
    f("ii", x).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: einsum: "ii" has two sizes for axis i (got 3 in operand 0 of shape [2,3], expected 2 as before)]`,
    );
    f("ij", x.cast("int32")).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: einsum: x has the wrong dtype (got int32, expected float32)]`,
    );
    f("").toThrowErrorMatchingInlineSnapshot(`[TensorError: einsum: "" names 1 operands (got 0)]`);
    expect(() => T.dot(x, x)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: dot: needs two vectors (got [2,3] and [2,3], expected [M] and [N])]`,
    );
  });
});
