/**
 * A disk on which chosen calls fail: the n-th change (write, sync, rename, ...), once or from then
 * on. Reading always works.
 */
import { type Disk, type DiskFile, diskError } from "../src/disk.js";
import { systemCode } from "../src/errors.js";

/** When to fail: number of the change from 1, and what it is, e.g. "rename /run/a". */
export type Plan = (n: number, call: string) => string | undefined;

/** A disk with a count of its changes. */
export interface FaultyDisk extends Disk {
  /** Changes tried so far. */
  readonly changes: number;
  /** From now on; the count begins anew. */
  setPlan(plan: Plan): void;
}

/**
 * Wraps a disk. `plan` answers with a system code ("ENOSPC", ...) for a call that is to fail.
 * A failing write puts half of its bytes on the disk first; with "SHORT" it says so and goes on.
 */
export function faultyDisk(disk: Disk, first: Plan = () => undefined): FaultyDisk {
  let plan = first;
  let changes = 0;
  const step = (call: string, path: string): void => {
    const code = plan(++changes, `${call} ${path}`);
    if (code !== undefined) throw diskError(code, call, path);
  };
  const wrap = (file: DiskFile, path: string): DiskFile => ({
    get size() {
      return file.size;
    },
    write: (bytes) => {
      try {
        step("write", path);
      } catch (error) {
        const written = file.write(bytes.subarray(0, bytes.length >> 1));
        if (systemCode(error) === "SHORT") return written;
        throw error;
      }
      return file.write(bytes);
    },
    sync: () => {
      step("sync", path);
      file.sync();
    },
    truncate: (size) => {
      step("truncate", path);
      file.truncate(size);
    },
    close: () => file.close(),
  });
  return {
    get changes() {
      return changes;
    },
    setPlan: (next) => {
      plan = next;
      changes = 0;
    },
    look: disk.look,
    list: disk.list,
    read: disk.read,
    readRange: disk.readRange,
    create: (path) => {
      step("create", path);
      return wrap(disk.create(path), path);
    },
    append: (path) => {
      step("append", path);
      return wrap(disk.append(path), path);
    },
    makeFolder: (path) => {
      step("makeFolder", path);
      disk.makeFolder(path);
    },
    syncFolder: (path) => {
      step("syncFolder", path);
      disk.syncFolder(path);
    },
    rename: (from, to) => {
      step("rename", from);
      disk.rename(from, to);
    },
    link: (from, to) => {
      step("link", from);
      disk.link(from, to);
    },
    touch: (path) => {
      step("touch", path);
      disk.touch(path);
    },
    remove: (path) => {
      step("remove", path);
      disk.remove(path);
    },
  };
}
