/** V-trace's settings: what there is, its defaults, ranges and units. */
import { type OnePassConfig, onePassSchema } from "../a2c/config.js";
import { type Config, type SchemaOf, typedConfig } from "../config.js";

/** V-trace's configuration; {@link vtraceSchema} documents every key. */
export interface VtraceConfig extends OnePassConfig {
  readonly actorLag: number;
  readonly rhoBar: number;
  readonly cBar: number;
}

/** Settings of V-trace. */
export const vtraceSchema: SchemaOf<VtraceConfig> = {
  ...onePassSchema,
  horizon: { ...onePassSchema.horizon, default: 20 },
  actorLag: {
    type: "integer",
    default: 4,
    min: 0,
    max: 10000,
    unit: "updates",
    doc: "Most updates by which the actors' network is older than the learner's; it is copied anew when that is reached. 0: always the same.",
  },
  rhoBar: {
    type: "number",
    default: 1,
    min: 0.001,
    max: 1000,
    unit: "",
    doc: "Bound of the probability ratios that weigh temporal differences: what the values converge to.",
  },
  cBar: {
    type: "number",
    default: 1,
    min: 0.001,
    max: 1000,
    unit: "",
    doc: "Bound of the probability ratios in the traces: how far corrections travel back.",
  },
};

/** A configuration of this algorithm, checked. @throws AgentError */
export function vtraceConfig(config: Config): VtraceConfig {
  return typedConfig(vtraceSchema, config, "vtrace");
}
