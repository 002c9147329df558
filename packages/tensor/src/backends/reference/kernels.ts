/**
 * kernels: which function computes which op on the reference backend. One line per op.
 */
import type { OpName, OpParams } from "../../op-params.js";
import { activation, activationBackward, activations } from "./activation.js";
import { attentionBackwardKernel, attentionKernel } from "./attention.js";
import { batchNormBackwardKernel, batchNormKernel } from "./batchNorm.js";
import { binary, binaryFunctions, compareFunctions, mulKernel, powKernel } from "./binary.js";
import { categoricalSampleKernel } from "./categoricalSample.js";
import { clipAdamKernel } from "./clipAdam.js";
import { clipRmspropKernel } from "./clipRmsprop.js";
import { clipSgdKernel } from "./clipSgd.js";
import {
  conv2dBackwardKernel,
  conv2dKernel,
  conv2dWeightKernel,
  convTranspose2dKernel,
} from "./conv2d.js";
import { copyKernel, fillKernel } from "./copy.js";
import { crossEntropyKernel } from "./crossEntropy.js";
import { cumsumKernel } from "./cumsum.js";
import { dqnLossKernel } from "./dqnLoss.js";
import { dropoutBackwardKernel, dropoutKernel } from "./dropout.js";
import { gatherKernel, scatterAddKernel } from "./gather.js";
import { gruSequenceBackwardKernel, gruSequenceKernel } from "./gru.js";
import {
  incrementKernel,
  indexAddKernel,
  indexSelectKernel,
  storeRowKernel,
  takeAlongLastBackwardKernel,
  takeAlongLastKernel,
} from "./indexing.js";
import { linearBackwardKernel, linearKernel } from "./linear.js";
import { linearScanKernel } from "./linearScan.js";
import { logSoftmaxBackwardKernel, logSoftmaxKernel } from "./logSoftmax.js";
import { lstmSequenceBackwardKernel, lstmSequenceKernel } from "./lstm.js";
import { batchedMatmulKernel, matmulKernel } from "./matmul.js";
import { minGruScanBackwardKernel, minGruScanKernel } from "./minGruScan.js";
import { normalizeBackwardKernel, normalizeKernel } from "./normalize.js";
import { oneHotKernel } from "./oneHot.js";
import {
  avgPool2dBackwardKernel,
  avgPool2dKernel,
  maxPool2dBackwardKernel,
  maxPool2dKernel,
  maxPool2dPickKernel,
} from "./pool2d.js";
import { ppoLossKernel } from "./ppoLoss.js";
import { normalKernel, permutationKernel, uniformKernel } from "./random.js";
import {
  allKernel,
  anyKernel,
  argmaxKernel,
  argminKernel,
  maxKernel,
  meanKernel,
  minKernel,
  prodKernel,
  sumKernel,
} from "./reduce.js";
import { softmaxBackwardKernel, softmaxKernel } from "./softmax.js";
import { sortKernel } from "./sort.js";
import { triangleKernel } from "./triangle.js";
import { unary, unaryFunctions } from "./unary.js";
import type { RefView } from "./views.js";
import { whereKernel } from "./where.js";

/** Computes one op: reads inputs, writes outputs. */
export type Kernel<K extends OpName> = (
  inputs: RefView[],
  outputs: RefView[],
  params: OpParams[K],
) => void;

export const kernels: { readonly [K in OpName]: Kernel<K> } = {
  fill: fillKernel,
  copy: copyKernel,

  neg: unary(unaryFunctions.neg),
  abs: unary(unaryFunctions.abs),
  exp: unary(unaryFunctions.exp),
  log: unary(unaryFunctions.log),
  sqrt: unary(unaryFunctions.sqrt),
  tanh: unary(unaryFunctions.tanh),
  sigmoid: unary(unaryFunctions.sigmoid),
  relu: unary(unaryFunctions.relu),
  sign: unary(unaryFunctions.sign),
  square: unary(unaryFunctions.square),
  reciprocal: unary(unaryFunctions.reciprocal),
  floor: unary(unaryFunctions.floor),
  isFinite: unary(unaryFunctions.isFinite),
  logicalNot: unary(unaryFunctions.logicalNot),

  add: binary(binaryFunctions.add),
  sub: binary(binaryFunctions.sub),
  mul: mulKernel,
  div: binary(binaryFunctions.div),
  pow: powKernel,
  minimum: binary(binaryFunctions.minimum),
  maximum: binary(binaryFunctions.maximum),
  equal: binary(compareFunctions.equal),
  notEqual: binary(compareFunctions.notEqual),
  less: binary(compareFunctions.less),
  lessEqual: binary(compareFunctions.lessEqual),
  greater: binary(compareFunctions.greater),
  greaterEqual: binary(compareFunctions.greaterEqual),
  where: whereKernel,

  sum: sumKernel,
  mean: meanKernel,
  max: maxKernel,
  min: minKernel,
  argmax: argmaxKernel,

  matmul: matmulKernel,
  linear: linearKernel,
  linearBackward: linearBackwardKernel,

  softmax: softmaxKernel,
  logSoftmax: logSoftmaxKernel,
  softmaxBackward: softmaxBackwardKernel,
  logSoftmaxBackward: logSoftmaxBackwardKernel,

  indexSelect: indexSelectKernel,
  indexAdd: indexAddKernel,
  takeAlongLast: takeAlongLastKernel,
  takeAlongLastBackward: takeAlongLastBackwardKernel,
  storeRow: storeRowKernel,
  increment: incrementKernel,

  uniform: uniformKernel,
  normal: normalKernel,
  permutation: permutationKernel,
  categoricalSample: categoricalSampleKernel,

  ppoLoss: ppoLossKernel,
  clipAdam: clipAdamKernel,

  // --- elementwise
  ceil: unary(unaryFunctions.ceil),
  round: unary(unaryFunctions.round),
  rsqrt: unary(unaryFunctions.rsqrt),
  log1p: unary(unaryFunctions.log1p),
  expm1: unary(unaryFunctions.expm1),
  sin: unary(unaryFunctions.sin),
  cos: unary(unaryFunctions.cos),
  erf: unary(unaryFunctions.erf),
  isNaN: unary(unaryFunctions.isNaN),
  mod: binary(binaryFunctions.mod),
  floorDivide: binary(binaryFunctions.floorDivide),
  logicalAnd: binary(binaryFunctions.logicalAnd),
  logicalOr: binary(binaryFunctions.logicalOr),
  logicalXor: binary(binaryFunctions.logicalXor),
  leakyRelu: activation(activations.leakyRelu),
  leakyReluBackward: activationBackward(activations.leakyRelu),
  elu: activation(activations.elu),
  eluBackward: activationBackward(activations.elu),
  gelu: activation(activations.gelu),
  geluBackward: activationBackward(activations.gelu),
  silu: activation(activations.silu),
  siluBackward: activationBackward(activations.silu),
  softplus: activation(activations.softplus),
  softplusBackward: activationBackward(activations.softplus),

  // --- reductions and sorting
  prod: prodKernel,
  any: anyKernel,
  all: allKernel,
  argmin: argminKernel,
  cumsum: cumsumKernel,
  sort: sortKernel,

  // --- shapes and indexing
  gather: gatherKernel,
  scatterAdd: scatterAddKernel,
  oneHot: oneHotKernel,
  triangle: triangleKernel,

  // --- products
  batchedMatmul: batchedMatmulKernel,

  // --- convolutions and pooling
  conv2d: conv2dKernel,
  convTranspose2d: convTranspose2dKernel,
  conv2dWeight: conv2dWeightKernel,
  conv2dBackward: conv2dBackwardKernel,
  maxPool2d: maxPool2dKernel,
  maxPool2dBackward: maxPool2dBackwardKernel,
  maxPool2dPick: maxPool2dPickKernel,
  avgPool2d: avgPool2dKernel,
  avgPool2dBackward: avgPool2dBackwardKernel,

  // --- normalisation, losses, attention
  normalize: normalizeKernel,
  normalizeBackward: normalizeBackwardKernel,
  batchNorm: batchNormKernel,
  batchNormBackward: batchNormBackwardKernel,
  crossEntropy: crossEntropyKernel,
  dqnLoss: dqnLossKernel,
  dropout: dropoutKernel,
  dropoutBackward: dropoutBackwardKernel,
  attention: attentionKernel,
  attentionBackward: attentionBackwardKernel,

  // --- recurrence
  gruSequence: gruSequenceKernel,
  gruSequenceBackward: gruSequenceBackwardKernel,
  lstmSequence: lstmSequenceKernel,
  lstmSequenceBackward: lstmSequenceBackwardKernel,
  linearScan: linearScanKernel,
  minGruScan: minGruScanKernel,
  minGruScanBackward: minGruScanBackwardKernel,

  // --- optimisers
  clipSgd: clipSgdKernel,
  clipRmsprop: clipRmspropKernel,
};
