/**
 * What a run has achieved so far, counted from its episodes: how many ended, the best return, the
 * mean of the last 100, the area under its curve, and when it first passed each milestone. Part of every checkpoint, so
 * that a continued run goes on counting. Knows nothing of trainers, files or threads.
 */
import { mean, standardDeviation } from "./stats.js";

/** Episodes in the window that "the mean score of the last 100" speaks of. */
export const scoreWindow = 100;

/** Mean scores whose first passing a result records. */
export const milestones: readonly number[] = [100, 200, 400, 600, 800];

/** When a milestone was passed: env steps and seconds of training. */
export type Passing = { readonly steps: number; readonly seconds: number };

/** Mean and spread of the last episodes. */
export interface Score {
  readonly mean: number;
  /** Standard deviation of the same episodes. */
  readonly std: number;
  /** Episodes in the window, at most 100. */
  readonly episodes: number;
}

/** A {@link Progress} as plain JSON (a type and not an interface, so that it counts as JSON). */
export type SavedProgress = {
  readonly steps: number;
  readonly seconds: number;
  readonly episodes: number;
  readonly best: number | null;
  /** Returns of the last episodes, oldest first. */
  readonly window: readonly number[];
  readonly reached: Readonly<Record<string, Passing>>;
  /** Area under the curve of scores: score x env steps, over `areaSteps`. */
  readonly area: number;
  /** Env steps since the first episode ended. */
  readonly areaSteps: number;
};

/** Counts of a run; see the head of the file. */
export class Progress {
  /** Env steps at the end of the last iteration. */
  steps: number;
  /** Seconds of training, over all continuations. */
  seconds: number;
  /** Episodes that ended. */
  episodes: number;
  /** Highest return of one episode; null before the first ended. */
  best: number | null;
  private readonly window: number[];
  private readonly reached: Record<string, Passing>;
  private areaUnder: number;
  private areaSteps: number;

  constructor(saved?: SavedProgress) {
    this.steps = saved?.steps ?? 0;
    this.seconds = saved?.seconds ?? 0;
    this.episodes = saved?.episodes ?? 0;
    this.best = saved?.best ?? null;
    this.window = [...(saved?.window ?? [])];
    this.reached = { ...saved?.reached };
    this.areaUnder = saved?.area ?? 0;
    this.areaSteps = saved?.areaSteps ?? 0;
  }

  /** Counts an episode that ended. */
  addEpisode(episodeReturn: number): void {
    this.episodes++;
    this.best = this.best === null ? episodeReturn : Math.max(this.best, episodeReturn);
    this.window.push(episodeReturn);
    if (this.window.length > scoreWindow) this.window.shift();
  }

  /** Counts episodes that ended, but whose returns are not known one by one: of games on a GPU. */
  addUntold(episodes: number): void {
    this.episodes += Math.max(0, episodes);
  }

  /** Takes note of the return of one of them. It is no fair sample, so no mean counts it. */
  addRemarkable(episodeReturn: number): void {
    this.best = this.best === null ? episodeReturn : Math.max(this.best, episodeReturn);
  }

  /** Ends an iteration: moves the counters and notes the milestones that the mean has passed. */
  advance(steps: number, seconds: number): void {
    if (this.window.length > 0) {
      this.areaUnder += mean(this.window) * (steps - this.steps);
      this.areaSteps += steps - this.steps;
    }
    this.steps = steps;
    this.seconds = seconds;
    const score = this.fullWindowMean();
    if (score === null) return;
    for (const milestone of milestones) {
      if (score >= milestone) this.reached[milestone] ??= { steps, seconds };
    }
  }

  /** Mean of the last 100 episodes; null before 100 ended, since a mean of few proves nothing. */
  fullWindowMean(): number | null {
    return this.window.length === scoreWindow ? mean(this.window) : null;
  }

  /** Mean and spread of the last episodes, however few; null before the first ended. */
  score(): Score | null {
    if (this.window.length === 0) return null;
    return {
      mean: mean(this.window),
      std: standardDeviation(this.window),
      episodes: this.window.length,
    };
  }

  /**
   * Area under the curve of scores (mean of the last 100 against env steps), divided by its width:
   * the mean score over the whole run, high for a run that learns early. Null before the first
   * episode ended.
   */
  area(): number | null {
    return this.areaSteps === 0 ? null : this.areaUnder / this.areaSteps;
  }

  /** A copy that {@link Progress}'s constructor takes. */
  save(): SavedProgress {
    return {
      steps: this.steps,
      seconds: this.seconds,
      episodes: this.episodes,
      best: this.best,
      window: [...this.window],
      reached: { ...this.reached },
      area: this.areaUnder,
      areaSteps: this.areaSteps,
    };
  }
}

/** The progress in a parsed JSON value; null when it is none. Older ones know no area. */
export function readProgress(value: unknown): SavedProgress | null {
  if (typeof value !== "object" || value === null) return null;
  const saved = value as { readonly [K in keyof SavedProgress]?: unknown };
  const { steps, seconds, episodes, best, window, reached, area = 0, areaSteps = 0 } = saved;
  const isSound =
    areNumbers([steps, seconds, episodes, best ?? 0, area, areaSteps]) &&
    Array.isArray(window) &&
    window.length <= scoreWindow &&
    areNumbers(window) &&
    typeof reached === "object" &&
    reached !== null &&
    Object.values(reached).every(isPassing);
  return isSound ? ({ ...saved, area, areaSteps } as SavedProgress) : null;
}

function areNumbers(values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === "number");
}

function isPassing(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "steps" in value && "seconds" in value && areNumbers([value.steps, value.seconds]);
}
