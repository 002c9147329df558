/**
 * Does the runs of a sweep: each is a `carom train` in a process of its own, with a run folder that
 * can be watched and evaluated like any other. A run that an earlier sweep process left behind is
 * taken as it is when it is finished, and continued from its checkpoint when it is not.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { RunError, type RunReader, readRun } from "@carom/runs";
import { isUnderWay, type RunFacts } from "@carom/runs/formats";
import { unpackCheckpoint } from "../checkpoint.js";
import { CliError } from "../errors.js";
import { Progress, type SavedProgress } from "../progress.js";
import type { EndSignal } from "../signals.js";
import { runName, type SweepPlan, sweepFiles, type Task, type TrialRecord } from "./plan.js";

/** What a runner works with. */
export interface TrialRunnerOptions {
  readonly plan: SweepPlan;
  /** Folder of the sweep. */
  readonly dir: string;
}

/** How a run's process ended. */
interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of its standard error. */
  readonly text: string;
}

/** A run that is going on. */
export interface LiveTask {
  readonly task: Task;
  /** Its run folder, which may not be there yet. */
  readonly folder: string;
}

/** Milliseconds between two looks at a run that another process is about to end. */
const lookEvery = 200;
/** Milliseconds to wait for that: a lock of another machine counts as stale after a minute. */
const patience = 90_000;
/** Characters of a failed run's standard error that are looked at, and of its message. */
const tailLength = 4000;
const messageLength = 500;

export class TrialRunner {
  /** Runs that are going on, in the order in which they began. */
  readonly live: Set<LiveTask> = new Set();
  private readonly options: TrialRunnerOptions;
  private readonly children: Set<ChildProcess> = new Set();
  private stopped = false;

  constructor(options: TrialRunnerOptions) {
    this.options = options;
  }

  /** Whether `stop` was called. */
  get isStopping(): boolean {
    return this.stopped;
  }

  /**
   * Does a run, or what is left of it.
   *
   * @returns undefined when it was stopped before its end. @throws CliError FOLDER_IN_USE, RunError
   */
  async run(task: Task): Promise<TrialRecord | undefined> {
    const folder = join(this.options.dir, sweepFiles.runs, runName(task));
    const live: LiveTask = { task, folder };
    this.live.add(live);
    try {
      const state = await settled(folder, () => this.stopped);
      if (state === "finished") return finished(task, folder);
      if (this.stopped) return undefined;
      const { steps } = this.options.plan.rungs[task.rung];
      const saved = state === "unfinished" ? finishedCheckpoint(task, folder, steps) : undefined;
      if (saved !== undefined) return saved;
      const end = await this.train(
        state === "none" ? this.fresh(task, folder) : this.resumed(folder),
      );
      if (end.code === 0) return finished(task, folder);
      return this.stopped ? undefined : failed(task, folder, end);
    } finally {
      this.live.delete(live);
    }
  }

  /** Lets no further run begin, and asks those that go on to save and end. */
  stop(signal: EndSignal): void {
    this.stopped = true;
    for (const child of this.children) child.kill(signal);
  }

  /** Ends all runs at once. Their last checkpoints stay. */
  kill(): void {
    this.stopped = true;
    for (const child of this.children) child.kill("SIGKILL");
  }

  /** A process group of its own: the terminal's Ctrl-C reaches the sweep alone, which passes it on. */
  private train(args: readonly string[]): Promise<End> {
    const { plan } = this.options;
    const entry = fileURLToPath(new URL("./trial.js", import.meta.url));
    const common = ["--no-viewer", "--json", "--threads", String(plan.threads)];
    const child = spawn(process.execPath, [entry, ...args, ...common], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      detached: true,
    });
    this.children.add(child);
    let text = "";
    child.stderr?.setEncoding("utf8").on("data", (more: string) => {
      text = (text + more).slice(-tailLength);
    });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        this.children.delete(child);
        resolve({ code, signal, text });
      });
    });
  }

  private fresh(task: Task, folder: string): string[] {
    const { plan, dir } = this.options;
    const settings = { ...plan.settings, ...plan.trials[task.trial] };
    const set = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    return [
      ...["train", plan.ownGame ? join(dir, sweepFiles.game) : plan.game],
      ...["--algo", plan.algo, "--variant", plan.variant, "--device", plan.device],
      ...(plan.precision === null ? [] : ["--precision", plan.precision]),
      ...["--steps", String(plan.rungs[task.rung].steps)],
      ...["--seed", String(plan.seeds[task.seed]), "--out", folder],
      ...(set.length > 0 ? ["--set", ...set] : []),
    ];
  }

  private resumed(folder: string): string[] {
    return ["train", "--resume", folder, "--device", this.options.plan.device];
  }
}

type FolderState = "none" | "unfinished" | "finished";

/** What there is of a run, once no process is at it. What was begun but never became a run goes. */
async function settled(folder: string, isStopping: () => boolean): Promise<FolderState> {
  for (let waited = 0; ; waited += lookEvery) {
    const facts = existsSync(join(folder, "run.json")) ? factsOf(folder) : undefined;
    if (facts === undefined) {
      rmSync(folder, { recursive: true, force: true });
      return "none";
    }
    if (!isUnderWay(facts.status)) return facts.status === "finished" ? "finished" : "unfinished";
    if (isStopping()) return "unfinished";
    if (waited >= patience) {
      throw new CliError("FOLDER_IN_USE", `${folder} is still being trained by another process`);
    }
    await sleep(lookEvery);
  }
}

/** undefined for a run.json that cannot be read: the run begins again. */
function factsOf(folder: string): RunFacts | undefined {
  try {
    return reading(folder, (run) => run.facts());
  } catch (error) {
    if (error instanceof RunError && error.code === "RUN_CORRUPT") return undefined;
    throw error;
  }
}

function finished(task: Task, folder: string): TrialRecord {
  const result = reading(folder, (run) => run.result());
  if (result === undefined) throw new CliError("RUN_CORRUPT", `${folder} has no result.json`);
  const { steps, seconds, score, area = null } = result;
  return { ...task, steps, seconds, final: score.mean, area, failure: null };
}

/**
 * A run that was killed between its last checkpoint and its result has nothing left to train; its
 * checkpoint has what the result would have said. undefined for any other run.
 */
function finishedCheckpoint(task: Task, folder: string, steps: number): TrialRecord | undefined {
  let saved: SavedProgress;
  try {
    saved = unpackCheckpoint(reading(folder, (run) => run.loadCheckpoint("latest"))).progress;
  } catch (error) {
    if (error instanceof RunError || error instanceof CliError) return undefined; // train says why
    throw error;
  }
  if (saved.steps < steps) return undefined;
  const progress = new Progress(saved);
  const final = progress.score()?.mean ?? null;
  const counts = { steps: saved.steps, seconds: saved.seconds };
  return { ...task, ...counts, final, area: progress.area(), failure: null };
}

function failed(task: Task, folder: string, { code, signal, text }: End): TrialRecord {
  const ended = signal === null ? `exit code ${code}` : `ended by ${signal}`;
  const said = text
    .split("\n")
    .find((line) => line.startsWith("carom: "))
    ?.slice("carom: ".length);
  const failure = (said ?? (text.trim() || ended)).slice(0, messageLength);
  return { ...task, steps: stepsOf(folder), seconds: 0, final: null, area: null, failure };
}

/** Env steps that a failed run had done; 0 where it left no folder. */
function stepsOf(folder: string): number {
  return existsSync(join(folder, "run.json")) ? (factsOf(folder)?.steps ?? 0) : 0;
}

function reading<T>(folder: string, read: (run: RunReader) => T): T {
  const run = readRun(folder);
  try {
    return read(run);
  } finally {
    run.close();
  }
}
