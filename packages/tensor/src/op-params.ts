/**
 * op-params: which ops exist at the backend boundary, and the numbers each one takes.
 *
 * One line per op in each of the two tables below ties its name to its parameters. Both backends are
 * typed by them; the native adapter writes the parameters in the order of `paramOrder`.
 */

/** No parameters at all. */
export type NoParams = Record<never, never>;

/** Activation fused into `linear`: 0 none, 1 relu, 2 tanh. */
export type ActivationCode = 0 | 1 | 2;

/** A switch, as a number. */
export type Flag = 0 | 1;

/** How row losses are reduced: 0 not at all, 1 sum, 2 mean. */
export type ReductionCode = 0 | 1 | 2;
/** Steps, border and groups of a convolution, from its input `[N, C, H, W]` to `[N, O, P, Q]`. */
export type ConvParams = {
  strideH: number;
  strideW: number;
  padTop: number;
  padLeft: number;
  dilationH: number;
  dilationW: number;
  groups: number;
};

/** How a window slides over `[N, C, H, W]`: its size, steps, border and the distance of its taps. */
export type PoolParams = {
  kernelH: number;
  kernelW: number;
  strideH: number;
  strideW: number;
  padTop: number;
  padLeft: number;
  dilationH: number;
  dilationW: number;
};

/** Parameters of every backend op, by name. */
export interface OpParams {
  fill: { value: number };
  copy: NoParams;

  neg: NoParams;
  abs: NoParams;
  exp: NoParams;
  log: NoParams;
  sqrt: NoParams;
  tanh: NoParams;
  sigmoid: NoParams;
  relu: NoParams;
  sign: NoParams;
  square: NoParams;
  reciprocal: NoParams;
  floor: NoParams;
  isFinite: NoParams;
  logicalNot: NoParams;

  add: NoParams;
  sub: NoParams;
  mul: NoParams;
  div: NoParams;
  pow: NoParams;
  minimum: NoParams;
  maximum: NoParams;
  equal: NoParams;
  notEqual: NoParams;
  less: NoParams;
  lessEqual: NoParams;
  greater: NoParams;
  greaterEqual: NoParams;
  where: NoParams;

  /** `trailing`: how many of the last dimensions are reduced. */
  sum: { trailing: number };
  mean: { trailing: number };
  max: { trailing: number };
  min: { trailing: number };
  argmax: { trailing: number };

  /** `accumulate` 1 adds to the output instead of overwriting it. */
  matmul: { accumulate: Flag };
  linear: { activation: ActivationCode };
  linearBackward: { activation: ActivationCode };

  softmax: NoParams;
  logSoftmax: NoParams;
  softmaxBackward: NoParams;
  logSoftmaxBackward: NoParams;

  indexSelect: NoParams;
  indexAdd: NoParams;
  takeAlongLast: NoParams;
  takeAlongLastBackward: NoParams;
  storeRow: NoParams;
  increment: { by: number };

  uniform: NoParams;
  normal: NoParams;
  permutation: NoParams;
  categoricalSample: { greedy: Flag };

  ppoLoss: NoParams;
  clipAdam: NoParams;

  // --- elementwise
  ceil: NoParams;
  round: NoParams;
  rsqrt: NoParams;
  log1p: NoParams;
  expm1: NoParams;
  sin: NoParams;
  cos: NoParams;
  erf: NoParams;
  isNaN: NoParams;
  mod: NoParams;
  floorDivide: NoParams;
  logicalAnd: NoParams;
  logicalOr: NoParams;
  logicalXor: NoParams;
  /** `a`: slope, alpha, 1 for gelu by tanh, threshold; silu reads none. */
  leakyRelu: { a: number };
  leakyReluBackward: { a: number };
  elu: { a: number };
  eluBackward: { a: number };
  gelu: { a: number };
  geluBackward: { a: number };
  silu: { a: number };
  siluBackward: { a: number };
  softplus: { a: number };
  softplusBackward: { a: number };

  // --- reductions and sorting
  prod: { trailing: number };
  any: { trailing: number };
  all: { trailing: number };
  argmin: { trailing: number };
  cumsum: { axis: number; reverse: Flag };
  sort: { descending: Flag };

  // --- shapes and indexing
  gather: { axis: number };
  scatterAdd: { axis: number };
  oneHot: NoParams;
  /** Keeps j - i <= diagonal, or with `upper` 1 j - i >= diagonal. */
  triangle: { upper: Flag; diagonal: number };

  // --- products
  batchedMatmul: NoParams;

  // --- convolutions and pooling
  /** `scale`: what an element of a uint8 x counts. */
  conv2d: ConvParams & { activation: ActivationCode; scale: number };
  convTranspose2d: ConvParams;
  conv2dWeight: ConvParams & { scale: number };
  /** `dx`, `dweight`, `dbias`: which of the outputs are wanted. */
  conv2dBackward: ConvParams & {
    activation: ActivationCode;
    scale: number;
    dx: Flag;
    dweight: Flag;
    dbias: Flag;
  };
  maxPool2d: PoolParams;
  maxPool2dBackward: PoolParams;
  maxPool2dPick: PoolParams;
  avgPool2d: PoolParams & { countIncludePad: Flag };
  avgPool2dBackward: PoolParams & { countIncludePad: Flag };

  // --- normalisation, losses, attention
  /** The flags say which operands are given. */
  normalize: { eps: number; centred: Flag; weight: Flag; bias: Flag };
  normalizeBackward: { centred: Flag; weight: Flag; affine: Flag };
  /** The flags say which operands are given. */
  batchNorm: {
    eps: number;
    momentum: number;
    weight: Flag;
    bias: Flag;
    runningMean: Flag;
    runningVariance: Flag;
  };
  batchNormBackward: { weight: Flag };
  /** `ignoring` 1: rows whose target is `ignore` do not count. */
  crossEntropy: { reduction: ReductionCode; smoothing: number; ignoring: Flag; ignore: number };
  /** Huber beyond `delta`; 0: the square at any distance. */
  dqnLoss: { delta: number };
  /** An element is kept if its 24 random bits are at least `threshold`. */
  dropout: { threshold: number; scale: number };
  dropoutBackward: { threshold: number; scale: number };
  /** `masked` 1: a mask is given. */
  attention: { scale: number; causal: Flag; masked: Flag };
  attentionBackward: { scale: number; causal: Flag; masked: Flag };

  // --- recurrence
  gruSequence: { bias: Flag; reset: Flag };
  gruSequenceBackward: { reset: Flag };
  lstmSequence: { bias: Flag; reset: Flag };
  lstmSequenceBackward: { reset: Flag };
  linearScan: { reverse: Flag };
  minGruScan: { reset: Flag };
  minGruScanBackward: { reset: Flag };

  // --- optimisers
  clipSgd: { nesterov: Flag };
  /** Which of the averages are there. */
  clipRmsprop: { centered: Flag; momentum: Flag };
}

/** Name of a backend op. */
export type OpName = keyof OpParams;

const convOrder = [
  "strideH",
  "strideW",
  "padTop",
  "padLeft",
  "dilationH",
  "dilationW",
  "groups",
] as const;

const poolOrder = [
  "kernelH",
  "kernelW",
  "strideH",
  "strideW",
  "padTop",
  "padLeft",
  "dilationH",
  "dilationW",
] as const;

/** Order of an op's parameters at the native boundary. */
export const paramOrder: { readonly [K in OpName]: readonly (keyof OpParams[K] & string)[] } = {
  fill: ["value"],
  copy: [],

  neg: [],
  abs: [],
  exp: [],
  log: [],
  sqrt: [],
  tanh: [],
  sigmoid: [],
  relu: [],
  sign: [],
  square: [],
  reciprocal: [],
  floor: [],
  isFinite: [],
  logicalNot: [],

  add: [],
  sub: [],
  mul: [],
  div: [],
  pow: [],
  minimum: [],
  maximum: [],
  equal: [],
  notEqual: [],
  less: [],
  lessEqual: [],
  greater: [],
  greaterEqual: [],
  where: [],

  sum: ["trailing"],
  mean: ["trailing"],
  max: ["trailing"],
  min: ["trailing"],
  argmax: ["trailing"],

  matmul: ["accumulate"],
  linear: ["activation"],
  linearBackward: ["activation"],

  softmax: [],
  logSoftmax: [],
  softmaxBackward: [],
  logSoftmaxBackward: [],

  indexSelect: [],
  indexAdd: [],
  takeAlongLast: [],
  takeAlongLastBackward: [],
  storeRow: [],
  increment: ["by"],

  uniform: [],
  normal: [],
  permutation: [],
  categoricalSample: ["greedy"],

  ppoLoss: [],
  clipAdam: [],

  // --- elementwise
  ceil: [],
  round: [],
  rsqrt: [],
  log1p: [],
  expm1: [],
  sin: [],
  cos: [],
  erf: [],
  isNaN: [],
  mod: [],
  floorDivide: [],
  logicalAnd: [],
  logicalOr: [],
  logicalXor: [],
  leakyRelu: ["a"],
  leakyReluBackward: ["a"],
  elu: ["a"],
  eluBackward: ["a"],
  gelu: ["a"],
  geluBackward: ["a"],
  silu: ["a"],
  siluBackward: ["a"],
  softplus: ["a"],
  softplusBackward: ["a"],

  // --- reductions and sorting
  prod: ["trailing"],
  any: ["trailing"],
  all: ["trailing"],
  argmin: ["trailing"],
  cumsum: ["axis", "reverse"],
  sort: ["descending"],

  // --- shapes and indexing
  gather: ["axis"],
  scatterAdd: ["axis"],
  oneHot: [],
  triangle: ["upper", "diagonal"],

  // --- products
  batchedMatmul: [],

  // --- convolutions and pooling
  conv2d: [...convOrder, "activation", "scale"],
  convTranspose2d: convOrder,
  conv2dWeight: [...convOrder, "scale"],
  conv2dBackward: [...convOrder, "activation", "scale", "dx", "dweight", "dbias"],
  maxPool2d: poolOrder,
  maxPool2dBackward: poolOrder,
  maxPool2dPick: poolOrder,
  avgPool2d: [...poolOrder, "countIncludePad"],
  avgPool2dBackward: [...poolOrder, "countIncludePad"],

  // --- normalisation, losses, attention
  normalize: ["eps", "centred", "weight", "bias"],
  normalizeBackward: ["centred", "weight", "affine"],
  batchNorm: ["eps", "momentum", "weight", "bias", "runningMean", "runningVariance"],
  batchNormBackward: ["weight"],
  crossEntropy: ["reduction", "smoothing", "ignoring", "ignore"],
  dqnLoss: ["delta"],
  dropout: ["threshold", "scale"],
  dropoutBackward: ["threshold", "scale"],
  attention: ["scale", "causal", "masked"],
  attentionBackward: ["scale", "causal", "masked"],

  // --- recurrence
  gruSequence: ["bias", "reset"],
  gruSequenceBackward: ["reset"],
  lstmSequence: ["bias", "reset"],
  lstmSequenceBackward: ["reset"],
  linearScan: ["reverse"],
  minGruScan: ["reset"],
  minGruScanBackward: ["reset"],

  // --- optimisers
  clipSgd: ["nesterov"],
  clipRmsprop: ["centered", "momentum"],
};

/** All op names, in the order of the table. */
export const opNames: readonly OpName[] = Object.keys(paramOrder) as OpName[];

/** Shared value for ops without parameters. */
export const noParams: NoParams = Object.freeze({});
