/** PQN's settings: what there is, its defaults, ranges and units. */
import { type Config, type SchemaOf, typedConfig } from "../config.js";
import { type EnvConfig, envSchema } from "../env-config.js";
import { encoderShape, type NetworkConfig, networkSchema } from "../network-config.js";
import { type OptimizerConfig, optimizerSchema } from "../optimizer-config.js";
import type { QNetworkShape } from "../q-network.js";

/** PQN's configuration; {@link pqnSchema} documents every key. */
export interface PqnConfig extends NetworkConfig, OptimizerConfig, EnvConfig {
  readonly envs: number;
  readonly horizon: number;
  readonly epochs: number;
  readonly minibatch: number;
  readonly gamma: number;
  readonly lambda: number;
  readonly epsilonStart: number;
  readonly epsilonFinal: number;
  readonly epsilonFraction: number;
  readonly epsilonEvaluation: number;
  readonly layerNorm: boolean;
  readonly dueling: boolean;
  readonly rewardClip: number;
}

/** Settings of PQN; defaults are those of the paper for grid games, presets override them per game. */
export const pqnSchema: SchemaOf<PqnConfig> = {
  envs: {
    type: "integer",
    default: 128,
    min: 1,
    max: 65536,
    unit: "games",
    doc: "Games played side by side.",
  },
  horizon: {
    type: "integer",
    default: 32,
    min: 1,
    max: 65536,
    unit: "steps per game",
    doc: "Steps of every game between two updates.",
  },
  epochs: {
    type: "integer",
    default: 2,
    min: 1,
    max: 100,
    unit: "passes",
    doc: "Passes over each rollout.",
  },
  minibatch: {
    type: "integer",
    default: 128,
    min: 1,
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
    default: 0.65,
    min: 0,
    max: 1,
    unit: "",
    doc: "Mixing of n-step returns: 0 one step, 1 Monte Carlo.",
  },
  epsilonStart: {
    type: "number",
    default: 1,
    min: 0,
    max: 1,
    unit: "probability",
    doc: "Probability of an action at random at the first step.",
  },
  epsilonFinal: {
    type: "number",
    default: 0.05,
    min: 0,
    max: 1,
    unit: "probability",
    doc: "Probability of an action at random after the way there.",
  },
  epsilonFraction: {
    type: "number",
    default: 0.1,
    min: 0,
    max: 1,
    unit: "share of the run",
    doc: "In which part of the run the probability falls, linearly.",
  },
  epsilonEvaluation: {
    type: "number",
    default: 0.01,
    min: 0,
    max: 1,
    unit: "probability",
    doc: "Probability of an action at random where a trained policy plays without being greedy.",
  },
  layerNorm: {
    type: "boolean",
    default: true,
    unit: "",
    doc: "Whether the sums of every hidden layer are normalised before its activation.",
  },
  dueling: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether state values and advantages have heads of their own.",
  },
  rewardClip: {
    type: "number",
    default: 0,
    min: 0,
    unit: "reward",
    doc: "Bound of the reward the learner sees; 0 leaves it as it is. Scores stay raw.",
  },
  ...optimizerSchema({ learningRate: 5e-4, finalLearningRate: 0, maxGradNorm: 10 }),
  ...networkSchema,
  activation: { ...networkSchema.activation, default: "relu", doc: "Activation of the layers." },
  ...envSchema,
};

/** A configuration of this algorithm, checked. @throws AgentError */
export function pqnConfig(config: Config): PqnConfig {
  return typedConfig(pqnSchema, config, "pqn");
}

/** The network that a configuration asks for. @throws AgentError BAD_VALUE */
export function pqnShape(config: PqnConfig): QNetworkShape {
  const { layerNorm, dueling } = config;
  return {
    ...encoderShape("pqn", config),
    layerNorm,
    dueling,
    headWidth: 0,
    returns: { kind: "none" },
  };
}
