/** Runs that are left by a crash, resumed, gone back with, and watched meanwhile. */
import { describe, expect, test } from "vitest";
import type { RunChange } from "../src/api.js";
import { memoryDisk } from "../src/disk-memory.js";
import { openRun, readRun } from "../src/index.js";
import { createRunFor, openRunFor } from "../src/runs.js";
import { faultyDisk } from "./faulty-disk.js";
import {
  codeOf,
  dir,
  episodeOf,
  newRun,
  randomOf,
  replayOf,
  result,
  setup,
  stateOf,
  TestProcesses,
} from "./samples.js";

describe("run folder: resuming", () => {
  test("[R15] going back forgets what came after", () => {
    const { disk, run } = newRun();
    for (let step = 100; step <= 500; step += 100) {
      run.appendMetrics({ steps: step });
      run.addEpisode(replayOf(step / 100), episodeOf({ steps: step, return: step }), "best");
      run.saveCheckpoint(step, stateOf(step), { score: 600 - step });
    }
    run.finish(result);
    const reader = readRun(dir, { disk });
    const next = openRun(dir, { disk });
    expect(next.checkpoints().map((c) => c.step)).toEqual([500, 400, 300, 100]);
    const { step } = next.loadCheckpoint(300);
    next.rewind(step);
    next.appendMetrics({ steps: 310 });
    for (const source of [next, reader]) {
      expect(source.checkpoints().map((c) => c.step)).toEqual([300, 100]);
      expect(source.metrics(0).rows.map((row) => row.steps)).toEqual([100, 200, 300, 310]);
      expect(source.episodes(0).episodes.map((e) => e.steps)).toEqual([100, 200, 300]);
      expect(source.result()).toBe(undefined);
      expect(source.facts().steps).toBe(310);
    }
    expect(next.considerEpisode(episodeOf({ return: 301, steps: 310 }))).toBe("best");
    expect(next.addEpisode(replayOf(9), episodeOf({ steps: 320 }), "best")?.id).toBe("5");
    expect(next.replay("5")).toEqual(replayOf(9));
    next.close();
  });

  test("[R15] whatever call fails on the way back, the run stays resumable from there", () => {
    for (let n = 1; ; n++) {
      const { disk, run } = newRun();
      for (const step of [100, 200, 300]) {
        run.appendMetrics({ steps: step });
        run.saveCheckpoint(step, stateOf(step));
      }
      run.close();
      const faulty = faultyDisk(disk);
      const next = openRun(dir, { disk: faulty });
      faulty.setPlan((at) => (at === n ? "EIO" : undefined));
      const code = codeOf(() => next.rewind(200));
      faulty.setPlan(() => undefined);
      next.rewind(next.loadCheckpoint("latest").step);
      const { step } = next.loadCheckpoint("latest");
      expect(next.metrics(0).rows.at(-1)).toEqual({ steps: step });
      next.close();
      if (code === "none") break;
    }
  });

  test("[R16] killed at a random change and resumed, again and again: always resumable", () => {
    const random = randomOf(11);
    const processes = new TestProcesses();
    const disk = memoryDisk();
    createRunFor(processes, dir, setup, { disk }).close();
    let saved = -1;
    let isSound = true;
    for (let life = 0; life < 100; life++) {
      const dieAt = 1 + Math.floor(random() * 200);
      let isDead = false;
      const dying = faultyDisk(disk, (at) => {
        isDead ||= at >= dieAt;
        return isDead ? "EIO" : undefined;
      });
      codeOf(() => {
        const run = openRunFor(processes, dir, { disk: dying });
        const from = saved < 0 ? 0 : run.loadCheckpoint("latest").step;
        isSound &&= from >= saved;
        run.rewind(from);
        for (let step = from + 1; !isDead; step++) {
          run.appendMetrics({ steps: step });
          run.addEpisode(replayOf(step), episodeOf({ steps: step }), "chosen");
          run.saveCheckpoint(step, stateOf(step));
          saved = step;
        }
      });
      processes.crash();
      const reader = readRun(dir, { disk });
      if (saved >= 0) expect(reader.loadCheckpoint("latest").step).toBeGreaterThanOrEqual(saved);
      for (const { id } of reader.episodes(0).episodes) reader.replay(id);
    }
    expect(isSound).toBe(true);
    expect(saved).toBeGreaterThan(50);
  });
});

describe("run folder: watching", () => {
  test("[R17] the process that writes tells its watchers at once", () => {
    const { run } = newRun();
    const changes: RunChange[] = [];
    const unwatch = run.watch((change) => changes.push(change));
    run.appendMetrics({ steps: 1 });
    run.addEpisode(replayOf(1), episodeOf(), "first");
    run.update({ steps: 1 });
    run.rewind(0);
    expect(changes).toEqual(["metrics", "episodes", "status", "status", "restart"]);
    unwatch();
    run.update({ steps: 0 });
    expect(changes.length).toBe(5);
    run.close();
  });

  test("[R17] other processes look at the files", async () => {
    const { disk, run } = newRun();
    const reader = readRun(dir, { disk, pollMs: 5 });
    const changes: RunChange[] = [];
    reader.watch((change) => changes.push(change));
    const seen = (change: RunChange) => expect.poll(() => changes.includes(change)).toBe(true);
    run.appendMetrics({ steps: 10 });
    await seen("metrics");
    run.addEpisode(replayOf(1), episodeOf(), "first");
    await seen("episodes");
    run.rewind(0);
    await seen("restart");
    run.close();
    await seen("status");
    reader.close();
  });
});
