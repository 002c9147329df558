import type { RunFacts } from "@carom/runs/formats";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Comparison } from "./comparison.js";
import { quietApi } from "./net/testing.js";
import { RunList } from "./run-list.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A list with one other run, and how often its metrics were asked for. */
async function setting() {
  const run: RunFacts = {
    ...{ id: "other", game: "breakout", variant: "default", algo: "ppo", seed: 1, gameVersion: 1 },
    ...{ config: {}, device: "cpu", threads: 1, totalSteps: 1e6, versions: {}, status: "running" },
    ...{ steps: 0, startedAt: "2026-01-01T00:00:00Z" },
  };
  const other = { run, looks: 0 };
  const api = {
    ...quietApi,
    runs: async () => [other.run],
    metricsOf: async () => {
      other.looks++;
      return { from: 0, next: 0, rows: [] };
    },
  };
  const comparison = new Comparison(
    api,
    new RunList(
      api,
      () => "own",
      () => {},
    ),
    () => {},
  );
  await comparison.list.refresh();
  comparison.toggle("other");
  return { comparison, other };
}

const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000);

test("a run that trains is looked at until it has ended", async () => {
  const { other } = await setting();
  await minutes(2);
  const before = other.looks;
  expect(before).toBeGreaterThan(30);
  other.run = { ...other.run, status: "finished" };
  await minutes(1);
  const after = other.looks;
  expect(after).toBeGreaterThan(before); // what it wrote last
  await minutes(5);
  expect(other.looks).toBe(after);
});

test("nobody looks any more after the end of the page", async () => {
  const { comparison, other } = await setting();
  await minutes(1);
  const before = other.looks;
  expect(before).toBeGreaterThan(10);
  comparison.dispose();
  await minutes(5);
  expect(other.looks).toBe(before);
  expect(comparison.chosen).toEqual([]);
});
