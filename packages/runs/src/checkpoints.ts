/**
 * The checkpoints of a run. Saving: a hidden folder, each file synced, the manifest last, the
 * folder synced, one rename, the parent synced. So whatever stops the process or the machine, a
 * folder named step-<n> is complete or fails its manifest, and earlier checkpoints were not
 * touched. Loading walks from the newest to the oldest until one verifies.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type {
  CheckpointInfo,
  LoadedCheckpoint,
  SavedState,
  SaveOptions,
  SkippedCheckpoint,
  WhichCheckpoint,
} from "./api.js";
import { type Disk, writeDurably } from "./disk.js";
import { asRunError, RunError, systemCode } from "./errors.js";
import {
  type CheckpointOrigin,
  decodeManifest,
  encodeManifest,
  type Manifest,
  originDifference,
  sha256,
} from "./manifest.js";
import { decodeState, encodeState } from "./state-files.js";

const manifestFile = "manifest.json";
const maxManifestBytes = 1 << 20;
/** step-<n>, and step-<n>.r<k> for a later checkpoint of the same step. */
const namePattern = /^step-(0|[1-9][0-9]{0,15})(?:\.r([1-9][0-9]{0,5}))?$/;

/** Where the checkpoints of a run are, and what they belong to. */
export interface CheckpointFolder {
  readonly disk: Disk;
  /** The folder `checkpoints` of the run; exists. */
  readonly path: string;
  readonly origin: CheckpointOrigin;
}

interface Name {
  readonly name: string;
  readonly step: number;
  readonly revision: number;
}

/** Saves a state; earlier checkpoints stay as they are. See `Run.saveCheckpoint`. */
export function saveCheckpoint(
  folder: CheckpointFolder,
  step: number,
  state: SavedState,
  { score = null }: SaveOptions = {},
): CheckpointInfo {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new RunError("INVALID_ARGUMENT", `checkpoint: step is not a whole number (got ${step})`);
  }
  const files = encodeState(state);
  const manifest: Manifest = {
    origin: folder.origin,
    step,
    score: score !== null && Number.isFinite(score) ? score : null,
    savedAt: new Date().toISOString(),
    files: [...files].map(([name, bytes]) => ({
      name,
      bytes: bytes.length,
      sha256: sha256(bytes),
    })),
  };
  try {
    const name = writeFolder(folder, step, files, encodeManifest(manifest));
    return infoOf(name, manifest);
  } catch (error) {
    throw asRunError("checkpoint: cannot save", folder.path, error);
  }
}

/**
 * Checkpoints with a sound manifest that belong to this run, newest first. Their files are not
 * read.
 */
export function listCheckpoints(folder: CheckpointFolder): CheckpointInfo[] {
  const infos: CheckpointInfo[] = [];
  for (const { name, step } of newestFirst(folder)) {
    try {
      infos.push(infoOf(name, readManifest(folder, name, step)));
    } catch {
      // Unsound ones are reported by loading; a list shows what there is to load.
    }
  }
  return infos;
}

/** See `RunReader.loadCheckpoint`. */
export function loadCheckpoint(folder: CheckpointFolder, which: WhichCheckpoint): LoadedCheckpoint {
  const skipped: SkippedCheckpoint[] = [];
  for (const { name, step } of candidates(folder, which, skipped)) {
    try {
      return { ...loadOne(folder, name, step), skipped };
    } catch (error) {
      skipped.push({
        name,
        error: asRunError("checkpoint: cannot read", join(folder.path, name), error),
      });
    }
  }
  const [first] = skipped;
  if (first === undefined) {
    const wanted =
      typeof which === "number" ? `no checkpoint of step ${which}` : "no checkpoint yet";
    throw new RunError(
      "CHECKPOINT_NOT_FOUND",
      `checkpoint: there is ${wanted} (at ${folder.path})`,
      {
        path: folder.path,
      },
    );
  }
  const others = skipped.length > 1 ? `; none of the ${skipped.length} can be used` : "";
  throw new RunError(first.error.code, `${first.error.message}${others}`, {
    path: folder.path,
    cause: first.error,
  });
}

/**
 * Removes all but the newest `keep` and the best. Damaged ones count for nothing and go once `keep`
 * sound ones are newer; foreign ones were put there by somebody and stay. Throws if the disk
 * refuses; the rest is tried next time.
 */
export function pruneCheckpoints(folder: CheckpointFolder, keep: number): void {
  const sound = listCheckpoints(folder);
  const oldest = sound[Math.min(keep, sound.length) - 1];
  if (oldest === undefined) return;
  const kept = new Set(sound.slice(0, keep).map((info) => info.name));
  const best = byScore(sound)[0];
  if (best !== undefined && best.score !== null) kept.add(best.name);
  for (const { name, step } of newestFirst(folder)) {
    if (kept.has(name) || step > oldest.step || isForeign(folder, name, step)) continue;
    removeFolder(folder, name);
  }
}

/** Removes the checkpoints of later steps. */
export function removeCheckpointsAfter(folder: CheckpointFolder, step: number): void {
  for (const found of newestFirst(folder)) if (found.step > step) removeFolder(folder, found.name);
}

function writeFolder(
  folder: CheckpointFolder,
  step: number,
  files: Map<string, Uint8Array>,
  manifest: string,
): string {
  const { disk, path } = folder;
  const draft = join(path, temporaryName());
  try {
    disk.makeFolder(draft);
    for (const [name, bytes] of files) writeDurably(disk, join(draft, name), bytes);
    writeDurably(disk, join(draft, manifestFile), new TextEncoder().encode(manifest));
    disk.syncFolder(draft);
    const name = freeName(folder, step);
    disk.rename(draft, join(path, name));
    disk.syncFolder(path);
    return name;
  } catch (error) {
    removeQuietly(disk, draft);
    throw error;
  }
}

function loadOne(
  folder: CheckpointFolder,
  name: string,
  step: number,
): CheckpointInfo & SavedState {
  const manifest = readManifest(folder, name, step);
  const files = new Map<string, Uint8Array>();
  for (const file of manifest.files) {
    const path = join(folder.path, name, file.name);
    const found = folder.disk.look(path);
    if (found?.kind !== "file") throw corrupt(name, `${file.name} is missing`);
    if (found.bytes !== file.bytes) {
      throw corrupt(name, `${file.name} has ${found.bytes} bytes, expected ${file.bytes}`);
    }
    const bytes = folder.disk.read(path, file.bytes);
    if (bytes.length !== file.bytes || sha256(bytes) !== file.sha256) {
      throw corrupt(name, `${file.name} was changed since it was written`);
    }
    files.set(file.name, bytes);
  }
  try {
    return { ...infoOf(name, manifest), ...decodeState(files) };
  } catch (error) {
    throw corrupt(name, error instanceof Error ? error.message : String(error), error);
  }
}

function readManifest(folder: CheckpointFolder, name: string, step: number): Manifest {
  const path = join(folder.path, name);
  if (folder.disk.look(path)?.kind !== "folder") throw corrupt(name, "it is not a folder");
  let manifest: Manifest;
  try {
    const bytes = folder.disk.read(join(path, manifestFile), maxManifestBytes);
    manifest = decodeManifest(new TextDecoder().decode(bytes));
  } catch (error) {
    const reason = systemCode(error) === "ENOENT" ? "manifest.json is missing" : messageOf(error);
    throw corrupt(name, reason, error);
  }
  const difference = originDifference(manifest.origin, folder.origin);
  if (difference !== undefined) {
    throw new RunError(
      "CHECKPOINT_FOREIGN",
      `checkpoint: ${name} belongs to another run (${difference})`,
      { path },
    );
  }
  if (manifest.step !== step) throw corrupt(name, `its manifest says step ${manifest.step}`);
  return manifest;
}

function isForeign(folder: CheckpointFolder, name: string, step: number): boolean {
  try {
    readManifest(folder, name, step);
    return false;
  } catch (error) {
    return error instanceof RunError && error.code === "CHECKPOINT_FOREIGN";
  }
}

function candidates(
  folder: CheckpointFolder,
  which: WhichCheckpoint,
  skipped: SkippedCheckpoint[],
): Name[] {
  const names = newestFirst(folder);
  if (which === "latest") return names;
  if (typeof which === "number") return names.filter((found) => found.step === which);
  const scored: (Name & { score: number | null })[] = [];
  for (const found of names) {
    try {
      scored.push({ ...found, score: readManifest(folder, found.name, found.step).score });
    } catch (error) {
      skipped.push({
        name: found.name,
        error: asRunError("checkpoint: cannot read", folder.path, error),
      });
    }
  }
  return byScore(scored);
}

/** Highest score first; without a score last; among equals the order stays. */
function byScore<T extends { readonly score: number | null }>(items: readonly T[]): T[] {
  const value = (item: T): number => item.score ?? Number.NEGATIVE_INFINITY;
  return [...items].sort((a, b) => (value(a) === value(b) ? 0 : value(b) - value(a)));
}

function newestFirst(folder: CheckpointFolder): Name[] {
  const names: Name[] = [];
  for (const name of namesIn(folder)) {
    const match = namePattern.exec(name);
    if (match !== null)
      names.push({ name, step: Number(match[1]), revision: Number(match[2] ?? 0) });
  }
  return names.sort((a, b) => b.step - a.step || b.revision - a.revision);
}

function namesIn(folder: CheckpointFolder): string[] {
  const { disk, path } = folder;
  const kind = disk.look(path)?.kind;
  if (kind === undefined) return [];
  // A link could lead out of the run folder.
  if (kind !== "folder")
    throw new RunError("DISK_ERROR", `checkpoint: not a folder (at ${path})`, { path });
  try {
    return disk.list(path);
  } catch (error) {
    throw asRunError("checkpoint: cannot list", path, error);
  }
}

/** A name above all others of that step, so that no existing checkpoint is ever replaced. */
function freeName(folder: CheckpointFolder, step: number): string {
  const [last] = newestFirst(folder).filter((found) => found.step === step);
  return last === undefined ? `step-${step}` : `step-${step}.r${last.revision + 1}`;
}

/** Renamed first: half a folder under its own name would be reported as damaged. */
function removeFolder({ disk, path }: CheckpointFolder, name: string): void {
  const draft = join(path, temporaryName());
  disk.rename(join(path, name), draft);
  disk.remove(draft);
}

function temporaryName(): string {
  return `.tmp-${process.pid}-${randomBytes(6).toString("hex")}`;
}

function removeQuietly(disk: Disk, path: string): void {
  try {
    disk.remove(path);
  } catch {
    // Opening the run removes what is left of temporary folders.
  }
}

function infoOf(name: string, { step, score, savedAt, files }: Manifest): CheckpointInfo {
  return { name, step, score, savedAt, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
}

function corrupt(name: string, reason: string, cause?: unknown): RunError {
  return new RunError("CHECKPOINT_CORRUPT", `checkpoint: ${name} is damaged (${reason})`, {
    path: name,
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
