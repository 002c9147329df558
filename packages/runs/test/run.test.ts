/** A whole run folder: made, written, read meanwhile, ended. Resuming: run-resume.test.ts. */
import { describe, expect, test } from "vitest";
import { type MemoryDisk, memoryDisk } from "../src/disk-memory.js";
import type { RunError } from "../src/errors.js";
import { createRun, freshRunFolder, listRuns, openRun, readRun } from "../src/index.js";
import { createRunFor, openRunFor } from "../src/runs.js";
import { faultyDisk } from "./faulty-disk.js";
import {
  codeOf,
  dir,
  episodeOf,
  inFolder,
  newRun,
  replayOf,
  result,
  setup,
  stateOf,
  TestProcesses,
} from "./samples.js";

function textOf(disk: MemoryDisk, name: string): string {
  return new TextDecoder().decode(disk.read(`${dir}/${name}`, 1e7));
}

describe("run folder", () => {
  test("[R1] a new run has its facts, folders and lock", () => {
    const { disk, run } = newRun();
    expect(disk.list(dir)).toEqual([
      "checkpoints",
      "episodes",
      "lock",
      "metrics.jsonl",
      "run.json",
    ]);
    expect(run.facts()).toMatchObject({
      ...setup,
      id: "breakout-ppo-1",
      status: "running",
      steps: 0,
    });
    expect(Date.parse(run.facts().startedAt)).toBeGreaterThan(0);
    run.close();
    expect(disk.list(dir)).toEqual(["checkpoints", "episodes", "metrics.jsonl", "run.json"]);
    expect(readRun(dir, { disk }).facts().status).toBe("stopped");
    run.close();
  });

  test("[R2] a folder that holds a run is not made anew, one in use is not taken", () => {
    const { disk, run } = newRun();
    expect(codeOf(() => createRun(dir, setup, { disk }))).toBe("FOLDER_IN_USE");
    expect(codeOf(() => openRun(dir, { disk }))).toBe("FOLDER_IN_USE");
    run.close();
    expect(codeOf(() => createRun(dir, setup, { disk }))).toBe("RUN_EXISTS");
    expect(codeOf(() => openRun("/runs/none", { disk }))).toBe("RUN_NOT_FOUND");
    expect(codeOf(() => readRun("/none/at/all", { disk }))).toBe("RUN_NOT_FOUND");
    openRun(dir, { disk }).close();
  });

  test("[R2] names and setups that cannot be are refused", () => {
    const disk = memoryDisk();
    for (const name of ["a b", ".hidden", "-x", "ü"]) {
      expect(codeOf(() => createRun(`/runs/${name}`, setup, { disk }))).toBe("INVALID_ARGUMENT");
    }
    const wrong = { ...setup, seed: -1 };
    expect(codeOf(() => createRun("/runs/a", wrong, { disk }))).toBe("INVALID_ARGUMENT");
    expect(disk.look("/runs")).toBe(undefined);
  });

  test("[R3] fresh folders count up and never collide", () => {
    const disk = memoryDisk();
    expect(freshRunFolder("/runs", "a-b", { disk })).toBe("/runs/a-b-1");
    expect(freshRunFolder("/runs", "a-b", { disk })).toBe("/runs/a-b-2");
    expect(codeOf(() => freshRunFolder("/runs", "../a", { disk }))).toBe("INVALID_ARGUMENT");
    createRun("/runs/a-b-2", setup, { disk }).close();
  });

  test("[R4] a damaged run.json is said to be damaged", () => {
    for (const text of ["", "{", '{"format":2}', '{"__proto__":1}']) {
      const { disk, run } = newRun();
      run.close();
      disk.remove(`${dir}/run.json`);
      disk.create(`${dir}/run.json`).write(new TextEncoder().encode(text));
      expect(codeOf(() => readRun(dir, { disk }))).toBe("RUN_CORRUPT");
      expect(codeOf(() => openRun(dir, { disk }))).toBe("RUN_CORRUPT");
      const [listed] = listRuns("/runs", { disk });
      expect(listed).toMatchObject({ id: "breakout-ppo-1", problem: { code: "RUN_CORRUPT" } });
    }
  });

  test("[R5] runs are listed, newest first", () => {
    const disk = memoryDisk();
    for (const id of ["a-1", "a-2"]) createRun(`/runs/${id}`, setup, { disk }).close();
    disk.makeFolder("/runs/other");
    const ids = listRuns("/runs", { disk }).map((run) => run.id);
    expect(ids.sort()).toEqual(["a-1", "a-2"]);
    expect(listRuns("/none", { disk })).toEqual([]);
  });

  test("[R6] status and steps: as written, as measured, and crashed when the process is gone", () => {
    const disk = memoryDisk();
    const processes = new TestProcesses();
    const run = createRunFor(processes, dir, setup, { disk });
    run.appendMetrics({ steps: 250 });
    expect(run.facts()).toMatchObject({ status: "running", steps: 250 });
    run.update({ steps: 300 });
    expect(run.facts().steps).toBe(300);
    processes.crash();
    expect(run.facts().status).toBe("crashed");
    const next = openRunFor(processes, dir, { disk });
    expect(next.facts()).toMatchObject({ status: "running", steps: 300 });
    expect(codeOf(() => run.update({ steps: 1 }))).toBe("LOCK_LOST");
    expect(codeOf(() => run.saveCheckpoint(1, stateOf(1)))).toBe("LOCK_LOST");
    next.close();
  });

  test("[R7] the result ends the run", () => {
    const { disk, run } = newRun();
    expect(run.result()).toBe(undefined);
    run.finish(result);
    const reader = readRun(dir, { disk });
    expect(reader.result()).toEqual(result);
    expect(reader.facts()).toMatchObject({ status: "finished", steps: 500 });
    expect(disk.look(`${dir}/lock`)).toBe(undefined);
    const again = openRun(dir, { disk });
    again.update({ status: "crashed", totalSteps: 200_000 });
    again.close();
    const after = readRun(dir, { disk }).facts();
    expect(after).toMatchObject({ status: "crashed", totalSteps: 200_000 });
  });

  test("[R7] a result that cannot be written still gives the lock back", () => {
    const { disk, run } = newRun();
    run.close();
    const faulty = faultyDisk(disk);
    const next = openRun(dir, { disk: faulty });
    faulty.setPlan((_, call) => (/create .*tmp/.test(call) ? "ENOSPC" : undefined));
    expect(codeOf(() => next.finish(result))).toBe("DISK_FULL");
    expect(disk.look(`${dir}/lock`)).toBe(undefined);
    expect(codeOf(() => newRun().run.finish({ ...result, steps: -1 }))).toBe("INVALID_ARGUMENT");
  });

  test("[R8] temporary files of a process that died are removed", () => {
    const { disk, run } = newRun();
    run.close();
    disk.makeFolder(`${dir}/checkpoints/.tmp-77-abc`);
    disk.create(`${dir}/checkpoints/.tmp-77-abc/model.safetensors`);
    disk.create(`${dir}/.tmp-77-run`);
    disk.create(`${dir}/lock-stale-1`);
    openRun(dir, { disk }).close();
    expect(disk.list(`${dir}/checkpoints`)).toEqual([]);
    expect(disk.list(dir)).toEqual(["checkpoints", "episodes", "metrics.jsonl", "run.json"]);
  });
});

describe("run folder: metrics", () => {
  test("[R9] rows are read while they are written, by number", () => {
    const { disk, run } = newRun();
    const reader = readRun(dir, { disk });
    run.appendMetrics({ steps: 1, score: Number.NaN });
    for (let i = 2; i <= 5; i++) run.appendMetrics({ steps: i, note: "x" });
    run.close();
    expect(reader.metrics(0)).toEqual({
      ...{ from: 0, next: 5 },
      rows: [
        { steps: 1, score: Number.NaN },
        ...[2, 3, 4, 5].map((steps) => ({ steps, note: "x" })),
      ],
    });
    expect(reader.metrics(3, 1)).toEqual({ from: 3, next: 4, rows: [{ steps: 4, note: "x" }] });
    expect(reader.metrics(5)).toEqual({ from: 5, next: 5, rows: [] });
    expect(reader.metrics(6).from).toBe(0);
    expect(reader.counts()).toEqual({ metrics: 5, episodes: 0, policies: 0, events: 0 });
  });

  test("[R9] a row is on disk within a second of its coming", async () => {
    const { disk, run } = newRun();
    run.appendMetrics({ steps: 1 });
    run.appendMetrics({ steps: 2 });
    await expect.poll(() => textOf(disk, "metrics.jsonl")).toContain("2");
    run.close();
  });

  test("[R10] a full disk is reported once, and again when it is over; nothing is lost", () => {
    const disk = memoryDisk();
    const faulty = faultyDisk(disk);
    const problems: (RunError | undefined)[] = [];
    const onProblem = (problem: RunError | undefined): void => void problems.push(problem);
    const run = createRun(dir, setup, { disk: faulty, onProblem });
    run.saveCheckpoint(1, stateOf(1));
    faulty.setPlan((_, call) => (/^(write|create|append)/.test(call) ? "ENOSPC" : undefined));
    for (let i = 0; i < 50; i++) run.appendMetrics({ steps: i });
    expect(run.addEpisode(replayOf(1), episodeOf(), "chosen")).toBe(undefined);
    expect(codeOf(() => run.saveCheckpoint(2, stateOf(2)))).toBe("DISK_FULL");
    expect(run.addEpisode(replayOf(1), episodeOf(), "chosen")).toBe(undefined);
    expect(problems.map((problem) => problem?.code)).toEqual(["DISK_FULL"]);
    expect(run.loadCheckpoint("latest").step).toBe(1);
    faulty.setPlan(() => undefined);
    run.saveCheckpoint(3, stateOf(3));
    run.addEpisode(replayOf(2), episodeOf(), "chosen");
    expect(problems.slice(1)).toEqual([undefined]);
    run.close();
    const reader = readRun(dir, { disk });
    expect(reader.counts()).toEqual({ metrics: 50, episodes: 1, policies: 0, events: 0 });
    expect(reader.loadCheckpoint("latest").step).toBe(3);
  });

  test("a row that is none is refused", () => {
    const { run } = newRun();
    const row = { steps: 1, note: "x".repeat(20_000) };
    expect(codeOf(() => run.appendMetrics(row))).toBe("INVALID_ARGUMENT");
    run.close();
  });
});

describe("run folder: episodes", () => {
  test("[R11] replays come back byte by byte, also for other readers", () => {
    const { disk, run } = newRun();
    const reader = readRun(dir, { disk });
    const first = run.addEpisode(replayOf(1), episodeOf({ return: 3 }), "first");
    expect(first).toEqual({ id: "0", ...episodeOf({ return: 3 }), reason: "first" });
    run.addEpisode(new Uint8Array(0), episodeOf({ return: 4 }), "best");
    run.addEpisode(replayOf(3, 5000), episodeOf({ return: 5 }), "best");
    for (const source of [run, reader]) {
      expect(source.replay("0")).toEqual(replayOf(1));
      expect(source.replay("1")).toHaveLength(0);
      expect(source.replay("2")).toEqual(replayOf(3, 5000));
      const page = source.episodes(1);
      expect([page.from, page.next, page.episodes.map((e) => e.id)]).toEqual([1, 3, ["1", "2"]]);
      for (const id of ["3", "", "../0", "0/../1", "00", "-1", "1.0", "constructor"]) {
        expect([id, codeOf(() => source.replay(id))]).toEqual([id, "EPISODE_NOT_FOUND"]);
      }
    }
    run.close();
  });

  test("[R12] damage to a replay is found out", () => {
    const { disk, run } = newRun();
    run.addEpisode(replayOf(1), episodeOf(), "first");
    run.close();
    const bytes = disk.read(`${dir}/episodes/pack-0.bin`, 1e6);
    bytes[50] = 9;
    disk.remove(`${dir}/episodes/pack-0.bin`);
    disk.create(`${dir}/episodes/pack-0.bin`).write(bytes);
    expect(codeOf(() => readRun(dir, { disk }).replay("0"))).toBe("EPISODE_CORRUPT");
    disk.append(`${dir}/episodes/pack-0.bin`).truncate(10);
    expect(codeOf(() => readRun(dir, { disk }).replay("0"))).toBe("EPISODE_CORRUPT");
  });

  test("[R13] old replays go when there are too many bytes, never the first or the best", () => {
    const disk = memoryDisk();
    const run = createRun(dir, setup, { disk, maxEpisodeBytes: 16 << 20 });
    const megabytes = 2 << 20;
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) {
      const facts = episodeOf({ return: i === 5 ? 99 : 1, steps: i });
      const entry = run.addEpisode(replayOf(i, megabytes), facts, i === 0 ? "first" : "newest");
      ids.push(entry?.id ?? "none");
    }
    const shown = run.episodes(0).episodes.map((entry) => Number(entry.id));
    expect(run.counts().episodes).toBe(20);
    expect(shown).toContain(0);
    expect(shown).toContain(5);
    expect(shown).toContain(19);
    expect(shown.length).toBeLessThanOrEqual(9);
    for (const id of ids) {
      const isShown = shown.includes(Number(id));
      expect(codeOf(() => run.replay(id))).toBe(isShown ? "none" : "EPISODE_NOT_FOUND");
    }
    run.close();
  });

  test("[R14] a resumed run goes on numbering and knows its best", () => {
    const { disk, run } = newRun();
    expect(run.considerEpisode(episodeOf({ return: 5 }))).toBe("first");
    run.addEpisode(replayOf(1), episodeOf({ return: 5 }), "first");
    run.close();
    const next = openRun(dir, { disk });
    expect(next.considerEpisode(episodeOf({ return: 5, steps: 20 }))).toBe(undefined);
    expect(next.considerEpisode(episodeOf({ return: 6, steps: 30 }))).toBe("best");
    expect(next.addEpisode(replayOf(2), episodeOf({ return: 6 }), "best")?.id).toBe("1");
    expect(next.replay("0")).toEqual(replayOf(1));
    next.close();
  });

  test("facts that cannot be are refused", () => {
    const { run } = newRun();
    const wrong = episodeOf({ return: Number.NaN });
    expect(codeOf(() => run.addEpisode(replayOf(1), wrong, "best"))).toBe("INVALID_ARGUMENT");
    run.close();
  });
});

describe("run folder on the file system", () => {
  test("[R1] the whole life of a run", () => {
    inFolder((root) => {
      const path = freshRunFolder(`${root}/runs`, "breakout-ppo");
      const run = createRun(path, setup);
      expect(codeOf(() => openRun(path))).toBe("FOLDER_IN_USE");
      for (let step = 1; step <= 5; step++) {
        run.appendMetrics({ steps: step });
        run.addEpisode(replayOf(step), episodeOf({ steps: step }), "chosen");
        run.saveCheckpoint(step, stateOf(step), { score: -step });
      }
      run.finish(result);
      const [listed] = listRuns(`${root}/runs`);
      expect(listed).toMatchObject({ id: "breakout-ppo-1", facts: { status: "finished" } });
      const reader = readRun(path);
      expect(reader.checkpoints().map((c) => c.step)).toEqual([5, 4, 3, 1]);
      expect(reader.loadCheckpoint("best").json).toMatchObject({ mark: 1 });
      expect(reader.counts()).toEqual({ metrics: 5, episodes: 5, policies: 0, events: 0 });
      expect(reader.replay("4")).toEqual(replayOf(5));
      using next = openRun(path);
      next.rewind(next.loadCheckpoint("latest").step);
      expect(next.facts()).toMatchObject({ status: "running", steps: 5 });
    });
  });
});
