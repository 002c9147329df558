/** Agents that learn to play games: algorithms, their settings, training and evaluation. */
export type {
  Assessment,
  IterationMetrics,
  JsonValue,
  Policy,
  PolicyOptions,
  SavedArray,
  SavedState,
  Trainer,
  TrainerOptions,
} from "./agent.js";
export type { Config, ConfigField, ConfigSchema, ConfigValue } from "./config.js";
export { envSchema } from "./env-config.js";
export { AgentError, type AgentErrorCode, nearestName } from "./errors.js";
export { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.js";
export {
  createEvaluationEnv,
  createLocalEnv,
  type EnvFactory,
  type EnvRequest,
  type EvaluationEnvOptions,
} from "./games.js";
export { type GaeInput, gae } from "./math/gae.js";
export { discountedReturns } from "./math/returns.js";
export { explainedVariance } from "./math/statistics.js";
export {
  type AlgorithmInfo,
  algorithms,
  createPolicy,
  createTrainer,
  defaultSteps,
  findAlgorithm,
  resolveConfig,
} from "./registry.js";
