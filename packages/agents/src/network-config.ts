/** The settings of the actor-critic network that every policy-gradient algorithm has. */
import type { NetworkShape } from "./actor-critic.js";
import { parseWidths, type SchemaOf } from "./config.js";

/** The network's part of a configuration; {@link networkSchema} documents every key. */
export interface NetworkConfig {
  readonly hidden: string;
  readonly activation: string;
}

/** Settings of the network. */
export const networkSchema: SchemaOf<NetworkConfig> = {
  hidden: { type: "string", default: "64,64", unit: "widths", doc: "Widths of the hidden layers." },
  activation: {
    type: "string",
    default: "tanh",
    choices: ["tanh", "relu"],
    unit: "",
    doc: "Activation of the hidden layers.",
  },
};

/** The network that a configuration of `algo` asks for. @throws AgentError BAD_VALUE */
export function networkShape(algo: string, config: NetworkConfig): NetworkShape {
  return {
    widths: parseWidths(algo, "hidden", config.hidden),
    activation: config.activation === "relu" ? "relu" : "tanh",
  };
}
