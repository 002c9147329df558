import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { bools, floats, type Input, ints } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const matrix = floats([2, 3], { values: [1, 5, 3, 4, 2, 6] });

/** Every op is run over several axes at once, so that one table covers them. */
const overAll = (reduce: (x: T.Tensor, axes?: T.Axes, options?: T.ReduceOptions) => T.Tensor) => {
  return (x: T.Tensor): T.Tensor[] => {
    const results = [reduce(x)];
    if (x.rank > 0) results.push(reduce(x, 0), reduce(x, -1, { keepdims: true }));
    if (x.rank > 2) results.push(reduce(x, [0, 2]), reduce(x, [1], { keepdims: true }));
    return results;
  };
};

const sizes: Input[][] = [
  [floats([])],
  [floats([1])],
  [floats([7])],
  [floats([3, 5])],
  [floats([2, 3, 4])],
  [floats([129, 67])],
  [floats([3, 1000])],
  [floats([1000, 3])],
  [floats([4, 5], { layout: "transposed" })],
  [floats([4, 5], { layout: "strided" })],
  [floats([4, 5], { layout: "expanded" })],
  [floats([2, 3, 4], { layout: "flipped" })],
];
const empty: Input[][] = [[floats([0])], [floats([0, 3])], [floats([2, 0])]];
const withNaN = [floats([4], { values: [1, NaN, 3, NaN] })];
const gradients = [[floats([4])], [floats([2, 3])], [floats([2, 3, 2])]];
const tolerance = { rtol: 1e-5, atol: 1e-5 };

testOp("sum", {
  run: overAll(T.sum),
  hand: [{ inputs: [matrix], expected: [21, [5, 7, 9], [[9], [12]]] }],
  parity: [...sizes, ...empty, withNaN],
  gradient: gradients,
  tolerance,
});

testOp("mean", {
  run: overAll(T.mean),
  hand: [{ inputs: [matrix], expected: [3.5, [2.5, 3.5, 4.5], [[3], [4]]] }],
  parity: [...sizes, ...empty, withNaN],
  gradient: gradients,
  tolerance,
});

testOp("max", {
  run: overAll(T.max),
  hand: [{ inputs: [matrix], expected: [6, [4, 5, 6], [[5], [6]]] }],
  parity: [...sizes, withNaN, [floats([3], { values: [-Infinity, -5, -7] })]],
  gradient: gradients,
});

testOp("min", {
  run: overAll(T.min),
  hand: [{ inputs: [matrix], expected: [1, [1, 2, 3], [[1], [2]]] }],
  parity: [...sizes, withNaN, [floats([3], { values: [Infinity, 5, 7] })]],
  gradient: gradients,
});

testOp("argmax", {
  run: overAll(T.argmax),
  hand: [{ inputs: [matrix], expected: [5, [1, 0, 1], [[1], [2]]] }],
  parity: [...sizes, withNaN, [floats([4], { values: [1, 3, 3, 2] })]],
  gradient: "none",
});

testOp("argmin", {
  run: overAll(T.argmin),
  hand: [{ inputs: [matrix], expected: [0, [0, 1, 0], [[0], [1]]] }],
  parity: [...sizes, withNaN, [floats([4], { values: [3, 1, 1, 2] })]],
  gradient: "none",
});

const near1 = { low: 0.9, high: 1.1 };
testOp("prod", {
  run: overAll(T.prod),
  hand: [{ inputs: [matrix], expected: [720, [4, 10, 18], [[15], [48]]] }],
  parity: [
    ...sizes.map((row) => row.map((input) => ({ ...input, ...near1 }))),
    ...empty,
    withNaN,
    [ints([3, 40], { low: -9, high: 9 })],
    [ints([40, 3], { low: 1, high: 9 })],
  ],
  gradient: [
    ...gradients,
    [floats([3, 3], { values: [0, 2, 3, 0, 0, 3, 1, 2, 3] })],
    [floats([4], { values: [1, 0, 2, 3] })],
  ],
  tolerance,
});

const flags = bools([2, 3], { values: [0, 1, 0, 0, 1, 1] });
const truths = [
  ...sizes.map((row) => row.map(({ shape, layout }) => bools(shape, { layout }))),
  ...empty.map((row) => row.map(({ shape }) => bools(shape))),
  [bools([3, 300], { low: 0, high: 1 })],
  [bools([300, 30], { low: 1, high: 2 })],
];
testOp("any", {
  run: overAll(T.any),
  hand: [{ inputs: [flags], expected: [1, [0, 1, 1], [[1], [1]]] }],
  parity: truths,
  gradient: "none",
});
testOp("all", {
  run: overAll(T.all),
  hand: [
    { inputs: [flags], expected: [0, [0, 1, 0], [[0], [0]]] },
    { inputs: [bools([0])], expected: [1, 1, [1]] },
  ],
  parity: truths,
  gradient: "none",
});

testOp("logSumExp", {
  run: overAll(T.logSumExp),
  hand: [
    {
      inputs: [floats([2], { values: [0, 0] })],
      expected: [Math.log(2), Math.log(2), [Math.log(2)]],
    },
    {
      inputs: [floats([2], { values: [1000, 1000] })],
      expected: [1000 + Math.log(2), 1000 + Math.log(2), [1000 + Math.log(2)]],
    },
  ],
  parity: [
    ...sizes,
    ...empty,
    withNaN,
    [floats([2, 2], { values: [-Infinity, -Infinity, 0, -Infinity] })],
    [floats([2], { values: [Infinity, 0] })],
  ],
  gradient: gradients,
  tolerance,
});

test("the gradient of logSumExp is 0 where nothing has weight", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.tensor(
      [
        [-Infinity, -Infinity],
        [0, -Infinity],
      ],
      { device },
    );
    expect(T.grad(() => x.logSumExp(1).slice(1).sum(), [x])[0].toArray()).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });
});

for (const ord of [1, 2, Infinity] as const) {
  testOp(`norm ${ord}`, {
    run: overAll((x, axes, options) => T.norm(x, axes, { ord, ...options })),
    hand: [
      {
        inputs: [floats([2], { values: [3, -4] })],
        expected: ord === 1 ? [7, 7, [7]] : ord === 2 ? [5, 5, [5]] : [4, 4, [4]],
      },
    ],
    parity: [...sizes, withNaN, ...(ord === Infinity ? [] : empty)],
    gradient: gradients,
    tolerance,
  });
}

test("the gradient of the 2-norm at 0 is 0", () => {
  T.scope(() => {
    const x = T.zeros([3], { device: referenceDevice() });
    expect(T.grad(() => x.norm(), [x])[0].toArray()).toEqual([0, 0, 0]);
  });
});

const sums: Input[][] = [
  ...sizes.filter(([input]) => input.shape.length > 0),
  ...empty,
  withNaN,
  [ints([3, 50], { low: -9, high: 9 })],
  [ints([50, 3], { low: -9, high: 9 })],
  [floats([3, 20], { dtype: "float64" })],
];
testOp("cumsum", {
  run: (x) => [x.cumsum(), T.cumsum(x, 0)],
  hand: [
    {
      inputs: [matrix],
      expected: [
        [
          [1, 6, 9],
          [4, 6, 12],
        ],
        [
          [1, 5, 3],
          [5, 7, 9],
        ],
      ],
    },
  ],
  parity: sums,
  gradient: [[floats([4])], [floats([2, 3])], [floats([2, 3, 9])]],
  tolerance,
});

testOp("reductions of every layout, several axes", {
  run: (x) =>
    [T.sum, T.max, T.argmin, T.prod, T.mean].flatMap((reduce) => [
      reduce(x, 1),
      reduce(x, [0, 2]),
      reduce(x, [1, 3]),
      reduce(x, [0, 1, 2]),
    ]),
  hand: [],
  parity: [
    [floats([3, 5, 4, 7], near1)],
    [floats([3, 5, 4, 7], { ...near1, layout: "transposed" })],
    [floats([2, 70, 3, 301], near1)],
    [floats([3, 5, 4, 7], { ...near1, layout: "strided" })],
    [floats([3, 5, 4, 7], { ...near1, layout: "flipped" })],
    [floats([3, 5, 4, 7], { ...near1, dtype: "float64" })],
  ],
  gradient: "none",
  tolerance,
});

testOp("extremes of uint8", {
  run: (x) => [x.max(), x.min(0), x.argmax(1), x.argmin(-1)],
  hand: [
    {
      inputs: [ints([2, 2], { values: [200, 7, 3, 255], dtype: "uint8" })],
      expected: [255, [3, 7], [0, 1], [1, 0]],
    },
  ],
  parity: [
    [ints([33, 200], { high: 256, dtype: "uint8" })],
    [ints([33, 20], { high: 256, dtype: "uint8", layout: "transposed" })],
  ],
  gradient: "none",
});

testOp("variance and std", {
  run: (x) => [x.variance(), x.std(0), x.variance(-1, { correction: 0, keepdims: true })],
  hand: [
    {
      inputs: [floats([2, 2], { values: [1, 2, 3, 6] })],
      expected: [14 / 3, [Math.SQRT2, Math.sqrt(8)], [[0.25], [2.25]]],
    },
  ],
  parity: [[floats([3, 5])], [floats([2, 3, 4])], [floats([4, 5], { layout: "transposed" })]],
  gradient: [[floats([3, 4])]],
});

testOp("reductions of int32", {
  run: (x) => [x.sum(), x.sum(0), x.max(1), x.min([0, 1]), x.argmax(-1)],
  hand: [
    {
      inputs: [ints([2, 2], { values: [1, -5, 7, 3] })],
      expected: [6, [8, -2], [1, 7], -5, [0, 0]],
    },
  ],
  parity: [
    [ints([3, 5], { low: -9, high: 9 })],
    [ints([33, 7], { low: -9, high: 9, layout: "transposed" })],
    [ints([2, 2], { values: [2 ** 31 - 1, 1, -(2 ** 31), -1] })],
  ],
  gradient: "none",
});

test("max shares its gradient equally among ties", () => {
  T.scope(() => {
    const x = T.tensor([[1, 4, 4, 0]], { device: referenceDevice() });
    expect(T.grad(() => x.max(1).sum(), [x])[0].toArray()).toEqual([[0, 0.5, 0.5, 0]]);
  });
});

test("a reduction over no axes copies", () => {
  T.scope(() => {
    const x = T.tensor([1, 2], { device: referenceDevice() });
    const y = x.sum([]);
    expect(y.toArray()).toEqual([1, 2]);
    expect(T.grad(() => x.sum([]).mul(2).sum(), [x])[0].toArray()).toEqual([2, 2]);
  });
});

test("reductions refuse bad axes, integers and empty groups without a value", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.zeros([2, 3], { device });
    expect(() => x.sum(2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: sum: axis out of range (got 2, expected within rank 2)]`,
    );
    expect(() => x.mean([0, -2])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: mean: axis 0 is given twice]`,
    );
    expect(() => x.cast("int32").mean()).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: mean: x has the wrong dtype (got int32, expected float32)]`,
    );
    expect(() => T.zeros([0], { device }).max()).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: max: no elements to choose from (got shape [0], expected at least one)]`,
    );
    expect(() => T.zeros([3, 0], { device }).argmax(1)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: argmax: no elements to choose from (got shape [3,0], expected at least one)]`,
    );
    expect(() => x.greater(0).sum()).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: sum: wrong dtype (got bool, expected float32 or int32; cast it)]`,
    );
    expect(() => x.any()).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: any: x has the wrong dtype (got float32, expected bool)]`,
    );
    expect(() => T.zeros([0], { device }).argmin()).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: argmin: no elements to choose from (got shape [0], expected at least one)]`,
    );
    expect(() => x.norm(0, { ord: 3 })).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: norm: there is no such norm here (got ord 3, expected 1, 2 or Infinity)]`,
    );
    expect(() => x.cumsum(2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: cumsum: axis out of range (got 2, expected within rank 2)]`,
    );
    expect(() => x.variance(0, { correction: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: variance: correction is not valid (got -1, expected an integer >= 0)]`,
    );
  });
});
