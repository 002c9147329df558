import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats, type Input } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

/** Layouts and sizes for ops of one operand. */
function table(options: Partial<Input> = {}): Input[][] {
  return [
    [floats([], options)],
    [floats([0], options)],
    [floats([1], options)],
    [floats([7], options)],
    [floats([3, 0, 2], options)],
    [floats([33, 65], options)],
    [floats([4, 5], { ...options, layout: "transposed" })],
    [floats([4, 5], { ...options, layout: "strided" })],
    [floats([3, 4], { ...options, layout: "expanded" })],
    [floats([2, 3, 4], { ...options, layout: "flipped" })],
  ];
}

const positive = { low: 0.1, high: 3 };
const awayFromZero = { values: [-1.5, -0.7, 0.4, 0.9, 1.8, -0.2] };
const special = floats([5], { values: [0, -0, Infinity, -Infinity, NaN] });

testOp("neg", {
  run: T.neg,
  hand: [{ inputs: [floats([2], { values: [1, -2] })], expected: [-1, 2] }],
  parity: [...table(), [special]],
  gradient: [[floats([2, 3])]],
});

testOp("abs", {
  run: T.abs,
  hand: [{ inputs: [floats([3], { values: [1, -2, 0] })], expected: [1, 2, 0] }],
  parity: [...table(), [special]],
  gradient: [[floats([6], awayFromZero)]],
});

testOp("exp", {
  run: T.exp,
  hand: [{ inputs: [floats([2], { values: [0, 1] })], expected: [1, Math.E] }],
  parity: [...table(), [special], [floats([101], { low: -90, high: 88 })]],
  gradient: [[floats([2, 3])]],
});

testOp("log", {
  run: T.log,
  hand: [{ inputs: [floats([2], { values: [1, Math.E] })], expected: [0, 1] }],
  parity: [...table(positive), [special], [floats([101], { low: 1e-6, high: 1e6 })]],
  gradient: [[floats([2, 3], positive)]],
});

testOp("sqrt", {
  run: T.sqrt,
  hand: [{ inputs: [floats([3], { values: [0, 4, 9] })], expected: [0, 2, 3] }],
  parity: [...table(positive), [special]],
  gradient: [[floats([2, 3], positive)]],
});

testOp("tanh", {
  run: T.tanh,
  hand: [{ inputs: [floats([2], { values: [0, 1] })], expected: [0, Math.tanh(1)] }],
  parity: [...table(), [special], [floats([101], { low: -12, high: 12 })]],
  gradient: [[floats([2, 3])]],
});

testOp("sigmoid", {
  run: T.sigmoid,
  hand: [{ inputs: [floats([2], { values: [0, Math.log(3)] })], expected: [0.5, 0.75] }],
  parity: [...table(), [special], [floats([101], { low: -80, high: 80 })]],
  gradient: [[floats([2, 3])]],
});

testOp("relu", {
  run: T.relu,
  hand: [{ inputs: [floats([3], { values: [-1, 0, 2] })], expected: [0, 0, 2] }],
  parity: [...table(), [special]],
  gradient: [[floats([6], awayFromZero)]],
});

testOp("square", {
  run: T.square,
  hand: [{ inputs: [floats([2], { values: [-3, 2] })], expected: [9, 4] }],
  parity: [...table(), [special]],
  gradient: [[floats([2, 3])]],
});

testOp("reciprocal", {
  run: T.reciprocal,
  hand: [{ inputs: [floats([2], { values: [4, -0.5] })], expected: [0.25, -2] }],
  parity: [...table(positive), [special]],
  gradient: [[floats([6], awayFromZero)]],
});

testOp("sign", {
  run: T.sign,
  hand: [{ inputs: [floats([3], { values: [-3, 0, 2] })], expected: [-1, 0, 1] }],
  parity: [...table(), [special]],
  gradient: "none",
});

testOp("floor", {
  run: T.floor,
  hand: [{ inputs: [floats([3], { values: [-0.5, 0.5, 2] })], expected: [-1, 0, 2] }],
  parity: [...table(), [special]],
  gradient: "none",
});

testOp("isFinite", {
  run: T.isFinite,
  hand: [{ inputs: [special], expected: [1, 1, 0, 0, 0] }],
  parity: [...table(), [special]],
  gradient: "none",
});

testOp("logicalNot", {
  run: (x) => T.logicalNot(x.greater(0)),
  hand: [{ inputs: [floats([2], { values: [1, -1] })], expected: [0, 1] }],
  parity: [...table(), [special]],
  gradient: "none",
});

test("the gradient of relu and abs at 0 is 0", () => {
  T.scope(() => {
    const x = T.tensor([0], { device: referenceDevice() });
    expect(T.grad(() => x.relu().sum(), [x])[0].toArray()).toEqual([0]);
    expect(T.grad(() => x.abs().sum(), [x])[0].toArray()).toEqual([0]);
  });
});

test("unary ops refuse the wrong dtype", () => {
  T.scope(() => {
    const device = referenceDevice();
    const integers = T.tensor([1, 2], { dtype: "int32", device });
    expect(() => integers.exp()).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: exp: x has the wrong dtype (got int32, expected float32)]`,
    );
    expect(() => T.logicalNot(integers)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: logicalNot: x has the wrong dtype (got int32, expected bool)]`,
    );
  });
});

test("unary ops refuse a disposed tensor", () => {
  const x = T.tensor([1, 2], { device: referenceDevice() });
  x.dispose();
  expect(() => x.exp()).toThrowErrorMatchingInlineSnapshot(
    `[DisposedError: exp: the tensor [2] is disposed (its scope ended, or dispose() was called)]`,
  );
});
