import { expect, test } from "vitest";
import { algorithms, resolveConfig } from "./registry.js";
import { type SweepRange, sweepRanges } from "./sweep-ranges.js";

/** The ends of an interval, or all choices. */
function valuesOf(range: SweepRange): readonly (number | boolean | string)[] {
  return "choices" in range ? range.choices : [range.low, range.high];
}

test.each(algorithms.map(({ name, schema }) => ({ name, schema })))(
  "every value that a search of $name tries is allowed by its schema",
  ({ name, schema }) => {
    const ranges = Object.entries(sweepRanges(name, schema));
    expect(ranges.length).toBeGreaterThan(0);
    for (const [key, range] of ranges) {
      for (const value of valuesOf(range)) {
        expect(resolveConfig(name, "catch", "", { [key]: value })[key]).toBe(value);
      }
      if ("scale" in range) expect(range.low).toBeLessThan(range.high);
      if ("scale" in range && range.scale === "log") expect(range.low).toBeGreaterThan(0);
    }
  },
);

test("PPO's search varies what is its own, and another algorithm only what it has", () => {
  const [ppo, reinforce] = ["ppo", "reinforce"].map((name) => {
    const schema = algorithms.find((algorithm) => algorithm.name === name)?.schema ?? {};
    return Object.keys(sweepRanges(name, schema));
  });
  expect(ppo).toEqual(["learningRate", "gamma", "entropyCoef", "lambda", "clip", "epochs"]);
  expect(reinforce).toEqual(["learningRate", "gamma", "entropyCoef"]);
  expect(sweepRanges("toString", {})).toEqual({});
});
