import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { testedDevice } from "../../src/testing.js";
import { nativeDevice, referenceDevice } from "../support/devices.js";
import { bools, floats, type Input, ints } from "../support/inputs.js";
import { type OpTests, testOp } from "../support/test-op.js";

type Options = Partial<Input>;

/** Layouts, sizes and broadcasts for ops of two operands. */
function table(a: Options = {}, b: Options = {}): Input[][] {
  return [
    [floats([], a), floats([], b)],
    [floats([0], a), floats([0], b)],
    [floats([7], a), floats([7], b)],
    [floats([33, 65], a), floats([33, 65], b)],
    [floats([4, 5], a), floats([5], b)],
    [floats([4, 1], a), floats([1, 5], b)],
    [floats([], a), floats([2, 3], b)],
    [floats([2, 1, 3], a), floats([4, 1], b)],
    [floats([0, 3], a), floats([1, 3], b)],
    [floats([4, 5], { ...a, layout: "transposed" }), floats([4, 5], b)],
    [floats([4, 5], { ...a, layout: "strided" }), floats([4, 5], { ...b, layout: "transposed" })],
    [floats([4, 5], { ...a, layout: "expanded" }), floats([5], { ...b, layout: "flipped" })],
  ];
}

const gradientRows = (a: Options = {}, b: Options = {}): Input[][] => [
  [floats([2, 3], a), floats([2, 3], b)],
  [floats([2, 3], a), floats([3], b)],
  [floats([2, 1], a), floats([1, 3], b)],
  [floats([], a), floats([2, 2], b)],
];

const integers = [
  [ints([5], { low: -9, high: 9 }), ints([5], { low: -9, high: 9 })],
  [ints([2, 3], { low: -9, high: 9 }), ints([3], { low: -9, high: 9 })],
];
const positive = { low: 0.5, high: 2 };
const pairs = (a: number[], b: number[]): Input[] => [
  floats([a.length], { values: a }),
  floats([b.length], { values: b }),
];
const special = pairs([NaN, 1, NaN, Infinity, -0], [1, NaN, NaN, 2, 0]);

function suite(name: string, tests: Omit<OpTests, "parity"> & { parity: Input[][] }): void {
  testOp(name, tests);
}

suite("add", {
  run: T.add,
  hand: [{ inputs: pairs([1, 2], [10, 20]), expected: [11, 22] }],
  parity: [...table(), ...integers, special],
  gradient: gradientRows(),
});

suite("sub", {
  run: T.sub,
  hand: [{ inputs: pairs([1, 2], [10, 20]), expected: [-9, -18] }],
  parity: [...table(), ...integers, special],
  gradient: gradientRows(),
});

suite("mul", {
  run: T.mul,
  hand: [{ inputs: pairs([1, 2], [10, 20]), expected: [10, 40] }],
  parity: [
    ...table(),
    ...integers,
    special,
    [ints([1], { values: [2 ** 30] }), ints([1], { values: [12345] })],
  ],
  gradient: gradientRows(),
});

suite("div", {
  run: T.div,
  hand: [{ inputs: pairs([1, -3], [4, 2]), expected: [0.25, -1.5] }],
  parity: [...table({}, positive), special],
  gradient: gradientRows({}, positive),
});

suite("pow", {
  run: T.pow,
  hand: [{ inputs: pairs([2, 9, 3], [3, 0.5, 0]), expected: [8, 3, 1] }],
  parity: [...table(positive), special, pairs([-2, -2, 0, 0, 1], [2, 3, 0, 2, 1e9])],
  gradient: gradientRows(positive),
});

suite("minimum", {
  run: T.minimum,
  hand: [{ inputs: pairs([1, 5], [2, 3]), expected: [1, 3] }],
  parity: [...table(), ...integers, special],
  gradient: gradientRows(),
});

suite("maximum", {
  run: T.maximum,
  hand: [{ inputs: pairs([1, 5], [2, 3]), expected: [2, 5] }],
  parity: [...table(), ...integers, special],
  gradient: gradientRows(),
});

const whole = (a: number[], b: number[]): Input[] => [
  ints([a.length], { values: a }),
  ints([b.length], { values: b }),
];
const lowest = -(2 ** 31);
const divisions = [
  ...table({}, positive),
  special,
  pairs([5, -5, 5, -5, 1, -1, 6], [3, 3, -3, -3, Infinity, Infinity, 0]),
  pairs([7, -7, 0, -0, Infinity, 1e9], [0.1, 0.1, 2, 2, 3, 7]),
  whole([7, -7, 7, -7, 3, lowest, 6], [2, 2, -2, -2, 0, -1, -3]),
];

suite("mod", {
  run: T.mod,
  hand: [
    { inputs: pairs([5, -5, 5, -5], [3, 3, -3, -3]), expected: [2, 1, -1, -2] },
    { inputs: whole([5, -5, 5, -5], [3, 3, -3, -3]), expected: [2, 1, -1, -2] },
  ],
  parity: divisions,
  gradient: [[floats([4], { values: [5.3, -5.3, 1, 2] }), floats([1], { values: [1.7] })]],
});

suite("floorDivide", {
  run: T.floorDivide,
  hand: [
    { inputs: pairs([5, -5, 5, -5], [3, 3, -3, -3]), expected: [1, -2, -2, 1] },
    { inputs: whole([5, -5, 5, -5], [3, 3, -3, -3]), expected: [1, -2, -2, 1] },
  ],
  parity: divisions,
  gradient: "none",
});

suite("pow of int32", {
  run: T.pow,
  hand: [{ inputs: whole([2, -3, 5, 2, -1], [10, 3, 0, -1, -3]), expected: [1024, -27, 1, 0, -1] }],
  parity: [...integers, whole([3, 7, -5, 0, 1], [40, 33, 21, 0, -5])],
  gradient: "none",
});

const truths = [bools([4], { values: [0, 0, 1, 1] }), bools([4], { values: [0, 1, 0, 1] })];
const logic: [string, OpTests["run"], number[]][] = [
  ["logicalAnd", T.logicalAnd, [0, 0, 0, 1]],
  ["logicalOr", T.logicalOr, [0, 1, 1, 1]],
  ["logicalXor", T.logicalXor, [0, 1, 1, 0]],
];
for (const [name, run, expected] of logic) {
  suite(name, {
    run,
    hand: [{ inputs: truths, expected }],
    parity: [
      [bools([33, 65]), bools([65])],
      [bools([4, 5], { layout: "transposed" }), bools([4, 1])],
      [bools([0]), bools([1])],
    ],
    gradient: "none",
  });
}

const comparisons: [string, OpTests["run"], number[]][] = [
  ["equal", T.equal, [0, 1, 0]],
  ["notEqual", T.notEqual, [1, 0, 1]],
  ["less", T.less, [1, 0, 0]],
  ["lessEqual", T.lessEqual, [1, 1, 0]],
  ["greater", T.greater, [0, 0, 1]],
  ["greaterEqual", T.greaterEqual, [0, 1, 1]],
];

for (const [name, run, expected] of comparisons) {
  suite(name, {
    run,
    hand: [{ inputs: pairs([1, 2, 3], [2, 2, 2]), expected }],
    parity: [
      ...table(),
      ...integers,
      special,
      truths,
      [ints([40], { dtype: "uint8" }), ints([40], { dtype: "uint8" })],
      [floats([40], { dtype: "float64" }), floats([1], { dtype: "float64" })],
    ],
    gradient: "none",
  });
}

test("minimum and maximum share the gradient at ties", () => {
  T.scope(() => {
    const device = referenceDevice();
    const [a, b] = [T.tensor([3], { device }), T.tensor([3], { device })];
    const [da, db] = T.grad(() => T.maximum(a, b).sum(), [a, b]);
    expect([da.item(), db.item()]).toEqual([0.5, 0.5]);
  });
});

test("the gradient of pow with respect to the exponent is 0 where the base is 0", () => {
  T.scope(() => {
    const device = referenceDevice();
    const [a, b] = [T.tensor([0], { device }), T.tensor([2], { device })];
    expect(T.grad(() => T.pow(a, b).sum(), [b])[0].item()).toBe(0);
  });
});

test("both operands may be the same tensor", () => {
  T.scope(() => {
    const x = T.tensor([3], { device: referenceDevice() });
    expect(T.grad(() => x.mul(x).sum(), [x])[0].item()).toBe(6);
    expect(T.grad(() => x.sub(x).sum(), [x])[0].item()).toBe(0);
  });
});

test("binary ops say which shapes do not broadcast", () => {
  T.scope(() => {
    const device = referenceDevice();
    const [a, b] = [T.zeros([2, 3], { device }), T.zeros([4, 3], { device })];
    expect(() => a.add(b)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: add: shapes do not broadcast (got [2,3] and [4,3], expected equal sizes or 1 at dimension -2)]`,
    );
    expect(() => a.less(T.zeros([2], { device }))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: less: shapes do not broadcast (got [2,3] and [2], expected equal sizes or 1 at dimension -1)]`,
    );
  });
});

test("binary ops refuse unequal dtypes, fractions of integers, two numbers and bool", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.zeros([2], { device });
    const integers = T.zeros([2], { device, dtype: "int32" });
    expect(() => x.add(integers)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: add: dtypes differ (got float32 and int32, expected equal dtypes; cast one of them)]`,
    );
    expect(() => integers.add(0.5)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: add: a fraction does not fit the dtype (got 0.5, expected an integer for int32)]`,
    );
    expect(() => T.add(1, 2)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: add: needs at least one tensor (got two numbers, expected a tensor)]`,
    );
    expect(() => integers.div(2)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: div: has no int32 result (got int32, expected float32; cast the operands, or use floorDivide)]`,
    );
    const flags = x.less(1);
    expect(() => flags.add(flags)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: add: wrong dtype (got bool, expected float32 or int32; cast it)]`,
    );
    expect(() => flags.less(2)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: less: a number does not fit the dtype (got 2, expected 0..1 for bool; cast the tensor)]`,
    );
    expect(() => flags.div(flags)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: div: a has the wrong dtype (got bool, expected float32)]`,
    );
    expect(() => integers.add(2 ** 31)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: add: a number does not fit the dtype (got 2147483648, expected -2147483648..2147483647 for int32; cast the tensor)]`,
    );
    expect(() => integers.logicalAnd(flags)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: logicalAnd: dtypes differ (got int32 and bool, expected equal dtypes; cast one of them)]`,
    );
    expect(() => x.logicalAnd(x)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: logicalAnd: a has the wrong dtype (got float32, expected bool)]`,
    );
  });
});

test("binary ops refuse tensors of two devices", () => {
  T.scope(() => {
    const a = T.zeros([2], { device: referenceDevice() });
    const b = T.zeros([2], { device: nativeDevice() });
    expect(() => a.add(b)).toThrow(
      new T.DeviceError(
        "add",
        `tensors are on two devices (got reference and ${testedDevice()}, expected one)`,
        "DEVICE_MISMATCH",
      ),
    );
  });
});
