/** Discrete SAC's settings: what there is, its defaults, ranges and units. */
import { type Config, type SchemaOf, typedConfig } from "../config.js";
import { type OffPolicyConfig, offPolicySchema } from "../off-policy/config.js";

/** Discrete SAC's configuration; {@link sacDiscreteSchema} documents every key. */
export interface SacDiscreteConfig extends OffPolicyConfig {
  readonly temperature: number;
  readonly autoTemperature: boolean;
  readonly targetEntropy: number;
  readonly finalTargetEntropy: number;
  readonly entropyFraction: number;
}

/** Settings of discrete SAC; presets override them per game. */
export const sacDiscreteSchema: SchemaOf<SacDiscreteConfig> = {
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
    default: 0.98,
    min: 0,
    max: 1,
    unit: "share of the largest",
    doc: "Entropy that a learned temperature aims at first; 1 is that of all allowed actions alike.",
  },
  finalTargetEntropy: {
    type: "number",
    default: 0.98,
    min: 0,
    max: 1,
    unit: "share of the largest",
    doc: "Entropy that it aims at after the way there, which is linear.",
  },
  entropyFraction: {
    type: "number",
    default: 1,
    min: 0,
    max: 1,
    unit: "share of the run",
    doc: "In which part of the run the aim moves.",
  },
  ...offPolicySchema({ learningRate: 3e-4 }),
};

/** A configuration of this algorithm, checked. @throws AgentError */
export function sacDiscreteConfig(config: Config): SacDiscreteConfig {
  return typedConfig(sacDiscreteSchema, config, "sac-discrete");
}
