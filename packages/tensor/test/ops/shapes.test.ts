/** pad, split, chunk, repeat, roll, triangles, diagonals, masks; concat and slice of all layouts. */
import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { nativeDevice, referenceDevice } from "../support/devices.js";
import { bools, floats, type Input, ints, type Layout } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const layouts: Layout[] = ["dense", "transposed", "strided", "flipped", "expanded"];
const inLayouts = (shape: number[]): Input[][] =>
  layouts.map((layout) => [floats(shape, { layout })]);
const row = floats([3], { values: [1, 2, 3] });
const square = floats([2, 2], { values: [1, 2, 3, 4] });

testOp("pad", {
  run: (x) =>
    T.pad(
      x,
      x.shape.map((_, i) => [i, 2] as const),
      { value: -1 },
    ),
  hand: [{ inputs: [row], expected: [1, 2, 3, -1, -1] }],
  parity: [
    [floats([])],
    [floats([0])],
    [floats([3, 0, 2])],
    [floats([17, 33])],
    [ints([2, 3])],
    [floats([2, 3, 4, 5])],
    ...inLayouts([4, 5, 3]),
  ],
  gradient: [[floats([3])], [floats([2, 3])]],
});

testOp("split and chunk", {
  run: (x) => [...T.split(x, 2), ...T.split(x, [1, 0, x.shape[0] - 1]), ...T.chunk(x, 3, -1)],
  hand: [{ inputs: [row], expected: [[1, 2], [3], [1], [], [2, 3], [1], [2], [3]] }],
  parity: [[floats([1])], [floats([7, 5])], ...inLayouts([5, 4])],
  gradient: [[floats([3, 4])]],
});

testOp("repeat", {
  run: (x) => T.repeat(x, [2, ...x.shape.map((_, i) => i + 1)]),
  hand: [
    {
      inputs: [floats([1, 2], { values: [1, 2] })],
      expected: [[[1, 2, 1, 2]], [[1, 2, 1, 2]]],
    },
  ],
  parity: [[floats([])], [floats([0, 2])], [floats([3, 17])], ...inLayouts([4, 5, 3])],
  gradient: [[floats([2, 3])]],
});

testOp("repeatInterleave", {
  run: (x) => [T.repeatInterleave(x, 2), T.repeatInterleave(x, 3, -1), T.repeatInterleave(x, 1, 0)],
  hand: [
    {
      inputs: [floats([2], { values: [1, 2] })],
      expected: [
        [1, 1, 2, 2],
        [1, 1, 1, 2, 2, 2],
        [1, 2],
      ],
    },
  ],
  parity: [[floats([0, 2])], [floats([3, 17])], ...inLayouts([4, 5, 3])],
  gradient: [[floats([2, 3])]],
});

testOp("roll", {
  run: (x) => [T.roll(x, 1), T.roll(x, -1, 0), T.roll(x, [1, 5], [0, -1])],
  hand: [
    {
      inputs: [square],
      expected: [
        [
          [4, 1],
          [2, 3],
        ],
        [
          [3, 4],
          [1, 2],
        ],
        [
          [4, 3],
          [2, 1],
        ],
      ],
    },
  ],
  parity: [[floats([1])], [floats([0, 2])], [floats([3, 17])], ...inLayouts([4, 5, 3])],
  gradient: [[floats([2, 3])]],
});

testOp("tril and triu", {
  run: (x) => [T.tril(x), T.triu(x), T.tril(x, -1), T.triu(x, 2), T.tril(x, 100), T.triu(x, -100)],
  hand: [
    {
      inputs: [square],
      expected: [
        [
          [1, 0],
          [3, 4],
        ],
        [
          [1, 2],
          [0, 4],
        ],
        [
          [0, 0],
          [3, 0],
        ],
        [
          [0, 0],
          [0, 0],
        ],
        [
          [1, 2],
          [3, 4],
        ],
        [
          [1, 2],
          [3, 4],
        ],
      ],
    },
  ],
  parity: [
    [floats([1, 1])],
    [floats([0, 2])],
    [floats([2, 0])],
    [floats([5, 17])],
    [floats([33, 4])],
    [ints([3, 3])],
    [bools([3, 3])],
    ...inLayouts([2, 5, 4]),
  ],
  gradient: [[floats([3, 4])], [floats([2, 3, 2])]],
});

testOp("diagonal and trace", {
  run: (x) => [
    T.diagonal(x),
    T.diagonal(x, { offset: 1 }),
    T.diagonal(x, { offset: -1 }),
    T.diagonal(x, { offset: 9 }),
    T.diagonal(x, { rows: -1, columns: 0 }),
    T.trace(x),
  ],
  hand: [{ inputs: [square], expected: [[1, 4], [2], [3], [], [1, 4], 5] }],
  parity: [[floats([1, 1])], [floats([0, 2])], [floats([5, 17])], ...inLayouts([3, 4, 5])],
  gradient: [[floats([3, 4])], [floats([2, 3, 2])]],
});

testOp("maskedFill", {
  run: (x, mask) => T.maskedFill(x, mask, 9),
  hand: [
    {
      inputs: [square, bools([2], { values: [1, 0] })],
      expected: [
        [9, 2],
        [9, 4],
      ],
    },
  ],
  parity: [
    [floats([3, 17]), bools([17])],
    [floats([3, 4]), bools([3, 1])],
    [ints([3, 4]), bools([3, 4])],
  ],
  gradient: [[floats([2, 3]), bools([3])]],
});

testOp("maskedMean", {
  run: (x, mask) => [T.maskedMean(x, mask), T.maskedMean(x, mask, 0, { keepdims: true })],
  hand: [{ inputs: [square, bools([2], { values: [1, 0] })], expected: [2, [[2, 0]]] }],
  parity: [
    [floats([3, 17]), bools([3, 17])],
    [floats([3, 4]), bools([3, 1])],
  ],
  gradient: [[floats([2, 3]), bools([3])]],
});

testOp("concat and stack of mixed layouts", {
  run: (...xs) => [T.concat(xs, -1), T.concat(xs, -2), T.stack(xs, -1), T.stack(xs, -2)],
  hand: [
    {
      inputs: [floats([1, 1], { values: [1] }), floats([1, 1], { values: [2] })],
      expected: [[[1, 2]], [[1], [2]], [[[1, 2]]], [[[1], [2]]]],
    },
  ],
  parity: [layouts.map((layout) => floats([4, 5, 3], { layout }))],
  gradient: [[floats([2, 3]), floats([2, 3])]],
});

testOp("slice with negative steps", {
  run: (x) => [
    x.slice([null, null, -1]),
    x.slice([-1, 0, -2], [null, null, -3]),
    x.slice([null, -3, -1]),
  ],
  hand: [
    {
      inputs: [floats([4, 1], { values: [1, 2, 3, 4] })],
      expected: [
        [[4], [3], [2], [1]],
        [[4], [2]],
        [[4], [3]],
      ],
    },
  ],
  parity: inLayouts([5, 7]),
  gradient: [[floats([4, 5])]],
});

const orders = [
  [2, 1, 0],
  [1, 0, 2],
  [0, 2, 1],
  [1, 2, 0],
  [2, 0, 1],
];
test.each(["float32", "float64", "int32", "uint8", "bool"] as const)(
  "copies of permuted %s are exact, for sizes around a block",
  (dtype) => {
    T.scope(() => {
      const device = nativeDevice();
      for (const shape of [
        [3, 5, 4],
        [2, 16, 33],
        [4, 70, 150],
      ]) {
        const count = shape.reduce((n, size) => n * size, 1);
        const values = Array.from({ length: count }, (_, i) => (i * 7) % 251);
        const [wanted, got] = [referenceDevice(), device].map((on) => {
          const x = T.tensor(values, { shape, dtype, device: on });
          return orders.map((order) => x.permute(order).clone().toTypedArray());
        });
        expect(got).toEqual(wanted);
      }
    });
  },
);

test("masks and borders work in a recording", () => {
  T.scope(() => {
    const device = nativeDevice();
    const x = T.tensor([1, 2, 3, 4], { shape: [2, 2], device });
    const run = () => [
      x.pad([
        [1, 0],
        [0, 1],
      ]),
      x.maskedFill(T.ones([2, 2], { device, dtype: "bool" }).tril(), -1),
      x.roll(1),
      x.repeat([2, 2]),
    ];
    using recording = T.capture(device, run);
    x.write(new Float32Array([5, 6, 7, 8]));
    recording.replay();
    const got = recording.outputs.map((y) => y.toArray());
    expect(got).toEqual(run().map((y) => y.toArray()));
  });
});

test("arguments that do not fit are named", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.zeros([2, 3], { device });
    const bool = T.zeros([2, 1, 1], { device, dtype: "bool" });
    expect(() => x.pad([[1, 1]])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: pad: needs one [before, after] per dimension (got 1 for [2,3], expected 2)]`,
    );
    expect(() => T.pad(x.slice(0), [[-1, 0]])).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: pad: before is not valid (got -1, expected an integer >= 0)]`,
    );
    expect(() =>
      T.pad(x.slice(0).cast("int32"), [[1, 0]], { value: 0.5 }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: pad: value does not fit the dtype (got 0.5 for int32)]`,
    );
    expect(() => x.split([1, 2])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: split: sizes do not add up (got [1,2], expected a sum of 2 for axis 0)]`,
    );
    expect(() => x.split(0)).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: split: size is not valid (got 0, expected an integer >= 1)]`,
    );
    expect(() => x.chunk(0)).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: chunk: count is not valid (got 0, expected an integer >= 1)]`,
    );
    expect(() => x.repeat([2])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: repeat: too few counts (got [2], expected 2 for [2,3])]`,
    );
    expect(() => x.repeatInterleave(-1)).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: repeatInterleave: count is not valid (got -1, expected an integer >= 0)]`,
    );
    expect(() => x.roll([1, 2], 0)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: roll: needs one integer shift per axis (got shifts [1,2] for axes [0])]`,
    );
    expect(() => x.slice(0).tril()).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: tril: needs a matrix (got [3], expected [...,M,N])]`,
    );
    expect(() => x.slice(0).diagonal()).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: diagonal: needs two dimensions (got [3], expected at least [M,N])]`,
    );
    expect(() => x.diagonal({ rows: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: diagonal: rows and columns are one dimension (got 1 twice, expected two)]`,
    );
    expect(() => x.maskedFill(x, 0)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: maskedFill: mask has the wrong dtype (got float32, expected bool)]`,
    );
    expect(() => x.maskedFill(bool, 0)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: maskedFill: mask does not broadcast to x (got mask [2,1,1] and x [2,3])]`,
    );
  });
});
