import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, nativeDevice, testedDevices } from "../support/devices.js";
import { bools, floats, type Input, make } from "../support/inputs.js";
import { expectClose, testOp } from "../support/test-op.js";

const attention = T.scaledDotProductAttention;
const tolerance = { rtol: 1e-4, atol: 1e-5 };

/** q, k, v of the same leading dimensions. */
function heads(lead: number[], l: number, s: number, d: number, e = d, options = {}): Input[] {
  return [
    floats([...lead, l, d], options),
    floats([...lead, s, d], options),
    floats([...lead, s, e], options),
  ];
}

const zeros = (shape: number[]) => {
  return floats(shape, { values: new Array(shape.reduce((a, b) => a * b, 1)).fill(0) });
};

testOp("scaledDotProductAttention", {
  run: (q, k, v) => attention(q, k, v),
  hand: [
    {
      inputs: [zeros([1, 2]), zeros([2, 2]), floats([2, 1], { values: [1, 5] })],
      expected: [[3]],
    },
    {
      inputs: [
        floats([1, 1], { values: [Math.log(3)] }),
        floats([2, 1], { values: [1, 0] }),
        floats([2, 1], { values: [4, 8] }),
      ],
      expected: [[5]],
    },
  ],
  parity: [
    heads([], 1, 1, 1),
    heads([], 5, 3, 2, 7),
    heads([2], 33, 65, 17, 5),
    heads([2, 3], 70, 130, 32),
    heads([1], 300, 70, 16),
    heads([2, 2, 2], 3, 4, 5),
    heads([1], 3, 600, 8),
    heads([0], 3, 4, 5),
    heads([2], 0, 4, 5),
    heads([2], 3, 0, 5),
    heads([2, 3], 9, 7, 6, 4, { layout: "transposed" }),
    heads([2, 3], 9, 7, 6, 4, { layout: "strided" }),
    heads([2, 3], 9, 7, 6, 4, { layout: "flipped" }),
    heads([3], 4, 5, 6, 4, { layout: "expanded" }),
    [floats([2, 3, 9, 4]), floats([3, 7, 4]), floats([2, 1, 7, 5])],
    heads([2], 4, 5, 6, 4, { low: -100, high: 100 }),
  ],
  gradient: [heads([2], 3, 4, 2, 3), [floats([2, 2, 3]), floats([4, 3]), floats([4, 2])]],
  tolerance,
});

testOp("causal attention", {
  run: (q, k, v) => [
    attention(q, k, v, { causal: true }),
    attention(q, k, v, { causal: true, scale: 0.3 }),
  ],
  hand: [
    {
      inputs: [zeros([2, 1]), zeros([2, 1]), floats([2, 1], { values: [1, 5] })],
      expected: [
        [[1], [3]],
        [[1], [3]],
      ],
    },
  ],
  parity: [
    heads([], 5, 5, 2),
    heads([2], 130, 130, 17),
    heads([2], 70, 150, 8),
    heads([1], 150, 70, 8),
    heads([1], 300, 600, 4),
  ],
  gradient: [heads([1], 4, 4, 2), heads([1], 2, 5, 2)],
  tolerance,
});

testOp("attention with a bool mask", {
  run: (q, k, v, mask) => attention(q, k, v, { mask }),
  hand: [
    {
      inputs: [
        zeros([2, 1]),
        zeros([2, 1]),
        floats([2, 1], { values: [1, 5] }),
        bools([2, 2], { values: [0, 1, 0, 0] }),
      ],
      expected: [[5], [0]],
    },
  ],
  parity: [
    [...heads([2], 3, 4, 2), bools([2, 3, 4])],
    [...heads([2, 2], 35, 67, 8), bools([2, 1, 1, 67])],
    [...heads([2, 2], 35, 67, 8), bools([35, 67], { layout: "transposed" })],
    [...heads([2, 2], 35, 67, 8), bools([35, 1])],
  ],
  gradient: [[...heads([2], 3, 4, 2), bools([3, 4])]],
  tolerance,
});

testOp("attention with an added mask, causal", {
  run: (q, k, v, mask) => attention(q, k, v, { mask, causal: true }),
  hand: [],
  parity: [
    [...heads([2], 3, 4, 2), floats([2, 3, 4])],
    [...heads([2, 2], 35, 67, 8), floats([2, 1, 1, 67])],
    [...heads([2, 2], 35, 67, 8), floats([35, 67], { layout: "transposed" })],
  ],
  gradient: [[...heads([2], 3, 4, 2), floats([3, 4])]],
  tolerance,
});

test("attention of large heads is composed, with the same result", () => {
  T.scope(() => {
    const [q, k, v] = heads([2], 3, 4, 257).map((x, i) => make(x, nativeDevice(), i));
    const parts = [q, k].map((x) => [
      x.slice(null, null, [0, 256]),
      x.slice(null, null, [256, 257]),
    ]);
    const scale = 1 / Math.sqrt(257);
    // The product of the last feature, as a mask.
    const mask = parts[0][1].mul(parts[1][1].transpose()).mul(scale);
    const narrow = v.slice(null, null, [0, 9]);
    const fused = attention(parts[0][0], parts[1][0], narrow, { mask, scale });
    expectClose(attention(q, k, narrow).toArray(), fused.toArray(), tolerance);
  });
});

test("[B, L, H, D] seen as [B, H, L, D] is read in place and gives back its layout", () => {
  T.scope(() => {
    const inputs = [0, 1, 2].map((i) => make(floats([2, 9, 3, 8]), nativeDevice(), i));
    const run = (list: T.Tensor[]) => {
      const [q, k, v] = list;
      return attention(q, k, v, { causal: true });
    };
    const views = inputs.map((x) => x.permute([0, 2, 1, 3]));
    const y = run(views);
    expect(y.strides).toEqual(views[0].strides);
    expectClose(y.toArray(), run(views.map((x) => x.clone())).toArray());
  });
});

describe.each(testedDevices)("attention on %s", (name) => {
  const open = () => deviceNamed(name);

  test("lets NaN through, unless it is masked", () => {
    T.scope(() => {
      const device = open();
      const one = T.ones([2, 1], { device });
      const k = T.tensor([[0], [NaN]], { device });
      expect(attention(one, k, one).toArray()).toEqual([[NaN], [NaN]]);
      expect(attention(one, k, one, { causal: true }).toArray()).toEqual([[1], [NaN]]);
    });
  });

  test("refuses what does not fit", () => {
    T.scope(() => {
      const device = open();
      const x = T.zeros([2, 3, 4], { device });
      const run = (k: T.Tensor, v: T.Tensor, mask?: T.Tensor) => () =>
        attention(x, k, v, mask && { mask });
      expect(run(T.zeros([2, 3, 5], { device }), x)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: scaledDotProductAttention: shapes do not fit (got q [2,3,4], k [2,3,5], v [2,3,4], expected [...,L,D], [...,S,D] and [...,S,E])]`,
      );
      expect(run(x, T.zeros([2, 4, 4], { device }))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: scaledDotProductAttention: shapes do not fit (got q [2,3,4], k [2,3,4], v [2,4,4], expected [...,L,D], [...,S,D] and [...,S,E])]`,
      );
      expect(run(T.zeros([3, 3, 4], { device }), x)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: scaledDotProductAttention: shapes do not broadcast (got [2] and [3], expected equal sizes or 1 at dimension -1)]`,
      );
      expect(run(x, x, T.zeros([2, 2, 3, 3], { device }))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: scaledDotProductAttention: mask does not broadcast (got [2,2,3,3], expected [2,3,3])]`,
      );
      const mask = T.zeros([3, 3], { device, dtype: "int32" });
      expect(run(x, x, mask)).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: scaledDotProductAttention: dtypes differ (got float32 and int32, expected equal dtypes; cast one of them)]`,
      );
      expect(run(x, x.cast("int32"))).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: scaledDotProductAttention: q has the wrong dtype (got int32, expected float32)]`,
      );
    });
  });
});
