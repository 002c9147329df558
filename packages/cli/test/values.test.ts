import { describe, expect, test } from "vitest";
import {
  parseAssignments,
  parseChoice,
  parseCount,
  parseDevice,
  parseDuration,
  parseInteger,
  parseNumber,
  parseWhich,
} from "../src/values.js";

describe("parseCount", () => {
  test.each([
    ["1", 1],
    ["20000", 20_000],
    ["500k", 500_000],
    ["40M", 40_000_000],
    ["40m", 40_000_000],
    ["1.5M", 1_500_000],
    ["2B", 2_000_000_000],
    ["1e6", 1_000_000],
    ["2_000_000", 2_000_000],
  ])("%s is %d", (text, count) => expect(parseCount("--steps", text)).toBe(count));

  test.each(["", "0", "-5", "1.5", "M", "1x", "1e400", "0x10", "40 M M", "NaN"])(
    "%j is refused",
    (text) => expect(() => parseCount("--steps", text)).toThrow("--steps expects a whole number"),
  );
});

describe("parseDuration", () => {
  test.each([
    ["90", 90],
    ["90s", 90],
    ["2m", 120],
    ["1h30m", 5400],
    ["0.5h", 1800],
    ["1d", 86_400],
    ["1m 30s", 90],
  ])("%s is %d seconds", (text, seconds) => expect(parseDuration("--time", text)).toBe(seconds));

  test.each(["", "0", "-1", "s", "2 minutes", "1e3", "1:30"])("%j is refused", (text) =>
    expect(() => parseDuration("--time", text)).toThrow("--time expects a time"),
  );
});

test("parseInteger accepts its bounds and names them when it refuses", () => {
  expect(parseInteger("--port", "1", 1, 9)).toBe(1);
  expect(parseInteger("--port", "9", 1, 9)).toBe(9);
  for (const text of ["0", "10", "2.5", "two", ""]) {
    expect(() => parseInteger("--port", text, 1, 9)).toThrow(
      `--port expects a whole number from 1 to 9 (got "${text}")`,
    );
  }
});

test("parseNumber takes any finite number", () => {
  expect(parseNumber("--until-score", "-3.5")).toBe(-3.5);
  for (const text of ["", "abc", "Infinity"]) {
    expect(() => parseNumber("--until-score", text)).toThrow("--until-score expects a number");
  }
});

test("parseChoice lists the choices when it refuses", () => {
  expect(parseChoice("--objective", "area", ["final", "area"])).toBe("area");
  expect(() => parseChoice("--objective", "best", ["final", "area"])).toThrow(
    '--objective expects one of final, area (got "best")',
  );
});

test("parseDevice takes cpu, auto, and GPUs by their number", () => {
  for (const name of ["cpu", "auto", "cuda", "cuda:0", "cuda:12"]) {
    expect(parseDevice("--device", name)).toBe(name);
  }
  for (const name of [
    "gpu",
    "CUDA",
    "cuda:",
    "cuda:-1",
    "cuda:1.5",
    "cuda:1234",
    "reference",
    "",
  ]) {
    expect(() => parseDevice("--device", name)).toThrow(
      `--device expects one of cpu, cuda, auto, or cuda:1 for the second GPU (got "${name}")`,
    );
  }
});

test("parseWhich takes latest, best and env steps", () => {
  const parsed = ["latest", "best", "0", "20096", "2M"].map((text) =>
    parseWhich("--checkpoint", text),
  );
  expect(parsed).toEqual(["latest", "best", 0, 20_096, 2_000_000]);
  expect(() => parseWhich("--checkpoint", "newest")).toThrow(
    '--checkpoint expects latest, best or an env step (got "newest")',
  );
});

describe("parseAssignments", () => {
  test("splits at the first equals sign, and the last of a repeated key counts", () => {
    const parsed = parseAssignments("--set", ["a=1", "hidden=64,64", "note=x=y", "a=2"]);
    expect({ ...parsed }).toEqual({ a: "2", hidden: "64,64", note: "x=y" });
  });

  test("keys such as __proto__ are keys like any other", () => {
    const parsed = parseAssignments("--set", ["__proto__=1"]);
    expect(Object.keys(parsed)).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(parsed)).toBeNull();
  });

  test("a word without equals sign gets a hint about the order of arguments", () => {
    expect(() => parseAssignments("--set", ["breakout"])).toThrow(
      '--set expects key=value (got "breakout"); --set takes all that follows it',
    );
  });
});
