/** Agents that learn to play games: algorithms, their settings, training and evaluation. */
export type {
  ActOptions,
  Assessment,
  IterationMetrics,
  JsonValue,
  LayerActivity,
  Policy,
  PolicyOptions,
  SavedArray,
  SavedState,
  Trainer,
  TrainerOptions,
} from "./agent.js";
export type { Config, ConfigField, ConfigSchema, ConfigValue } from "./config.js";
export {
  type Encoder,
  type EncoderFactory,
  type EncoderKind,
  type EncoderShape,
  encoderKinds,
  type LayerOutput,
} from "./encoders/encoder.js";
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
export type { GpuEnv } from "./gpu-games/env.js";
export { type GameFault, GpuGames, type GpuGamesOptions } from "./gpu-games/gpu-games.js";
export type { EndedEpisode, EpisodeTotals } from "./gpu-games/statistics.js";
export type { GameRows, GameTensors, StepRows } from "./gpu-games/tensors.js";
export { createGpuEnv, type GpuEnvOptions } from "./gpu-games/wrap.js";
export { type GaeInput, gae } from "./math/gae.js";
export { type LambdaReturnsInput, lambdaReturns } from "./math/lambda-returns.js";
export {
  type GaeTensors,
  gaeOnDevice,
  lambdaReturnsOnDevice,
  type RolloutTensors,
  type VtraceEstimates,
  type VtraceTensors,
  vtraceOnDevice,
} from "./math/on-device.js";
export { discountedReturns } from "./math/returns.js";
export {
  type BootstrapOptions,
  bootstrapInterval,
  type Interval,
  improvementInterval,
  interquartileMean,
  interquartileMeanInterval,
  median,
  probabilityOfImprovement,
  type TaskScores,
} from "./math/rliable.js";
export { explainedVariance } from "./math/statistics.js";
export { type VtraceInput, vtrace } from "./math/vtrace.js";
export { createPolicy } from "./policies.js";
export {
  type AlgorithmInfo,
  algorithms,
  createTrainer,
  defaultSteps,
  findAlgorithm,
  resolveConfig,
} from "./registry.js";
export {
  type Annealing,
  annealed,
  annealedLearningRate,
  type LearningRateConfig,
} from "./schedules.js";
export { type SweepRange, sweepRanges } from "./sweep-ranges.js";
export type { AgentActOptions, AgentBatchOptions } from "./train/actor.js";
export { Agent, type AgentEvaluateOptions, type BestState } from "./train/agent.js";
export { decodeAgent, encodeAgent } from "./train/bytes.js";
export { createAgent, type LoadOptions, loadAgent } from "./train/create.js";
export type {
  AgentEvaluation,
  AgentEvents,
  AgentListener,
  Checkpoint,
  ListenerFailure,
  TrainingEvaluation,
  TrainingMetrics,
} from "./train/events.js";
export type { GameSource } from "./train/game.js";
export {
  a2c,
  c51,
  ddpg,
  dqn,
  impala,
  ppo,
  pqn,
  qrdqn,
  r2d2,
  rainbow,
  reinforce,
  sac,
  sacDiscrete,
  td3,
} from "./train/makers.js";
export type {
  AgentOptions,
  BestScore,
  StopSignal,
  TrainingEnd,
  TrainOptions,
  TrainSummary,
} from "./train/options.js";
export {
  parametersOnly,
  type Transfer,
  type TransferredArray,
  transferParameters,
} from "./transfer.js";
