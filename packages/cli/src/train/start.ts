/**
 * Where a run starts from: a new folder or a checkpoint. Both give the plan for the training thread
 * and a way to open the run folder once that thread is ready, so that nothing is written for a run
 * that cannot begin.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type GameDefinition, specOf } from "@carom/envs";
import {
  createRun,
  type LoadedCheckpoint,
  openRun,
  type Run,
  RunError,
  type RunOptions,
  type RunReader,
  type RunUpdate,
  readRun,
} from "@carom/runs";
import type { EpisodeFacts, RunFacts } from "@carom/runs/formats";
import { type Restored, unpackCheckpoint } from "../checkpoint.js";
import { checkPrecision, type DeviceChoice, type DeviceFacts, type DeviceWish } from "../device.js";
import { CliError } from "../errors.js";
import { findRun, newRunFolder } from "../folders.js";
import { formatCount, formatDuration, formatScore } from "../format.js";
import { changedSources, precheck } from "../game/notes.js";
import { gameOfRun, resolveGame } from "../game/source.js";
import { Progress, type SavedProgress } from "../progress.js";
import type { Limits } from "../status/block.js";
import { type Subject, subjectOf } from "../subject.js";
import { parseDevice } from "../values.js";
import { commitOf, runVersions } from "../versions.js";
import { askedInit, type InitSource, initFacts, initOfRun } from "./init.js";
import {
  type Asked,
  checkResumeTexts,
  limitsOf,
  parseSubject,
  type TrainTexts,
} from "./options.js";
import { Flags, type Plan, type Ready } from "./protocol.js";

/** A start that has not happened yet. */
export interface Start {
  readonly plan: Plan;
  readonly game: GameDefinition;
  /** Folder of the run. */
  readonly dir: string;
  /** Lines to tell the user before training begins. */
  readonly notes: readonly string[];
  /** What a run that goes on was on before; null for a new run. */
  readonly before: DeviceFacts | null;
  /** The run whose network this one begins with; null for a network of its own. */
  readonly init: InitSource | null;
  /** Opens the folder for writing (a new one is made now) and holds its lock. */
  open(ready: Ready): Run;
  /** Gives back what the start already holds, when training cannot begin. */
  abandon(): void;
}

/** What both kinds of start are made with. */
export interface StartOptions {
  readonly texts: TrainTexts;
  readonly asked: Asked;
  /** Seconds between checkpoints. */
  readonly checkpointEvery: number;
  readonly onProblem: NonNullable<RunOptions["onProblem"]>;
}

/** A run that begins. Throws what resolveGame, parseSubject and precheck throw. */
export async function startNew(gameId: string | undefined, options: StartOptions): Promise<Start> {
  const { texts, asked, checkpointEvery, onProblem } = options;
  const source = gameId === undefined ? undefined : await resolveGame(gameId);
  const subject = parseSubject(source, texts);
  const { game, module, variant, algo, seed, config } = subject;
  const limits = limitsOf(asked, subject);
  const dir = texts.out ?? newRunFolder(game.id, algo, new Date());
  refuseExisting(dir);
  const init = askedInit(texts);
  const { device, threads, precision } = asked;
  const wish: DeviceWish = { device: device ?? "cpu", threads, precision };
  checkPrecision(wish);
  return {
    plan: {
      ...planOf(subject, limits, checkpointEvery),
      ...wish,
      from: null,
      init,
    },
    game,
    dir,
    notes: [...(init?.notes ?? []), ...precheck(subject)],
    before: null,
    init,
    open: ({ device, taken }) =>
      createRun(
        dir,
        {
          game: game.id,
          variant,
          gameVersion: specOf(game, variant).version,
          algo,
          seed,
          config,
          ...recorded(device),
          totalSteps: limits.steps,
          ...(module === null ? {} : { gameFile: module }),
          ...(init === null ? {} : { initFrom: initFacts(init, dir, taken) }),
        },
        { onProblem },
      ),
    abandon: () => {},
  };
}

/**
 * A run that goes on from its newest sound checkpoint, or from its beginning if it has none yet.
 *
 * @throws RunError for the folder and its checkpoints · CliError FINISHED, CHECKPOINT_FOREIGN
 */
export async function startResumed(
  gameId: string | undefined,
  options: StartOptions,
): Promise<Start> {
  const { texts, asked, checkpointEvery, onProblem } = options;
  checkResumeTexts(gameId, texts);
  const dir = findRun(texts.resume ?? "");
  refuseFinished(dir, asked);
  const run = openRun(dir, { onProblem });
  try {
    const facts = run.facts();
    const subject = subjectOf(facts, await gameOfRun(run));
    const loaded = loadLatest(run);
    const from = loaded === null ? null : unpackCheckpoint(loaded);
    const limits = mergeLimits(asked, from, facts);
    const kept = keptUntil(run, loaded?.step ?? 0);
    const init = from === null ? initOfRun(dir, facts) : null;
    return {
      plan: {
        ...planOf(subject, limits, checkpointEvery),
        ...wishOf(asked, facts),
        from: from === null ? null : { state: from.state, progress: from.progress, kept },
        init,
      },
      game: subject.game,
      dir,
      init,
      before: deviceBefore(facts),
      notes: [...resumeNotes(loaded), ...changedSources(subject.module)],
      open({ device }) {
        run.rewind(loaded?.step ?? 0);
        run.update({ steps: loaded?.step ?? 0, totalSteps: limits.steps, on: recorded(device) });
        return run;
      },
      abandon: () => run.close(),
    };
  } catch (error) {
    run.close();
    throw error;
  }
}

function planOf(
  { game, module, variant, algo, seed, config }: Subject,
  limits: Limits,
  checkpointEvery: number,
): Omit<Plan, keyof DeviceWish | "from" | "init"> {
  const totalSteps = limits.steps;
  const flags = new Flags().buffer;
  const facts = { game: game.id, module: module?.url ?? null, variant, algo, seed, config };
  return { ...facts, totalSteps, limits, checkpointEvery, flags };
}

/** Found early and with advice; createRun makes sure of it. @throws CliError RUN_EXISTS */
function refuseExisting(dir: string): void {
  if (!existsSync(join(dir, "run.json"))) return;
  throw new CliError(
    "RUN_EXISTS",
    `${dir} already holds a run; continue it with --resume, or name another folder`,
  );
}

/** Looks before the folder is taken, so that a finished run stays as it is. @throws CliError FINISHED */
function refuseFinished(dir: string, asked: Asked): void {
  const reader = readRun(dir);
  try {
    const loaded = loadLatest(reader);
    if (loaded === null) return;
    const from = unpackCheckpoint(loaded);
    checkUnfinished(dir, mergeLimits(asked, from, reader.facts()), from.progress);
  } finally {
    reader.close();
  }
}

/** Null where none has been saved yet; checkpoints that are there but of no use are an error. */
function loadLatest(run: RunReader): LoadedCheckpoint | null {
  try {
    return run.loadCheckpoint("latest");
  } catch (error) {
    if (error instanceof RunError && error.code === "CHECKPOINT_NOT_FOUND") return null;
    throw error;
  }
}

/** The episodes of the training that stay when the run goes back to a step; those that a person played are none of it. */
function keptUntil(run: Run, step: number): EpisodeFacts[] {
  const { episodes } = run.episodes(0, Number.MAX_SAFE_INTEGER);
  return episodes.filter(({ steps, reason }) => steps <= step && reason !== "chosen");
}

function mergeLimits(asked: Asked, from: Restored | null, facts: RunFacts): Limits {
  const kept = from?.limits ?? { steps: facts.totalSteps, seconds: null, score: null };
  return {
    steps: asked.steps ?? kept.steps,
    seconds: asked.seconds ?? kept.seconds,
    score: asked.score ?? kept.score,
  };
}

/** @throws CliError FINISHED when a limit has been reached already. */
function checkUnfinished(dir: string, limits: Limits, progress: SavedProgress): void {
  const { steps, seconds } = progress;
  const score = new Progress(progress).fullWindowMean();
  const finished = (what: string, option: string): CliError =>
    new CliError("FINISHED", `${dir} is finished: ${what}; give a higher ${option} to go on`);
  if (steps >= limits.steps) throw finished(`it has done ${formatCount(steps)} steps`, "--steps");
  if (limits.seconds !== null && seconds >= limits.seconds) {
    throw finished(`it has trained for ${formatDuration(seconds)}`, "--time");
  }
  if (limits.score !== null && score !== null && score >= limits.score) {
    throw finished(`its score is ${formatScore(score)}`, "--until-score");
  }
}

/** What run.json says of a device and of the code. */
function recorded(device: DeviceFacts): NonNullable<RunUpdate["on"]> {
  const { name, threads, precision } = device;
  const commit = commitOf(process.cwd());
  const versions = { ...runVersions(device), ...(commit === undefined ? {} : { commit }) };
  const on = { device: name, threads, versions };
  return precision === undefined ? on : { ...on, precision };
}

/** The device that a run was on, as far as run.json tells. */
function deviceBefore({ device, threads, precision, versions }: RunFacts): DeviceFacts {
  const { isa = "", native = "", gpu } = versions;
  const facts = { name: device, threads, isa, version: native };
  if (gpu === undefined) return facts;
  return { ...facts, gpu, precision: precision ?? "float32" };
}

/** The device that a run goes on with: the one it was on, unless another is asked for. @throws CliError CONFLICT */
function wishOf(asked: Asked, facts: RunFacts): DeviceWish {
  const device = asked.device ?? choiceOf(facts.device);
  const threads = asked.threads ?? (facts.device === "cpu" ? facts.threads : null);
  const kept = device === "cpu" ? null : (facts.precision ?? null);
  const wish = { device, threads, precision: asked.precision ?? kept };
  checkPrecision(wish);
  return wish;
}

function choiceOf(name: string): DeviceChoice {
  return name.startsWith("cuda") ? parseDevice("run.json: device", name) : "cpu";
}

function resumeNotes(loaded: LoadedCheckpoint | null): string[] {
  const notes = (loaded?.skipped ?? []).map(
    ({ name, error }) => `checkpoint ${name} cannot be used: ${error.message}`,
  );
  notes.push(
    loaded === null
      ? "the run has no checkpoint yet: beginning again from its start"
      : `continuing from step ${formatCount(loaded.step)}`,
  );
  return notes;
}
