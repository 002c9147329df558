/**
 * Making, taking, reading and listing run folders. What a run folder can do is in run.ts and
 * run-reader.ts.
 */
import { basename, dirname, join, resolve } from "node:path";
import type { ListedRun, NewRun, ReadOptions, Run, RunOptions, RunReader } from "./api.js";
import type { Disk } from "./disk.js";
import { nodeDisk } from "./disk-node.js";
import { asRunError, RunError, systemCode } from "./errors.js";
import { decodeRunManifest, isRunId, type RunManifest } from "./formats/facts.js";
import { decodeJson, encodeJson } from "./formats/json.js";
import { gameFileFacts, writeGameFile } from "./game-file.js";
import { acquireLock, type Lock } from "./lock.js";
import { nodeProcesses, type Processes } from "./owner.js";
import { checked, FolderRun, writeManifest } from "./run.js";
import { FolderReader, files } from "./run-reader.js";

const defaultPollMs = 1000;
const maxRunsOfAName = 100_000;

/**
 * Makes a run in a folder that does not exist or holds no run yet, and holds it. The folder's name
 * is the run's id. RunError RUN_EXISTS, FOLDER_IN_USE, FOLDER_NOT_WRITABLE, DISK_FULL,
 * INVALID_ARGUMENT.
 */
export function createRun(dir: string, setup: NewRun, options: RunOptions = {}): Run {
  return createRunFor(nodeProcesses, dir, setup, options);
}

/**
 * Takes an existing run to go on with it; its status becomes "running". A lock of a process that is
 * gone is taken over. RunError RUN_NOT_FOUND, RUN_CORRUPT, FOLDER_IN_USE, FOLDER_NOT_WRITABLE.
 */
export function openRun(dir: string, options: RunOptions = {}): Run {
  return openRunFor(nodeProcesses, dir, options);
}

/** Opens a run for reading, without a lock. RunError RUN_NOT_FOUND, RUN_CORRUPT. */
export function readRun(dir: string, options: ReadOptions = {}): RunReader {
  const { disk = nodeDisk, pollMs = defaultPollMs } = options;
  const reader = new FolderReader({ dir: resolve(dir), disk, processes: nodeProcesses, pollMs });
  reader.facts();
  return reader;
}

/**
 * Runs in a folder, newest first; those whose run.json cannot be read come last. No folder, no
 * runs.
 */
export function listRuns(root: string, options: ReadOptions = {}): ListedRun[] {
  const { disk = nodeDisk } = options;
  const runs = namesIn(disk, root).flatMap((id) => listedRun(disk, join(root, id), id));
  const started = (run: ListedRun): string => run.facts?.startedAt ?? "";
  return runs.sort((a, b) => (started(a) === started(b) ? 0 : started(a) < started(b) ? 1 : -1));
}

/**
 * Makes an empty folder `<root>/<stem>-<k>` with the lowest free k from 1, for createRun. Two
 * processes never get the same.
 */
export function freshRunFolder(root: string, stem: string, options: ReadOptions = {}): string {
  const { disk = nodeDisk } = options;
  if (!isRunId(stem)) throw badName(stem);
  try {
    ensureFolder(disk, resolve(root));
    for (let k = 1; k <= maxRunsOfAName; k++) {
      const dir = join(root, `${stem}-${k}`);
      if (tryMakeFolder(disk, dir)) return dir;
    }
  } catch (error) {
    throw asRunError("run: cannot make a folder", root, error);
  }
  throw new RunError("RUN_EXISTS", `run: there are too many runs named ${stem} (at ${root})`);
}

/** As `createRun`, for processes of the caller's (tests). */
export function createRunFor(
  processes: Processes,
  dir: string,
  setup: NewRun,
  options: RunOptions,
): Run {
  const { disk = nodeDisk } = options;
  const path = resolve(dir);
  const manifest = newManifest(basename(path), setup);
  try {
    ensureFolder(disk, path);
  } catch (error) {
    throw asRunError("run: cannot make the folder", path, error);
  }
  return withLock(acquireLock(disk, path, processes), (lock) => {
    if (disk.look(files.manifest(path)) !== undefined) {
      throw new RunError("RUN_EXISTS", `run: the folder already holds a run (at ${path})`, {
        path,
      });
    }
    removeLeftovers(disk, path);
    prepareFolder(disk, path);
    if (setup.gameFile) writeGameFile(disk, files.game(path), setup.gameFile);
    writeManifest(disk, path, manifest);
    return new FolderRun(
      { dir: path, disk, processes, pollMs: defaultPollMs },
      lock,
      manifest,
      options,
    );
  });
}

/** As `openRun`, for processes of the caller's (tests). */
export function openRunFor(processes: Processes, dir: string, options: RunOptions): Run {
  const { disk = nodeDisk } = options;
  const path = resolve(dir);
  const context = { dir: path, disk, processes, pollMs: defaultPollMs };
  const reader = new FolderReader(context);
  reader.readManifest();
  return withLock(acquireLock(disk, path, processes), (lock) => {
    removeLeftovers(disk, path);
    prepareFolder(disk, path);
    const run = new FolderRun(context, lock, reader.readManifest(), options);
    run.update({ status: "running" });
    return run;
  });
}

function newManifest(id: string, { gameFile, ...setup }: NewRun): RunManifest {
  if (!isRunId(id)) throw badName(id);
  const game = gameFile && gameFileFacts(gameFile);
  return checked("run", () => {
    const facts = { id, status: "running", steps: 0, startedAt: new Date().toISOString() };
    const manifest = { ...setup, gameFile: game, ...facts, format: 1 };
    return decodeRunManifest(decodeJson(encodeJson(manifest)));
  });
}

/** Gives the lock back if what is done under it fails. */
function withLock<T>(lock: Lock, action: (lock: Lock) => T): T {
  try {
    return action(lock);
  } catch (error) {
    lock.release();
    throw asRunError("run: cannot open", "the run folder", error);
  }
}

function prepareFolder(disk: Disk, dir: string): void {
  ensureFolder(disk, files.checkpoints(dir));
  ensureFolder(disk, files.episodes(dir));
  disk.syncFolder(dir);
}

/**
 * Temporary files and folders of processes that are gone: we hold the lock, so nobody else is
 * writing.
 */
function removeLeftovers(disk: Disk, dir: string): void {
  for (const folder of [dir, files.checkpoints(dir), files.episodes(dir), files.policies(dir)]) {
    if (disk.look(folder)?.kind === "folder") removeLeftoversIn(disk, folder);
  }
}

/** As `removeLeftovers`, of one folder. */
export function removeLeftoversIn(disk: Disk, folder: string): void {
  for (const name of disk.list(folder)) {
    const isLeftover = name.startsWith(".tmp-") || name.startsWith("lock-stale-");
    if (isLeftover && !name.startsWith(".tmp-lock-")) disk.remove(join(folder, name));
  }
}

function listedRun(disk: Disk, dir: string, id: string): ListedRun[] {
  if (disk.look(files.manifest(dir)) === undefined) return [];
  try {
    return [{ id, dir, facts: readRun(dir, { disk }).facts(), problem: undefined }];
  } catch (error) {
    return [{ id, dir, facts: undefined, problem: asRunError("run: cannot read", dir, error) }];
  }
}

function namesIn(disk: Disk, folder: string): string[] {
  try {
    return disk.list(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw asRunError("runs: cannot list", folder, error);
  }
}

function ensureFolder(disk: Disk, path: string): void {
  if (disk.look(path) !== undefined) return;
  const parent = dirname(path);
  if (parent !== path) ensureFolder(disk, parent);
  tryMakeFolder(disk, path);
}

function tryMakeFolder(disk: Disk, path: string): boolean {
  try {
    disk.makeFolder(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

function badName(name: string): RunError {
  const expected =
    "expected letters, digits, dots, dashes, at most 100, the first a letter or digit";
  return new RunError(
    "INVALID_ARGUMENT",
    `run: "${name.slice(0, 100)}" cannot be a run's name (${expected})`,
  );
}
