import type { SavedState } from "@carom/agents";
import type { LoadedCheckpoint } from "@carom/runs";
import { expect, test } from "vitest";
import { packCheckpoint, unpackCheckpoint } from "../src/checkpoint.js";
import { Progress } from "../src/progress.js";

const state: SavedState = {
  arrays: {
    "parameters.actor.weight": { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) },
    "optimizer.m": { dtype: "float32", shape: [1], data: Float32Array.of(3) },
    random: { dtype: "int32", shape: [1], data: Int32Array.of(4) },
  },
  json: { algo: "ppo", counters: { steps: 5 } },
};
const progress = new Progress().save();
const limits = { steps: 100, seconds: 60, score: null };

/** A checkpoint as the run folder gives it back. */
function loaded(changes: Partial<LoadedCheckpoint> = {}): LoadedCheckpoint {
  const stored = packCheckpoint(state, { progress, limits });
  const info = { name: "step-5", step: 5, score: null, savedAt: "", bytes: 0, skipped: [] };
  return { ...info, arrays: stored.arrays, json: stored.json, ...changes };
}

test("each part of the trainer has its own file; the parameters are the model", () => {
  expect(Object.keys(packCheckpoint(state, { progress, limits }).arrays)).toEqual([
    "model/parameters.actor.weight",
    "optimizer/optimizer.m",
    "random/random",
  ]);
});

test("what was packed comes back", () => {
  expect(unpackCheckpoint(loaded())).toEqual({ state, progress, limits });
});

test.each([
  ["no object", []],
  ["no trainer", { progress, limits }],
  ["no progress", { trainer: {}, limits }],
  ["damaged progress", { trainer: {}, limits, progress: { ...progress, window: "many" } }],
  ["no limits", { trainer: {}, progress }],
])("%s: foreign, in one sentence", (_name, json) => {
  expect(() => unpackCheckpoint(loaded({ json }))).toThrow(
    "checkpoint step-5 was not made by carom train",
  );
});
