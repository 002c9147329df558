/**
 * A trainer together with what it reports from within an iteration, kept until the iteration is over.
 * An iteration that throws leaves the trainer half way: the run has failed from then on.
 */
import type { EpisodeRecord, Fault } from "@carom/envs";
import type { IterationMetrics, Trainer, TrainerOptions } from "../agent.js";

/** The callbacks that a run gives its trainer. */
export type Reports = Pick<TrainerOptions, "onEpisode" | "onRemarkable" | "onFault">;

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
  private remarkable: EpisodeRecord[] = [];
  private faults: Fault[] = [];

  constructor(totalSteps: number, create: (reports: Reports) => Trainer) {
    this.totalSteps = totalSteps;
    this.trainer = create({
      onEpisode: (record) => this.episodes.push(record),
      onRemarkable: (record) => this.remarkable.push(record),
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

  /** The episodes, those that are told beside them, and the faults since the last call. */
  takeReports(): {
    readonly episodes: readonly EpisodeRecord[];
    readonly remarkable: readonly EpisodeRecord[];
    readonly faults: readonly Fault[];
  } {
    const { episodes, remarkable, faults } = this;
    this.episodes = [];
    this.remarkable = [];
    this.faults = [];
    return { episodes, remarkable, faults };
  }

  /** Frees trainer and games. Idempotent. */
  dispose(): void {
    this.trainer.env.dispose();
    this.trainer.dispose();
  }
}
