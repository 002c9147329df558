/** DDPG's settings: what there is, its defaults, ranges and units. */
import { type Config, type SchemaOf, typedConfig } from "../config.js";
import {
  explorationNoise,
  noiseCorrelation,
  type OffPolicyConfig,
  offPolicySchema,
} from "../off-policy/config.js";

/** DDPG's configuration; {@link ddpgSchema} documents every key. */
export interface DdpgConfig extends OffPolicyConfig {
  readonly explorationNoise: number;
  readonly noiseCorrelation: number;
}

/** Settings of DDPG; presets override them per game. */
export const ddpgSchema: SchemaOf<DdpgConfig> = {
  explorationNoise,
  noiseCorrelation,
  ...offPolicySchema({ learningRate: 1e-3 }),
};

/** A configuration of this algorithm, checked. @throws AgentError */
export function ddpgConfig(config: Config): DdpgConfig {
  return typedConfig(ddpgSchema, config, "ddpg");
}
