/** Collects the measurements of iterations into one line of metrics. */
import type { IterationMetrics } from "@carom/agents";
import { type Progress, scoreWindow } from "../progress.js";
import { mean } from "../stats.js";
import type { TrainingRow } from "./protocol.js";

/** Seconds that a line gives as shares of the whole. */
const timed = ["timeGame", "timePolicy", "timeLearn"] as const;

/** A running mean over the iterations that measured something. */
interface Mean {
  sum: number;
  count: number;
}

/** Running sums since the last line. */
export class MetricsMean {
  private readonly progress: Progress;
  private readonly means = new Map<string, Mean>();
  /** Lengths of the last episodes, oldest first. */
  private readonly lengths: number[] = [];
  private times = zeros();
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
    for (const [name, value] of Object.entries(metrics.measures)) this.addMeasure(name, value);
    for (const name of timed) this.times[name] += metrics[name];
    this.learningRate = metrics.learningRate;
    this.iterations++;
    this.time += time;
  }

  /** Takes in the length of an episode that ended, in decisions. */
  addEpisode(length: number): void {
    this.lengths.push(length);
    if (this.lengths.length > scoreWindow) this.lengths.shift();
  }

  /** The line since the last one; null when there was no iteration. */
  take(): TrainingRow | null {
    if (this.iterations === 0) return null;
    const { steps, seconds, episodes, best } = this.progress;
    const score = this.progress.score()?.mean;
    const means = Array.from(this.means, ([name, { sum, count }]) => [name, sum / count]);
    const shares = timed.map((name) => [name, this.times[name] / Math.max(this.time, tiny)]);
    const row: TrainingRow = {
      ...Object.fromEntries(means),
      steps,
      seconds,
      stepsPerSecond: (steps - this.steps) / Math.max(seconds - this.seconds, tiny),
      episodes,
      ...(score === undefined ? {} : { score }),
      ...(best === null ? {} : { best }),
      ...(this.lengths.length === 0 ? {} : { episodeLength: mean(this.lengths) }),
      ...(Object.fromEntries(shares) as Record<(typeof timed)[number], number>),
      learningRate: this.learningRate,
    };
    this.steps = steps;
    this.seconds = seconds;
    for (const mean of this.means.values()) {
      mean.sum = 0;
      mean.count = 0;
    }
    this.times = zeros();
    this.iterations = 0;
    this.time = 0;
    return row;
  }

  /** NaN stands for "nothing measured" and leaves the mean as it is. */
  private addMeasure(name: string, value: number): void {
    const mean = this.means.get(name) ?? { sum: 0, count: 0 };
    this.means.set(name, mean);
    if (Number.isNaN(value)) return;
    mean.sum += value;
    mean.count++;
  }
}

/** Seconds that no division needs to be exact below. */
const tiny = 1e-9;

function zeros(): Record<(typeof timed)[number], number> {
  return { timeGame: 0, timePolicy: 0, timeLearn: 0 };
}
