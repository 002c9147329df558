/**
 * The training loop of an agent: iterate, tell, evaluate, until something ends it. Gives the thread's
 * other work a turn about every 50 ms, so that servers and pages stay alive; a single iteration is never
 * interrupted. The clock decides when to pause and when a limit in seconds ends it, never what is learned.
 */
import { seconds } from "../clock.js";
import type { Listeners, TrainingEvaluation } from "./events.js";
import type { TrainingEnd, TrainOptions } from "./options.js";
import { pause } from "./pause.js";
import type { Progress } from "./progress.js";
import type { Run } from "./run.js";

/** Seconds between two turns for other work. */
const pauseEvery = 0.05;

/** What the loop works with. */
export interface LoopParts {
  readonly run: Run;
  readonly progress: Progress;
  readonly listeners: Listeners;
  readonly options: TrainOptions;
  /** Env steps, over all calls, at which it ends. */
  readonly until: number;
  /** Seconds of the clock at which it began. */
  readonly began: number;
  readonly isDisposed: () => boolean;
  /** Scores the agent and keeps its state if it is the best so far. */
  readonly evaluate: () => TrainingEvaluation;
  /** Tells the listeners of "checkpoint". */
  readonly checkpoint: () => void;
}

/** Trains until something ends it. */
export async function runLoop(parts: LoopParts): Promise<TrainingEnd> {
  const { run, options, listeners } = parts;
  const { evaluateEvery, checkpointEvery } = options;
  const judge = new Judge(options);
  let paused = parts.began;
  for (;;) {
    const end = endOf(parts, judge);
    if (end !== undefined) return end;
    const before = run.trainer.steps;
    iterate(parts);
    const isAlive = (): boolean => !parts.isDisposed(); // a listener may dispose the agent
    const { steps } = run.trainer;
    if (isAlive() && passes(before, steps, evaluateEvery)) {
      const evaluation = parts.evaluate();
      judge.consider(evaluation);
      listeners.tell("evaluation", evaluation);
    }
    if (isAlive() && passes(before, steps, checkpointEvery)) parts.checkpoint();
    await listeners.settled();
    if (seconds() - paused < pauseEvery) continue;
    await pause();
    paused = seconds();
  }
}

/** One iteration, and what came of it to all listeners. */
function iterate({ run, progress, listeners }: LoopParts): void {
  const metrics = run.iterate();
  const { episodes, remarkable, faults } = run.takeReports();
  for (const episode of episodes) progress.add(episode.return);
  progress.addUntold(metrics.episodes - episodes.length);
  for (const fault of faults) listeners.tell("fault", fault);
  for (const episode of episodes) listeners.tell("episode", episode);
  for (const episode of remarkable) listeners.tell("remarkable", episode);
  listeners.tell("metrics", { ...metrics, score: progress.score() });
}

/** Whether env steps went over a multiple of `every`, wherever training was interrupted before. */
function passes(before: number, after: number, every: number | undefined): boolean {
  return every !== undefined && Math.floor(after / every) > Math.floor(before / every);
}

function endOf(parts: LoopParts, judge: Judge): TrainingEnd | undefined {
  const { run, progress, options, until, began } = parts;
  if (parts.isDisposed()) return "disposed";
  if (options.signal?.aborted === true) return "aborted";
  if (judge.isSolved(progress)) return "score";
  if (judge.isOutOfPatience()) return "patience";
  if (run.trainer.steps >= until) return "steps";
  if (options.seconds !== undefined && seconds() - began >= options.seconds) return "seconds";
  return undefined;
}

/** Decides whether scores end training. */
class Judge {
  private readonly options: TrainOptions;
  private isGoodEnough = false;
  /** Evaluations since the best one. */
  private worse = 0;

  constructor(options: TrainOptions) {
    this.options = options;
  }

  consider({ score, isBest }: TrainingEvaluation): void {
    this.worse = isBest ? 0 : this.worse + 1;
    const { untilScore } = this.options;
    if (untilScore !== undefined && score >= untilScore) this.isGoodEnough = true;
  }

  isSolved(progress: Progress): boolean {
    const { untilScore, evaluateEvery } = this.options;
    if (untilScore === undefined || evaluateEvery !== undefined) return this.isGoodEnough;
    const score = progress.fullScore();
    return score !== null && score >= untilScore;
  }

  isOutOfPatience(): boolean {
    return this.options.patience !== undefined && this.worse >= this.options.patience;
  }
}
