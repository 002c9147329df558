/** TD3's settings: what there is, its defaults, ranges and units. */
import { type Config, type SchemaOf, typedConfig } from "../config.js";
import {
  explorationNoise,
  noiseCorrelation,
  type OffPolicyConfig,
  offPolicySchema,
} from "../off-policy/config.js";

/** TD3's configuration; {@link td3Schema} documents every key. */
export interface Td3Config extends OffPolicyConfig {
  readonly policyDelay: number;
  readonly targetNoise: number;
  readonly targetNoiseClip: number;
  readonly explorationNoise: number;
  readonly noiseCorrelation: number;
}

/** Settings of TD3; presets override them per game. */
export const td3Schema: SchemaOf<Td3Config> = {
  policyDelay: {
    type: "integer",
    default: 2,
    min: 1,
    max: 1000,
    unit: "updates",
    doc: "Updates of the critics for one of the policy and of the target networks.",
  },
  targetNoise: {
    type: "number",
    default: 0.2,
    min: 0,
    max: 10,
    unit: "half-widths",
    doc: "Standard deviation of the noise on actions in targets; 1 is half of what an action's bounds span.",
  },
  targetNoiseClip: {
    type: "number",
    default: 0.5,
    min: 0,
    max: 10,
    unit: "half-widths",
    doc: "Bound of that noise.",
  },
  explorationNoise,
  noiseCorrelation,
  ...offPolicySchema({ learningRate: 1e-3 }),
};

/** A configuration of this algorithm, checked. @throws AgentError */
export function td3Config(config: Config): Td3Config {
  return typedConfig(td3Schema, config, "td3");
}
