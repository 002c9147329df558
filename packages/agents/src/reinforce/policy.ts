/** The policy of a saved REINFORCE state, for playing without learning. */

import type { NetworkShape } from "../actor-critic.js";
import { createActorCriticPolicy } from "../actor-critic-policy.js";
import type { Policy, PolicyOptions } from "../agent.js";
import { encoderShape } from "../network-config.js";
import { type ReinforceConfig, reinforceConfig } from "./config.js";

/** Layout of a saved state. */
export const stateVersion = 1;

/** One network for policy and baseline, without memory. */
export function shapeOf(config: ReinforceConfig): NetworkShape {
  return { ...encoderShape("reinforce", config), separateCritic: false };
}

/** The policy of a saved REINFORCE state. @throws AgentError FOREIGN_STATE */
export function createReinforcePolicy(options: PolicyOptions): Policy {
  return createActorCriticPolicy("reinforce", options, shapeOf(reinforceConfig(options.config)));
}
