/** @carom/nn: the public surface, by name. No logic here. */
export {
  type BceWithLogitsOptions,
  bceWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  type Reduction,
} from "@carom/tensor";
export { Adam, type AdamOptions, type AdamState, AdamW, adamDefaults } from "./adam.js";
export {
  type AttendOptions,
  MultiHeadAttention,
  type MultiHeadAttentionOptions,
} from "./attention.js";
export { Bernoulli } from "./bernoulli.js";
export {
  type ActionDraw,
  Categorical,
  type CategoricalOptions,
  categoricalEntropy,
  categoricalKl,
  categoricalLogProb,
} from "./categorical.js";
export {
  Conv2d,
  type Conv2dLayerOptions,
  type ConvolutionInit,
  ConvTranspose2d,
  type ConvTranspose2dLayerOptions,
} from "./conv2d.js";
export type { Distribution } from "./distribution.js";
export { Dropout } from "./dropout.js";
export { Embedding, type EmbeddingOptions } from "./embedding.js";
export { NnError, type NnErrorCode } from "./errors.js";
export { GRU } from "./gru.js";
export {
  constantInit,
  fanInInit,
  type Initializer,
  normalInit,
  onesInit,
  orthogonalInit,
  rowBlocks,
  skipInit,
  uniformInit,
  zerosInit,
} from "./initializers.js";
export {
  calculateGain,
  type KaimingOptions,
  kaimingNormalInit,
  kaimingUniformInit,
  type Nonlinearity,
  type TruncatedNormalOptions,
  truncatedNormalInit,
  xavierNormalInit,
  xavierUniformInit,
} from "./initializers-scaled.js";
export { Linear, type LinearLayerOptions } from "./linear.js";
export {
  bce,
  type Divergent,
  type HuberOptions,
  huber,
  kl,
  type LossOptions,
  mse,
  type QuantileHuberOptions,
  quantileHuber,
  type SmoothL1Options,
  smoothL1,
} from "./losses.js";
export { LSTM } from "./lstm.js";
export { MinGRU } from "./min-gru.js";
export { type MlpOptions, mlp } from "./mlp.js";
export {
  buffersOf,
  disposeModule,
  type ForwardOptions,
  type Layer,
  type Module,
  Parameter,
  parametersOf,
  parameterTensors,
} from "./module.js";
export { MultiCategorical } from "./multi-categorical.js";
export { Muon, type MuonHyper, type MuonOptions, muonDefaults } from "./muon.js";
export { NoisyLinear, type NoisyLinearOptions } from "./noisy-linear.js";
export { Normal, normalKl, normalLogProb, TanhNormal, type TanhNormalDraw } from "./normal.js";
export {
  BatchNorm,
  type BatchNormLayerOptions,
  GroupNorm,
  LayerNorm,
  type NormOptions,
  RMSNorm,
} from "./norms.js";
export { loadOptimizer, type Optimizer, type OptimizerState, saveOptimizer } from "./optimizer.js";
export { flatten, ParameterBuffer, type ParameterSlot } from "./parameter-buffer.js";
export type { RecurrentLayerOptions, RecurrentPassOptions } from "./recurrent.js";
export {
  impalaStage,
  Residual,
  type ResidualDenseOptions,
  residualConvBlock,
  residualDenseBlock,
} from "./residual.js";
export { RMSProp, type RMSPropOptions, rmspropDefaults } from "./rmsprop.js";
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsFile,
  type SafetensorsTensor,
} from "./safetensors.js";
export {
  constantSchedule,
  cosineSchedule,
  exponentialSchedule,
  linearSchedule,
  type OneCycleOptions,
  oneCycleSchedule,
  piecewiseSchedule,
  type Schedule,
  sequenceSchedule,
  warmupSchedule,
} from "./schedules.js";
export { type LayerFunction, Sequential } from "./sequential.js";
export { SGD, type SGDOptions, sgdDefaults } from "./sgd.js";
export { AvgPool2d, Flatten, MaxPool2d } from "./shaping.js";
export { type LoadOptions, loadParameters, saveParameters } from "./state.js";
