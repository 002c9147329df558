/**
 * A run folder held by this process: the one writer. What must not be lost (checkpoints, result)
 * throws when the disk refuses; what may wait (metrics, replays, pruning) is reported once by
 * `onProblem` and tried again. Not here: reading (run-reader.ts), taking and making folders
 * (runs.ts).
 */
import type {
  CheckpointInfo,
  Run,
  RunChange,
  RunOptions,
  RunUpdate,
  SavedState,
  SaveOptions,
} from "./api.js";
import { pruneCheckpoints, removeCheckpointsAfter, saveCheckpoint } from "./checkpoints.js";
import type { Disk } from "./disk.js";
import { EpisodeStore } from "./episode-store.js";
import { asRunError, RunError } from "./errors.js";
import {
  decodeEpisodeEntry,
  type EpisodeEntry,
  type EpisodeFacts,
  type EpisodeReason,
} from "./formats/episodes.js";
import { encodeRunEvent, type NewRunEvent, runEventOf } from "./formats/events.js";
import { decodeRunManifest, isUnderWay, type RunManifest } from "./formats/facts.js";
import { decodeJson, encodeJson } from "./formats/json.js";
import { decodeMetricsRow, encodeMetricsRow, type MetricsRow } from "./formats/metrics.js";
import { decodePolicyEntry, type PolicyEntry, type PolicyFacts } from "./formats/policies.js";
import { decodeRunResult, type RunResult } from "./formats/result.js";
import { createEpisodeKeeper, type EpisodeKeeper } from "./keep.js";
import { LineWriter, replaceFile } from "./line-log.js";
import type { Lock } from "./lock.js";
import { PolicyStore } from "./policy-store.js";
import { FolderReader, files, type ReaderContext } from "./run-reader.js";

/** Milliseconds that a metrics row waits at most before it is written. */
const flushEvery = 1000;
/** A row that comes so long after the last write, in milliseconds, is written at once. */
const directAfter = 100;
const defaultKeep = 3;
const defaultEpisodeBytes = 256 << 20;
const defaultPolicies = 64;
const defaultPolicyBytes = 64 << 20;

/** See `Run`. */
export class FolderRun extends FolderReader implements Run {
  private readonly lock: Lock;
  private readonly options: RunOptions;
  private readonly listeners: Set<(change: RunChange) => void> = new Set();
  private readonly problems: Map<string, RunError> = new Map();
  private readonly timer: NodeJS.Timeout;
  private readonly writer: LineWriter;
  private readonly store: EpisodeStore;
  /** Of events.jsonl; the file is made with the first event. */
  private eventWriter: LineWriter | undefined;
  private readonly policyStore: PolicyStore;
  private keeper: EpisodeKeeper;
  private current: RunManifest;
  private flushedAt = 0;
  private hasNews = false;
  private isClosed = false;

  /** The folder is complete and locked by `lock`. */
  constructor(context: ReaderContext, lock: Lock, manifest: RunManifest, options: RunOptions) {
    const { dir, disk } = context;
    const store = new EpisodeStore(
      disk,
      files.episodes(dir),
      options.maxEpisodeBytes ?? defaultEpisodeBytes,
    );
    const policyStore = new PolicyStore(disk, files.policies(dir), {
      count: Math.max(2, options.maxPolicies ?? defaultPolicies),
      bytes: options.maxPolicyBytes ?? defaultPolicyBytes,
    });
    super(context, store, policyStore);
    this.policyStore = policyStore;
    this.lock = lock;
    this.options = options;
    this.current = manifest;
    this.store = store;
    this.keeper = createEpisodeKeeper(trained(store));
    this.writer = new LineWriter(disk, files.metrics(dir));
    this.timer = setInterval(() => this.flush(), flushEvery);
    this.timer.unref();
  }

  appendMetrics(row: MetricsRow): void {
    this.writer.add(checked("metrics", () => encodeMetricsRow(row)));
    this.hasNews = true;
    if (performance.now() - this.flushedAt >= directAfter) this.flush();
  }

  saveCheckpoint(step: number, state: SavedState, options: SaveOptions = {}): CheckpointInfo {
    this.lock.check();
    this.attempt("metrics", () => this.writer.sync());
    this.attempt("episodes", () => this.store.sync());
    this.attempt("policies", () => this.policyStore.sync());
    const folder = this.checkpointFolder();
    const info = saveCheckpoint(folder, step, state, options);
    // There is space again, so replays fit too, whenever the next one comes.
    this.attempt("replays", () => {});
    this.attempt("run.json", () => this.update({ steps: step }));
    this.attempt("old checkpoints", () => {
      pruneCheckpoints(folder, Math.max(1, this.options.keepCheckpoints ?? defaultKeep));
    });
    return info;
  }

  considerEpisode(facts: EpisodeFacts): EpisodeReason | undefined {
    return this.keeper.consider(facts);
  }

  addEpisode(
    replay: Uint8Array,
    facts: EpisodeFacts,
    reason: EpisodeReason,
  ): EpisodeEntry | undefined {
    checked("episode", () => decodeEpisodeEntry({ ...facts, id: "0", reason }));
    let entry: EpisodeEntry | undefined;
    this.attempt("replays", () => {
      this.lock.check();
      entry = this.store.add(replay, facts, reason);
    });
    if (entry !== undefined) this.emit("episodes");
    return entry;
  }

  addEvent(event: NewRunEvent): void {
    const stamped = { ...event, at: new Date().toISOString() };
    const line = checked("event", () => encodeRunEvent(runEventOf(stamped)));
    this.attempt("events", () => {
      this.lock.check();
      this.eventWriter ??= new LineWriter(this.disk, files.events(this.dir));
      this.eventWriter.add(line);
      this.eventWriter.flush();
    });
    this.emit("events");
  }

  addPolicy(bytes: Uint8Array, facts: PolicyFacts): PolicyEntry | undefined {
    const { length } = bytes;
    checked("policy", () => decodePolicyEntry({ ...facts, id: "0", bytes: length, crc: 0 }));
    let entry: PolicyEntry | undefined;
    this.attempt("policies", () => {
      this.lock.check();
      entry = this.policyStore.add(bytes, facts);
    });
    if (entry !== undefined) this.emit("policies");
    return entry;
  }

  update(changes: RunUpdate): void {
    const { on, ...counts } = changes;
    const { precision, ...kept } = this.current;
    const place = on ?? (precision === undefined ? {} : { precision });
    const changed = checked("run", () => decodeRunManifest({ ...kept, ...place, ...counts }));
    this.lock.check();
    writeManifest(this.disk, this.dir, changed);
    this.current = changed;
    this.emit("status");
  }

  rewind(step: number): void {
    this.lock.check();
    try {
      // Checkpoints first: if this stops half way, the run is resumed and rewound again.
      removeCheckpointsAfter(this.checkpointFolder(), step);
      this.writer.filter((line) => isUpTo(line, step));
      this.store.rewind(step);
      this.policyStore.rewind(step);
      this.disk.remove(files.result(this.dir));
      this.update({ steps: Math.min(step, this.current.steps) });
    } catch (error) {
      throw asRunError("run: cannot go back", this.dir, error);
    }
    this.keeper = createEpisodeKeeper(trained(this.store));
    this.emit("restart");
  }

  finish(result: RunResult): void {
    checked("result", () => decodeRunResult(decodeJson(encodeJson(result))));
    try {
      this.lock.check();
      const path = files.result(this.dir);
      replaceFile(this.disk, path, new TextEncoder().encode(`${encodeJson(result, 2)}\n`));
      this.update({ status: "finished", steps: result.steps });
    } catch (error) {
      throw asRunError("run: cannot write the result", this.dir, error);
    } finally {
      this.close();
    }
  }

  override watch(onChange: (change: RunChange) => void): () => void {
    this.listeners.add(onChange);
    return () => this.listeners.delete(onChange);
  }

  override close(): void {
    if (this.isClosed) return;
    this.flush();
    if (isUnderWay(this.current.status)) {
      this.attempt("run.json", () => this.update({ status: "stopped" }));
    }
    this.isClosed = true;
    clearInterval(this.timer);
    this.attempt("metrics", () => this.writer.sync());
    this.attempt("episodes", () => this.store.sync());
    this.attempt("events", () => this.eventWriter?.sync());
    this.attempt("policies", () => this.policyStore.sync());
    this.writer.close();
    this.eventWriter?.close();
    this.store.close();
    this.policyStore.close();
    this.lock.release();
    this.listeners.clear();
    super.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Writes waiting rows; a folder that was taken over by another process is not written to. */
  private flush(): void {
    if (this.isClosed) return;
    this.lock.touch();
    this.flushedAt = performance.now();
    const isWritten = this.attempt("metrics", () => {
      this.lock.check();
      this.writer.flush();
    });
    if (isWritten && this.problems.has("episodes"))
      this.attempt("episodes", () => this.store.flush());
    if (isWritten && this.problems.has("events"))
      this.attempt("events", () => this.eventWriter?.flush());
    if (!isWritten || !this.hasNews) return;
    this.hasNews = false;
    this.emit("metrics");
  }

  /**
   * Does what may be put off; the first failure of its kind is reported, and the end of the last
   * one.
   */
  private attempt(area: string, action: () => void): boolean {
    try {
      action();
    } catch (error) {
      const problem = asRunError(`run: cannot write ${area}`, this.dir, error);
      const isNew = ![...this.problems.values()].some(({ code }) => code === problem.code);
      this.problems.set(area, problem);
      if (isNew) this.options.onProblem?.(problem);
      return false;
    }
    if (this.problems.delete(area) && this.problems.size === 0) this.options.onProblem?.(undefined);
    return true;
  }

  private emit(change: RunChange): void {
    for (const listener of this.listeners) listener(change);
  }
}

/** The episodes of the training itself: what others chose is no measure of it. */
function trained(store: EpisodeStore): readonly EpisodeFacts[] {
  return store.all().filter(({ reason }) => reason !== "chosen");
}

/** Writes run.json in one step. */
export function writeManifest(disk: Disk, dir: string, manifest: RunManifest): void {
  const path = files.manifest(dir);
  try {
    replaceFile(disk, path, new TextEncoder().encode(`${encodeJson(manifest, 2)}\n`));
  } catch (error) {
    throw asRunError("run: cannot write run.json", path, error);
  }
}

/** Lets a FormatError of an argument out as INVALID_ARGUMENT. */
export function checked<T>(what: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunError("INVALID_ARGUMENT", `${what}: ${reason}`, { cause: error });
  }
}

function isUpTo(line: string, step: number): boolean {
  try {
    return decodeMetricsRow(line).steps <= step;
  } catch {
    return false;
  }
}
