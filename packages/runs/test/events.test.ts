import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRun, memoryDisk, openRun, openShelf, readRun } from "../src/index.js";
import { setup } from "./samples.js";

describe("events", () => {
  test("[V1] lines are kept in order, survive going back, and are seen by readers", () => {
    const disk = memoryDisk();
    const run = createRun("/runs/r-1", setup, { disk });
    const changes: string[] = [];
    run.watch((change) => changes.push(change));
    run.addEvent({ kind: "control", verb: "pause", by: "viewer", steps: 10 });
    run.addEvent({ kind: "saved", steps: 12 });
    const alert = { kind: "alert", rule: "dead-value", level: "warning" } as const;
    run.addEvent({ ...alert, state: "raised", message: "nothing explained", steps: 14 });
    expect(changes).toEqual(["events", "events", "events"]);
    run.rewind(0);
    run.close();
    const { events, next } = readRun("/runs/r-1", { disk }).events(0);
    expect(next).toBe(3);
    expect(events).toMatchObject([
      { kind: "control", verb: "pause", by: "viewer", steps: 10 },
      { kind: "saved", steps: 12 },
      { kind: "alert", rule: "dead-value", state: "raised", message: "nothing explained" },
    ]);
    for (const { at } of events) expect(new Date(at).toISOString()).toBe(at);
    using again = openRun("/runs/r-1", { disk });
    again.addEvent({ kind: "control", verb: "stop", by: "terminal", steps: 20 });
    expect(again.events(3).events).toMatchObject([{ verb: "stop" }]);
  });

  test("[V2] a run without events has no file of them, and none to show", () => {
    const disk = memoryDisk();
    using run = createRun("/runs/r-1", setup, { disk });
    expect(disk.list("/runs/r-1")).not.toContain("events.jsonl");
    expect(run.events(0)).toEqual({ from: 0, next: 0, events: [] });
  });

  test("[R1] a paused run that is closed is stopped, one whose process is gone crashed", () => {
    const disk = memoryDisk();
    const run = createRun("/runs/r-1", setup, { disk });
    run.update({ status: "paused" });
    const lock = disk.read("/runs/r-1/lock", 4096);
    expect(lock.length).toBeGreaterThan(0);
    expect(readRun("/runs/r-1", { disk }).facts().status).toBe("paused");
    disk.remove("/runs/r-1/lock");
    expect(readRun("/runs/r-1", { disk }).facts().status).toBe("crashed");
    disk.append("/runs/r-1/lock").write(lock);
    run.close();
    expect(readRun("/runs/r-1", { disk }).facts().status).toBe("stopped");
  });
});

describe("a shelf of runs", () => {
  test("[V3] names lead to real run folders directly inside, and nowhere else", () => {
    const root = mkdtempSync(join(tmpdir(), "carom-shelf-"));
    try {
      using first = createRun(join(root, "a-1"), setup);
      first.appendMetrics({ steps: 3 });
      mkdirSync(join(root, "b"));
      symlinkSync(join(root, "a-1"), join(root, "c-1"));
      const shelf = openShelf(root);
      expect(shelf.list().map(({ id }) => id)).toEqual(["a-1"]);
      expect(shelf.find("a-1")?.metrics(0).rows).toEqual([{ steps: 3 }]);
      for (const name of ["b", "c-1", "..", ".", "", "a-1/..", "../a-1", "a-1\0", "/a-1"]) {
        expect([name, shelf.find(name)]).toEqual([name, undefined]);
      }
      shelf.close();
      expect(openShelf(join(root, "nothing")).list()).toEqual([]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test("[V3] a run that was open is not followed when a link takes its place", () => {
    const root = mkdtempSync(join(tmpdir(), "carom-shelf-"));
    try {
      createRun(join(root, "a-1"), setup).close();
      createRun(join(root, "b-1"), setup).close();
      const shelf = openShelf(root);
      expect(shelf.find("a-1")?.facts().id).toBe("a-1");
      rmSync(join(root, "a-1"), { recursive: true });
      symlinkSync(join(root, "b-1"), join(root, "a-1"));
      expect(shelf.find("a-1")).toBeUndefined();
      rmSync(join(root, "a-1"));
      createRun(join(root, "a-1"), { ...setup, seed: 99 }).close();
      expect(shelf.find("a-1")?.facts().seed).toBe(99);
      shelf.close();
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test("[V3] at most eight runs stay open", () => {
    const disk = memoryDisk();
    for (let i = 0; i < 12; i++) createRun(`/runs/r-${i}`, setup, { disk }).close();
    const shelf = openShelf("/runs", { disk });
    const readers = Array.from({ length: 12 }, (_, i) => shelf.find(`r-${i}`));
    expect(shelf.find("r-11")).toBe(readers[11]);
    expect(shelf.find("r-0")).not.toBe(readers[0]);
    shelf.close();
  });
});
