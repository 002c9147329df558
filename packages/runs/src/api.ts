/**
 * The interface of this package: what a run folder offers to its readers (any number, any process)
 * and to its one writer. Rules R1.. of the folder are in SPEC.md. All calls are synchronous; a call
 * that writes has reached the disk's cache when it returns, and a checkpoint the disk itself.
 */
import type { Disk } from "./disk.js";
import type { RunError } from "./errors.js";
import type { EpisodeEntry, EpisodeFacts, EpisodeReason } from "./formats/episodes.js";
import type { NewRunEvent } from "./formats/events.js";
import type { RunFacts, RunSetup, RunStatus } from "./formats/facts.js";
import type { GameSourceFile } from "./formats/game-file.js";
import type { JsonValue } from "./formats/json.js";
import type { EpisodesPage, EventsPage, MetricsPage, PoliciesPage } from "./formats/messages.js";
import type { MetricsRow } from "./formats/metrics.js";
import type { PolicyEntry, PolicyFacts } from "./formats/policies.js";
import type { RunResult } from "./formats/result.js";

/** Elements of an array of a saved state. */
export type SavedData =
  | (Float32Array | Float64Array | Int8Array | Int16Array | Int32Array)
  | (Uint8Array | Uint16Array | Uint32Array);

/** An array of a saved state. `data` has the elements that `dtype` names (bool: one byte each). */
export interface SavedArray {
  /** Type of the elements. */
  readonly dtype:
    | ("float32" | "float64" | "int8" | "int16" | "int32")
    | ("uint8" | "uint16" | "uint32" | "bool");
  /** Sizes of the dimensions; [] is a scalar. */
  readonly shape: readonly number[];
  /** The elements in row-major order. */
  readonly data: SavedData;
}

/**
 * Everything that is needed to go on bit by bit: arrays by name, and the rest as JSON.
 * A name `model/actor.0.weight` goes to the file model.safetensors under `actor.0.weight`; a name
 * without a slash to arrays.safetensors. File part: lower-case letters, digits, `-`.
 */
export interface SavedState {
  /** Typed arrays by name. */
  readonly arrays: Readonly<Record<string, SavedArray>>;
  /** Everything that is not an array. */
  readonly json: JsonValue;
}

/** A checkpoint as its manifest describes it. */
export interface CheckpointInfo {
  /** Name of its folder. */
  readonly name: string;
  /** Env steps when it was saved. */
  readonly step: number;
  /** Score it was saved with; higher is better; null if none was known. */
  readonly score: number | null;
  /** ISO 8601 date and time, UTC. */
  readonly savedAt: string;
  /** Bytes of its files, manifest left out. */
  readonly bytes: number;
}

/** A checkpoint that was passed over, and why. */
export interface SkippedCheckpoint {
  /** Name of its folder. */
  readonly name: string;
  /** Why it could not be used. */
  readonly error: RunError;
}

/** A verified checkpoint: every file had the length and the SHA-256 that the manifest states. */
export interface LoadedCheckpoint extends CheckpointInfo, SavedState {
  /** Newer (or better) checkpoints that could not be used; say so to the user. */
  readonly skipped: readonly SkippedCheckpoint[];
}

/**
 * "latest": newest that verifies; "best": highest score that verifies; a number: that env step or
 * an error.
 */
export type WhichCheckpoint = "latest" | "best" | number;

/** What may change in run.json. */
export interface RunUpdate {
  /** How it is, or how it ended. */
  readonly status?: RunStatus;
  /** Env steps done. */
  readonly steps?: number;
  /** Env steps asked for, of a run that is prolonged. */
  readonly totalSteps?: number;
  /** What it runs on, when it goes on elsewhere. */
  readonly on?: Pick<RunSetup, "device" | "precision" | "threads" | "versions">;
}

/** What changed in a run; "restart" means history was rewritten and counts begin anew. */
export type RunChange = "metrics" | "episodes" | "policies" | "events" | "status" | "restart";

/** How many rows and index lines there are. */
export interface RunCounts {
  /** Rows of metrics.jsonl. */
  readonly metrics: number;
  /** Lines of the index of kept episodes. */
  readonly episodes: number;
  /** Lines of events.jsonl. */
  readonly events: number;
  /** Lines of the index of kept policies. */
  readonly policies: number;
}

/**
 * What the server needs of a run. `Run` (in the training process) and `RunReader` (in any other)
 * both are one.
 */
export interface RunSource {
  /**
   * Status and steps are the newest known; "crashed" if it says running or paused but its process
   * is gone.
   */
  facts(): RunFacts;
  /** How much there is at this moment. */
  counts(): RunCounts;
  /** Rows from number `since` on, at most `limit` (default 10,000). */
  metrics(since: number, limit?: number): MetricsPage;
  /** Kept episodes from index line `since` on, at most `limit` (default 10,000). */
  episodes(since: number, limit?: number): EpisodesPage;
  /** What was asked of the run and what was wrong, from line `since` on, at most `limit`. */
  events(since: number, limit?: number): EventsPage;
  /** Bytes of a kept episode's replay. RunError EPISODE_NOT_FOUND, EPISODE_CORRUPT. */
  replay(id: string): Uint8Array;
  /** Policies of moments of training, from index line `since` on, at most `limit` (default 10,000). */
  policies(since: number, limit?: number): PoliciesPage;
  /** Bytes of a kept policy as they were given. RunError POLICY_NOT_FOUND, POLICY_CORRUPT. */
  policy(id: string): Uint8Array;
  /**
   * The run's own copy of its game: code, verified but never run here; undefined where the game is a
   * part of Carom. RunError GAME_CORRUPT.
   */
  gameFile(): Uint8Array | undefined;
  /** Newest first; only those whose manifest is sound. */
  checkpoints(): CheckpointInfo[];
  /** undefined while there is none. */
  result(): RunResult | undefined;
  /** Calls back on changes, until the returned function is called. */
  watch(onChange: (change: RunChange) => void): () => void;
}

/** A run folder, read without a lock, whoever writes it meanwhile. */
export interface RunReader extends RunSource {
  /** Path of the folder. */
  readonly dir: string;
  /** RunError CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT, CHECKPOINT_FOREIGN. */
  loadCheckpoint(which: WhichCheckpoint): LoadedCheckpoint;
  /** Stops watching. Idempotent. */
  close(): void;
}

/** What a checkpoint is saved with. */
export interface SaveOptions {
  /**
   * Mean return of the latest episodes or of an evaluation; decides which checkpoint is the best.
   */
  readonly score?: number | null;
}

/** A run folder held by this process. */
export interface Run extends RunReader {
  /**
   * Adds a line to metrics.jsonl, on disk within a second. A full disk is reported by `onProblem`
   * and retried, not thrown.
   */
  appendMetrics(row: MetricsRow): void;
  /**
   * Saves a checkpoint, all or nothing, and prunes old ones (the last three and the best stay).
   * RunError DISK_FULL, FOLDER_NOT_WRITABLE, DISK_ERROR, LOCK_LOST: earlier checkpoints are
   * untouched.
   */
  saveCheckpoint(step: number, state: SavedState, options?: SaveOptions): CheckpointInfo;
  /**
   * Why this episode should be kept, or undefined. Ask for every episode that ends, in order; costs
   * next to nothing.
   */
  considerEpisode(facts: EpisodeFacts): EpisodeReason | undefined;
  /** Keeps an episode. Failures of the disk go to `onProblem`; then the answer is undefined. */
  addEpisode(
    replay: Uint8Array,
    facts: EpisodeFacts,
    reason: EpisodeReason,
  ): EpisodeEntry | undefined;
  /**
   * Adds a line to events.jsonl, with the time. Failures of the disk go to `onProblem`; nothing
   * takes lines out again.
   */
  addEvent(event: NewRunEvent): void;
  /**
   * Keeps the policy of this moment, and thins out earlier ones where there are too many. Failures of
   * the disk go to `onProblem`; then, and for one that is too long, the answer is undefined.
   */
  addPolicy(bytes: Uint8Array, facts: PolicyFacts): PolicyEntry | undefined;
  /** Writes what changed to run.json. */
  update(changes: RunUpdate): void;
  /**
   * Forgets what came after a step: metrics rows, episodes, policies and checkpoints beyond it. For resuming
   * from a checkpoint.
   */
  rewind(step: number): void;
  /** Writes result.json and the status "finished", and closes. */
  finish(result: RunResult): void;
  /** Writes what is pending and gives the lock back. Status "running" or "paused" becomes "stopped". */
  close(): void;
  /** What `using` calls: {@link close}. */
  [Symbol.dispose](): void;
}

/** Options of createRun and openRun. */
export interface RunOptions {
  /** Checkpoints to keep besides the best (default 3). */
  readonly keepCheckpoints?: number;
  /**
   * Bytes of replays to keep (default 256 MiB); the oldest go first, never the first episode or the
   * best.
   */
  readonly maxEpisodeBytes?: number;
  /** Policies to keep (default 64, at least 2). */
  readonly maxPolicies?: number;
  /** Bytes of policies to keep (default 64 MiB). */
  readonly maxPolicyBytes?: number;
  /**
   * A failure of the disk that does not stop the run (metrics, episodes, policies, pruning): called once when
   * it begins, with undefined when it is over.
   */
  readonly onProblem?: (problem: RunError | undefined) => void;
  /** Where files are kept (default: the file system). */
  readonly disk?: Disk;
}

/** Options of readRun. */
export interface ReadOptions {
  /** Milliseconds between looks at the files while watched (default 1000). */
  readonly pollMs?: number;
  /** Where files are kept (default: the file system). */
  readonly disk?: Disk;
}

/**
 * A folder in a list of runs; `facts` is undefined if run.json cannot be read, and `problem` says
 * why.
 */
export interface ListedRun {
  /** Name of the folder. */
  readonly id: string;
  /** Path of the folder. */
  readonly dir: string;
  /** What run.json says. */
  readonly facts: RunFacts | undefined;
  /** Why run.json could not be read. */
  readonly problem: RunError | undefined;
}

/**
 * The other runs of a folder, for reading. A name leads to a real folder directly inside, or to
 * nothing.
 */
export interface RunShelf {
  /** What run.json says of each, newest first; at most 500. Steps are those of the last checkpoint. */
  list(): readonly RunFacts[];
  /** The run of a name; undefined if there is none. Stays open; the eight last asked for do. */
  find(id: string): RunReader | undefined;
  /** Closes what is open. */
  close(): void;
}

/** A game that a run is to keep a copy of. */
export interface NewGameFile {
  /** One ES module without imports whose default export is the game. */
  readonly code: Uint8Array;
  /** What it was made from; the first is the file that was named. */
  readonly sources: readonly GameSourceFile[];
}

/** What createRun is given: the setup; the id is the folder's name. */
export type NewRun = Omit<RunSetup, "gameFile"> & {
  /** The game, where it is no part of Carom. */
  readonly gameFile?: NewGameFile;
};
