import { key } from "@carom/envs";
import { describe, expect, test } from "vitest";
import {
  defaultParameters,
  draw,
  drawTrials,
  parseParameters,
  type RangeParameter,
  type SweepParameter,
} from "../src/sweep/space.js";

const searched = { algo: "ppo", game: "catch", variant: "" };

function parse(...texts: string[]): SweepParameter[] {
  return parseParameters(texts, searched);
}

/** Numbers drawn for one parameter, from streams of their own. */
function drawn(parameter: SweepParameter, count = 2000): number[] {
  const root = key(5);
  return Array.from({ length: count }, (_, i) => Number(draw(parameter, root.child("draw", i))));
}

function share(values: readonly number[], test: (value: number) => boolean): number {
  return values.filter(test).length / values.length;
}

describe("--param", () => {
  test.each<[string, object]>([
    ["gamma=0.9..0.99", { low: 0.9, high: 0.99, scale: "linear", integer: false }],
    ["learningRate=1e-4..1e-2:log", { low: 1e-4, high: 1e-2, scale: "log", integer: false }],
    ["epochs=1..8", { low: 1, high: 8, scale: "linear", integer: true }],
    ["valueClip=0..4:int", { low: 0, high: 4, scale: "linear", integer: true }],
    ["envs=8..512:log:int", { low: 8, high: 512, scale: "log", integer: true }],
    ["minibatch=256,512", { choices: [256, 512] }],
    ["normalizeAdvantages=true,false", { choices: [true, false] }],
    ["hidden=64,64|128,128", { choices: ["64,64", "128,128"] }],
    ["activation=tanh, relu", { choices: ["tanh", "relu"] }],
  ])("%s", (text, expected) => {
    expect(parse(text)).toEqual([{ key: text.slice(0, text.indexOf("=")), ...expected }]);
  });

  test.each([
    ["gama=0.9..0.99", 'ppo has no setting "gama" (did you mean "gamma"?)'],
    ["gamma=0.9..1.5", 'setting "gamma" must be between 0 and 1 per decision (got 1.5)'],
    ["epochs=0..8", 'setting "epochs" must be between 1 and 100 passes (got 0)'],
    ["epochs=1.5..8", 'setting "epochs" must be a whole number (got "1.5")'],
    ["gamma=0.9,two", 'setting "gamma" must be a number (got "two")'],
    ["activation=tanh,sine", 'setting "activation" must be one of'],
    ["gamma=0.99..0.9", "the lower end first (0.99 is not below 0.9)"],
    ["entropyCoef=0..0.1:log", "a lower end above 0 for :log"],
    ["valueClip=0.5..4:int", "whole numbers at both ends"],
    ["gamma=0.9..0.99:exp", "only :log or :int"],
    ["normalizeAdvantages=false..true", "as normalizeAdvantages=a,b"],
    ["gamma=0.9", "at least two values; --set fixes a setting"],
    ["gamma=0.9,0.90", "at least two values"],
    ["gamma", "key=low..high or key=a,b,c"],
  ])("%s is refused: %s", (text, problem) => {
    expect(() => parse(text)).toThrow(problem);
  });

  test("a setting that is named twice is refused", () => {
    expect(() => parse("gamma=0.9,0.99", "gamma=0.5,0.6")).toThrow("--param names gamma twice");
  });
});

describe("without --param", () => {
  test("the ranges of the algorithm's table are varied, whole numbers as such", () => {
    const parameters = defaultParameters(searched);
    expect(parameters.map((parameter) => parameter.key)).toContain("learningRate");
    expect(parameters.find((parameter) => parameter.key === "epochs")).toMatchObject({
      integer: true,
    });
  });

  test("but not what --set fixes", () => {
    const keys = defaultParameters(searched, ["gamma"]).map((parameter) => parameter.key);
    expect(keys).not.toContain("gamma");
    const all = defaultParameters(searched).map((parameter) => parameter.key);
    expect(() => defaultParameters(searched, all)).toThrow("nothing is known to vary for ppo");
  });
});

describe("values", () => {
  const linear: RangeParameter = {
    ...{ key: "gamma", low: 0.5, high: 1, scale: "linear", integer: false },
  };

  test("a linear range is even in the values, a logarithmic one in their logarithms", () => {
    const values = drawn(linear);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    expect(share(values, (value) => value < 0.75)).toBeCloseTo(0.5, 1);
    const logarithmic = drawn({ ...linear, low: 1e-4, high: 1, scale: "log" });
    expect(share(logarithmic, (value) => value < 1e-2)).toBeCloseTo(0.5, 1);
    expect(share(logarithmic, (value) => value < 1e-3)).toBeCloseTo(0.25, 1);
  });

  test("whole numbers are equally likely, the ends too", () => {
    const values = drawn({ ...linear, low: 1, high: 4, integer: true });
    expect(new Set(values)).toEqual(new Set([1, 2, 3, 4]));
    for (const one of [1, 2, 3, 4]) {
      expect(share(values, (value) => value === one)).toBeCloseTo(0.25, 1);
    }
    const doubling = drawn({ ...linear, low: 1, high: 64, scale: "log", integer: true });
    expect(doubling.every((value) => Number.isInteger(value) && value >= 1 && value <= 64)).toBe(
      true,
    );
    expect(share(doubling, (value) => value <= 8)).toBeGreaterThan(0.4);
  });

  test("choices are equally likely", () => {
    const values = drawn({ key: "clip", choices: [1, 2, 3, 4] });
    for (const one of [1, 2, 3, 4]) {
      expect(share(values, (value) => value === one)).toBeCloseTo(0.25, 1);
    }
  });

  test("a value can be read and given again as it was: four digits", () => {
    for (const value of drawn({ ...linear, low: 1e-4, high: 1e-2, scale: "log" }, 50)) {
      expect(Number(value.toPrecision(4))).toBe(value);
    }
  });
});

describe("trials", () => {
  const parameters = parse("learningRate=1e-4..1e-2:log", "clip=0.1,0.2,0.3");

  test("the same seed gives the same trials, another seed others", () => {
    expect(drawTrials(parameters, 5, 1)).toEqual(drawTrials(parameters, 5, 1));
    expect(drawTrials(parameters, 5, 2)).not.toEqual(drawTrials(parameters, 5, 1));
  });

  test("a trial does not depend on how many there are, nor on other parameters", () => {
    expect(drawTrials(parameters, 20, 1).slice(0, 5)).toEqual(drawTrials(parameters, 5, 1));
    const alone = drawTrials(parameters.slice(0, 1), 5, 1);
    const rates = drawTrials(parameters, 5, 1).map(({ learningRate }) => ({ learningRate }));
    expect(alone).toEqual(rates);
  });

  test("a small space is tried whole before anything is tried twice", () => {
    const trials = drawTrials(parse("clip=0.1,0.2,0.3", "epochs=1,2"), 6, 3);
    expect(new Set(trials.map((trial) => JSON.stringify(trial))).size).toBe(6);
    expect(drawTrials(parse("epochs=1,2"), 5, 3)).toHaveLength(5);
  });
});
