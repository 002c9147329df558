import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats, type Input, ints } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

/** Layouts and sizes for ops of one operand. */
function table(options: Partial<Input> = {}): Input[][] {
  return [
    [floats([], options)],
    [floats([0], options)],
    [floats([1], options)],
    [floats([7], options)],
    [floats([33, 65], options)],
    [floats([4, 5], { ...options, layout: "transposed" })],
    [floats([4, 5], { ...options, layout: "strided" })],
    [floats([3, 4], { ...options, layout: "expanded" })],
    [floats([2, 3, 4], { ...options, layout: "flipped" })],
    [floats([3, 5], { ...options, dtype: "float64" })],
    [special],
    [{ ...special, dtype: "float64" }],
  ];
}

const special = floats([7], { values: [0, -0, Infinity, -Infinity, NaN, 1e-42, -1e-42] });
const positive = { low: 0.1, high: 3 };
const wide = floats([501], { low: -50, high: 50 });
/** Away from the kink at 0. */
const kinked = floats([6], { values: [-1.5, -0.7, 0.4, 0.9, 1.8, -0.2] });
const values = (...list: number[]): Input => floats([list.length], { values: list });

const unary: [string, (x: T.Tensor) => T.Tensor, number[], number[], object?][] = [
  ["log1p", T.log1p, [0, Math.E - 1], [0, 1], positive],
  ["expm1", T.expm1, [0, 1], [0, Math.E - 1]],
  ["rsqrt", T.rsqrt, [4, 0.25], [0.5, 2], positive],
  ["sin", T.sin, [0, Math.PI / 6], [0, 0.5]],
  ["cos", T.cos, [0, Math.PI / 3], [1, 0.5]],
  ["erf", T.erf, [0, 0.5, -3], [0, 0.5204998778, -0.9999779095]],
];
for (const [name, run, inputs, expected, range] of unary) {
  testOp(name, {
    run,
    hand: [{ inputs: [values(...inputs)], expected }],
    parity: [...table(range), [wide], [values(1e5, -3e7, 1e20, 3e38, 0.79, 0.81, -1, 88.5, -100)]],
    gradient: [[floats([2, 3], range)]],
    // expm1 and rsqrt reach large numbers, which differ in their last digits.
    tolerance: { rtol: 5e-7, atol: 1e-7 },
  });
}

const halves = values(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999997, 8388609, -1e30);
testOp("round", {
  run: T.round,
  hand: [{ inputs: [halves], expected: [-2, -2, 0, 0, 2, 2, 0, 8388609, -1e30] }],
  parity: [...table(), [wide], [halves]],
  gradient: "none",
});

testOp("ceil", {
  run: T.ceil,
  hand: [{ inputs: [values(-0.5, 0.5, 2)], expected: [0, 1, 2] }],
  parity: [...table(), [wide]],
  gradient: "none",
});

testOp("isNaN", {
  run: T.isNaN,
  hand: [{ inputs: [values(0, NaN, Infinity)], expected: [0, 1, 0] }],
  parity: [...table()],
  gradient: "none",
});

testOp("neg, abs, sign, square and relu of int32", {
  run: (x) => [x.neg(), x.abs(), x.sign(), x.square(), x.relu()],
  hand: [
    {
      inputs: [ints([3], { values: [-3, 0, 5] })],
      expected: [
        [3, 0, -5],
        [3, 0, 5],
        [-1, 0, 1],
        [9, 0, 25],
        [0, 0, 5],
      ],
    },
  ],
  parity: [[ints([40], { low: -9, high: 9 })], [ints([1], { values: [-(2 ** 31)] })]],
  gradient: "none",
});

testOp("leakyRelu", {
  run: (x) => [T.leakyRelu(x), x.leakyRelu(0.2)],
  hand: [
    {
      inputs: [values(-1, 0, 2)],
      expected: [
        [-0.01, 0, 2],
        [-0.2, 0, 2],
      ],
    },
  ],
  parity: table(),
  gradient: [[kinked]],
});

testOp("elu", {
  run: (x) => [T.elu(x), x.elu(0.5)],
  hand: [
    {
      inputs: [values(-1, 0, 2)],
      expected: [
        [Math.exp(-1) - 1, 0, 2],
        [(Math.exp(-1) - 1) / 2, 0, 2],
      ],
    },
  ],
  parity: [...table(), [wide]],
  gradient: [[kinked]],
});

testOp("gelu", {
  run: (x) => [T.gelu(x), x.gelu({ approximate: "tanh" })],
  hand: [
    {
      inputs: [values(0, 1, -2)],
      expected: [
        [0, 0.8413447461, -0.0455002639],
        [0, 0.8411919906, -0.0454023059],
      ],
    },
  ],
  parity: [...table(), [floats([301], { low: -9, high: 9 })]],
  gradient: [[floats([2, 3])], [floats([30], { low: -6, high: 6 })]],
  tolerance: { rtol: 2e-6, atol: 1e-9 },
});

testOp("silu", {
  run: T.silu,
  hand: [{ inputs: [values(0, Math.log(3))], expected: [0, 0.75 * Math.log(3)] }],
  parity: [...table(), [wide]],
  gradient: [[floats([2, 3])]],
});

testOp("softplus", {
  run: (x) => [T.softplus(x), x.softplus({ beta: 2, threshold: 3 })],
  hand: [
    {
      inputs: [values(0, 30, -1)],
      expected: [
        [Math.log(2), 30, Math.log1p(Math.exp(-1))],
        [Math.log(2) / 2, 30, Math.log1p(Math.exp(-2)) / 2],
      ],
    },
  ],
  parity: [...table(), [wide]],
  gradient: [[floats([2, 3])]],
});

test("activations refuse integers and disposed tensors", () => {
  T.scope(() => {
    const device = referenceDevice();
    const integers = T.tensor([1, 2], { dtype: "int32", device });
    expect(() => integers.gelu()).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: gelu: x has the wrong dtype (got int32, expected float32)]`,
    );
    expect(() => integers.sin()).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: sin: x has the wrong dtype (got int32, expected float32)]`,
    );
    expect(() => integers.softplus({ beta: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: softplus: x has the wrong dtype (got int32, expected float32)]`,
    );
    const gone = T.zeros([2], { device });
    gone.dispose();
    expect(() => gone.silu()).toThrowErrorMatchingInlineSnapshot(
      `[DisposedError: silu: the tensor [2] is disposed (its scope ended, or dispose() was called)]`,
    );
  });
});
