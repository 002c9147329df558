/** Collects the measurements of iterations into one line of metrics. */
import type { IterationMetrics } from "@carom/agents";
import type { Progress } from "../progress.js";
import type { TrainingRow } from "./protocol.js";

/** Measurements that a line gives as means over its iterations. */
const averaged = [
  "policyLoss",
  "valueLoss",
  "entropy",
  "approxKl",
  "clipFraction",
  "explainedVariance",
  "gradNorm",
] as const satisfies readonly (keyof IterationMetrics)[];

/** Seconds that a line gives as shares of the whole. */
const timed = ["timeGame", "timePolicy", "timeLearn"] as const;

type Summed = (typeof averaged)[number] | (typeof timed)[number];

/** Running sums since the last line. */
export class MetricsMean {
  private readonly progress: Progress;
  private sums = zeros();
  private iterations = 0;
  private time = 0;
  private learningRate = 0;
  private steps: number;
  private seconds: number;

  constructor(progress: Progress) {
    this.progress = progress;
    this.steps = progress.steps;
    this.seconds = progress.seconds;
  }

  /** Adds an iteration that took `time` seconds. */
  add(metrics: IterationMetrics, time: number): void {
    for (const name of [...averaged, ...timed]) this.sums[name] += metrics[name];
    this.learningRate = metrics.learningRate;
    this.iterations++;
    this.time += time;
  }

  /** The line since the last one; null when there was no iteration. */
  take(): TrainingRow | null {
    if (this.iterations === 0) return null;
    const { steps, seconds, episodes, best } = this.progress;
    const score = this.progress.score()?.mean;
    const values = this.sums;
    for (const name of averaged) values[name] /= this.iterations;
    for (const name of timed) values[name] /= Math.max(this.time, tiny);
    const row: TrainingRow = {
      steps,
      seconds,
      stepsPerSecond: (steps - this.steps) / Math.max(seconds - this.seconds, tiny),
      episodes,
      ...(score === undefined ? {} : { score }),
      ...(best === null ? {} : { best }),
      ...values,
      learningRate: this.learningRate,
    };
    this.steps = steps;
    this.seconds = seconds;
    this.sums = zeros();
    this.iterations = 0;
    this.time = 0;
    return row;
  }
}

/** Seconds that no division needs to be exact below. */
const tiny = 1e-9;

function zeros(): Record<Summed, number> {
  const names: readonly Summed[] = [...averaged, ...timed];
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Summed, number>;
}
