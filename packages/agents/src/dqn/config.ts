/**
 * Settings of DQN and of the algorithms that are DQN with other defaults: what there is, ranges, units.
 *
 *   dqn      double Q-learning with a Huber loss (Mnih et al. 2015; van Hasselt et al. 2016)
 *   c51      the distribution of returns over fixed atoms (Bellemare et al. 2017)
 *   qrdqn    quantiles of returns (Dabney et al. 2018)
 *   rainbow  all of it: double, dueling, noisy, prioritised, 3 steps, atoms (Hessel et al. 2018)
 */
import { type Config, type SchemaOf, typedConfig } from "../config.js";
import { type EnvConfig, envSchema } from "../env-config.js";
import { AgentError } from "../errors.js";
import { encoderShape, type NetworkConfig, networkSchema } from "../network-config.js";
import { type OptimizerConfig, optimizerSchema } from "../optimizer-config.js";
import type { QNetworkShape, ReturnModel } from "../q-network.js";

/** DQN's configuration; {@link dqnSchemas} documents every key. */
export interface DqnConfig extends NetworkConfig, OptimizerConfig, EnvConfig {
  readonly envs: number;
  readonly buffer: number;
  readonly learningStarts: number;
  readonly trainEvery: number;
  readonly gradientSteps: number;
  readonly batch: number;
  readonly targetEvery: number;
  readonly tau: number;
  readonly gamma: number;
  readonly nStep: number;
  readonly huberDelta: number;
  readonly rewardClip: number;
  readonly epsilonStart: number;
  readonly epsilonFinal: number;
  readonly epsilonFraction: number;
  readonly epsilonEvaluation: number;
  readonly double: boolean;
  readonly dueling: boolean;
  readonly headWidth: number;
  readonly noisy: boolean;
  readonly sigma0: number;
  readonly prioritized: boolean;
  readonly priorityAlpha: number;
  readonly priorityBeta: number;
  readonly distribution: string;
  readonly atoms: number;
  readonly vMin: number;
  readonly vMax: number;
  readonly quantiles: number;
  readonly kappa: number;
}

/** Algorithms that are DQN with other defaults. */
export type DqnName = "dqn" | "c51" | "qrdqn" | "rainbow";

const learningFields = {
  envs: {
    type: "integer",
    default: 1,
    min: 1,
    max: 65536,
    unit: "games",
    doc: "Games played side by side.",
  },
  buffer: {
    type: "integer",
    default: 100_000,
    min: 1,
    max: 100_000_000,
    unit: "transitions",
    doc: "How many of the last transitions are remembered, over all games.",
  },
  learningStarts: {
    type: "integer",
    default: 1000,
    min: 1,
    max: 100_000_000,
    unit: "env steps",
    doc: "Steps played at random before the first update, over all games.",
  },
  trainEvery: {
    type: "integer",
    default: 4,
    min: 1,
    max: 1_000_000,
    unit: "env steps",
    doc: "Steps between two trainings, over all games.",
  },
  gradientSteps: {
    type: "integer",
    default: 1,
    min: 1,
    max: 10_000,
    unit: "updates",
    doc: "Updates per training.",
  },
  batch: {
    type: "integer",
    default: 64,
    min: 1,
    max: 65536,
    unit: "transitions",
    doc: "Transitions per update.",
  },
  targetEvery: {
    type: "integer",
    default: 500,
    min: 1,
    max: 100_000_000,
    unit: "env steps",
    doc: "Steps between two moves of the target network, over all games; they happen before a training.",
  },
  tau: {
    type: "number",
    default: 1,
    min: 0,
    max: 1,
    unit: "share",
    doc: "How far a move brings the target network to the online one; 1 copies it.",
  },
  gamma: {
    type: "number",
    default: 0.99,
    min: 0,
    max: 1,
    unit: "per decision",
    doc: "Discount of future rewards.",
  },
  nStep: {
    type: "integer",
    default: 1,
    min: 1,
    max: 1000,
    unit: "decisions",
    doc: "Rewards that are summed before the target continues with an estimate.",
  },
  huberDelta: {
    type: "number",
    default: 1,
    min: 0,
    unit: "value",
    doc: "Error from which the loss grows linearly; 0 for never: half the squared error.",
  },
  rewardClip: {
    type: "number",
    default: 0,
    min: 0,
    unit: "reward",
    doc: "Bound of the reward the learner sees; 0 leaves it as it is. Scores stay raw.",
  },
} as const;

const explorationFields = {
  epsilonStart: {
    type: "number",
    default: 1,
    min: 0,
    max: 1,
    unit: "probability",
    doc: "Probability of an action at random at the first step; without effect where noisy.",
  },
  epsilonFinal: {
    type: "number",
    default: 0.05,
    min: 0,
    max: 1,
    unit: "probability",
    doc: "Probability of an action at random after the way there; without effect where noisy.",
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
} as const;

/** What can be added to DQN; algorithms differ in which of it is on. */
const extensionFields = {
  double: {
    type: "boolean",
    default: true,
    unit: "",
    doc: "Whether the online network chooses the next action that the target network values.",
  },
  dueling: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether state values and advantages have heads of their own.",
  },
  headWidth: {
    type: "integer",
    default: 0,
    min: 0,
    max: 8192,
    unit: "units",
    doc: "Units of a hidden layer in each head; 0 for none.",
  },
  noisy: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether trained noise in the heads explores, instead of epsilon.",
  },
  sigma0: {
    type: "number",
    default: 0.5,
    min: 0,
    max: 10,
    unit: "",
    doc: "First scale of the trained noise, times the root of a layer's inputs.",
  },
  prioritized: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether transitions are drawn by their last error.",
  },
  priorityAlpha: {
    type: "number",
    default: 0.6,
    min: 0,
    max: 10,
    unit: "",
    doc: "Exponent of the priorities: 0 uniform, 1 proportional to the error.",
  },
  priorityBeta: {
    type: "number",
    default: 0.4,
    min: 0,
    max: 1,
    unit: "",
    doc: "How far weights undo the priorities at the first step; grows linearly to 1 over the run.",
  },
  distribution: {
    type: "string",
    default: "none",
    choices: ["none", "c51", "quantile"],
    unit: "",
    doc: "What is learned of returns: their mean (none), probabilities of atoms (c51), or quantiles.",
  },
  atoms: {
    type: "integer",
    default: 51,
    min: 2,
    max: 1001,
    unit: "atoms",
    doc: "Atoms of c51.",
  },
  vMin: {
    type: "number",
    default: -10,
    unit: "return",
    doc: "Return of the first atom of c51.",
  },
  vMax: {
    type: "number",
    default: 10,
    unit: "return",
    doc: "Return of the last atom of c51.",
  },
  quantiles: {
    type: "integer",
    default: 50,
    min: 1,
    max: 1000,
    unit: "quantiles",
    doc: "Quantiles of the return where they are learned.",
  },
  kappa: {
    type: "number",
    default: 1,
    min: 1e-6,
    unit: "value",
    doc: "Error from which the loss of quantiles grows linearly.",
  },
} as const;

/** Settings of each algorithm. */
export const dqnSchemas: Readonly<Record<DqnName, SchemaOf<DqnConfig>>> = {
  dqn: dqnSchema({}),
  c51: dqnSchema({ distribution: "c51" }),
  qrdqn: dqnSchema({ distribution: "quantile" }),
  rainbow: dqnSchema({
    distribution: "c51",
    dueling: true,
    noisy: true,
    prioritized: true,
    priorityAlpha: 0.5,
    nStep: 3,
  }),
};

/** The settings with an algorithm's own defaults. */
function dqnSchema(usual: Partial<DqnConfig>): SchemaOf<DqnConfig> {
  const schema: SchemaOf<DqnConfig> = {
    ...learningFields,
    ...explorationFields,
    ...extensionFields,
    ...optimizerSchema({ learningRate: 5e-4, maxGradNorm: 10 }),
    ...networkSchema,
    activation: { ...networkSchema.activation, default: "relu", doc: "Activation of the layers." },
    ...envSchema,
  };
  const own = Object.entries(usual).map(([name, value]) => {
    return [name, { ...schema[name as keyof DqnConfig], default: value }];
  });
  return { ...schema, ...Object.fromEntries(own) };
}

/** A configuration of the named algorithm, checked. @throws AgentError */
export function dqnConfig(algo: DqnName, values: Config): DqnConfig {
  const config = typedConfig(dqnSchemas[algo], values, algo);
  const { envs, batch, nStep, learningStarts, buffer, vMin, vMax } = config;
  const least = batch + envs * nStep;
  if (learningStarts < least) {
    throw new AgentError(
      "BAD_VALUE",
      `${algo}: learningStarts must fill a batch (got ${learningStarts} env steps, expected at least batch + envs x nStep = ${least})`,
    );
  }
  if (buffer < learningStarts) {
    throw new AgentError(
      "BAD_VALUE",
      `${algo}: buffer must hold what is played before learning starts (got ${buffer} transitions, expected at least learningStarts = ${learningStarts} env steps)`,
    );
  }
  if (config.distribution === "c51" && vMin >= vMax) {
    throw new AgentError(
      "BAD_VALUE",
      `${algo}: vMin must lie below vMax (got returns from ${vMin} to ${vMax})`,
    );
  }
  return config;
}

/** The network that a configuration of the named algorithm asks for. @throws AgentError BAD_VALUE */
export function qNetworkShape(algo: DqnName, config: DqnConfig): QNetworkShape {
  const { dueling, headWidth, noisy, sigma0 } = config;
  return {
    ...encoderShape(algo, config),
    dueling,
    headWidth,
    returns: returnModel(config),
    ...(noisy && { sigma0 }),
  };
}

function returnModel(config: DqnConfig): ReturnModel {
  const { distribution, atoms, vMin: low, vMax: high, quantiles } = config;
  if (distribution === "c51") return { kind: "c51", atoms, low, high };
  return distribution === "quantile" ? { kind: "quantile", quantiles } : { kind: "none" };
}
