import { expect, test } from "vitest";
import { checkState, packPart, packState, savedPart, unpackState } from "./saved-state.js";

const tree = {
  steps: 7,
  odd: [-0, Number.NaN, Number.POSITIVE_INFINITY, 0.1],
  games: [{ ball: Float64Array.of(-0, 0.1), alive: true, name: null }],
  words: Int32Array.of(-1, 2),
  weight: { dtype: "float32", shape: [1, 2], data: Float32Array.of(1, 2) },
};

test("a tree survives packing, JSON and unpacking, bit for bit", () => {
  const packed = packState("ppo", 1, tree);
  const through = { arrays: packed.arrays, json: JSON.parse(JSON.stringify(packed.json)) };
  expect(unpackState(through, "ppo", 1)).toEqual(tree);
  expect(Object.keys(packed.arrays)).toEqual(["games.0.ball", "words", "weight"]);
});

test("an array with a shape keeps it", () => {
  expect(packState("ppo", 1, tree).arrays.weight.shape).toEqual([1, 2]);
});

test("[B28] saved arrays are copies", () => {
  const words = Int32Array.of(1);
  const packed = packState("ppo", 1, { words });
  words[0] = 2;
  expect(packed.arrays.words.data[0]).toBe(1);
});

test("another algorithm's state, another layout and a lacking array are refused", () => {
  const packed = packState("ppo", 1, tree);
  expect(() => unpackState(packed, "reinforce", 1)).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: reinforce: the saved state is of "ppo" version 1 (expected "reinforce" version 1)]`,
  );
  expect(() => unpackState(packed, "ppo", 2)).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: ppo: the saved state is of "ppo" version 1 (expected "ppo" version 2)]`,
  );
  const robbed = { ...packed, arrays: {} };
  expect(() => unpackState(robbed, "ppo", 1)).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: the saved state lacks its array "games.0.ball"]`,
  );
});

test("a part that a policy is made from can be read, and is refused as a whole state", () => {
  const packed = packPart("ppo", 1, { steps: 7 });
  const through = { arrays: packed.arrays, json: JSON.parse(JSON.stringify(packed.json)) };
  checkState(through, "ppo", 1);
  expect(savedPart(through, "steps")).toBe(7);
  expect(() => checkState(through, "a2c", 1)).toThrow(/of "ppo" version 1 \(expected "a2c"/);
  expect(() => unpackState(through, "ppo", 1)).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: ppo: the saved state holds only a policy, from which no training goes on (expected what save() gave)]`,
  );
});
