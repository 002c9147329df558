/** The settings of the actor-critic network that every policy-gradient algorithm has. */
import type { NetworkShape } from "./actor-critic.js";
import type { SchemaOf } from "./config.js";
import { coreKinds } from "./core.js";
import { AgentError } from "./errors.js";
import {
  encoderShape,
  type MemoryConfig,
  memorySchema,
  memoryWidths,
  type NetworkConfig,
  networkSchema,
} from "./network-config.js";

/** The network's part of a configuration; {@link actorCriticSchema} documents every key. */
export interface ActorCriticConfig extends NetworkConfig, MemoryConfig {
  readonly separateCritic: boolean;
}

/** Settings of the network. */
export const actorCriticSchema: SchemaOf<ActorCriticConfig> = {
  ...networkSchema,
  separateCritic: {
    type: "boolean",
    default: false,
    unit: "",
    doc: "Whether policy and value have networks of their own instead of a shared one.",
  },
  ...memorySchema,
};

/** The network that a configuration of `algo` asks for. @throws AgentError BAD_VALUE */
export function actorCriticShape(algo: string, config: ActorCriticConfig): NetworkShape {
  const { separateCritic, memory, memorySize } = config;
  const kind = coreKinds.find((name) => name === memory);
  if (kind !== undefined && separateCritic) {
    throw new AgentError(
      "BAD_VALUE",
      `${algo}: separateCritic must be false with memory, which policy and value share (got true with ${memory})`,
    );
  }
  const widths = memoryWidths(algo, config);
  const core = kind && { kind, units: memorySize, widths };
  return { ...encoderShape(algo, config), separateCritic, ...(core && { core }) };
}
