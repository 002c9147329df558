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
  readRun,
} from "@carom/runs";
import type { EpisodeFacts, RunFacts } from "@carom/runs/formats";
import { type Restored, unpackCheckpoint } from "../checkpoint.js";
import { CliError } from "../errors.js";
import { findRun, newRunFolder } from "../folders.js";
import { formatCount, formatDuration, formatScore } from "../format.js";
import { changedSources, precheck } from "../game/notes.js";
import { gameOfRun, resolveGame } from "../game/source.js";
import { Progress, type SavedProgress } from "../progress.js";
import type { Limits } from "../status/block.js";
import { type Subject, subjectOf } from "../subject.js";
import { runVersions } from "../versions.js";
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
  return {
    plan: {
      ...planOf(subject, limits, checkpointEvery),
      device: asked.device ?? "cpu",
      threads: asked.threads,
      from: null,
      init,
    },
    game,
    dir,
    notes: [...(init?.notes ?? []), ...precheck(subject)],
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
          device: device.name,
          threads: device.threads,
          totalSteps: limits.steps,
          versions: runVersions(device),
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
        device: asked.device ?? deviceOf(facts),
        threads: asked.threads ?? facts.threads,
        from: from === null ? null : { state: from.state, progress: from.progress, kept },
        init,
      },
      game: subject.game,
      dir,
      init,
      notes: [...resumeNotes(asked, facts, loaded), ...changedSources(subject.module)],
      open() {
        run.rewind(loaded?.step ?? 0);
        run.update({ steps: loaded?.step ?? 0, totalSteps: limits.steps });
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
): Omit<Plan, "device" | "threads" | "from" | "init"> {
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

/** The episodes that stay when the run goes back to a step. */
function keptUntil(run: Run, step: number): EpisodeFacts[] {
  const { episodes } = run.episodes(0, Number.MAX_SAFE_INTEGER);
  return episodes.filter((episode) => episode.steps <= step);
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

function deviceOf(facts: RunFacts): Plan["device"] {
  return facts.device === "cuda" ? "cuda" : "cpu";
}

function resumeNotes(asked: Asked, facts: RunFacts, loaded: LoadedCheckpoint | null): string[] {
  const notes = (loaded?.skipped ?? []).map(
    ({ name, error }) => `checkpoint ${name} cannot be used: ${error.message}`,
  );
  notes.push(
    loaded === null
      ? "the run has no checkpoint yet: beginning again from its start"
      : `continuing from step ${formatCount(loaded.step)}`,
  );
  const sameThreads = asked.threads === null || asked.threads === facts.threads;
  const sameDevice = asked.device === null || asked.device === facts.device;
  if (!sameThreads || !sameDevice) {
    const before = `${facts.device} with ${facts.threads} threads`;
    notes.push(`on another device or thread count (before: ${before}) the last bits will differ`);
  }
  return notes;
}
