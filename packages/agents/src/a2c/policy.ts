/** The policy of a saved A2C state, for playing without learning. */
import { actorCriticShape } from "../actor-critic-config.js";
import { createActorCriticPolicy } from "../actor-critic-policy.js";
import type { Policy, PolicyOptions } from "../agent.js";
import { a2cConfig } from "./config.js";

/** Layout of a saved state. */
export const stateVersion = 1;

/** The policy of a saved A2C state. @throws AgentError FOREIGN_STATE */
export function createA2cPolicy(options: PolicyOptions): Policy {
  const shape = actorCriticShape("a2c", a2cConfig(options.config));
  return createActorCriticPolicy("a2c", options, shape);
}
