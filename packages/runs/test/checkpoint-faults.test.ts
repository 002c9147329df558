/**
 * Saving under failure, after SQLite's way: let the n-th change of the disk fail, for n = 1, 2, ...
 * until saving succeeds, and look at what is there each time. Once as an error, once as the death
 * of the process, once as the loss of power at that moment.
 */
import { describe, expect, test } from "vitest";
import {
  type CheckpointFolder,
  loadCheckpoint,
  pruneCheckpoints,
  saveCheckpoint,
} from "../src/checkpoints.js";
import type { Disk } from "../src/disk.js";
import { type MemoryDisk, memoryDisk } from "../src/disk-memory.js";
import { faultyDisk } from "./faulty-disk.js";
import { codeOf, randomOf, stateOf } from "./samples.js";

const origin = { run: "r-1", game: "breakout", variant: "default", gameVersion: 2, algo: "ppo" };
const powerLosses = 40;

function over(disk: Disk): CheckpointFolder {
  return { disk, path: "/c", origin };
}

/** A disk with two good checkpoints, all of it synced. */
function prepared(): MemoryDisk {
  const disk = memoryDisk();
  disk.makeFolder("/c");
  disk.syncFolder("/");
  for (const step of [1, 2]) saveCheckpoint(over(disk), step, stateOf(step));
  return disk;
}

/** The newest state that loads must be the old one or, complete, the new one. */
function checkLoads(disk: Disk, isNewAllowed = true): number {
  const { step, json } = loadCheckpoint(over(disk), "latest");
  expect(isNewAllowed ? [2, 3] : [2]).toContain(step);
  expect(json).toMatchObject({ mark: step });
  return step;
}

/** Saves step 3 and keeps two, with the n-th change failing; returns the code, "none" at the end. */
function saveFailing(disk: MemoryDisk, n: number, code: string): string {
  const faulty = faultyDisk(disk, (at) => (at === n ? code : undefined));
  return codeOf(() => {
    saveCheckpoint(over(faulty), 3, stateOf(3));
    pruneCheckpoints(over(faulty), 2);
  });
}

describe("saving a checkpoint while the disk fails", () => {
  const expected = [
    ["ENOSPC", "DISK_FULL"],
    ["EDQUOT", "DISK_FULL"],
    ["EIO", "DISK_ERROR"],
    ["EACCES", "FOLDER_NOT_WRITABLE"],
    ["EROFS", "FOLDER_NOT_WRITABLE"],
  ] as const;

  test.each(expected)(
    "[C9] %s at the n-th change: the old one loads, the error is %s",
    (system, code) => {
      let failures = 0;
      for (let n = 1; ; n++) {
        const disk = prepared();
        const got = saveFailing(disk, n, system);
        checkLoads(disk);
        if (got === "none") break;
        expect([code, system]).toContain(got);
        expect(disk.list("/c").filter((name) => name.startsWith(".tmp-")).length).toBeLessThan(2);
        failures++;
        saveCheckpoint(over(disk), 4, stateOf(4));
        expect(loadCheckpoint(over(disk), "latest").step).toBe(4);
      }
      // Folder, 4 files and the manifest with 3 changes each, sync, rename, sync, and the pruning.
      expect(failures).toBeGreaterThanOrEqual(1 + 5 * 3 + 3 + 2);
    },
  );

  test("[C9] a failed save says so and leaves no folder behind", () => {
    for (let n = 1; n <= 16; n++) {
      const disk = prepared();
      expect(saveFailing(disk, n, "ENOSPC")).toBe("DISK_FULL");
      expect(disk.list("/c")).toEqual(["step-1", "step-2"]);
      checkLoads(disk, false);
    }
  });

  test("[C10] the process dies at the n-th change: the old one or the new one loads", () => {
    const seen = new Set<number>();
    for (let n = 1; ; n++) {
      const disk = prepared();
      let isDead = false;
      const dying = faultyDisk(disk, (at) => {
        isDead ||= at === n;
        return isDead ? "EIO" : undefined;
      });
      const code = codeOf(() => {
        saveCheckpoint(over(dying), 3, stateOf(3));
        pruneCheckpoints(over(dying), 2);
      });
      seen.add(checkLoads(disk));
      if (code === "none") break;
    }
    expect([...seen].sort()).toEqual([2, 3]);
  });

  test("[C11] the power fails at the n-th change: the old one or the new one loads", () => {
    for (let n = 1; ; n++) {
      const disk = prepared();
      let isDead = false;
      const dying = faultyDisk(disk, (at) => {
        isDead ||= at === n;
        return isDead ? "EIO" : undefined;
      });
      const code = codeOf(() => {
        saveCheckpoint(over(dying), 3, stateOf(3));
        pruneCheckpoints(over(dying), 2);
      });
      for (let seed = 0; seed < powerLosses; seed++) {
        const after = disk.afterPowerLoss(randomOf(1000 * n + seed));
        const step = checkLoads(after);
        // A save that returned is durable.
        if (code === "none") expect(step).toBe(3);
        saveCheckpoint(over(after), 5, stateOf(5));
        expect(loadCheckpoint(over(after), "latest").step).toBe(5);
      }
      if (code === "none") break;
    }
  });

  test("[C11] a hundred saves with power failing at random moments never lose what was saved", () => {
    const random = randomOf(77);
    let disk = prepared();
    let saved = 2;
    for (let step = 3; step < 103; step++) {
      const dieAt = 1 + Math.floor(random() * 40);
      let isDead = false;
      const dying = faultyDisk(disk, (at) => {
        isDead ||= at === dieAt;
        return isDead ? "EIO" : undefined;
      });
      const isSaved = codeOf(() => saveCheckpoint(over(dying), step, stateOf(step))) === "none";
      if (isSaved) saved = step;
      codeOf(() => pruneCheckpoints(over(dying), 3));
      disk = disk.afterPowerLoss(random);
      const loaded = loadCheckpoint(over(disk), "latest");
      expect(loaded.step).toBeGreaterThanOrEqual(saved);
      expect(loaded.json).toMatchObject({ mark: loaded.step });
      saved = loaded.step;
    }
  });
});
