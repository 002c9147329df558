import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { memoryDisk } from "../src/disk-memory.js";
import { nodeDisk } from "../src/disk-node.js";
import { RunError } from "../src/errors.js";
import { acquireLock, lockOwner } from "../src/lock.js";
import { nodeProcesses, type OwnerRecord } from "../src/owner.js";
import { faultyDisk } from "./faulty-disk.js";
import { codeOf, inFolder, TestProcesses } from "./samples.js";

function folderInMemory(): ReturnType<typeof memoryDisk> {
  const disk = memoryDisk();
  disk.makeFolder("/run");
  return disk;
}

describe("lock", () => {
  test("[K1] one owner at a time; the second is told who", () => {
    const disk = folderInMemory();
    const processes = new TestProcesses();
    const lock = acquireLock(disk, "/run", processes);
    try {
      acquireLock(disk, "/run", processes);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(RunError);
      expect(error).toMatchObject({ code: "FOLDER_IN_USE", owner: { pid: 100, host: "here" } });
      expect((error as RunError).message).toBe(
        "run: the folder is in use by process 100 on here since 2026-01-02T03:04:05.000Z (at /run)",
      );
    }
    lock.check();
    lock.release();
    acquireLock(disk, "/run", processes).release();
    expect(disk.list("/run")).toEqual([]);
  });

  test("[K2] the lock of a process that is gone is taken over", () => {
    const disk = folderInMemory();
    const processes = new TestProcesses();
    const old = acquireLock(disk, "/run", processes);
    processes.crash();
    const lock = acquireLock(disk, "/run", processes);
    lock.check();
    expect(codeOf(() => old.check())).toBe("LOCK_LOST");
    old.release();
    lock.check();
    expect(disk.list("/run")).toEqual(["lock"]);
  });

  test("[K2] a torn or foreign lock file is taken over", () => {
    for (const content of ["", "{", '{"pid":1}', "[]", '{"__proto__":1}', "x".repeat(4000)]) {
      const disk = folderInMemory();
      const file = disk.create("/run/lock");
      file.write(new TextEncoder().encode(content));
      acquireLock(disk, "/run", new TestProcesses()).check();
    }
  });

  test("[K3] an owner out of sight is believed for a minute after its last touch", () => {
    let now = 1_000_000;
    const realNow = Date.now();
    const disk = memoryDisk(() => realNow + now);
    disk.makeFolder("/run");
    const processes = new TestProcesses();
    now = 0;
    acquireLock(disk, "/run", processes);
    processes.states.set(100, "unknown");
    processes.pid = 200;
    expect(codeOf(() => acquireLock(disk, "/run", processes))).toBe("FOLDER_IN_USE");
    now = -61_000;
    disk.touch("/run/lock");
    acquireLock(disk, "/run", processes).check();
  });

  test("[K4] whoever moved a fresh lock aside puts it back", () => {
    const disk = folderInMemory();
    const processes = new TestProcesses();
    acquireLock(disk, "/run", processes);
    processes.crash();
    // Another process takes the stale lock over between our reading it and our moving it.
    let other: ReturnType<typeof acquireLock> | undefined;
    const raced = faultyDisk(disk, (_, call) => {
      if (call === "rename /run/lock" && other === undefined) {
        other = acquireLock(disk, "/run", processes);
      }
      return undefined;
    });
    const mine = new TestProcesses();
    mine.pid = 300;
    mine.states.set(100, "gone");
    expect(codeOf(() => acquireLock(raced, "/run", mine))).toBe("FOLDER_IN_USE");
    other?.check();
    expect(disk.list("/run")).toEqual(["lock"]);
  });

  test("[K5] file systems without hard links lock too", () => {
    const disk = folderInMemory();
    const plain = faultyDisk(disk, (_, call) => (call.startsWith("link") ? "EPERM" : undefined));
    const processes = new TestProcesses();
    const lock = acquireLock(plain, "/run", processes);
    expect(codeOf(() => acquireLock(plain, "/run", processes))).toBe("FOLDER_IN_USE");
    processes.crash();
    acquireLock(plain, "/run", processes).check();
    expect(codeOf(() => lock.check())).toBe("LOCK_LOST");
  });

  test("[K6] whatever call fails, no half lock stays behind", () => {
    for (let n = 1; ; n++) {
      const disk = folderInMemory();
      const faulty = faultyDisk(disk, (at) => (at === n ? "ENOSPC" : undefined));
      const code = codeOf(() => acquireLock(faulty, "/run", new TestProcesses()));
      const names = disk.list("/run").filter((name) => name === "lock");
      if (code === "none") break;
      expect([code, names]).toEqual(["DISK_FULL", []]);
      acquireLock(disk, "/run", new TestProcesses()).check();
    }
  });

  test("[K7] a folder that may not be written is said to be so", () => {
    const cases = [
      ["EACCES", "FOLDER_NOT_WRITABLE", "permission denied"],
      ["EROFS", "FOLDER_NOT_WRITABLE", "read-only"],
      ["EIO", "DISK_ERROR", "EIO"],
    ] as const;
    for (const [system, code, words] of cases) {
      const disk = faultyDisk(folderInMemory(), () => system);
      const take = (): unknown => acquireLock(disk, "/run", new TestProcesses());
      expect(codeOf(take)).toBe(code);
      expect(take).toThrow(words);
    }
  });
});

describe("lock: processes of this machine", () => {
  function ownerOf(pid: number, changes: Partial<OwnerRecord> = {}): OwnerRecord {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    return { ...nodeProcesses.self(), pid, started, ...changes };
  }

  async function stopped(child: ChildProcess): Promise<void> {
    const exit = once(child, "exit");
    child.kill("SIGKILL");
    await exit;
  }

  test("[K1] a living process is refused to others, a killed one is not", async () => {
    const child = spawn("sleep", ["60"]);
    const pid = child.pid ?? 0;
    const owner = ownerOf(pid);
    expect(nodeProcesses.state(owner)).toBe("alive");
    await stopped(child);
    expect(nodeProcesses.state(owner)).toBe("gone");
  });

  test("[K2] a pid that was given again does not count as the old process", () => {
    expect(nodeProcesses.state(ownerOf(process.pid))).toBe("alive");
    expect(nodeProcesses.state(ownerOf(process.pid, { started: "1" }))).toBe("gone");
    expect(nodeProcesses.state(ownerOf(process.pid, { boot: "another boot" }))).toBe("gone");
  });

  test("[K3] other machines and other containers are out of sight", () => {
    const elsewhere = { boot: "another boot", host: `${hostname()}-2` };
    expect(nodeProcesses.state(ownerOf(process.pid, elsewhere))).toBe("unknown");
    expect(nodeProcesses.state(ownerOf(process.pid, { namespace: "pid:[1]" }))).toBe("unknown");
  });

  test("[K2] without /proc the pid decides", () => {
    const plain = { boot: "", started: "" };
    expect(nodeProcesses.state(ownerOf(process.pid, plain))).toBe("alive");
    expect(nodeProcesses.state({ ...ownerOf(process.pid, plain), pid: 2 ** 22 + 1 })).toBe("gone");
  });

  test("[K2] the file of a killed process is taken over on a real disk", async () => {
    const child = spawn("sleep", ["60"]);
    const owner = ownerOf(child.pid ?? 0);
    await stopped(child);
    inFolder((folder) => {
      const path = join(folder, "lock");
      writeFileSync(path, JSON.stringify(owner));
      expect(lockOwner(nodeDisk, path, nodeProcesses)).toBe(undefined);
      const lock = acquireLock(nodeDisk, folder, nodeProcesses);
      expect(lockOwner(nodeDisk, path, nodeProcesses)?.pid).toBe(process.pid);
      lock.release();
      expect(nodeDisk.list(folder)).toEqual([]);
    });
  });
});
