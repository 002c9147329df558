/** The policy of a saved V-trace state: the learner's, for playing without learning. */
import { actorCriticShape } from "../actor-critic-config.js";
import { createActorCriticPolicy } from "../actor-critic-policy.js";
import type { Policy, PolicyOptions } from "../agent.js";
import { vtraceConfig } from "./config.js";

/** Layout of a saved state. */
export const stateVersion = 1;

/** The policy of a saved V-trace state: the learner's. @throws AgentError FOREIGN_STATE */
export function createVtracePolicy(options: PolicyOptions): Policy {
  const shape = actorCriticShape("vtrace", vtraceConfig(options.config));
  return createActorCriticPolicy("vtrace", options, shape);
}
