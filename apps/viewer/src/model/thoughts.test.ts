import { expect, test } from "vitest";
import { barOf, listed, preferred, ThoughtLog } from "./thoughts.js";

function logOf(at: readonly number[], probabilities?: readonly number[]): ThoughtLog {
  const log = new ThoughtLog();
  log.add({
    at: Int32Array.from(at),
    values: Float32Array.from(at, (step) => step / 10),
    ...(probabilities && { probabilities: Float32Array.from(probabilities) }),
  });
  return log;
}

test("parts of any number come together in order", () => {
  const log = new ThoughtLog();
  for (let step = 0; step < 1000; step++) {
    log.add({
      at: Int32Array.of(step),
      values: Float32Array.of(step),
      actionValues: Float32Array.of(step, -step),
    });
  }
  expect(log.count).toBe(1000);
  expect(log.values[999]).toBe(999);
  expect(log.kind).toBe("value");
  expect(log.choicesAt(700).map(({ weight }) => weight)).toEqual([700, -700]);
});

test("a decision that skips frames holds until the next one; what has not come yet is not known", () => {
  const log = logOf([0, 4, 8]);
  expect([0, 3, 4, 7].map((step) => log.valueAt(step))).toEqual([
    0,
    0,
    Math.fround(0.4),
    Math.fround(0.4),
  ]);
  expect(log.valueAt(8)).toBe(Math.fround(0.8));
  expect(log.valueAt(9)).toBe(undefined);
  log.isWhole = true;
  expect(log.valueAt(11)).toBe(Math.fround(0.8));
});

test("before the first decision, and without any, nothing is known", () => {
  expect(logOf([5]).valueAt(3)).toBe(undefined);
  expect(new ThoughtLog().valueAt(0)).toBe(undefined);
  expect(new ThoughtLog().choicesAt(0)).toEqual([]);
});

test("what is not allowed has no bar and is never preferred", () => {
  const log = new ThoughtLog();
  log.add({
    at: Int32Array.of(0),
    values: Float32Array.of(1),
    actionValues: Float32Array.of(9, 1, 3),
    allowed: Uint8Array.of(0, 1, 1),
  });
  const choices = log.choicesAt(0);
  expect(preferred(choices)?.action).toBe(2);
  expect(choices.map((one) => barOf(one, choices, "value"))).toEqual([0, 0.06, 1]);
});

test("probabilities are their own bars", () => {
  const log = logOf([0], [0.25, 0.75]);
  const choices = log.choicesAt(0);
  expect(choices.map((one) => barOf(one, choices, log.kind))).toEqual([0.25, 0.75]);
});

test("many choices are listed by weight, and the one that was taken is among them", () => {
  const weights = Array.from({ length: 10 }, (_, i) => i / 45);
  const choices = logOf([0], weights).choicesAt(0);
  expect(listed(choices, 3, 8).map(({ action }) => action)).toEqual([9, 8, 7]);
  expect(listed(choices, 3, 1).map(({ action }) => action)).toEqual([9, 8, 1]);
  expect(listed(choices.slice(0, 3), 3, 1).map(({ action }) => action)).toEqual([0, 1, 2]);
});
