/** The settings that all off-policy actor-critics have: how they play, keep and learn. */
import type { ConfigField, SchemaOf } from "../config.js";
import { type EnvConfig, envSchema } from "../env-config.js";
import { type NetworkConfig, networkSchema } from "../network-config.js";
import { type OptimizerConfig, optimizerSchema } from "../optimizer-config.js";

/** The shared part of a configuration; {@link offPolicySchema} documents every key. */
export interface OffPolicyConfig extends NetworkConfig, OptimizerConfig, EnvConfig {
  readonly envs: number;
  readonly gamma: number;
  readonly nStep: number;
  readonly tau: number;
  readonly buffer: number;
  readonly batch: number;
  readonly learningStarts: number;
  readonly trainEvery: number;
  readonly gradientSteps: number;
}

/** The shared settings, with an algorithm's own defaults for the optimiser. */
export function offPolicySchema(usual: Partial<OptimizerConfig> = {}): SchemaOf<OffPolicyConfig> {
  return {
    envs: {
      type: "integer",
      default: 1,
      min: 1,
      max: 65536,
      unit: "games",
      doc: "Games played side by side.",
    },
    trainEvery: {
      type: "integer",
      default: 1,
      min: 1,
      max: 1_000_000,
      unit: "env steps",
      doc: "Steps between two trainings, over all games; at least one of each game.",
    },
    gradientSteps: {
      type: "integer",
      default: 1,
      min: 1,
      max: 10_000,
      unit: "updates",
      doc: "Updates per training.",
    },
    learningStarts: {
      type: "integer",
      default: 1000,
      min: 0,
      max: 1_000_000_000,
      unit: "env steps",
      doc: "Steps played at random before the first update, over all games.",
    },
    buffer: {
      type: "integer",
      default: 100_000,
      min: 1,
      max: 100_000_000,
      unit: "transitions",
      doc: "How many of the last transitions are remembered, over all games.",
    },
    batch: {
      type: "integer",
      default: 256,
      min: 1,
      max: 1_048_576,
      unit: "transitions",
      doc: "Transitions per update.",
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
    tau: {
      type: "number",
      default: 0.005,
      min: 0,
      max: 1,
      unit: "share",
      doc: "How far an update brings target networks to the learned ones; 1 copies them.",
    },
    ...optimizerSchema(usual),
    ...networkSchema,
    hidden: { ...networkSchema.hidden, default: "256,256" },
    activation: { ...networkSchema.activation, default: "relu" },
    ...envSchema,
  };
}

/** The setting of exploration noise that keeps its direction for a while. */
export const noiseCorrelation: ConfigField = {
  type: "number",
  default: 0,
  min: 0,
  max: 0.9999,
  unit: "",
  doc: "Correlation of exploration noise from one step to the next: 0 is white, towards 1 it sways slowly.",
};

/** The setting of how strongly a policy without chance explores. */
export const explorationNoise: ConfigField = {
  type: "number",
  default: 0.1,
  min: 0,
  max: 10,
  unit: "half-widths",
  doc: "Standard deviation of the noise on played actions; 1 is half of what an action's bounds span.",
};
