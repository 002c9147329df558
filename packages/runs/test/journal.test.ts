/** Journals: rules N1..N5. */
import { describe, expect, test } from "vitest";
import { type MemoryDisk, memoryDisk } from "../src/disk-memory.js";
import { createJournal, openJournal } from "../src/index.js";
import { createJournalFor, type Journal, openJournalFor } from "../src/journal.js";
import { faultyDisk } from "./faulty-disk.js";
import { codeOf, inFolder, randomOf, TestProcesses } from "./samples.js";

const folder = "/sweeps/one";
const names = { plan: "sweep.json", log: "trials.jsonl" };
const plan = { trials: 4, low: 1e-4, odd: -0 };

function make(disk: MemoryDisk, processes = new TestProcesses()): Journal {
  return createJournalFor(processes, folder, names, plan, { disk });
}

function reopen(disk: MemoryDisk, processes = new TestProcesses()): Journal {
  return openJournalFor(processes, folder, names, { disk });
}

describe("journal", () => {
  test("[N1] [N2] the plan and every line come back in a later process", () => {
    const disk = memoryDisk();
    const first = make(disk);
    for (let i = 0; i < 3; i++) first.append({ trial: i, score: Number.NaN });
    first.close();
    const second = reopen(disk);
    expect(second.plan).toEqual(plan);
    expect(second.entries).toEqual([0, 1, 2].map((trial) => ({ trial, score: Number.NaN })));
    second.append({ trial: 3 });
    expect(second.entries).toHaveLength(4);
    second.close();
    expect(reopen(disk).entries).toHaveLength(4);
  });

  test("[N1] on the file system too", () => {
    inFolder((root) => {
      const journal = createJournal(`${root}/a/b`, names, plan);
      journal.append({ trial: 0 });
      journal.write("table.md", "text");
      journal.close();
      expect(openJournal(`${root}/a/b`, names).entries).toEqual([{ trial: 0 }]);
    });
  });

  test("[N1] files that the plan relies on are there when it is", () => {
    const code = Uint8Array.of(1, 2, 3);
    const attachments = { "game.mjs": code };
    const changes: string[] = [];
    const disk = memoryDisk();
    const watched = faultyDisk(disk, (_, call) => {
      if (call.startsWith("rename")) changes.push(String(disk.look(`${folder}/sweep.json`)?.kind));
      return undefined;
    });
    const options = { disk: watched, attachments };
    createJournalFor(new TestProcesses(), folder, names, plan, options).close();
    expect(disk.read(`${folder}/game.mjs`, 99)).toEqual(code);
    expect(changes).toEqual(["undefined", "undefined"]); // the game's rename, then the plan's
  });

  test("[N1] none is made over another, and there is none without a plan", () => {
    const disk = memoryDisk();
    make(disk).close();
    expect(codeOf(() => make(disk))).toBe("RUN_EXISTS");
    expect(codeOf(() => reopen(memoryDisk()))).toBe("RUN_NOT_FOUND");
    disk.remove(`${folder}/sweep.json`);
    expect(codeOf(() => reopen(disk))).toBe("RUN_NOT_FOUND");
    expect(codeOf(() => make(disk))).toBe("RUN_EXISTS"); // the log is somebody's
  });

  test("[N1] a plan that is no JSON is an error, and the lock is given back", () => {
    const disk = memoryDisk();
    make(disk).close();
    disk.remove(`${folder}/sweep.json`);
    disk.create(`${folder}/sweep.json`).write(new TextEncoder().encode('{"trials":'));
    expect(codeOf(() => reopen(disk))).toBe("RUN_CORRUPT");
    expect(disk.look(`${folder}/lock`)).toBe(undefined);
  });

  test("[N2] a line that is too long is refused and tears nothing", () => {
    const disk = memoryDisk();
    const journal = make(disk);
    expect(codeOf(() => journal.append({ text: "x".repeat(70_000) }))).toBe("INVALID_ARGUMENT");
    journal.append({ trial: 0 });
    journal.close();
    expect(reopen(disk).entries).toEqual([{ trial: 0 }]);
  });

  test("[N3] a second process is refused while the first lives, and takes over when it is gone", () => {
    const disk = memoryDisk();
    const processes = new TestProcesses();
    const first = make(disk, processes);
    expect(codeOf(() => reopen(disk, processes))).toBe("FOLDER_IN_USE");
    processes.crash();
    const second = reopen(disk, processes);
    expect(codeOf(() => first.append({ trial: 9 }))).toBe("LOCK_LOST");
    expect(codeOf(() => first.write("table.md", "old"))).toBe("LOCK_LOST");
    second.append({ trial: 0 });
    expect(second.entries).toEqual([{ trial: 0 }]);
    second.close();
    second.close();
    expect(disk.look(`${folder}/lock`)).toBe(undefined);
  });

  test("[N4] after power loss at any moment the lines whose appending returned are there", () => {
    const random = randomOf(11);
    for (let lines = 0; lines < 20; lines++) {
      const disk = memoryDisk();
      const processes = new TestProcesses();
      const journal = make(disk, processes);
      for (let i = 0; i < lines; i++) journal.append({ trial: i });
      processes.crash();
      const after = disk.afterPowerLoss(random);
      const { entries } = reopen(after, processes);
      expect(entries).toEqual(Array.from({ length: lines }, (_, trial) => ({ trial })));
    }
  });

  test("[N4] a torn last line is cut off by the next process", () => {
    const disk = memoryDisk();
    const first = make(disk);
    first.append({ trial: 0 });
    first.close();
    const file = disk.append(`${folder}/trials.jsonl`);
    file.write(new TextEncoder().encode('{"trial":1,"sco'));
    const second = reopen(disk);
    expect(second.entries).toEqual([{ trial: 0 }]);
    second.append({ trial: 1 });
    second.close();
    expect(reopen(disk).entries).toEqual([{ trial: 0 }, { trial: 1 }]);
  });

  test("[N4] whatever the disk refuses while it is made, opening finds a whole plan or none", () => {
    const count = faultyDisk(memoryDisk());
    createJournalFor(new TestProcesses(), folder, names, plan, { disk: count }).close();
    let refusals = 0;
    for (let n = 1; n <= count.changes; n++) {
      const disk = memoryDisk();
      const faulty = faultyDisk(disk, (change) => (change === n ? "ENOSPC" : undefined));
      const options = { disk: faulty };
      const processes = new TestProcesses();
      const made = codeOf(() => createJournalFor(processes, folder, names, plan, options).close());
      if (made !== "none") refusals++;
      processes.crash();
      if (disk.look(`${folder}/sweep.json`) === undefined) continue;
      expect(reopen(disk, processes).plan).toEqual(plan);
    }
    expect(refusals).toBeGreaterThan(3);
  });

  test("[N2] a full disk is an error of append, and a later line counts once", () => {
    const disk = memoryDisk();
    const faulty = faultyDisk(disk);
    const journal = createJournalFor(new TestProcesses(), folder, names, plan, { disk: faulty });
    faulty.setPlan((_, call) => (call.startsWith("write") ? "ENOSPC" : undefined));
    expect(codeOf(() => journal.append({ trial: 0 }))).toBe("DISK_FULL");
    faulty.setPlan(() => undefined);
    journal.append({ trial: 1 });
    journal.close();
    expect(reopen(disk).entries).toEqual([{ trial: 0 }, { trial: 1 }]);
  });

  test("[N5] a file is the old one or the new one", () => {
    const disk = memoryDisk();
    const faulty = faultyDisk(disk);
    const journal = createJournalFor(new TestProcesses(), folder, names, plan, { disk: faulty });
    journal.write("table.md", "old");
    faulty.setPlan((_, call) => (call.startsWith("rename") ? "EIO" : undefined));
    expect(codeOf(() => journal.write("table.md", "new"))).toBe("DISK_ERROR");
    expect(new TextDecoder().decode(disk.read(`${folder}/table.md`, 99))).toBe("old");
    expect(disk.list(folder).filter((name) => name.startsWith(".tmp-"))).toEqual([]);
    faulty.setPlan(() => undefined);
    journal.write("table.md", "new");
    expect(new TextDecoder().decode(disk.read(`${folder}/table.md`, 99))).toBe("new");
  });
});
