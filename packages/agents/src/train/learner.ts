/**
 * The learning half of an agent: its trainer and what its episodes have brought, made when it is needed,
 * saved, restored. A state that was only loaded waits ("parked") until something asks for a trainer, since
 * acting needs none.
 */
import type { SavedState } from "../agent.js";
import { AgentError } from "../errors.js";
import { type AgentFacts, assertIdentity, differences, factsOf, withFacts } from "./facts.js";
import { Progress } from "./progress.js";
import { Run } from "./run.js";
import type { Setup } from "./setup.js";

/** Which parameters somebody acts with: equal as long as both are. */
export interface ParameterVersion {
  readonly source: object;
  readonly iterations: number;
}

/** See the head of the file. */
export class Learner {
  /** What the training episodes have brought. */
  progress: Progress = new Progress();
  private readonly setup: Setup;
  /** Env steps of the schedules; undefined before anybody has said. */
  private totalSteps: number | undefined;
  private run: Run | undefined;
  private parked: SavedState | undefined;

  constructor(setup: Setup) {
    this.setup = setup;
    this.totalSteps = setup.options.totalSteps;
  }

  /** Env steps done. */
  get steps(): number {
    if (this.run !== undefined) return this.run.trainer.steps;
    return (this.parked && factsOf(this.parked)?.steps) ?? 0;
  }

  /** Whether an iteration threw, so that the trainer is half way. */
  get hasFailed(): boolean {
    return this.run?.hasFailed === true;
  }

  /** Changes whenever parameters do. */
  version(): ParameterVersion {
    const source = this.parked ?? this.present();
    return { source, iterations: this.run?.iterations ?? 0 };
  }

  /** The run to train in; the first training says over how many steps schedules run. */
  prepare(steps: number | undefined): Run {
    if (this.totalSteps === undefined) {
      const isNamed = steps !== undefined && Number.isFinite(steps);
      const total = isNamed ? this.steps + steps : this.setup.presetSteps;
      if (this.run !== undefined && this.run.totalSteps !== total) {
        this.replace(total, this.run.trainer.save());
      }
      this.totalSteps = total;
    }
    return this.present();
  }

  /** A copy of the complete state. */
  save(): SavedState {
    return this.parked ?? withFacts(this.present().trainer.save(), this.facts());
  }

  /** Goes on from a state; where it does not fit, all stays as it is. @throws AgentError FOREIGN_STATE */
  restore(state: SavedState): void {
    const facts = this.read(state);
    const total = this.setup.options.totalSteps ?? facts?.totalSteps ?? this.totalSteps;
    this.replace(total, state);
    this.takeOver(total, facts);
  }

  /** Goes on from a state, but makes no trainer yet. @throws AgentError FOREIGN_STATE */
  park(state: SavedState): void {
    const facts = this.read(state);
    this.takeOver(this.totalSteps ?? facts?.totalSteps ?? undefined, facts);
    this.parked = state;
  }

  /** Idempotent. */
  dispose(): void {
    this.run?.dispose();
  }

  /** The present run; where there is none a new one, which takes up a parked state. */
  private present(): Run {
    return this.run ?? this.replace(this.totalSteps, this.parked);
  }

  /** Puts a new run, which goes on from `state`, in the place of the present one. */
  private replace(totalSteps: number | undefined, state: SavedState | undefined): Run {
    const { setup } = this;
    const total = totalSteps ?? setup.presetSteps;
    const run = new Run(total, (reports) => setup.createTrainer(total, reports));
    if (state !== undefined) {
      try {
        run.trainer.restore(state);
      } catch (error) {
        run.dispose();
        throw this.misfit(state, error);
      }
    }
    this.run?.dispose();
    this.run = run;
    this.parked = undefined;
    return run;
  }

  private read(state: SavedState): AgentFacts | undefined {
    const { algo, game, variant } = this.setup;
    assertIdentity(state, { algo, game: game.id, variant });
    return factsOf(state);
  }

  private takeOver(totalSteps: number | undefined, facts: AgentFacts | undefined): void {
    this.totalSteps = totalSteps;
    this.progress = new Progress(facts?.episodes, facts?.returns);
  }

  private facts(): AgentFacts {
    const { game, variant, seed, config } = this.setup;
    const { steps, totalSteps, progress } = this;
    return {
      ...{ game: game.id, variant, seed, config, steps },
      totalSteps: totalSteps ?? null,
      episodes: progress.episodes,
      returns: progress.lastReturns(),
    };
  }

  private misfit(state: SavedState, error: unknown): AgentError {
    const { algo, game, config, seed } = this.setup;
    const reason = error instanceof Error ? error.message : String(error);
    const facts = factsOf(state);
    const others = facts && differences({ ...facts.config, seed: facts.seed }, { ...config, seed });
    const text = `${algo} on ${game.id}: the saved state does not fit: ${reason}${others ?? ""}`;
    return new AgentError("FOREIGN_STATE", text);
  }
}
