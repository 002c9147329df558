import { describe, expect, test } from "vitest";
import { annealed, annealedLearningRate } from "./schedules.js";

describe("schedules over a run", () => {
  test("exploration falls in the first part of the run and stays", () => {
    const epsilon = { from: 1, to: 0.25, fraction: 0.5 };
    const at = (steps: number): number => annealed(epsilon, steps, 1000);
    expect([0, 250, 500, 750, 1000, 5000].map(at)).toEqual([1, 0.625, 0.25, 0.25, 0.25, 0.25]);
  });

  test("an annealed setting may also rise, move over the whole run, or not move at all", () => {
    const at = (from: number, to: number, fraction: number): number[] =>
      [0, 100, 200, 300].map((steps) => annealed({ from, to, fraction }, steps, 200));
    expect(at(0.5, 1, 1)).toEqual([0.5, 0.75, 1, 1]);
    expect(at(1, 0.25, 0)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(at(0.3, 0.3, 0.5)).toEqual([0.3, 0.3, 0.3, 0.3]);
  });

  test("the learning rate is linear from the first to the last step, then constant", () => {
    const config = { learningRate: 1, finalLearningRate: 0.5 };
    const at = (steps: number): number => annealedLearningRate(config, steps, 1000);
    expect([0, 500, 1000, 2000].map(at)).toEqual([1, 0.75, 0.5, 0.5]);
  });

  test("the learning rate is the straight line to the last bit, past its end too", () => {
    const config = { learningRate: 3e-4, finalLearningRate: 1e-5 };
    for (let steps = 0; steps < 3000; steps += 37) {
      const line = 3e-4 + (1e-5 - 3e-4) * Math.min(1, steps / 1700);
      expect(annealedLearningRate(config, steps, 1700)).toBe(line);
    }
  });
});
