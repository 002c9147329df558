/** The policy of a saved SAC state, for playing without learning. */
import type { Policy, PolicyOptions } from "../agent.js";
import { encoderShape } from "../network-config.js";
import { createBoxPolicy } from "../off-policy/box-policy.js";
import { GaussianActor } from "../off-policy/networks.js";
import { sacConfig } from "./config.js";

/** Layout of a saved state. */
export const stateVersion = 1;

/** What the networks are. */
export const parts = {
  createActor: (...made: ConstructorParameters<typeof GaussianActor>): GaussianActor =>
    new GaussianActor(...made),
  critics: 2,
};

/** The policy of a saved SAC state. @throws AgentError FOREIGN_STATE */
export function createSacPolicy(options: PolicyOptions): Policy {
  const shape = encoderShape("sac", sacConfig(options.config));
  return createBoxPolicy(options, { algo: "sac", version: stateVersion, shape, ...parts });
}
