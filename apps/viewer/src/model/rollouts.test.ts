import { expect, test } from "vitest";
import { optionsAt, outcomeOf, type Rollout } from "./rollouts.js";

function rollout(rewards: readonly number[], terminated = false): Rollout {
  const { length } = rewards;
  return {
    actions: new Uint8Array(length),
    length,
    terminated,
    rewards: Float32Array.from(rewards),
  };
}

test("an outcome counts what came from the action on", () => {
  const tries = [rollout([5, 1, 0, 2]), rollout([5, -1], true)];
  const outcome = { count: 2, mean: 1, least: -1, most: 3, ends: 1 };
  expect(outcomeOf(tries, 1)).toEqual(outcome);
  expect(outcomeOf([], 1)).toBeUndefined();
});

test("options are those of the first decision, heaviest first, without what is not allowed", () => {
  const thoughts = {
    at: Int32Array.of(7, 8),
    values: Float32Array.of(0, 0),
    probabilities: Float32Array.of(0.125, 0.5, 0.375, 0, 1, 0, 0, 0),
    allowed: Uint8Array.of(1, 1, 1, 0, 1, 1, 1, 1),
  };
  const actions = (most: number, taken?: number) =>
    optionsAt(thoughts, most, taken).map(({ action }) => action);
  expect(actions(4)).toEqual([1, 2, 0]);
  expect(actions(2)).toEqual([1, 2]);
  expect(actions(2, 0)).toEqual([1, 0]);
  expect(optionsAt({ at: Int32Array.of(7), values: Float32Array.of(0) }, 4, 0)).toEqual([]);
});
