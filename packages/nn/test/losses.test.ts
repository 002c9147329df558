/** The losses: by hand, against PyTorch on both devices, and their gradients by finite differences. */
import { capture, RandomState, scope, type Tensor, tensor, valueAndGrad } from "@carom/tensor";
import { checkGradient } from "@carom/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  bce,
  bceWithLogits,
  Categorical,
  huber,
  kl,
  mse,
  Normal,
  quantileHuber,
  smoothL1,
} from "../src/index.js";
import { device, testedDevices } from "./devices.js";
import { expectClose, type Golden, golden, load, weightedSum } from "./goldens.js";

const none = { reduction: "none" } as const;

const runs: Record<string, (...inputs: Tensor[]) => Tensor> = {
  mse: (p, t) => mse(p, t),
  "mse sum": (p, t) => mse(p, t, { reduction: "sum" }),
  huber: (p, t) => huber(p, t, { ...none, delta: 0.7 }),
  smoothL1: (p, t) => smoothL1(p, t, { ...none, beta: 0.5 }),
  bce: (p, t) => bce(p, t, none),
  bceWithLogits: (p, t) => bceWithLogits(p, t),
  "weighted mse": (p, t, weights) => mse(p, t, { weights }),
  quantileHuber: (q, t) => quantileHuber(q, t, none),
  "quantileHuber kappa": (q, t) => quantileHuber(q, t, { ...none, kappa: 0.3 }),
};

const { cases } = golden<{ cases: Golden[] }>("losses.json");

describe.each(testedDevices)("PyTorch and %s agree on", (name) => {
  test.each(Object.keys(runs))("%s", (key) => {
    scope(() => {
      const row = cases.find((candidate) => candidate.name === key);
      if (row === undefined) throw new Error(`no golden values of ${key}`);
      const inputs = row.inputs.map((input) => load(input, name));
      const { aux, grads } = valueAndGrad(() => {
        const y = runs[key](...inputs);
        return { loss: weightedSum([y]), y };
      }, inputs);
      expectClose(aux.y, row.outputs[0]);
      row.grads.forEach((wanted, i) => {
        expectClose(grads[i], wanted, 1e-4, 2e-5);
      });
    });
  });
});

describe("by hand", () => {
  const at = { device: device("reference") };
  const numbers = (x: Tensor) => [...x.toTypedArray()];
  const row = (...values: number[]) => tensor(values, { ...at, dtype: "float64" });

  test("mse, huber, smoothL1 of the errors -3, 0.5, 0", () => {
    scope(() => {
      const [prediction, target] = [row(-3, 1.5, 2), row(0, 1, 2)];
      expect(numbers(mse(prediction, target, none))).toEqual([9, 0.25, 0]);
      expect(numbers(huber(prediction, target, none))).toEqual([2.5, 0.125, 0]);
      expect(numbers(huber(prediction, target, { ...none, delta: 2 }))).toEqual([4, 0.125, 0]);
      expect(numbers(smoothL1(prediction, target, { ...none, beta: 0.5 }))).toEqual([
        2.75, 0.25, 0,
      ]);
      const weights = row(0.5, 2, 1);
      expect(numbers(mse(prediction, target, { ...none, weights }))).toEqual([4.5, 0.5, 0]);
      expect(mse(prediction, target, { weights }).item()).toBeCloseTo(5 / 3, 12);
      expect(mse(prediction, target, { weights, reduction: "sum" }).item()).toBe(5);
    });
  });

  test("bce of certain predictions is 0 or 100, with finite gradients", () => {
    scope(() => {
      const [share, target] = [row(0, 1, 0, 1, 0.5), row(0, 1, 1, 0, 1)];
      const { aux, grads } = valueAndGrad(() => {
        const loss = bce(share, target, none);
        return { loss: loss.sum(), each: loss };
      }, [share]);
      [0, 0, 100, 100, Math.LN2].forEach((value, i) => {
        expect(numbers(aux.each)[i]).toBeCloseTo(value, 12);
      });
      expect(numbers(grads[0]).every(Number.isFinite)).toBe(true);
      expect(numbers(grads[0])[4]).toBeCloseTo(-2, 12);
    });
  });

  test("quantileHuber of two quantiles and two targets", () => {
    scope(() => {
      // u: target - quantile = [[1, 3], [-1, 1]]; huber: [[.5, 2.5], [.5, .5]]; taus .25, .75
      // shares: [[.25, .25], [.25, .75]]; sum over i of the mean over j: .375 + .25
      const quantiles = tensor([[0, 2]], { ...at, dtype: "float64" });
      const target = tensor([[1, 3]], { ...at, dtype: "float64" });
      expect(numbers(quantileHuber(quantiles, target, none))).toEqual([0.625]);
      const taus = tensor([[0.5, 0.5]], { ...at, dtype: "float64" });
      expect(numbers(quantileHuber(quantiles, target, { ...none, taus }))).toEqual([1]);
      const weights = row(3);
      expect(quantileHuber(quantiles, target, { weights }).item()).toBe(1.875);
    });
  });

  test("kl of two distributions, weighted and reduced", () => {
    scope(() => {
      const logits = tensor(
        [
          [0, 0],
          [Math.log(3), 0],
        ],
        { ...at, dtype: "float64" },
      );
      const even = tensor(
        [
          [0, 0],
          [0, 0],
        ],
        { ...at, dtype: "float64" },
      );
      const [p, q] = [new Categorical(logits), new Categorical(even)];
      const second = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
      expect(kl(p, q).item()).toBeCloseTo(second / 2, 12);
      expect(kl(p, q, { weights: row(1, 3), reduction: "sum" }).item()).toBeCloseTo(3 * second, 12);
      const shifted = new Normal(even.add(2), even);
      expect(numbers(kl(shifted, new Normal(even, even), none))).toEqual([4, 4]);
    });
  });

  test("gradients by finite differences", () => {
    scope(() => {
      using random = new RandomState(2, at);
      const draw = (...shape: number[]) => random.normal(shape, { dtype: "float64" }).mul(2);
      const [a, b, weights] = [draw(3, 2), draw(3, 2), draw(3)];
      const share = draw(3, 2).sigmoid();
      const losses: [() => Tensor, Tensor[]][] = [
        [() => mse(a, b, { weights }), [a, b]],
        [() => huber(a, b, { delta: 0.5 }), [a, b]],
        [() => smoothL1(a, b, { beta: 2 }), [a, b]],
        [() => bce(share, b.sigmoid(), { weights }), [share, b]],
        [() => quantileHuber(a, b, { weights }), [a, b]],
      ];
      for (const [loss, inputs] of losses) expect(checkGradient(loss, inputs)).toBeUndefined();
    });
  });

  test("what does not fit is refused", () => {
    scope(() => {
      const [three, two] = [row(1, 2, 3), row(1, 2)];
      expect(() => mse(three, two)).toThrowErrorMatchingInlineSnapshot(
        `[NnError: mse: prediction and target differ in shape (got [3] and [2], expected equal ones)]`,
      );
      expect(() => mse(three, three, { weights: two })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: weights: there must be one per sample (got [2], expected [3])]`,
      );
      expect(() => huber(three, three, { delta: 0 })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: huber: delta is not valid (got 0, expected a positive number)]`,
      );
      expect(() => quantileHuber(three, three)).toThrowErrorMatchingInlineSnapshot(
        `[NnError: quantileHuber: shapes do not fit (got [3] and [3], expected [B,N] and [B,M])]`,
      );
    });
  });
});

test.each(testedDevices)("quantileHuber is recorded on %s", (name) => {
  scope(() => {
    using random = new RandomState(2, { device: device(name) });
    const [quantiles, target] = [random.normal([4, 7]), random.normal([4, 5])];
    const eager = quantileHuber(quantiles, target).item();
    using recording = capture(device(name), () => quantileHuber(quantiles, target));
    recording.replay();
    expect(recording.outputs.item()).toBe(eager);
  });
});
