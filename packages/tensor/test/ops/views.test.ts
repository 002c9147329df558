import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats } from "../support/inputs.js";
import { testOp } from "../support/test-op.js";

const sixElements = floats([2, 3], { values: [1, 2, 3, 4, 5, 6] });
const layouts = [
  [floats([2, 6])],
  [floats([2, 6], { layout: "transposed" })],
  [floats([2, 6], { layout: "strided" })],
  [floats([2, 6], { layout: "expanded" })],
  [floats([2, 6], { layout: "flipped" })],
];

testOp("reshape", {
  run: (x) => [x.reshape([3, -1]), x.flatten()],
  hand: [
    {
      inputs: [sixElements],
      expected: [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        [1, 2, 3, 4, 5, 6],
      ],
    },
  ],
  parity: layouts,
  gradient: [[floats([2, 3])]],
});

testOp("permute and transpose", {
  run: (x) => [x.transpose(), x.transpose(0, 1), x.permute([1, 0])],
  hand: [
    {
      inputs: [sixElements],
      expected: [
        [
          [1, 4],
          [2, 5],
          [3, 6],
        ],
        [
          [1, 4],
          [2, 5],
          [3, 6],
        ],
        [
          [1, 4],
          [2, 5],
          [3, 6],
        ],
      ],
    },
  ],
  parity: layouts,
  gradient: [[floats([2, 3])]],
});

testOp("permute of three axes", {
  run: (x) => x.permute([2, 0, -2]),
  hand: [{ inputs: [floats([1, 2, 2], { values: [1, 2, 3, 4] })], expected: [[[1, 3]], [[2, 4]]] }],
  parity: [[floats([2, 3, 4])]],
  gradient: [[floats([2, 3, 4])]],
});

testOp("expand", {
  run: (x) => [x.expand([2, 2, 3]), x.unsqueeze(1).expand([2, 4, 3])],
  hand: [
    {
      inputs: [floats([2, 3], { values: [1, 2, 3, 4, 5, 6] })],
      expected: [
        [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
        [
          [
            [1, 2, 3],
            [1, 2, 3],
            [1, 2, 3],
            [1, 2, 3],
          ],
          [
            [4, 5, 6],
            [4, 5, 6],
            [4, 5, 6],
            [4, 5, 6],
          ],
        ],
      ],
    },
  ],
  parity: [[floats([2, 3], { layout: "transposed" })], [floats([2, 3])]],
  gradient: [[floats([2, 3])]],
});

testOp("slice", {
  run: (x) => [
    x.slice(1),
    x.slice(null, -1),
    x.slice(null, [1, 3]),
    x.slice([null, null, -1], [0, null, 2]),
    x.slice([5, 9]),
  ],
  hand: [
    {
      inputs: [sixElements],
      expected: [
        [4, 5, 6],
        [3, 6],
        [
          [2, 3],
          [5, 6],
        ],
        [
          [4, 6],
          [1, 3],
        ],
        [],
      ],
    },
  ],
  parity: [...layouts, [floats([3, 4, 2])]],
  gradient: [[floats([2, 3])], [floats([3, 4])]],
});

testOp("slice with overlaps and repeats", {
  run: (x) =>
    x
      .slice([0, 3])
      .mul(x.slice([1, 4]))
      .add(x.slice([null, -1])),
  hand: [{ inputs: [floats([4], { values: [1, 2, 3, 4] })], expected: [3, 8, 15] }],
  parity: [[floats([4])]],
  gradient: [[floats([4])]],
});

testOp("flip", {
  run: (x) => [x.flip(), x.flip(1)],
  hand: [
    {
      inputs: [sixElements],
      expected: [
        [
          [6, 5, 4],
          [3, 2, 1],
        ],
        [
          [3, 2, 1],
          [6, 5, 4],
        ],
      ],
    },
  ],
  parity: layouts,
  gradient: [[floats([2, 3])]],
});

testOp("squeeze and unsqueeze", {
  run: (x) => [x.unsqueeze(0).squeeze(0), x.unsqueeze(-1), x.unsqueeze(1).squeeze()],
  hand: [
    {
      inputs: [floats([2], { values: [1, 2] })],
      expected: [
        [1, 2],
        [[1], [2]],
        [1, 2],
      ],
    },
  ],
  parity: layouts,
  gradient: [[floats([2, 3])]],
});

testOp("concat and stack", {
  run: (a, b) => [T.concat([a, b]), T.concat([a, b, a], 1), T.stack([a, b], 1)],
  hand: [
    {
      inputs: [floats([1, 2], { values: [1, 2] }), floats([1, 2], { values: [3, 4] })],
      expected: [
        [
          [1, 2],
          [3, 4],
        ],
        [[1, 2, 3, 4, 1, 2]],
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      ],
    },
  ],
  parity: [
    [floats([2, 3]), floats([2, 3])],
    [floats([2, 3], { layout: "transposed" }), floats([2, 3], { layout: "strided" })],
    [floats([0, 3]), floats([0, 3])],
  ],
  gradient: [[floats([2, 3]), floats([2, 3])]],
});

testOp("clone, contiguous and cast", {
  run: (x) => [
    x.clone(),
    x.contiguous(),
    x.cast("int32"),
    x.cast("bool"),
    x.cast("uint8").cast("float32"),
  ],
  hand: [
    {
      inputs: [floats([3], { values: [0, 1.75, 2] })],
      expected: [
        [0, 1.75, 2],
        [0, 1.75, 2],
        [0, 1, 2],
        [0, 1, 1],
        [0, 1, 2],
      ],
    },
  ],
  parity: [
    [floats([3, 5], { low: 0, high: 100 })],
    [floats([3, 5], { low: 0, high: 100, layout: "transposed" })],
    [floats([3, 5], { low: 0, high: 100, layout: "expanded" })],
    [floats([0])],
  ],
  gradient: "none",
});

testOp("gradients through copies and casts", {
  run: (x) => x.clone().cast("float64").cast(x.dtype).transpose().contiguous(),
  hand: [
    {
      inputs: [sixElements],
      expected: [
        [1, 4],
        [2, 5],
        [3, 6],
      ],
    },
  ],
  parity: [[floats([2, 3])]],
  gradient: [[floats([2, 3])]],
});

testOp("cast of extreme values", {
  run: (x) => [x.cast("int32"), x.cast("bool"), x.cast("float64")],
  hand: [
    {
      inputs: [floats([4], { values: [NaN, 3e9, -Infinity, -0.9] })],
      expected: [
        [0, 2 ** 31 - 1, -(2 ** 31), 0],
        [1, 1, 1, 1],
        [NaN, 3e9, -Infinity, Math.fround(-0.9)],
      ],
    },
  ],
  parity: [[floats([6], { values: [NaN, Infinity, -3e9, 2147483520, -1.5, -0] })]],
  gradient: "none",
});

test("cast to int32 truncates towards zero", () => {
  T.scope(() => {
    const x = T.tensor([-1.9, -0.5, 0.5, 1.9], { device: referenceDevice() });
    expect(x.cast("int32").toArray()).toEqual([-1, 0, 0, 1]);
  });
});

describe("views share memory", () => {
  test("writing into a slice changes the whole", () => {
    T.scope(() => {
      const device = referenceDevice();
      const x = T.zeros([2, 3], { device });
      x.slice(1, [1, 3]).copyFrom(T.tensor([7, 8], { device }));
      x.transpose().slice(0).fill(5);
      expect(x.toArray()).toEqual([
        [5, 0, 0],
        [5, 7, 8],
      ]);
    });
  });

  test("a part can be copied onto an overlapping part of the same tensor", () => {
    T.scope(() => {
      const x = T.tensor([1, 2, 3, 4], { device: referenceDevice() });
      x.slice([1, 4]).copyFrom(x.slice([0, 3]));
      expect(x.toArray()).toEqual([1, 1, 2, 3]);
    });
  });

  test("write goes through a strided view", () => {
    T.scope(() => {
      const x = T.zeros([2, 2], { device: referenceDevice() });
      x.transpose().write(Float32Array.of(1, 2, 3, 4));
      expect(x.toArray()).toEqual([
        [1, 3],
        [2, 4],
      ]);
    });
  });

  test("memory is freed with the last view", () => {
    const device = referenceDevice();
    const before = device.memory().liveBytes;
    const x = T.zeros([100], { device });
    const view = x.slice([0, 10]);
    x.dispose();
    expect(device.memory().liveBytes - before).toBe(400);
    expect(view.toArray()).toHaveLength(10);
    view.dispose();
    expect(device.memory().liveBytes).toBe(before);
  });

  test("detach shares memory and is not followed", () => {
    T.scope(() => {
      const x = T.tensor([2, 3], { device: referenceDevice() });
      const [dx] = T.grad(() => x.mul(x.detach()).sum(), [x]);
      expect(dx.toArray()).toEqual([2, 3]);
    });
  });
});

test("view ops explain what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.zeros([2, 3], { device });
    expect(() => x.reshape([4, 2])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: reshape: cannot hold 6 elements (got [4,2], expected a product of 6)]`,
    );
    expect(() => x.reshape([-1, 4])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: reshape: cannot hold 6 elements (got [-1,4], expected a product of 6)]`,
    );
    expect(() => x.permute([0, 0])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: permute: needs each axis once (got [0,0] for shape [2,3], expected 0 to 1 in some order)]`,
    );
    expect(() => x.expand([2, 4])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: expand: shape does not broadcast (got [2,3], expected [2,4])]`,
    );
    expect(() => x.expand([3])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: expand: shape does not broadcast (got [2,3], expected [3])]`,
    );
    expect(() => x.slice(2)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: slice: position out of range (got 2 at dimension 0 of [2,3], expected -2..1)]`,
    );
    expect(() => x.slice([0, 2, 0])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: slice: a range takes integers and a step other than 0 (got [0,2,0])]`,
    );
    expect(() => x.slice(0, 0, 0)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: slice: too many ranges (got 3, expected <= 2 for [2,3])]`,
    );
    expect(() => x.squeeze(0)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: squeeze: axis 0 cannot go (got shape [2,3], expected size 1 there)]`,
    );
    expect(() => T.concat([x, T.zeros([2, 4], { device })])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: concat: shapes differ outside axis 0 (got [2,3] and [2,4], expected equal sizes there)]`,
    );
    expect(() => T.concat([])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: concat: needs at least one tensor (got none, expected one)]`,
    );
    expect(() => x.expand([4, 2, 3]).fill(1)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: fill: cannot write into an expanded view, its elements share memory]`,
    );
    expect(() => x.reshape([1, 1, 1, 1, 1, 1, 1, 2, 3])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: reshape: too many dimensions (got [1,1,1,1,1,1,1,2,3], expected <= 8)]`,
    );
  });
});
