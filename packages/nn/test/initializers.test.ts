/** The initialisers' statistics, and the schedules' values. */
import { RandomState, type Shape, scope } from "@carom/tensor";
import { describe, expect, test } from "vitest";
import {
  calculateGain,
  constantInit,
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  fanInInit,
  type Initializer,
  kaimingNormalInit,
  kaimingUniformInit,
  linearSchedule,
  normalInit,
  oneCycleSchedule,
  onesInit,
  orthogonalInit,
  piecewiseSchedule,
  rowBlocks,
  sequenceSchedule,
  skipInit,
  truncatedNormalInit,
  warmupSchedule,
  xavierNormalInit,
  xavierUniformInit,
  zerosInit,
} from "../src/index.js";
import { device, native, type TestDevice, testedDevices } from "./devices.js";

function draw(init: Initializer, shape: Shape, name: TestDevice = "reference"): number[] {
  using random = new RandomState(9, { device: device(name) });
  return scope(() => [...init(shape, random).toTypedArray()]);
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const std = (values: number[]) => {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
};

describe("initialisers", () => {
  // [outputs, inputs] = [100, 200], and a convolution with fan-in 9 * 20 and fan-out 9 * 100.
  const dense: Shape = [100, 200];
  const convolution: Shape = [100, 20, 3, 3];
  const fanOut = { mode: "fanOut", nonlinearity: "tanh" } as const;
  const leaky = { nonlinearity: "leakyRelu", slope: 0.2 } as const;

  test.each([
    ["normalInit", normalInit(0.3), dense, 0.3],
    ["kaimingNormalInit", kaimingNormalInit(), dense, Math.sqrt(2 / 200)],
    ["kaimingNormalInit, fan-out", kaimingNormalInit(fanOut), convolution, 5 / 3 / Math.sqrt(900)],
    ["kaimingUniformInit", kaimingUniformInit(), convolution, Math.sqrt(2 / 180)],
    ["kaimingUniformInit, leaky", kaimingUniformInit(leaky), dense, Math.sqrt(2 / 1.04 / 200)],
    ["xavierNormalInit", xavierNormalInit(2), dense, 2 * Math.sqrt(2 / 300)],
    ["xavierUniformInit", xavierUniformInit(), convolution, Math.sqrt(2 / 1080)],
  ])("%s has mean 0 and the right spread", (_, init, shape, wanted) => {
    const values = draw(init, shape);
    expect(Math.abs(mean(values)) / wanted).toBeLessThan(0.03);
    expect(Math.abs(std(values) / wanted - 1)).toBeLessThan(0.03);
  });

  test("skipInit leaves them all out while it builds, and only then", () => {
    const all = [
      ...[normalInit(), normalInit(1, 3), orthogonalInit(), fanInInit(), truncatedNormalInit()],
      ...[kaimingUniformInit(), kaimingNormalInit(), xavierUniformInit(), xavierNormalInit()],
      rowBlocks([1, orthogonalInit()], [2, normalInit()]),
    ];
    const shape: Shape = [3, 5];
    const drawn = all.map((init) => draw(init, shape));
    for (const values of drawn) expect(values.filter((value) => value === 0)).toEqual([]);
    const zeros = new Array<number>(15).fill(0);
    expect(skipInit(() => all.map((init) => draw(init, shape)))).toEqual(all.map(() => zeros));
    const fails = (): never => {
      skipInit(() => expect(draw(normalInit(), shape)).toEqual(zeros));
      expect(draw(normalInit(), shape)).toEqual(zeros); // still within the outer one
      throw new Error("no module");
    };
    expect(() => skipInit(fails)).toThrow("no module");
    expect(all.map((init) => draw(init, shape))).toEqual(drawn);
  });

  test("uniform ones stay within sqrt(3) deviations and come near", () => {
    const largest = Math.max(...draw(kaimingUniformInit(), dense).map(Math.abs));
    expect(largest).toBeLessThanOrEqual(Math.sqrt(6 / 200));
    expect(largest).toBeGreaterThan(0.99 * Math.sqrt(6 / 200));
  });

  test("truncatedNormalInit has the moments of the cut normal, within its limits", () => {
    const values = draw(truncatedNormalInit(), [200, 200]);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(2);
    expect(Math.abs(mean(values))).toBeLessThan(0.02);
    expect(Math.abs(std(values) - 0.8796)).toBeLessThan(0.01);
    // Of a standard normal between 0.5 and 3: mean (pdf(0.5) - pdf(3)) / (cdf(3) - cdf(0.5)).
    const upper = draw(truncatedNormalInit({ low: 0.5, high: 3 }), [200, 200]);
    expect(Math.min(...upper)).toBeGreaterThanOrEqual(0.5);
    expect(Math.abs(mean(upper) - 1.1312)).toBeLessThan(0.01);
    const narrow = draw(truncatedNormalInit({ mean: 1, std: 0.02, low: 0.96, high: 1.04 }), dense);
    expect(Math.abs(std(narrow) - 0.02 * 0.8796)).toBeLessThan(5e-4);
  });

  test("constants are constant", () => {
    expect(draw(zerosInit, [2])).toEqual([0, 0]);
    expect(draw(onesInit, [2])).toEqual([1, 1]);
    expect(draw(constantInit(0.5), [2])).toEqual([0.5, 0.5]);
  });

  test("orthogonalInit of a convolution has orthonormal rows when flattened", () => {
    const values = draw(orthogonalInit(1), [4, 2, 2, 2]);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        let sum = 0;
        for (let k = 0; k < 8; k++) sum += values[8 * i + k] * values[8 * j + k];
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 5);
      }
    }
  });

  test("orthogonalInit of a large matrix has orthogonal rows of the gain's length, too", () => {
    const [count, length] = [200, 1500]; // large enough to be made block by block
    using random = new RandomState(9, { device: device(native) });
    scope(() => {
      const rows = orthogonalInit(Math.SQRT2)([count, length], random);
      const products = rows.matmul(rows.transpose()).toTypedArray();
      products.forEach((product, i) => {
        expect(product).toBeCloseTo(i % (count + 1) === 0 ? 2 : 0, 4);
      });
    });
  });

  test.each(testedDevices)("uniform numbers are the same bits on %s", (name) => {
    const init = kaimingUniformInit();
    expect(draw(init, [5, 7], name)).toEqual(draw(init, [5, 7]));
    const cut = truncatedNormalInit();
    expect(draw(cut, [5, 7], name)).toEqual(draw(cut, [5, 7]));
  });

  test("calculateGain is PyTorch's table", () => {
    expect(calculateGain("linear")).toBe(1);
    expect(calculateGain("sigmoid")).toBe(1);
    expect(calculateGain("tanh")).toBe(5 / 3);
    expect(calculateGain("relu")).toBe(Math.SQRT2);
    expect(calculateGain("leakyRelu")).toBe(Math.sqrt(2 / 1.0001));
    expect(calculateGain("leakyRelu", 1)).toBe(1);
    expect(calculateGain("selu")).toBe(0.75);
  });

  test("what does not fit is refused", () => {
    expect(() => draw(xavierNormalInit(), [3])).toThrowErrorMatchingInlineSnapshot(
      `[NnError: xavierNormalInit: needs a weight (got shape [3], expected [outputs,inputs,...])]`,
    );
    expect(() => truncatedNormalInit({ low: 1, high: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[NnError: truncatedNormalInit: limits are not valid (got std 1, low 1, high 0, expected std > 0, low < high)]`,
    );
    expect(() => calculateGain("toString" as "relu")).toThrowErrorMatchingInlineSnapshot(
      `[NnError: calculateGain: no such nonlinearity (got toString, expected leakyRelu, linear, sigmoid, tanh, relu, selu)]`,
    );
  });
});

describe("schedules", () => {
  const close = (got: number[], wanted: number[]) => {
    expect(got).toHaveLength(wanted.length);
    got.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i], 12);
    });
  };

  test("exponential and piecewise", () => {
    close([-1, 0, 5, 10, 20].map(exponentialSchedule(8, 0.25, 10)), [8, 8, 4, 2, 0.5]);
    close([0, 10, 20].map(exponentialSchedule(8, 0.25, 10, 1)), [8, 2, 1]);
    const pieces = piecewiseSchedule([
      [0, 1],
      [10, 0.1],
      [20, 0.01],
    ]);
    close([-5, 0, 9, 10, 19, 20, 99].map(pieces), [1, 1, 1, 0.1, 0.1, 0.01, 0.01]);
  });

  test("warm-up and sequence are made of others", () => {
    const warm = warmupSchedule(4, linearSchedule(2, 0, 4));
    close([0, 1, 2, 4, 6, 8, 9].map(warm), [0, 0.5, 1, 2, 1, 0, 0]);
    const halfway = warmupSchedule(4, cosineSchedule(2, 0, 4), 0.5);
    close([0, 2, 4, 6, 8].map(halfway), [1, 1.5, 2, 1, 0]);
    const parts = sequenceSchedule([
      [0, constantSchedule(3)],
      [5, linearSchedule(3, 1, 2)],
    ]);
    close([0, 4, 5, 6, 7, 8].map(parts), [3, 3, 3, 2, 1, 1]);
  });

  test("one cycle is PyTorch's", () => {
    // torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=10)
    const wanted = [
      0.04, 0.52, 1, 0.950485, 0.811746, 0.611262, 0.388742, 0.188258, 0.049519, 4e-6,
    ];
    const got = wanted.map((_, i) => oneCycleSchedule(1, 10)(i));
    got.forEach((value, i) => {
      expect(Math.abs(value - wanted[i])).toBeLessThan(1e-6);
    });
  });

  test("pieces out of order are refused", () => {
    expect(() => piecewiseSchedule([])).toThrowErrorMatchingInlineSnapshot(
      `[NnError: piecewiseSchedule: pieces are not in order (got steps [], expected at least one, rising)]`,
    );
    expect(() =>
      piecewiseSchedule([
        [1, 1],
        [1, 2],
      ]),
    ).toThrowErrorMatchingInlineSnapshot(
      `[NnError: piecewiseSchedule: pieces are not in order (got steps [1,1], expected at least one, rising)]`,
    );
  });
});
