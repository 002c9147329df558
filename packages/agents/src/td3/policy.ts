/** The policy of a saved TD3 state, for playing without learning. */
import type { Policy, PolicyOptions } from "../agent.js";
import { encoderShape } from "../network-config.js";
import { createBoxPolicy } from "../off-policy/box-policy.js";
import { DeterministicActor } from "../off-policy/networks.js";
import { td3Config } from "./config.js";

/** Layout of a saved state. */
export const stateVersion = 1;

/** What the networks are. */
export const parts = {
  createActor: (...made: ConstructorParameters<typeof DeterministicActor>): DeterministicActor =>
    new DeterministicActor(...made),
  critics: 2,
};

/** The policy of a saved TD3 state; there is no chance in it. @throws AgentError FOREIGN_STATE */
export function createTd3Policy(options: PolicyOptions): Policy {
  const shape = encoderShape("td3", td3Config(options.config));
  return createBoxPolicy(options, { algo: "td3", version: stateVersion, shape, ...parts });
}
