/**
 * A run folder as its readers see it, in any process, while it is being written or long after.
 * Not here: anything that writes (run.ts).
 */
import { basename, join } from "node:path";
import type {
  CheckpointInfo,
  LoadedCheckpoint,
  RunChange,
  RunCounts,
  RunReader,
  WhichCheckpoint,
} from "./api.js";
import { type CheckpointFolder, listCheckpoints, loadCheckpoint } from "./checkpoints.js";
import type { Disk } from "./disk.js";
import { EpisodeReader } from "./episode-store.js";
import { asRunError, RunError, systemCode } from "./errors.js";
import { decodeRunEvent, type RunEvent } from "./formats/events.js";
import { decodeRunManifest, isUnderWay, type RunFacts, type RunManifest } from "./formats/facts.js";
import { decodeJson, type JsonValue } from "./formats/json.js";
import type { EpisodesPage, EventsPage, MetricsPage, PoliciesPage } from "./formats/messages.js";
import { decodeMetricsRow, type MetricsRow } from "./formats/metrics.js";
import { decodeRunResult, type RunResult } from "./formats/result.js";
import { readGameFile } from "./game-file.js";
import { LineReader } from "./line-log.js";
import { lockOwner } from "./lock.js";
import type { Processes } from "./owner.js";
import { PolicyReader } from "./policy-store.js";

const maxManifestBytes = 4 << 20;
const maxResultBytes = 4 << 20;
const defaultPage = 10_000;

/** Paths inside a run folder. */
export const files = {
  manifest: (dir: string): string => join(dir, "run.json"),
  metrics: (dir: string): string => join(dir, "metrics.jsonl"),
  checkpoints: (dir: string): string => join(dir, "checkpoints"),
  episodes: (dir: string): string => join(dir, "episodes"),
  events: (dir: string): string => join(dir, "events.jsonl"),
  policies: (dir: string): string => join(dir, "policies"),
  result: (dir: string): string => join(dir, "result.json"),
  game: (dir: string): string => join(dir, "game.mjs"),
  lock: (dir: string): string => join(dir, "lock"),
};

/** What a reader looks at and through. */
export interface ReaderContext {
  readonly dir: string;
  readonly disk: Disk;
  readonly processes: Processes;
  readonly pollMs: number;
}

/** See `RunReader`. */
export class FolderReader implements RunReader {
  readonly dir: string;
  protected readonly disk: Disk;
  protected readonly processes: Processes;
  protected readonly rows: LineReader<MetricsRow>;
  protected readonly kept: EpisodeReader;
  private readonly happened: LineReader<RunEvent>;
  protected readonly taken: PolicyReader;
  private readonly pollMs: number;
  private readonly timers: Set<NodeJS.Timeout> = new Set();
  private lastSteps = 0;
  private seenRestarts = 0;

  constructor(
    { dir, disk, processes, pollMs }: ReaderContext,
    kept?: EpisodeReader,
    taken?: PolicyReader,
  ) {
    this.dir = dir;
    this.disk = disk;
    this.processes = processes;
    this.pollMs = pollMs;
    this.rows = new LineReader(disk, files.metrics(dir), decodeMetricsRow);
    this.happened = new LineReader(disk, files.events(dir), decodeRunEvent);
    this.kept = kept ?? new EpisodeReader(disk, files.episodes(dir));
    this.taken = taken ?? new PolicyReader(disk, files.policies(dir));
  }

  facts(): RunFacts {
    const { format: _, ...facts } = this.readManifest();
    this.refreshRows();
    const isDeserted =
      isUnderWay(facts.status) &&
      lockOwner(this.disk, files.lock(this.dir), this.processes) === undefined;
    const status = isDeserted ? "crashed" : facts.status;
    return { ...facts, status, steps: Math.max(facts.steps, this.lastSteps) };
  }

  counts(): RunCounts {
    this.refreshRows();
    this.refreshKept();
    this.refreshTaken();
    this.refreshEvents();
    return {
      metrics: this.rows.count,
      episodes: this.kept.count,
      policies: this.taken.count,
      events: this.happened.count,
    };
  }

  metrics(since: number, limit: number = defaultPage): MetricsPage {
    this.refreshRows();
    const from = since > this.rows.count ? 0 : since;
    const rows = this.guard("metrics: cannot read", () => this.rows.read(from, limit));
    return { from, next: from + rows.length, rows };
  }

  episodes(since: number, limit: number = defaultPage): EpisodesPage {
    this.refreshKept();
    return this.guard("episodes: cannot read", () => this.kept.page(since, limit));
  }

  events(since: number, limit: number = defaultPage): EventsPage {
    this.refreshEvents();
    const from = since > this.happened.count ? 0 : since;
    const events = this.guard("events: cannot read", () => this.happened.read(from, limit));
    return { from, next: from + events.length, events };
  }

  replay(id: string): Uint8Array {
    this.refreshKept();
    return this.kept.replay(id);
  }

  policies(since: number, limit: number = defaultPage): PoliciesPage {
    this.refreshTaken();
    return this.guard("policies: cannot read", () => this.taken.page(since, limit));
  }

  policy(id: string): Uint8Array {
    this.refreshTaken();
    return this.taken.policy(id);
  }

  gameFile(): Uint8Array | undefined {
    const { gameFile } = this.readManifest();
    return gameFile && readGameFile(this.disk, files.game(this.dir), gameFile);
  }

  result(): RunResult | undefined {
    const value = readJson(this.disk, files.result(this.dir), maxResultBytes);
    if (value === undefined) return undefined;
    return decodeFile(files.result(this.dir), () => decodeRunResult(value));
  }

  checkpoints(): CheckpointInfo[] {
    return listCheckpoints(this.checkpointFolder());
  }

  loadCheckpoint(which: WhichCheckpoint): LoadedCheckpoint {
    return loadCheckpoint(this.checkpointFolder(), which);
  }

  watch(onChange: (change: RunChange) => void): () => void {
    let before = this.snapshot();
    const timer = setInterval(() => {
      const now = this.trySnapshot() ?? before;
      if (now.restarts !== before.restarts) onChange("restart");
      if (now.metrics !== before.metrics) onChange("metrics");
      if (now.episodes !== before.episodes) onChange("episodes");
      if (now.events !== before.events) onChange("events");
      if (now.policies !== before.policies) onChange("policies");
      if (now.status !== before.status) onChange("status");
      before = now;
    }, this.pollMs);
    timer.unref();
    this.timers.add(timer);
    return () => {
      clearInterval(timer);
      this.timers.delete(timer);
    };
  }

  close(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.timers.clear();
  }

  /** run.json as it is; RunError RUN_NOT_FOUND, RUN_CORRUPT. */
  readManifest(): RunManifest {
    const path = files.manifest(this.dir);
    const value = readJson(this.disk, path, maxManifestBytes);
    if (value === undefined) throw runNotFound(this.dir);
    return decodeFile(path, () => decodeRunManifest(value));
  }

  protected checkpointFolder(): CheckpointFolder {
    const { id, game, variant, gameVersion, algo } = this.readManifest();
    const origin = { run: id, game, variant, gameVersion, algo };
    return { disk: this.disk, path: files.checkpoints(this.dir), origin };
  }

  private refreshRows(): void {
    const added = this.guard("metrics: cannot read", () => this.rows.refresh());
    if (this.rows.restarts !== this.seenRestarts) this.lastSteps = 0;
    this.seenRestarts = this.rows.restarts;
    const last = added.at(-1);
    if (last !== undefined && Number.isFinite(last.steps)) this.lastSteps = last.steps;
  }

  /**
   * What a watcher compares; a folder that cannot be read at the moment shows no change of status.
   */
  private snapshot(): RunCounts & { status: string; restarts: number } {
    let status = "unreadable";
    try {
      status = this.facts().status;
    } catch {
      // Told to whoever asks for the facts.
    }
    const counts = this.counts();
    const restarts = this.rows.restarts + this.kept.restarts + this.taken.restarts;
    return { ...counts, status, restarts };
  }

  private refreshKept(): void {
    this.guard("episodes: cannot read", () => this.kept.refresh());
  }

  private refreshEvents(): void {
    this.guard("events: cannot read", () => this.happened.refresh());
  }

  private refreshTaken(): void {
    this.guard("policies: cannot read", () => this.taken.refresh());
  }

  /** undefined if the folder cannot be read at the moment; it may be back at the next look. */
  private trySnapshot(): ReturnType<FolderReader["snapshot"]> | undefined {
    try {
      return this.snapshot();
    } catch {
      return undefined;
    }
  }

  private guard<T>(action: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw asRunError(action, this.dir, error);
    }
  }
}

/** The sentence for a folder that holds no run. */
export function runNotFound(dir: string): RunError {
  return new RunError(
    "RUN_NOT_FOUND",
    `run: there is no run ${basename(dir)} (no run.json in ${dir})`,
    {
      path: dir,
    },
  );
}

/** undefined if the file is missing. */
function readJson(disk: Disk, path: string, maxBytes: number): JsonValue | undefined {
  let bytes: Uint8Array;
  try {
    bytes = disk.read(path, maxBytes);
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw asRunError("run: cannot read", path, error);
  }
  return decodeFile(path, () => decodeJson(new TextDecoder().decode(bytes)));
}

function decodeFile<T>(path: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunError("RUN_CORRUPT", `run: ${basename(path)} is damaged (${reason})`, {
      path,
      cause: error,
    });
  }
}
