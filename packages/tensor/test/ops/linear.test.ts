import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats, type Input } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const rows = (b: number, i: number, o: number, x: Partial<Input> = {}): Input[] => [
  floats([b, i], x),
  floats([o, i]),
  floats([o]),
];
const sizes = [
  rows(1, 1, 1),
  rows(3, 4, 5),
  rows(7, 33, 17),
  rows(130, 70, 65),
  rows(0, 3, 2),
  rows(9, 6, 4, { layout: "strided" }),
  rows(9, 6, 4, { layout: "transposed" }),
  rows(9, 6, 4, { layout: "expanded" }),
  [floats([6]), floats([4, 6]), floats([4])],
  [floats([2, 3, 6]), floats([4, 6], { layout: "transposed" }), floats([4], { layout: "strided" })],
];
const small = rows(3, 4, 2);
const hand = [
  floats([1, 2], { values: [1, 2] }),
  floats([2, 2], { values: [3, 4, -5, 1] }),
  floats([2], { values: [1, 1] }),
];
const tolerance = { rtol: 1e-5, atol: 1e-5 };

testOp("linear without activation", {
  run: (x, w, b) => T.linear(x, w, b),
  hand: [{ inputs: hand, expected: [[12, -2]] }],
  parity: sizes,
  gradient: [small, [floats([4]), floats([2, 4]), floats([2])]],
  tolerance,
});

testOp("linear with relu", {
  run: (x, w, b) => T.linear(x, w, b, { activation: "relu" }),
  hand: [{ inputs: hand, expected: [[12, 0]] }],
  parity: sizes,
  gradient: [small],
  tolerance,
});

testOp("linear with tanh", {
  run: (x, w, b) => T.linear(x, w, b, { activation: "tanh" }),
  hand: [{ inputs: hand, expected: [[Math.tanh(12), Math.tanh(-2)]] }],
  parity: sizes,
  gradient: [small],
  tolerance,
});

testOp("linear without bias", {
  run: (x, w) => [T.linear(x, w), T.linear(x, w, undefined, { activation: "tanh" })],
  hand: [{ inputs: hand.slice(0, 2), expected: [[[11, -3]], [[Math.tanh(11), Math.tanh(-3)]]] }],
  parity: sizes.map((row) => row.slice(0, 2)),
  gradient: [small.slice(0, 2)],
  tolerance,
});

test("linear computes only the gradients that are needed", () => {
  T.scope(() => {
    const device = referenceDevice();
    const [x, w] = [T.ones([2, 3], { device }), T.ones([4, 3], { device })];
    using recording = T.capture(device, () => T.grad(() => T.linear(x, w).sum(), [w]));
    const matmuls = recording.ops().filter(({ op }) => op === "matmul");
    expect(matmuls.map(({ shapes }) => shapes)).toEqual(["[4,2],[2,3] -> [4,3]"]);
  });
});

test("linear explains what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const zeros = (shape: number[]) => T.zeros(shape, { device });
    const w = zeros([4, 3]);
    expect(() => T.linear(zeros([2, 5]), w)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: linear: x has the wrong number of features (got x [2,5] and weight [4,3], expected x [...,3])]`,
    );
    expect(() => T.linear(zeros([2, 3]), w, zeros([3]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: linear: bias has the wrong shape (got [3], expected [4])]`,
    );
    expect(() => T.linear(zeros([2, 3]), zeros([3]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: linear: weight has the wrong rank (got shape [3], expected rank 2)]`,
    );
    const activation = "gelu" as T.Activation;
    expect(() =>
      T.linear(zeros([2, 3]), w, undefined, { activation }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: linear: no such activation (got gelu, expected none, relu or tanh)]`,
    );
  });
});
