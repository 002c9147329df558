/** SAC's settings: what there is, its defaults, ranges and units. */
import { type Config, type SchemaOf, typedConfig } from "../config.js";
import { noiseCorrelation, type OffPolicyConfig, offPolicySchema } from "../off-policy/config.js";

/** SAC's configuration; {@link sacSchema} documents every key. */
export interface SacConfig extends OffPolicyConfig {
  readonly temperature: number;
  readonly autoTemperature: boolean;
  readonly targetEntropy: number;
  readonly noiseCorrelation: number;
}

/** Settings of SAC; presets override them per game. */
export const sacSchema: SchemaOf<SacConfig> = {
  temperature: {
    type: "number",
    default: 1,
    min: 1e-8,
    max: 1e6,
    unit: "reward per nat",
    doc: "What a nat of entropy is worth: at the start, or always where autoTemperature is off.",
  },
  autoTemperature: {
    type: "boolean",
    default: true,
    unit: "",
    doc: "Whether the temperature is learned, so that the entropy becomes targetEntropy.",
  },
  targetEntropy: {
    type: "number",
    default: -1,
    unit: "nats per number",
    doc: "Entropy that a learned temperature aims at, per number of an action, in units in which its bounds are -1 and 1.",
  },
  noiseCorrelation,
  ...offPolicySchema({ learningRate: 3e-4 }),
};

/** A configuration of this algorithm, checked. @throws AgentError */
export function sacConfig(config: Config): SacConfig {
  return typedConfig(sacSchema, config, "sac");
}
