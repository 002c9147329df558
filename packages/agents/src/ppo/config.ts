/** PPO's settings: what there is, its defaults, ranges and units. */
import { type ActorCriticConfig, actorCriticSchema } from "../actor-critic-config.js";
import { type Config, type SchemaOf, typedConfig } from "../config.js";
import { type CuriosityConfig, curiositySchema } from "../curiosity/config.js";
import { type EnvConfig, envSchema } from "../env-config.js";
import { type OptimizerConfig, optimizerSchema } from "../optimizer-config.js";

/** PPO's configuration; {@link ppoSchema} documents every key. */
export interface PpoConfig extends ActorCriticConfig, OptimizerConfig, CuriosityConfig, EnvConfig {
  readonly envs: number;
  readonly horizon: number;
  readonly epochs: number;
  readonly minibatch: number;
  readonly gamma: number;
  readonly lambda: number;
  readonly clip: number;
  readonly valueClip: number;
  readonly entropyCoef: number;
  readonly valueCoef: number;
  readonly normalizeAdvantages: boolean;
  readonly rewardClip: number;
  readonly targetKl: number;
  readonly annealClip: boolean;
  readonly priorityAlpha: number;
  readonly priorityBeta: number;
}

/** Settings of PPO; defaults suit small games, presets override them per game. */
export const ppoSchema: SchemaOf<PpoConfig> = {
  envs: {
    type: "integer",
    default: 64,
    min: 1,
    max: 65536,
    unit: "games",
    doc: "Games played side by side.",
  },
  horizon: {
    type: "integer",
    default: 128,
    min: 1,
    max: 65536,
    unit: "steps per game",
    doc: "Steps of every game between two updates.",
  },
  epochs: {
    type: "integer",
    default: 4,
    min: 1,
    max: 100,
    unit: "passes",
    doc: "Passes over each rollout.",
  },
  minibatch: {
    type: "integer",
    default: 1024,
    min: 2,
    max: 1048576,
    unit: "samples",
    doc: "Samples per gradient step; must divide envs x horizon.",
  },
  gamma: {
    type: "number",
    default: 0.99,
    min: 0,
    max: 1,
    unit: "per decision",
    doc: "Discount of future rewards.",
  },
  lambda: {
    type: "number",
    default: 0.95,
    min: 0,
    max: 1,
    unit: "",
    doc: "Mixing of generalised advantages: 0 one step, 1 Monte Carlo.",
  },
  clip: {
    type: "number",
    default: 0.2,
    min: 0,
    max: 1,
    unit: "",
    doc: "Bound of the probability ratio's move away from 1.",
  },
  valueClip: {
    type: "number",
    default: 0.2,
    min: 0,
    unit: "value",
    doc: "Bound of the value's move away from its old estimate; 0 turns it off.",
  },
  entropyCoef: {
    type: "number",
    default: 0.01,
    min: 0,
    max: 10,
    unit: "",
    doc: "Weight of the entropy bonus.",
  },
  valueCoef: {
    type: "number",
    default: 0.5,
    min: 0,
    max: 100,
    unit: "",
    doc: "Weight of the value loss.",
  },
  normalizeAdvantages: {
    type: "boolean",
    default: true,
    unit: "",
    doc: "Whether advantages are standardised within each minibatch.",
  },
  rewardClip: {
    type: "number",
    default: 0,
    min: 0,
    unit: "reward",
    doc: "Bound of the reward the learner sees; 0 leaves it as it is. Scores stay raw.",
  },
  targetKl: {
    type: "number",
    default: 0,
    min: 0,
    unit: "nats",
    doc: "Epochs stop once the approximate KL exceeds this; 0 turns it off.",
  },
  annealClip: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether clip falls linearly to 0 over the run.",
  },
  priorityAlpha: {
    type: "number",
    default: 0,
    min: 0,
    max: 10,
    unit: "",
    doc: "Exponent of prioritised segments: games are drawn by their mean |advantage| to this power; 0 turns it off.",
  },
  priorityBeta: {
    type: "number",
    default: 0.2,
    min: 0,
    max: 1,
    unit: "",
    doc: "How much weights undo what prioritised segments distort; 1 wholly.",
  },
  ...optimizerSchema({ learningRate: 1e-3, finalLearningRate: 0, adamEps: 1e-5, maxGradNorm: 0.5 }),
  ...actorCriticSchema,
  ...curiositySchema,
  ...envSchema,
};

/** A configuration of this algorithm, checked. @throws AgentError */
export function ppoConfig(config: Config): PpoConfig {
  return typedConfig(ppoSchema, config, "ppo");
}
