import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, nativeDevice, testedDevices } from "../support/devices.js";
import { floats, make } from "../support/inputs.js";
import { expectClose, testOp } from "../support/test-op.js";

const tolerance = { rtol: 1e-5, atol: 3e-6 };
const row = floats([1, 4], { values: [1, 3, 5, 7] });
const [weight4, bias4] = [
  floats([4], { values: [1, 2, 1, 2] }),
  floats([4], { values: [0, 0, 1, 1] }),
];
const r5 = Math.sqrt(5);

testOp("layerNorm", {
  run: (x, weight, bias) => T.layerNorm(x, weight, bias),
  hand: [
    {
      inputs: [row, weight4, bias4],
      expected: [[-3 / r5, -2 / r5, 1 + 1 / r5, 1 + 6 / r5]],
    },
  ],
  parity: [
    [floats([4]), floats([4]), floats([4])],
    [floats([3, 1]), floats([1]), floats([1])],
    [floats([0, 4]), floats([4]), floats([4])],
    [floats([5, 33]), floats([33]), floats([33])],
    [floats([130, 64], { low: 5, high: 9 }), floats([64]), floats([64])],
    [floats([2, 3, 5, 7]), floats([7]), floats([7])],
    [floats([6, 9], { layout: "transposed" }), floats([9], { layout: "strided" }), floats([9])],
    [floats([6, 9], { layout: "strided" }), floats([9]), floats([9], { layout: "flipped" })],
    [floats([6, 9], { layout: "expanded" }), floats([9]), floats([9])],
    [floats([2, 5000]), floats([5000]), floats([5000])],
    [floats([1, 3], { values: [1, NaN, 2] }), floats([3]), floats([3])],
  ],
  gradient: [
    [floats([2, 3]), floats([3]), floats([3])],
    [floats([2, 2, 5]), floats([5]), floats([5])],
  ],
  tolerance,
});

testOp("layerNorm over two dimensions without weight", {
  run: (x) => T.layerNorm(x, undefined, undefined, { axes: 2, eps: 1e-3 }),
  hand: [{ inputs: [row], expected: [[-3, -1, 1, 3].map((v) => v / Math.sqrt(5.001))] }],
  parity: [
    [floats([4, 3, 7])],
    [floats([200, 4, 5])],
    [floats([2, 3, 4], { layout: "transposed" })],
  ],
  gradient: [[floats([2, 2, 3])]],
  tolerance,
});

testOp("layerNorm with a bias alone", {
  run: (x, bias) => T.layerNorm(x, undefined, bias, { eps: 0 }),
  hand: [{ inputs: [row, bias4], expected: [[-3 / r5, -1 / r5, 1 + 1 / r5, 1 + 3 / r5]] }],
  parity: [[floats([33, 18]), floats([18])]],
  gradient: [[floats([3, 4]), floats([4])]],
  tolerance,
});

testOp("rmsNorm", {
  run: (x, weight) => [T.rmsNorm(x, weight), T.rmsNorm(x)],
  hand: [
    {
      inputs: [floats([1, 2], { values: [1, 7] }), floats([2], { values: [2, 3] })],
      expected: [[[2 / 5, 21 / 5]], [[1 / 5, 7 / 5]]],
    },
  ],
  parity: [
    [floats([7]), floats([7])],
    [floats([0, 4]), floats([4])],
    [floats([100, 65]), floats([65])],
    [floats([6, 9], { layout: "transposed" }), floats([9])],
    [floats([6, 9], { layout: "expanded" }), floats([9])],
  ],
  gradient: [[floats([2, 3]), floats([3])]],
  tolerance,
});

const channels = floats([6]);
testOp("groupNorm", {
  run: (x, weight, bias) => T.groupNorm(x, 3, weight, bias),
  hand: [
    {
      inputs: [
        floats([1, 3, 2], { values: [0, 2, 5, 1, 3, 3] }),
        floats([3], { values: [1, 2, 3] }),
        floats([3], { values: [0, 1, 2] }),
      ],
      expected: [
        [
          [-1, 1],
          [3, -1],
          [2, 2],
        ],
      ],
    },
  ],
  parity: [
    [floats([2, 6]), channels, channels],
    [floats([3, 6, 1]), channels, channels],
    [floats([2, 6, 5, 7]), channels, channels],
    [floats([70, 6, 33]), channels, channels],
    [floats([0, 6, 2]), channels, channels],
    [floats([2, 48, 9]), floats([48]), floats([48])],
    [floats([2, 6, 3, 4], { layout: "transposed" }), channels, channels],
    [floats([2, 6, 3, 4], { layout: "strided" }), channels, channels],
  ],
  gradient: [
    [floats([2, 6]), channels, channels],
    [floats([2, 6, 3]), channels, channels],
  ],
  tolerance: { rtol: 1e-4, atol: 1e-5 },
});

/** [N, C, H, W] with the channels innermost in memory. */
function channelsLast(x: T.Tensor): T.Tensor {
  return x.permute([0, 2, 3, 1]).clone().permute([0, 3, 1, 2]);
}

testOp("groupNorm, channels last", {
  run: (x, weight, bias) => T.groupNorm(channelsLast(x), 3, weight, bias),
  hand: [],
  parity: [
    [floats([2, 6, 5, 7]), channels, channels],
    [floats([2, 96, 3, 3]), floats([96]), floats([96])],
    [floats([1, 3, 2, 2]), floats([3]), floats([3])],
  ],
  gradient: [[floats([2, 6, 2, 3]), channels, channels]],
  tolerance: { rtol: 1e-4, atol: 1e-5 },
});

test("groupNorm keeps channels innermost, and reads a gradient of another layout", () => {
  T.scope(() => {
    const device = nativeDevice();
    const x = make(floats([2, 6, 4, 5]), device, 1);
    const y = T.groupNorm(channelsLast(x), 2);
    expect(y.strides).toEqual([120, 1, 30, 6]);
    const weights = make(floats([2, 6, 4, 5]), device, 2);
    const gradients = [x, channelsLast(x)].map((z) => {
      return T.grad(() => T.groupNorm(z, 2).mul(weights).sum(), [z])[0].toArray();
    });
    expectClose(gradients[1], gradients[0], { rtol: 1e-4, atol: 1e-5 });
  });
});

/** Training, with fresh running statistics: result, mean and variance. */
function trained(shape: "as given" | "channels last") {
  return (x: T.Tensor, weight: T.Tensor, bias: T.Tensor) => {
    const { device, dtype } = x;
    const [runningMean, runningVariance] = [0, 1].map((value) => {
      return T.full(weight.shape, value, { device, dtype });
    });
    const input = shape === "as given" ? x : channelsLast(x);
    const options = { weight, bias, runningMean, runningVariance, momentum: 0.25 };
    const y = T.batchNorm(input, { ...options, training: true });
    return [y, runningMean, runningVariance];
  };
}

testOp("batchNorm, training", {
  run: trained("as given"),
  hand: [
    {
      inputs: [
        floats([2, 2], { values: [0, 4, 2, 4] }),
        floats([2], { values: [2, 8] }),
        floats([2], { values: [1, 3] }),
      ],
      expected: [
        [
          [1 - 2 / Math.sqrt(1 + 1e-5), 3],
          [1 + 2 / Math.sqrt(1 + 1e-5), 3],
        ],
        [0.25, 1],
        [1.25, 0.75],
      ],
    },
  ],
  parity: [
    [floats([2, 1]), floats([1]), floats([1])],
    [floats([5, 3]), floats([3]), floats([3])],
    [floats([130, 33]), floats([33]), floats([33])],
    [floats([1100, 70], { low: 100, high: 101 }), floats([70]), floats([70])],
    [floats([3, 0]), floats([0]), floats([0])],
    [floats([3, 6, 5, 7]), channels, channels],
    [floats([6, 9], { layout: "transposed" }), floats([9]), floats([9], { layout: "strided" })],
    [floats([6, 9], { layout: "strided" }), floats([9]), floats([9])],
    [floats([4, 3, 5], { layout: "flipped" }), floats([3]), floats([3])],
  ],
  gradient: "none", // the running statistics carry none
  tolerance: { rtol: 2e-5, atol: 2e-4 },
});

testOp("the result of batchNorm, training", {
  run: (x, weight, bias) => [
    T.batchNorm(x, { weight, bias, training: true }),
    T.batchNorm(channelsLast(x.reshape([...x.shape, 1, 1].slice(0, 4))), {
      weight,
      bias,
      training: true,
    }),
    T.batchNorm(x, { bias, training: true }),
  ],
  hand: [],
  parity: [],
  gradient: [
    [floats([4, 3]), floats([3]), floats([3])],
    [floats([2, 3, 2, 2]), floats([3]), floats([3])],
  ],
});

testOp("batchNorm, training, channels last", {
  run: trained("channels last"),
  hand: [],
  parity: [
    [floats([3, 6, 5, 7]), channels, channels],
    [floats([2, 80, 3, 3]), floats([80]), floats([80])],
  ],
  gradient: "none",
  tolerance: { rtol: 1e-5, atol: 1e-5 },
});

testOp("batchNorm with parts missing, and evaluated", {
  run: (x, weight, bias) => [
    T.batchNorm(x, { training: true }),
    T.batchNorm(x, { weight, training: true }),
    T.batchNorm(x, { bias, training: true }),
    T.batchNorm(x, {
      weight,
      bias,
      runningMean: T.noGrad(() => bias.clone()),
      runningVariance: T.noGrad(() => weight.square()),
      training: false,
    }),
  ],
  hand: [],
  parity: [
    [floats([5, 3]), floats([3]), floats([3])],
    [floats([4, 3, 5]), floats([3]), floats([3])],
  ],
  gradient: "none",
  tolerance,
});

test("batchNorm of channels innermost stays so", () => {
  T.scope(() => {
    const x = channelsLast(make(floats([2, 6, 4, 5]), nativeDevice(), 1));
    expect(T.batchNorm(x, { training: true }).strides).toEqual([120, 1, 30, 6]);
  });
});

describe.each(testedDevices)("the norms on %s", (name) => {
  const open = () => deviceNamed(name);

  test("are refused operands that do not fit", () => {
    T.scope(() => {
      const device = open();
      const x = T.zeros([2, 4], { device });
      const three = T.ones([3], { device });
      expect(() => T.layerNorm(x, three)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: layerNorm: weight has the wrong shape (got [3], expected [4] for x [2,4])]`,
      );
      expect(() =>
        T.layerNorm(x, undefined, undefined, { axes: 3 }),
      ).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: layerNorm: axes is not valid (got 3, expected 1..2 for x [2,4])]`,
      );
      expect(() =>
        T.layerNorm(x, undefined, undefined, { eps: -1 }),
      ).toThrowErrorMatchingInlineSnapshot(
        `[TensorError: layerNorm: eps is not valid (got -1, expected a number >= 0)]`,
      );
      expect(() => T.rmsNorm(x.cast("int32"))).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: rmsNorm: x has the wrong dtype (got int32, expected float32)]`,
      );
      expect(() => T.groupNorm(x, 3)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: groupNorm: channels do not divide into groups (got x [2,4] and 3 groups, expected x [N,C,...] with C a multiple of groups)]`,
      );
      const train =
        (options: Omit<T.BatchNormOptions, "training">, input = x) =>
        () =>
          T.batchNorm(input, { ...options, training: true });
      expect(train({ weight: three })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: batchNorm: weight has the wrong shape (got [3], expected [4] for x [2,4])]`,
      );
      expect(train({}, T.zeros([1, 4], { device }))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: batchNorm: training needs more than one value per channel (got x [1,4])]`,
      );
      expect(train({}, T.zeros([4], { device }))).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: batchNorm: x has no channels (got [4], expected [N,C,...])]`,
      );
      const shared = T.zeros([1], { device }).expand([4]);
      expect(train({ runningMean: shared })).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: batchNorm: cannot write into an expanded view, its elements share memory]`,
      );
      expect(() => T.batchNorm(x, { training: false })).toThrowErrorMatchingInlineSnapshot(
        `[TensorError: batchNorm: evaluation needs runningMean and runningVariance (got undefined, expected tensors [C])]`,
      );
      expect(() => T.groupNorm(x, 2, three)).toThrowErrorMatchingInlineSnapshot(
        `[ShapeError: groupNorm: weight has the wrong shape (got [3], expected [4] for x [2,4])]`,
      );
    });
  });
});
