/**
 * The smallest real trainer: plays games with random actions and learns nothing. Everything around
 * the learning (counting, saving, stopping, live boards) can be tested with it to the last bit.
 */
import type { IterationMetrics, SavedState, Trainer } from "@carom/agents";
import {
  type EpisodeRecord,
  findGame,
  key,
  LocalVectorEnv,
  nextBelow,
  seedRandom,
  type VectorEnvState,
} from "@carom/envs";

/** Steps of every game per iteration. */
const horizon = 4;

export class RandomTrainer implements Trainer {
  readonly env: LocalVectorEnv;
  steps = 0;
  private readonly random = new Uint32Array(4);
  private readonly states = new Map<string, VectorEnvState>();

  constructor(game: string, count: number, onEpisode: (record: EpisodeRecord) => void) {
    this.env = new LocalVectorEnv(findGame(game), { count, key: key(1), onEpisode });
    seedRandom(this.random, 1);
    this.env.reset();
  }

  iterate(): IterationMetrics {
    const actions = this.env.spec.actions;
    const choices = actions.kind === "discrete" ? actions.names.length : 0;
    for (let t = 0; t < horizon; t++) {
      for (let i = 0; i < this.env.count; i++)
        this.env.actions[i] = nextBelow(this.random, choices);
      this.env.step();
    }
    this.steps += horizon * this.env.count;
    return { ...measured, steps: this.steps };
  }

  save(): SavedState {
    const name = String(this.steps);
    this.states.set(name, this.env.save());
    const data = new Int32Array(this.random);
    return { arrays: { random: { dtype: "int32", shape: [4], data } }, json: { name } };
  }

  /** It has no policy: what it draws from. */
  policyState(): SavedState {
    const data = new Int32Array(this.random);
    return { arrays: { random: { dtype: "int32", shape: [4], data } }, json: {} };
  }

  restore(state: SavedState): void {
    const saved = this.states.get(String(state.json.name));
    if (saved === undefined) throw new Error("restore: this trainer has not saved that state");
    this.env.restore(saved);
    this.random.set(state.arrays.random.data);
    this.steps = Number(state.json.name);
  }

  dispose(): void {
    this.states.clear();
  }
}

/** Fixed measurements, so that means can be checked by hand. */
const measured: Omit<IterationMetrics, "steps"> = {
  episodes: 0,
  learningRate: 0.001,
  measures: { policyLoss: -0.5, valueLoss: 2, explainedVariance: Number.NaN },
  timeGame: 0.25,
  timePolicy: 0.125,
  timeLearn: 0.5,
};
