import type { BoxActions } from "@carom/envs";
import { openDevice, RandomState, scope, type Tensor, tensor, zeros } from "@carom/tensor";
import { afterAll, describe, expect, test } from "vitest";
import { CategoricalHead } from "./categorical.js";
import { createHead } from "./create.js";
import { MultiCategoricalHead } from "./multi-categorical.js";
import { boxUnits, NormalHead } from "./normal.js";

const device = openDevice("reference");
afterAll(() => device.dispose());

const rows = (values: number[], width: number): Tensor =>
  tensor(Float32Array.from(values), { shape: [values.length / width, width], device });

const ints = (values: number[], ...shape: number[]): Tensor =>
  tensor(Int32Array.from(values), { shape, dtype: "int32", device });

describe("categorical", () => {
  test("[B25] all but one masked: that one has probability 1, entropy 0, and is always drawn", () => {
    scope(() => {
      const head = new CategoricalHead(4);
      const logits = rows([5, -3, 0, 9], 4);
      const mask = rows([0, 1, 0, 0], 4).notEqual(0);
      expect([...head.probabilities(logits, mask).toTypedArray()]).toEqual([0, 1, 0, 0]);
      const { logProb, entropy } = head.evaluate(logits, ints([1], 1), mask);
      expect(logProb.toTypedArray()[0]).toBe(0);
      expect(entropy.toTypedArray()[0]).toBeCloseTo(0, 12);
      const random = new RandomState([1, 2], { device });
      for (let i = 0; i < 20; i++) {
        expect(head.draw(logits, random, { mask }).action.toTypedArray()[0]).toBe(1);
      }
    });
  });

  test("[B25] a row without an allowed action stays finite", () => {
    scope(() => {
      const head = new CategoricalHead(3);
      const mask = rows([0, 0, 0], 3).notEqual(0);
      const { logProb, entropy } = head.evaluate(rows([1, 2, 3], 3), ints([0], 1), mask);
      expect(Number.isFinite(logProb.toTypedArray()[0])).toBe(true);
      expect(entropy.toTypedArray()[0]).toBeCloseTo(Math.log(3), 5);
    });
  });

  test("[B25] every row has its own mask", () => {
    scope(() => {
      const head = new CategoricalHead(2);
      const mask = rows([1, 0, 0, 1], 2).notEqual(0);
      const probabilities = head.probabilities(rows([0, 0, 0, 0], 2), mask).toTypedArray();
      expect([...probabilities]).toEqual([1, 0, 0, 1]);
    });
  });
});

describe("multi-categorical", () => {
  test("log-probability and entropy are sums over independent choices", () => {
    scope(() => {
      const head = new MultiCategoricalHead([2, 3]);
      const logits = rows([0, 0, 0, 0, 0], 5);
      const { logProb, entropy } = head.evaluate(logits, ints([1, 2], 1, 2));
      expect(logProb.toTypedArray()[0]).toBeCloseTo(-Math.log(6), 5);
      expect(entropy.toTypedArray()[0]).toBeCloseTo(Math.log(6), 5);
    });
  });

  test("greedy takes the best of each choice", () => {
    scope(() => {
      const head = new MultiCategoricalHead([2, 3]);
      const random = new RandomState([1, 2], { device });
      const { action } = head.draw(rows([0, 1, 3, 0, 1], 5), random, { greedy: true });
      expect([...action.toTypedArray()]).toEqual([1, 0]);
    });
  });

  test("switches are choices of two", () => {
    const head = createHead({ kind: "multi-binary", size: 3 }, device);
    expect([head.kind, head.outputs, head.shape]).toEqual(["multi-categorical", 6, [3]]);
  });
});

describe("normal", () => {
  const SPACE: BoxActions = { kind: "box", size: 2, low: [-2, 0], high: [2, 1] };

  test("the policy's units: bounds are -1 and 1; an entry without bounds has its own", () => {
    const { middle, half } = boxUnits({
      kind: "box",
      size: 2,
      low: [0, Number.NEGATIVE_INFINITY],
      high: [4, 1],
    });
    expect([...middle, ...half]).toEqual([2, 0, 2, 1]);
  });

  test("log-probability and entropy of independent components, deviation 1 at first", () => {
    scope(() => {
      const head = new NormalHead(SPACE, device);
      const { logProb, entropy } = head.evaluate(rows([0, 1], 2), rows([1, 1], 2));
      expect(logProb.toTypedArray()[0]).toBeCloseTo(-0.5 - Math.log(2 * Math.PI), 5);
      expect(entropy.toTypedArray()[0]).toBeCloseTo(Math.log(2 * Math.PI) + 1, 5);
    });
  });

  test("the deviation is the same in every state", () => {
    scope(() => {
      const head = new NormalHead(SPACE, device);
      const { entropy } = head.evaluate(rows([0, 1, 50, -7], 2), rows([1, 1, 1, 1], 2));
      const [one, other] = entropy.toTypedArray();
      expect(one).toBe(other);
    });
  });

  test("what is drawn is stored as it is; only what the game gets is scaled and clipped", () => {
    scope(() => {
      const head = new NormalHead(SPACE, device);
      const random = new RandomState([3, 4], { device });
      const { action, played, logProb } = head.draw(rows([3, -3], 2), random, { greedy: true });
      expect([...action.toTypedArray()]).toEqual([3, -3]);
      expect([...played.toTypedArray()]).toEqual([2, 0]);
      const again = head.evaluate(rows([3, -3], 2), action).logProb;
      expect(again.toTypedArray()[0]).toBeCloseTo(logProb.toTypedArray()[0], 6);
      const drawn = head.draw(zeros([500, 2], { device }), random);
      const [low, high] = [drawn.played.min(0), drawn.played.max(0)].map((x) => [
        ...x.toTypedArray(),
      ]);
      expect(low).toEqual([-2, 0]); // of 500 draws some lie beyond each bound
      expect(high).toEqual([2, 1]);
      expect(Math.max(...drawn.action.toTypedArray())).toBeGreaterThan(1.5);
    });
  });
});
