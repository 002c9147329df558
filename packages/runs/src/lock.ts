/**
 * One writer per run folder. The file `lock` names its owner; it is made complete under another
 * name and then linked, so nobody ever reads half a lock, and linking fails if there is one (as
 * O_EXCL does). A lock whose owner is gone is moved aside before a new one is linked; what was
 * moved is read again, so that a lock made in between is put back. An owner that cannot be looked
 * at (another machine, another container) counts as gone when its lock was not touched for a
 * minute. The owner checks before each checkpoint that the lock is still its own.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { type Disk, writeDurably } from "./disk.js";
import { asRunError, RunError, systemCode } from "./errors.js";
import { decodeJson, encodeJson } from "./formats/json.js";
import { decodeOwner, type OwnerRecord, type Processes } from "./owner.js";

/** A lock not touched for so long, whose owner cannot be looked at, is stale. Milliseconds. */
const staleAfter = 60_000;
/** The owner touches its lock at least this often. Milliseconds. */
const touchEvery = 10_000;
const maxLockBytes = 4096;
const attempts = 5;

/** A lock that this process holds. */
export interface Lock {
  /** Throws LOCK_LOST if the lock is no longer ours. */
  check(): void;
  /** Shows that the owner lives; does nothing if it did so lately. */
  touch(): void;
  /** Gives the lock back (if it is still ours). */
  release(): void;
}

/** Takes the lock of a folder or throws FOLDER_IN_USE. */
export function acquireLock(disk: Disk, folder: string, processes: Processes): Lock {
  const path = join(folder, "lock");
  const mine = encodeJson(processes.self());
  const draft = join(folder, `.tmp-lock-${randomBytes(8).toString("hex")}`);
  try {
    writeDurably(disk, draft, new TextEncoder().encode(mine));
    for (let i = 0; i < attempts; i++) {
      if (tryLink(disk, draft, path)) return heldLock(disk, path, mine);
      const found = readLock(disk, path);
      if (found === undefined) continue;
      const owner = lockOwner(disk, path, processes);
      if (owner !== undefined) throw inUse(folder, owner);
      setAside(disk, path, found);
    }
    throw new RunError("FOLDER_IN_USE", `run: several processes want the folder ${folder}`, {
      path,
    });
  } catch (error) {
    throw asRunError("run: cannot lock the folder", folder, error);
  } finally {
    removeQuietly(disk, draft);
  }
}

/** The living owner of a folder's lock, undefined if it is free or stale. */
export function lockOwner(disk: Disk, path: string, processes: Processes): OwnerRecord | undefined {
  const found = readLock(disk, path);
  if (found === undefined) return undefined;
  let owner: OwnerRecord;
  try {
    owner = decodeOwner(decodeJson(found));
  } catch {
    return undefined;
  }
  const state = processes.state(owner);
  if (state === "alive") return owner;
  const age = Date.now() - (disk.look(path)?.modified ?? 0);
  return state === "unknown" && age < staleAfter ? owner : undefined;
}

function heldLock(disk: Disk, path: string, mine: string): Lock {
  let touched = performance.now();
  return {
    check: () => {
      const found = readLock(disk, path);
      if (found === mine) return;
      const owner = ownerOf(found);
      const by = owner === undefined ? "" : ` by process ${owner.pid} on ${owner.host}`;
      const details = owner === undefined ? { path } : { path, owner };
      throw new RunError(
        "LOCK_LOST",
        `run: the folder was taken over${by}; nothing more is written`,
        details,
      );
    },
    touch: () => {
      const now = performance.now();
      if (now - touched < touchEvery) return;
      touched = now;
      try {
        disk.touch(path);
      } catch {
        // The next check tells if the lock is gone; a touch that fails costs nothing else.
      }
    },
    release: () => {
      if (readLock(disk, path) === mine) removeQuietly(disk, path);
    },
  };
}

/** Falls back to a plain exclusive creation on file systems without hard links. */
function tryLink(disk: Disk, draft: string, path: string): boolean {
  try {
    disk.link(draft, path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS")
      throw error;
  }
  try {
    writeDurably(disk, path, disk.read(draft, maxLockBytes));
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

function setAside(disk: Disk, path: string, stale: string): void {
  const aside = `${path}-stale-${randomBytes(8).toString("hex")}`;
  try {
    disk.rename(path, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  if (readLock(disk, aside) !== stale) tryLink(disk, aside, path);
  removeQuietly(disk, aside);
}

/** undefined if there is none. */
function readLock(disk: Disk, path: string): string | undefined {
  try {
    return new TextDecoder().decode(disk.read(path, maxLockBytes));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw asRunError("run: cannot read the lock", path, error);
  }
}

function ownerOf(lock: string | undefined): OwnerRecord | undefined {
  try {
    return lock === undefined ? undefined : decodeOwner(decodeJson(lock));
  } catch {
    return undefined;
  }
}

function inUse(folder: string, owner: OwnerRecord): RunError {
  const who = `process ${owner.pid} on ${owner.host} since ${owner.since}`;
  return new RunError("FOLDER_IN_USE", `run: the folder is in use by ${who} (at ${folder})`, {
    path: folder,
    owner,
  });
}

function removeQuietly(disk: Disk, path: string): void {
  try {
    disk.remove(path);
  } catch {
    // What stays behind is removed when the run is opened next.
  }
}
