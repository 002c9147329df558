/** What a file says of the episode, and which run's algorithm goes with a policy. */
import type { EpisodeEntry, PolicyEntry, RunFacts } from "@carom/runs/formats";
import { expect, test } from "vitest";
import type { Branch } from "../model/branches.js";
import type { KeptPolicy } from "../policy/protocol.js";
import { decodeParts, encodeParts } from "../share/page-parts.js";
import { aboutShow, policyPart } from "./share-page.js";

const own: RunFacts = {
  ...{ id: "own", game: "catch", variant: "default", algo: "ppo", seed: 1, gameVersion: 1 },
  ...{ config: { clip: 0.2 }, device: "cpu", threads: 1, totalSteps: 1e6, versions: {} },
  ...{ status: "running", steps: 0, startedAt: "2026-01-01T00:00:00Z" },
};
const other: RunFacts = { ...own, id: "other", algo: "dqn", config: { doubleQ: true } };
const kept: PolicyEntry = { id: "3", steps: 12_000, score: null, bytes: 1, crc: 7 };
const entry: EpisodeEntry = {
  ...{ id: "5", env: 1, episode: 2, seed: 3, length: 60, return: 4, terminated: true },
  ...{ steps: 5, reason: "best" },
};
const branch: Branch = {
  ...{ id: "b-1", name: "Over the wall", at: 4, length: 60, return: 4, terminated: true },
  ...{ parent: { kind: "episode", id: "5", title: "Episode 3" }, root: entry, passages: [] },
  ...{
    comparison: { sameMoment: 0, atEnd: 0 },
    createdAt: own.startedAt,
    replay: new Uint8Array(),
  },
};

test("a policy goes with its own run's algorithm and settings, and its own run's file", async () => {
  const asked: KeptPolicy[] = [];
  const file = async (policy: KeptPolicy) => {
    asked.push(policy);
    return Uint8Array.of(policy.run ? 2 : 1);
  };
  const foreign = { ...kept, run: other };
  expect(await policyPart(foreign, { facts: own }, file)).toEqual({
    ...{ bytes: Uint8Array.of(2), steps: 12_000, algo: "dqn", config: { doubleQ: true } },
  });
  expect(await policyPart(kept, { facts: own }, file)).toEqual({
    ...{ bytes: Uint8Array.of(1), steps: 12_000, algo: "ppo", config: { clip: 0.2 } },
  });
  expect(asked).toEqual([foreign, kept]);
});

test("an episode of the run is told as its index has it", () => {
  expect(aboutShow({ entry }, { facts: own })).toEqual({ entry, run: "own" });
  expect(aboutShow({ entry }, { facts: undefined })).toEqual({ entry });
});

test.each([
  [{ entry: { ...entry, id: "b-1" }, branch }, "Over the wall", "own"],
  [{ entry: { ...entry, id: "3-7 5 best" }, performer: kept }, "Policy of step 12.0k", "own"],
  [
    { entry: { ...entry, id: "3-7@other@x 5 best" }, performer: { ...kept, run: other } },
    ...(["Policy of step 12.0k", "other"] as const),
  ],
])("what no index has is told by its name, in words that a file takes", (show, name, run) => {
  const about = aboutShow(show, { facts: own });
  expect(about).toEqual({ entry: { ...entry, id: "0" }, name, run });
  const parts = { title: "Catch", replay: Uint8Array.of(1), step: 0, ...about };
  expect(decodeParts(encodeParts(parts))).toEqual(parts);
});
