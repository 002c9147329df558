/** The policy of a saved DDPG state, for playing without learning. */
import type { Policy, PolicyOptions } from "../agent.js";
import { encoderShape } from "../network-config.js";
import { createBoxPolicy } from "../off-policy/box-policy.js";
import { DeterministicActor } from "../off-policy/networks.js";
import { ddpgConfig } from "./config.js";

/** Layout of a saved state. */
export const stateVersion = 1;

/** What the networks are. */
export const parts = {
  createActor: (...made: ConstructorParameters<typeof DeterministicActor>): DeterministicActor =>
    new DeterministicActor(...made),
  critics: 1,
};

/** The policy of a saved DDPG state; there is no chance in it. @throws AgentError FOREIGN_STATE */
export function createDdpgPolicy(options: PolicyOptions): Policy {
  const shape = encoderShape("ddpg", ddpgConfig(options.config));
  return createBoxPolicy(options, { algo: "ddpg", version: stateVersion, shape, ...parts });
}
