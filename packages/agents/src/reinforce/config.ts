/** REINFORCE's settings: what there is, its defaults, ranges and units. */
import { type Config, type SchemaOf, typedConfig } from "../config.js";
import { type EnvConfig, envSchema } from "../env-config.js";
import { type NetworkConfig, networkSchema } from "../network-config.js";
import { type OptimizerConfig, optimizerSchema } from "../optimizer-config.js";

/** REINFORCE's configuration; {@link reinforceSchema} documents every key. */
export interface ReinforceConfig extends NetworkConfig, OptimizerConfig, EnvConfig {
  readonly envs: number;
  readonly gamma: number;
  readonly entropyCoef: number;
  readonly valueCoef: number;
  readonly rewardClip: number;
}

/** Settings of REINFORCE. */
export const reinforceSchema: SchemaOf<ReinforceConfig> = {
  envs: {
    type: "integer",
    default: 16,
    min: 1,
    max: 4096,
    unit: "games",
    doc: "Games, and episodes per update.",
  },
  gamma: {
    type: "number",
    default: 0.99,
    min: 0,
    max: 1,
    unit: "per decision",
    doc: "Discount of future rewards.",
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
    doc: "Weight of the baseline's loss.",
  },
  rewardClip: {
    type: "number",
    default: 0,
    min: 0,
    unit: "reward",
    doc: "Bound of the reward the learner sees; 0 leaves it as it is. Scores stay raw.",
  },
  ...optimizerSchema({ learningRate: 3e-3, finalLearningRate: 0, maxGradNorm: 1 }),
  ...networkSchema,
  ...envSchema,
};

/** A configuration of this algorithm, checked. @throws AgentError */
export function reinforceConfig(config: Config): ReinforceConfig {
  return typedConfig(reinforceSchema, config, "reinforce");
}
