/**
 * A trainer together with what it reports from within an iteration, kept until the iteration is over.
 * An iteration that throws leaves the trainer half way: the run has failed from then on.
 */
import type { EpisodeRecord, Fault } from "@carom/envs";
import type { IterationMetrics, Trainer, TrainerOptions } from "../agent.js";

/** The callbacks that a run gives its trainer. */
export type Reports = Pick<TrainerOptions, "onEpisode" | "onFault">;

/** See the head of the file. */
export class Run {
  readonly trainer: Trainer;
  /** Env steps of the trainer's schedules. */
  readonly totalSteps: number;
  /** Iterations so far: parameters change with it. */
  iterations = 0;
  /** Whether an iteration threw. */
  hasFailed = false;
  private episodes: EpisodeRecord[] = [];
  private faults: Fault[] = [];

  constructor(totalSteps: number, create: (reports: Reports) => Trainer) {
    this.totalSteps = totalSteps;
    this.trainer = create({
      onEpisode: (record) => this.episodes.push(record),
      onFault: (fault) => this.faults.push(fault),
    });
  }

  /** One iteration of the trainer. */
  iterate(): IterationMetrics {
    this.iterations++;
    try {
      return this.trainer.iterate();
    } catch (error) {
      this.hasFailed = true;
      throw error;
    }
  }

  /** The episodes and faults since the last call. */
  takeReports(): {
    readonly episodes: readonly EpisodeRecord[];
    readonly faults: readonly Fault[];
  } {
    const { episodes, faults } = this;
    this.episodes = [];
    this.faults = [];
    return { episodes, faults };
  }

  /** Frees trainer and games. Idempotent. */
  dispose(): void {
    this.trainer.env.dispose();
    this.trainer.dispose();
  }
}
