/** R2D2's settings: what there is, its defaults, ranges and units. */
import { type Config, type SchemaOf, typedConfig } from "../config.js";
import { type CoreKind, coreKinds } from "../core.js";
import { type EnvConfig, envSchema } from "../env-config.js";
import { AgentError } from "../errors.js";
import {
  encoderShape,
  type MemoryConfig,
  memorySchema,
  type NetworkConfig,
  networkSchema,
} from "../network-config.js";
import { type OptimizerConfig, optimizerSchema } from "../optimizer-config.js";
import type { RecurrentQShape } from "./network.js";

/** R2D2's configuration; {@link r2d2Schema} documents every key. */
export interface R2d2Config extends NetworkConfig, MemoryConfig, OptimizerConfig, EnvConfig {
  readonly envs: number;
  readonly buffer: number;
  readonly learningStarts: number;
  readonly trainEvery: number;
  readonly gradientSteps: number;
  readonly batch: number;
  readonly sequence: number;
  readonly burnIn: number;
  readonly targetEvery: number;
  readonly tau: number;
  readonly gamma: number;
  readonly nStep: number;
  readonly rescale: boolean;
  readonly dueling: boolean;
  readonly layerNorm: boolean;
  readonly rewardClip: number;
  readonly epsilonStart: number;
  readonly epsilonFinal: number;
  readonly epsilonFraction: number;
  readonly epsilonEvaluation: number;
  readonly priorityAlpha: number;
  readonly priorityBeta: number;
  readonly priorityEta: number;
}

/** Settings of R2D2; defaults suit small games, presets override them per game. */
export const r2d2Schema: SchemaOf<R2d2Config> = {
  envs: {
    type: "integer",
    default: 16,
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
    unit: "steps",
    doc: "How many of the last steps are remembered, over all games.",
  },
  learningStarts: {
    type: "integer",
    default: 5000,
    min: 1,
    max: 100_000_000,
    unit: "env steps",
    doc: "Steps played at random before the first update, over all games.",
  },
  trainEvery: {
    type: "integer",
    default: 32,
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
    default: 32,
    min: 1,
    max: 65536,
    unit: "sequences",
    doc: "Sequences per update.",
  },
  sequence: {
    type: "integer",
    default: 20,
    min: 1,
    max: 4096,
    unit: "steps",
    doc: "Steps of a sequence whose values are learned.",
  },
  burnIn: {
    type: "integer",
    default: 10,
    min: 0,
    max: 4096,
    unit: "steps",
    doc: "Steps before them, shared with the sequence before, that only refresh the stored state of the memory.",
  },
  targetEvery: {
    type: "integer",
    default: 2000,
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
    default: 5,
    min: 1,
    max: 1000,
    unit: "decisions",
    doc: "Rewards that are summed before the target continues with an estimate.",
  },
  rescale: {
    type: "boolean",
    default: true,
    unit: "",
    doc: "Whether the network learns h(value), h(x) = sign(x) (sqrt(|x| + 1) - 1) + 0.001 x.",
  },
  dueling: {
    type: "boolean",
    default: true,
    unit: "",
    doc: "Whether state values and advantages are told apart.",
  },
  layerNorm: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether the sums of the encoder's hidden layers are normalised before their activations.",
  },
  rewardClip: {
    type: "number",
    default: 0,
    min: 0,
    unit: "reward",
    doc: "Bound of the reward the learner sees; 0 leaves it as it is. Scores stay raw.",
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
  priorityAlpha: {
    type: "number",
    default: 0.9,
    min: 0,
    max: 10,
    unit: "",
    doc: "Exponent of the sequences' priorities: 0 uniform, 1 proportional to the error.",
  },
  priorityBeta: {
    type: "number",
    default: 0.6,
    min: 0,
    max: 1,
    unit: "",
    doc: "How far weights undo the priorities: 0 not at all, 1 wholly.",
  },
  priorityEta: {
    type: "number",
    default: 0.9,
    min: 0,
    max: 1,
    unit: "",
    doc: "Share of the largest error in a sequence's priority; the rest is the mean error's.",
  },
  ...optimizerSchema({ learningRate: 1e-3, maxGradNorm: 40 }),
  ...networkSchema,
  hidden: { ...networkSchema.hidden },
  activation: { ...networkSchema.activation, default: "relu", doc: "Activation of the layers." },
  ...memorySchema,
  memory: { ...memorySchema.memory, default: "lstm", choices: coreKinds },
  ...envSchema,
};

/** A configuration of this algorithm, checked. @throws AgentError */
export function r2d2Config(values: Config): R2d2Config {
  const config = typedConfig(r2d2Schema, values, "r2d2");
  const { envs, sequence, burnIn, learningStarts, buffer } = config;
  const least = envs * (burnIn + sequence);
  if (learningStarts < least) {
    throw new AgentError(
      "BAD_VALUE",
      `r2d2: learningStarts must give every game a sequence (got ${learningStarts} env steps, expected at least envs x (burnIn + sequence) = ${least})`,
    );
  }
  if (buffer < learningStarts) {
    throw new AgentError(
      "BAD_VALUE",
      `r2d2: buffer must hold what is played before learning starts (got ${buffer} steps, expected at least learningStarts = ${learningStarts} env steps)`,
    );
  }
  return config;
}

/** The network that a configuration asks for. @throws AgentError BAD_VALUE */
export function r2d2Shape(config: R2d2Config): RecurrentQShape {
  const { memory, memorySize: units, dueling, layerNorm } = config;
  const kind: CoreKind = coreKinds.find((name) => name === memory) ?? "lstm";
  return { ...encoderShape("r2d2", config), layerNorm, dueling, core: { kind, units } };
}
