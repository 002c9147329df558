/** The policy of a saved PQN state, for playing without learning. */
import type { Policy, PolicyOptions } from "../agent.js";
import { createQPolicy } from "../q-policy.js";
import { pqnConfig, pqnShape } from "./config.js";

/** Layout of a saved state. */
export const stateVersion = 1;

/** The policy of a saved PQN state. @throws AgentError FOREIGN_STATE */
export function createPqnPolicy(options: PolicyOptions): Policy {
  const config = pqnConfig(options.config);
  const { epsilonEvaluation: epsilon } = config;
  const shape = pqnShape(config);
  return createQPolicy(options, { algo: "pqn", version: stateVersion, shape, epsilon });
}
