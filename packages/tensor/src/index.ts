/** @carom/tensor: the public surface, by name. No logic here. */
export {
  type GradOptions,
  grad,
  type NoAux,
  noGrad,
  type ValueAndGrad,
  valueAndGrad,
  type WithLoss,
} from "./autograd/value-and-grad.js";
export type { BackendInfo, MemoryFigures, ProgramMemory, RecordedOp, TimedOp } from "./backend.js";
export {
  type CudaCompiler,
  type CudaDeviceInfo,
  type CudaLibraryInfo,
  type CudaReport,
  type CudaTools,
  findCudaTools,
  inspectCuda,
} from "./backends/native/load.js";
export { type CaptureOptions, capture, type DescribeOptions, Recording } from "./capture.js";
export {
  arange,
  type CreationOptions,
  fromShared,
  full,
  ones,
  type TensorOptions,
  tensor,
  zeros,
} from "./creation.js";
export { detectNaN } from "./detect-nan.js";
export {
  Device,
  type DeviceName,
  type DeviceOptions,
  defaultDevice,
  type Isa,
  liveTensors,
  openDevice,
  type Precision,
  setDefaultDevice,
} from "./device.js";
export type { DType, FloatDType, TypedArray } from "./dtype.js";
export {
  CaptureError,
  DeviceError,
  DisposedError,
  DtypeError,
  GradientError,
  NanError,
  type NanFacts,
  ShapeError,
  TensorError,
  type TensorErrorCode,
} from "./errors.js";
export type { NestedNumbers } from "./host.js";
export {
  compileKernels,
  type KernelArgument,
  type KernelGrid,
  Kernels,
} from "./kernels.js";
export { keep, scope } from "./lifetime.js";
export {
  elu,
  type GeluOptions,
  gelu,
  leakyRelu,
  type SoftplusOptions,
  silu,
  softplus,
} from "./ops/activation.js";
export { argmax, argmin } from "./ops/argmax.js";
export { type BatchNormOptions, batchNorm } from "./ops/batchNorm.js";
export { type BceWithLogitsOptions, bceWithLogits } from "./ops/bceWithLogits.js";
export { add, div, floorDivide, maximum, minimum, mod, mul, pow, sub } from "./ops/binary.js";
export {
  type CategoricalDraw,
  categoricalSample,
  type SampleOptions,
} from "./ops/categoricalSample.js";
export { clamp } from "./ops/clamp.js";
export { type AdamHyper, adamHyper, type ClipAdamState, clipAdam } from "./ops/clipAdam.js";
export {
  type ClipRmspropState,
  clipRmsprop,
  type RmspropHyper,
  rmspropHyper,
} from "./ops/clipRmsprop.js";
export {
  type ClipSgdOptions,
  type ClipSgdState,
  clipSgd,
  type SgdHyper,
  sgdHyper,
} from "./ops/clipSgd.js";
export {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  notEqual,
} from "./ops/compare.js";
export { concat, stack } from "./ops/concat.js";
export { type Conv2dOptions, conv2d } from "./ops/conv2d.js";
export { type ConvTranspose2dOptions, convTranspose2d } from "./ops/convTranspose2d.js";
export { cast, clone, contiguous, detach } from "./ops/copy.js";
export {
  type CrossEntropyOptions,
  crossEntropy,
  type Reduction,
} from "./ops/crossEntropy.js";
export { cumsum } from "./ops/cumsum.js";
export { type DiagonalOptions, diagonal, trace } from "./ops/diagonal.js";
export {
  type DqnLoss,
  type DqnLossInputs,
  type DqnLossOptions,
  dqnLoss,
} from "./ops/dqnLoss.js";
export { type DropoutOptions, dropout } from "./ops/dropout.js";
export { dot, einsum, outer } from "./ops/einsum.js";
export { embedding } from "./ops/embedding.js";
export { expand } from "./ops/expand.js";
export { flip } from "./ops/flip.js";
export { gather, scatterAdd, takeAlongAxis } from "./ops/gather.js";
export { type GroupNormOptions, groupNorm } from "./ops/groupNorm.js";
export { type GruResult, gru } from "./ops/gru.js";
export { increment } from "./ops/increment.js";
export { indexAdd } from "./ops/indexAdd.js";
export { indexSelect } from "./ops/indexSelect.js";
export { type LayerNormOptions, layerNorm } from "./ops/layerNorm.js";
export { type Activation, type LinearOptions, linear } from "./ops/linear.js";
export { type LinearScanOptions, linearScan } from "./ops/linearScan.js";
export { logSoftmax } from "./ops/logSoftmax.js";
export { logSumExp } from "./ops/logSumExp.js";
export { type LstmResult, type LstmState, lstm } from "./ops/lstm.js";
export { maskedFill, maskedMean } from "./ops/masked.js";
export { matmul } from "./ops/matmul.js";
export { minGruScan } from "./ops/minGruScan.js";
export { type NewtonSchulzOptions, newtonSchulz } from "./ops/newtonSchulz.js";
export { type NormOptions, norm } from "./ops/norm.js";
export { type OneHotOptions, oneHot } from "./ops/oneHot.js";
export { type Padding, type PadOptions, pad } from "./ops/pad.js";
export { permute, transpose } from "./ops/permute.js";
export {
  type AvgPool2dOptions,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
} from "./ops/pool2d.js";
export {
  type PpoCoefficients,
  type PpoLoss,
  type PpoLossInputs,
  ppoCoefficients,
  ppoLoss,
  ppoStats,
} from "./ops/ppoLoss.js";
export type { RecurrentOptions, RecurrentWeights } from "./ops/recurrence.js";
export { all, any, max, mean, min, prod, sum } from "./ops/reduce.js";
export { repeat, repeatInterleave } from "./ops/repeat.js";
export { flatten, reshape } from "./ops/reshape.js";
export { type RmsNormOptions, rmsNorm } from "./ops/rmsNorm.js";
export { roll } from "./ops/roll.js";
export {
  type AttentionOptions,
  scaledDotProductAttention,
} from "./ops/scaledDotProductAttention.js";
export { slice } from "./ops/slice.js";
export { softmax } from "./ops/softmax.js";
export {
  argsort,
  type SortOptions,
  type SortResult,
  sort,
  type TopkOptions,
  topk,
} from "./ops/sort.js";
export type { SliceRange } from "./ops/spans.js";
export { chunk, split } from "./ops/split.js";
export { squeeze, unsqueeze } from "./ops/squeeze.js";
export { storeRow } from "./ops/storeRow.js";
export { takeAlongLast } from "./ops/takeAlongLast.js";
export { tril, triu } from "./ops/triangle.js";
export {
  abs,
  ceil,
  cos,
  erf,
  exp,
  expm1,
  finite as isFinite,
  floor,
  log,
  log1p,
  logicalNot,
  neg,
  notANumber as isNaN,
  reciprocal,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  tanh,
} from "./ops/unary.js";
export { std, type VarianceOptions, variance } from "./ops/variance.js";
export { where } from "./ops/where.js";
export type { Pair } from "./ops/windows.js";
export {
  type BernoulliOptions,
  type DrawOptions,
  type RandomOptions,
  RandomState,
  type RandomWords,
  type TruncatedOptions,
} from "./random.js";
export type { Shape } from "./shape.js";
export { type Axes, type Operand, type ReduceOptions, Tensor } from "./tensor.js";
export { type ReplaySpan, type ReplayTrace, traceReplays } from "./trace.js";
