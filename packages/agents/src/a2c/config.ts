/** A2C's settings: what there is, its defaults, ranges and units. */
import { type ActorCriticConfig, actorCriticSchema } from "../actor-critic-config.js";
import { type Config, type SchemaOf, typedConfig } from "../config.js";
import { type CuriosityConfig, curiositySchema } from "../curiosity/config.js";
import { type EnvConfig, envSchema } from "../env-config.js";
import { type OptimizerConfig, optimizerSchema } from "../optimizer-config.js";

/** What A2C and V-trace have in common; {@link onePassSchema} documents every key. */
export interface OnePassConfig extends ActorCriticConfig, OptimizerConfig, EnvConfig {
  readonly envs: number;
  readonly horizon: number;
  readonly gamma: number;
  readonly lambda: number;
  readonly entropyCoef: number;
  readonly valueCoef: number;
  readonly rewardClip: number;
}

/** A2C's configuration; {@link a2cSchema} documents every key. */
export interface A2cConfig extends OnePassConfig, CuriosityConfig {
  readonly normalizeAdvantages: boolean;
}

/** Settings of the algorithms that learn from every rollout once. */
export const onePassSchema: SchemaOf<OnePassConfig> = {
  envs: {
    type: "integer",
    default: 16,
    min: 1,
    max: 65536,
    unit: "games",
    doc: "Games played side by side.",
  },
  horizon: {
    type: "integer",
    default: 5,
    min: 1,
    max: 65536,
    unit: "steps per game",
    doc: "Steps of every game between two updates; returns look at most so far ahead.",
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
    default: 1,
    min: 0,
    max: 1,
    unit: "",
    doc: "Mixing of returns of different lengths: 0 one step, 1 up to the end of the rollout.",
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
  rewardClip: {
    type: "number",
    default: 0,
    min: 0,
    unit: "reward",
    doc: "Bound of the reward the learner sees; 0 leaves it as it is. Scores stay raw.",
  },
  ...optimizerSchema({
    optimizer: "rmsprop",
    learningRate: 7e-4,
    adamEps: 1e-5,
    maxGradNorm: 0.5,
  }),
  ...actorCriticSchema,
  ...envSchema,
};

/** Settings of A2C. */
export const a2cSchema: SchemaOf<A2cConfig> = {
  ...onePassSchema,
  normalizeAdvantages: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether advantages are standardised within each rollout.",
  },
  ...curiositySchema,
};

/** A configuration of this algorithm, checked. @throws AgentError */
export function a2cConfig(config: Config): A2cConfig {
  return typedConfig(a2cSchema, config, "a2c");
}
