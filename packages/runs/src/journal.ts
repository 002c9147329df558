/**
 * A folder with a plan that is written once and a log that only grows, held by one process: what
 * work of many runs (a sweep) keeps, so that it can be killed at any moment and go on. Rules N1..
 * are in SPEC.md. Not here: what plan and log mean, and the runs themselves (run.ts).
 */
import { dirname, join, resolve } from "node:path";
import type { Disk } from "./disk.js";
import { nodeDisk } from "./disk-node.js";
import { asRunError, RunError } from "./errors.js";
import { decodeJson, encodeJson, type JsonValue } from "./formats/json.js";
import { LineReader, LineWriter, maxLine, replaceFile } from "./line-log.js";
import { acquireLock, type Lock } from "./lock.js";
import { nodeProcesses, type Processes } from "./owner.js";
import { removeLeftoversIn } from "./runs.js";

/** Names of the two files. */
export interface JournalFiles {
  /** Holds the plan, e.g. "sweep.json". */
  readonly plan: string;
  /** Holds the log, one JSON value per line, e.g. "trials.jsonl". */
  readonly log: string;
}

/** Options of createJournal and openJournal. */
export interface JournalOptions {
  /** Where files are kept (default: the file system). */
  readonly disk?: Disk;
}

/** Options of createJournal. */
export interface NewJournalOptions extends JournalOptions {
  /** Files that the plan relies on, by name; they are there before it is. */
  readonly attachments?: Readonly<Record<string, Uint8Array>>;
}

/** A folder held by this process; see the head of the file. */
export interface Journal {
  /** Path of the folder. */
  readonly dir: string;
  /** The plan as it was written. */
  readonly plan: JsonValue;
  /** The log so far, lines of earlier processes first. */
  readonly entries: readonly JsonValue[];
  /**
   * Adds a line, which is on the disk itself when this returns. RunError DISK_FULL,
   * FOLDER_NOT_WRITABLE, DISK_ERROR, LOCK_LOST, INVALID_ARGUMENT for one above 64 KiB.
   */
  append(entry: JsonValue | object): void;
  /** Writes another file of the folder so that at any moment there is the old one or the new one. */
  write(name: string, content: string | Uint8Array): void;
  /** Gives the lock back. Idempotent. */
  close(): void;
}

/** Milliseconds between two looks whether the lock has to be touched. */
const touchEvery = 5000;
const maxPlanBytes = 4 << 20;

/**
 * Makes a journal in a folder that does not exist or holds none yet, and holds it. RunError
 * RUN_EXISTS, FOLDER_IN_USE, FOLDER_NOT_WRITABLE, DISK_FULL.
 */
export function createJournal(
  dir: string,
  files: JournalFiles,
  plan: JsonValue | object,
  options: NewJournalOptions = {},
): Journal {
  return createJournalFor(nodeProcesses, dir, files, plan, options);
}

/**
 * Takes an existing journal to go on with it. A lock of a process that is gone is taken over.
 * RunError RUN_NOT_FOUND, RUN_CORRUPT, FOLDER_IN_USE, FOLDER_NOT_WRITABLE.
 */
export function openJournal(
  dir: string,
  files: JournalFiles,
  options: JournalOptions = {},
): Journal {
  return openJournalFor(nodeProcesses, dir, files, options);
}

/** As `createJournal`, for processes of the caller's (tests). */
export function createJournalFor(
  processes: Processes,
  dir: string,
  files: JournalFiles,
  plan: JsonValue | object,
  { disk = nodeDisk, attachments = {} }: NewJournalOptions,
): Journal {
  const path = resolve(dir);
  const text = encodeJson(plan, 2);
  return guard("journal: cannot make", path, () => {
    makeFolderDurably(disk, path);
    return holding(acquireLock(disk, path, processes), (lock) => {
      for (const name of [files.plan, files.log]) {
        if (disk.look(join(path, name)) === undefined) continue;
        const message = `journal: the folder already holds a ${name} (at ${path})`;
        throw new RunError("RUN_EXISTS", message, { path });
      }
      removeLeftoversIn(disk, path);
      for (const [name, bytes] of Object.entries(attachments)) {
        replaceFile(disk, join(path, name), bytes);
      }
      replaceFile(disk, join(path, files.plan), new TextEncoder().encode(`${text}\n`));
      return new FolderJournal(disk, path, files, lock);
    });
  });
}

/** As `openJournal`, for processes of the caller's (tests). */
export function openJournalFor(
  processes: Processes,
  dir: string,
  files: JournalFiles,
  { disk = nodeDisk }: JournalOptions,
): Journal {
  const path = resolve(dir);
  return guard("journal: cannot open", path, () => {
    if (disk.look(join(path, files.plan)) === undefined) {
      const message = `journal: there is no ${files.plan} (at ${path})`;
      throw new RunError("RUN_NOT_FOUND", message, { path });
    }
    return holding(acquireLock(disk, path, processes), (lock) => {
      removeLeftoversIn(disk, path);
      return new FolderJournal(disk, path, files, lock);
    });
  });
}

/** See `Journal`. The folder has its plan and is locked by `lock`. */
class FolderJournal implements Journal {
  readonly dir: string;
  readonly plan: JsonValue;
  readonly entries: JsonValue[];
  private readonly disk: Disk;
  private readonly lock: Lock;
  private readonly log: LineWriter;
  private readonly timer: NodeJS.Timeout;
  private isClosed = false;

  constructor(disk: Disk, dir: string, files: JournalFiles, lock: Lock) {
    this.dir = dir;
    this.disk = disk;
    this.lock = lock;
    this.plan = readPlan(disk, join(dir, files.plan));
    this.log = new LineWriter(disk, join(dir, files.log));
    disk.syncFolder(dir);
    this.entries = new LineReader(disk, join(dir, files.log), decodeJson).refresh();
    this.timer = setInterval(() => lock.touch(), touchEvery);
    this.timer.unref();
  }

  append(entry: JsonValue | object): void {
    const line = encodeJson(entry);
    if (line.length > maxLine) {
      const problem = `line too long (got ${line.length}, at most ${maxLine} characters)`;
      throw new RunError("INVALID_ARGUMENT", `journal: ${problem}`);
    }
    guard("journal: cannot write", this.dir, () => {
      this.lock.check();
      this.log.add(line);
      this.log.sync();
    });
    this.entries.push(decodeJson(line));
  }

  write(name: string, content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    guard("journal: cannot write", this.dir, () => {
      this.lock.check();
      replaceFile(this.disk, join(this.dir, name), bytes);
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    this.log.close();
    this.lock.release();
  }
}

/** Makes a folder and those above it, and their names lasting. */
function makeFolderDurably(disk: Disk, path: string): void {
  if (disk.look(path) !== undefined) return;
  const parent = dirname(path);
  makeFolderDurably(disk, parent);
  disk.makeFolder(path);
  disk.syncFolder(parent);
}

function readPlan(disk: Disk, path: string): JsonValue {
  try {
    return decodeJson(new TextDecoder().decode(disk.read(path, maxPlanBytes)));
  } catch (error) {
    const details = { path, cause: error };
    throw new RunError("RUN_CORRUPT", `journal: the plan cannot be read (at ${path})`, details);
  }
}

/** Gives the lock back if what is done under it fails. */
function holding(lock: Lock, action: (lock: Lock) => Journal): Journal {
  try {
    return action(lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function guard<T>(what: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw asRunError(what, path, error);
  }
}
