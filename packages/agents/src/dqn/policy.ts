/** The policy of a saved state of the agents of deep Q-learning, for playing without learning. */
import type { Policy, PolicyOptions } from "../agent.js";
import { createQPolicy } from "../q-policy.js";
import { type DqnName, dqnConfig, qNetworkShape } from "./config.js";

/** Layout of a saved state. */
export const stateVersion = 1;

/** The policy of a saved state of `createDqn`. @throws AgentError FOREIGN_STATE */
export function createDqnPolicy(algo: DqnName, options: PolicyOptions): Policy {
  const config = dqnConfig(algo, options.config);
  const shape = qNetworkShape(algo, config);
  const epsilon = config.epsilonEvaluation;
  return createQPolicy(options, { algo, version: stateVersion, shape, epsilon });
}
