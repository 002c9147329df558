import type { RunFacts } from "@carom/runs/formats";
import { expect, test } from "vitest";
import { differences } from "./differences.js";

const base: RunFacts = {
  ...{ id: "a-1", game: "breakout", variant: "classic", gameVersion: 1, algo: "ppo", seed: 1 },
  ...{ device: "cpu", threads: 2, totalSteps: 1000, versions: {}, status: "finished", steps: 9 },
  ...{ startedAt: "2026-01-01T00:00:00.000Z", config: { gamma: 0.99, hidden: [64, 64] } },
};

test("only settings that differ are told, in the order of the runs", () => {
  const other = { ...base, id: "b-1", seed: 2, config: { gamma: 0.9, hidden: [64, 64] } };
  expect(differences([base, other])).toEqual([
    { name: "seed", values: ["1", "2"] },
    { name: "gamma", values: ["0.99", "0.9"] },
  ]);
});

test("a setting that a run lacks is a dash; nested and listed ones are compared whole", () => {
  const other = { ...base, config: { gamma: 0.99, hidden: [64, 32], schedule: { end: 5 } } };
  expect(differences([base, other])).toEqual([
    { name: "hidden", values: ["64, 64", "64, 32"] },
    { name: "schedule.end", values: ["\u2013", "5"] },
  ]);
  expect(differences([base, { ...base, id: "c-1", steps: 500 }])).toEqual([]);
});

test("so are versions: what made a run", () => {
  const commit = "0123456789abcdef0123456789abcdef01234567";
  const made = { ...base, versions: { node: "24.1.0", commit } };
  const other = { ...made, versions: { node: "24.1.0", commit: `${commit}-dirty` } };
  expect(differences([made, other])).toEqual([
    { name: "version.commit", values: [commit, `${commit}-dirty`] },
  ]);
});
