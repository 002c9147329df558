/**
 * @carom/agents/policy: trained agents without training, for browsers too (no node: module): the bytes of
 * a policy, the games as it sees them, and what it does and thinks there.
 */
export type {
  ActOptions,
  Assessment,
  JsonValue,
  LayerActivity,
  Policy,
  PolicyOptions,
  SavedArray,
  SavedState,
} from "./agent.js";
export type { Config, ConfigValue } from "./config.js";
export { AgentError, type AgentErrorCode } from "./errors.js";
export { createEvaluationEnv, type EvaluationEnvOptions } from "./games.js";
export { createPolicy } from "./policies.js";
export { decodeAgent } from "./train/bytes.js";
