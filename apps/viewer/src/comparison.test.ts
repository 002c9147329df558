import type { RunFacts } from "@carom/runs/formats";
import { afterEach, expect, test } from "vitest";
import { Comparison } from "./comparison.js";
import { quietApi } from "./net/testing.js";
import { RunList } from "./run-list.js";

/** Milliseconds between two looks, and how many of them are long. */
const pause = 3;
const long = 40;

let open: Comparison | undefined;
afterEach(() => open?.dispose());

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
  const quiet = () => {};
  const list = new RunList(api, () => "own", quiet);
  const comparison = new Comparison(api, list, quiet, pause);
  open = comparison;
  await list.refresh();
  comparison.toggle("other");
  return { comparison, other };
}

/** Resolves after a timer of the same pause went off so often: as often as the comparison's could. */
function pauses(count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const timer = setInterval(() => {
      if (--left > 0) return;
      clearInterval(timer);
      resolve();
    }, pause);
  });
}

test("a run that trains is looked at until it has ended", async () => {
  const { comparison, other } = await setting();
  await expect.poll(() => other.looks).toBeGreaterThan(30);
  other.run = { ...other.run, status: "finished" };
  const before = other.looks;
  await expect.poll(() => comparison.list.runs?.[0]?.status).toBe("finished");
  await expect.poll(() => other.looks).toBeGreaterThan(before); // what it wrote last
  await pauses(2); // the look at which it is seen to have ended
  const after = other.looks;
  await pauses(long);
  expect(other.looks).toBe(after);
});

test("nobody looks any more after the end of the page", async () => {
  const { comparison, other } = await setting();
  await expect.poll(() => other.looks).toBeGreaterThan(10);
  comparison.dispose();
  const before = other.looks;
  await pauses(long);
  expect(other.looks).toBe(before);
  expect(comparison.chosen).toEqual([]);
});
