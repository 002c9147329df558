/** The policy of a saved PPO state, for playing without learning. */
import { actorCriticShape } from "../actor-critic-config.js";
import { createActorCriticPolicy } from "../actor-critic-policy.js";
import type { Policy, PolicyOptions } from "../agent.js";
import { ppoConfig } from "./config.js";

/** Layout of a saved state. */
export const stateVersion = 1;

/** The policy of a saved PPO state. @throws AgentError FOREIGN_STATE */
export function createPpoPolicy(options: PolicyOptions): Policy {
  const shape = actorCriticShape("ppo", ppoConfig(options.config));
  return createActorCriticPolicy("ppo", options, shape);
}
