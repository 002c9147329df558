/**
 * bad-calls: one call per op that it must refuse, made of small tensors.
 *
 * carom-lint: a table
 */
import * as T from "../../src/index.js";

type BadCall = (device: T.Device) => unknown;

const floats = (device: T.Device, shape = [2, 3]) => T.ones(shape, { device });
const ints = (device: T.Device, shape = [2]) => T.zeros(shape, { device, dtype: "int32" });

const bools = (device: T.Device, shape = [2]) => T.zeros(shape, { device, dtype: "bool" });

/** Ops of two operands refuse shapes that do not broadcast. */
const mismatched =
  (op: (a: T.Tensor, b: T.Tensor) => unknown): BadCall =>
  (d) =>
    op(floats(d), floats(d, [2]));

/** Ops for floats refuse integers. */
const integers =
  (op: (x: T.Tensor) => unknown): BadCall =>
  (d) =>
    op(ints(d));

/** Ops along an axis refuse one that there is not. */
const noAxis =
  (op: (x: T.Tensor, axis: number) => unknown): BadCall =>
  (d) =>
    op(floats(d), 2);

function withRandom(call: (device: T.Device, random: T.RandomState) => unknown): BadCall {
  return (device) => {
    const random = new T.RandomState(1, { device });
    try {
      return call(device, random);
    } finally {
      random.tensor.dispose();
    }
  };
}

function disposed(device: T.Device): T.Tensor {
  const x = floats(device);
  x.dispose();
  return x;
}

export const badCalls: Readonly<Record<string, BadCall>> = {
  // --- elementwise
  neg: (d) => T.neg(bools(d)),
  abs: (d) => T.abs(bools(d)),
  exp: integers(T.exp),
  log: integers(T.log),
  sqrt: integers(T.sqrt),
  tanh: integers(T.tanh),
  sigmoid: integers(T.sigmoid),
  relu: (d) => T.relu(bools(d)),
  sign: (d) => T.sign(bools(d)),
  square: (d) => T.square(bools(d)),
  reciprocal: integers(T.reciprocal),
  floor: integers(T.floor),
  isFinite: integers(T.isFinite),
  logicalNot: integers(T.logicalNot),
  add: mismatched(T.add),
  sub: mismatched(T.sub),
  mul: mismatched(T.mul),
  div: mismatched(T.div),
  pow: mismatched(T.pow),
  minimum: mismatched(T.minimum),
  maximum: mismatched(T.maximum),
  equal: mismatched(T.equal),
  notEqual: mismatched(T.notEqual),
  less: mismatched(T.less),
  lessEqual: mismatched(T.lessEqual),
  greater: mismatched(T.greater),
  greaterEqual: mismatched(T.greaterEqual),
  mod: mismatched(T.mod),
  floorDivide: mismatched(T.floorDivide),
  logicalAnd: mismatched(T.logicalAnd),
  logicalOr: mismatched(T.logicalOr),
  logicalXor: mismatched(T.logicalXor),
  ceil: integers(T.ceil),
  round: integers(T.round),
  rsqrt: integers(T.rsqrt),
  log1p: integers(T.log1p),
  expm1: integers(T.expm1),
  sin: integers(T.sin),
  cos: integers(T.cos),
  erf: integers(T.erf),
  isNaN: integers(T.isNaN),
  elu: integers(T.elu),
  gelu: integers(T.gelu),
  leakyRelu: integers(T.leakyRelu),
  silu: integers(T.silu),
  softplus: integers(T.softplus),
  where: (d) => T.where(floats(d), floats(d), floats(d)),
  clamp: (d) => T.clamp(floats(d), 1, -1),

  // --- reductions and sorting
  sum: noAxis(T.sum),
  mean: noAxis(T.mean),
  max: (d) => T.max(floats(d, [0])),
  min: (d) => T.min(floats(d, [0])),
  argmax: noAxis(T.argmax),
  variance: noAxis(T.variance),
  std: noAxis(T.std),
  argmin: noAxis(T.argmin),
  prod: noAxis(T.prod),
  any: noAxis(T.any),
  all: noAxis(T.all),
  logSumExp: noAxis(T.logSumExp),
  norm: noAxis(T.norm),
  cumsum: noAxis(T.cumsum),
  sort: noAxis(T.sort),
  argsort: noAxis(T.argsort),
  topk: (d) => T.topk(floats(d), 4),

  // --- shapes and indexing
  reshape: (d) => T.reshape(floats(d), [4]),
  flatten: (d) => T.flatten(floats(d), 1, 0),
  permute: (d) => T.permute(floats(d), [0, 0]),
  transpose: (d) => T.transpose(floats(d), 0, 2),
  expand: (d) => T.expand(floats(d), [2, 4]),
  squeeze: (d) => T.squeeze(floats(d), 0),
  unsqueeze: (d) => T.unsqueeze(floats(d), 4),
  slice: (d) => T.slice(floats(d), 2),
  flip: noAxis(T.flip),
  concat: (d) => T.concat([floats(d), floats(d, [2])]),
  stack: (d) => T.stack([floats(d), floats(d, [2])]),
  clone: (d) => T.clone(disposed(d)),
  contiguous: (d) => T.contiguous(disposed(d)),
  detach: (d) => T.detach(disposed(d)),
  cast: (d) => T.cast(floats(d), "float16" as T.DType),
  indexSelect: (d) => T.indexSelect(floats(d), floats(d, [2])),
  indexAdd: (d) => T.indexAdd(floats(d), ints(d), floats(d, [1, 3])),
  takeAlongLast: (d) => T.takeAlongLast(floats(d), ints(d, [3])),
  storeRow: (d) => T.storeRow(floats(d), ints(d, [1]), floats(d, [2])),
  increment: (d) => T.increment(floats(d, [1])),

  gather: (d) => T.gather(floats(d), floats(d), 1),
  scatterAdd: (d) => T.scatterAdd(floats(d), ints(d, [2, 2]), floats(d), 1),
  takeAlongAxis: (d) => T.takeAlongAxis(floats(d), floats(d), 1),
  oneHot: (d) => T.oneHot(floats(d), 3),
  pad: (d) => T.pad(floats(d), [[1, 1]]),
  split: (d) => T.split(floats(d), [1, 2]),
  chunk: (d) => T.chunk(floats(d), 0),
  repeat: (d) => T.repeat(floats(d), [2]),
  repeatInterleave: (d) => T.repeatInterleave(floats(d), -1, 0),
  roll: (d) => T.roll(floats(d), 1, 2),
  tril: (d) => T.tril(floats(d, [3])),
  triu: (d) => T.triu(floats(d, [3])),
  diagonal: (d) => T.diagonal(floats(d, [3])),
  trace: (d) => T.trace(floats(d, [3])),
  maskedFill: (d) => T.maskedFill(floats(d), floats(d), 0),
  maskedMean: (d) => T.maskedMean(floats(d), floats(d)),

  // --- products
  dot: (d) => T.dot(floats(d, [2]), floats(d, [3])),
  outer: (d) => T.outer(floats(d), floats(d, [3])),
  einsum: (d) => T.einsum("ij,jk->ik", floats(d), floats(d)),
  newtonSchulz: (d) => T.newtonSchulz(floats(d, [3])),
  matmul: (d) => T.matmul(floats(d), floats(d)),
  linear: (d) => T.linear(floats(d), floats(d, [4, 2])),

  // --- normalisation, losses, attention
  softmax: noAxis(T.softmax),
  logSoftmax: noAxis(T.logSoftmax),
  layerNorm: (d) => T.layerNorm(floats(d), floats(d, [2])),
  rmsNorm: (d) => T.rmsNorm(floats(d), floats(d, [2])),
  groupNorm: (d) => T.groupNorm(floats(d), 2),
  batchNorm: (d) => T.batchNorm(floats(d), { training: true, weight: floats(d, [2]) }),
  crossEntropy: (d) => T.crossEntropy(floats(d), ints(d, [3])),
  embedding: (d) => T.embedding(floats(d), floats(d)),
  dropout: withRandom((d, random) => T.dropout(floats(d), 2, random)),
  scaledDotProductAttention: (d) =>
    T.scaledDotProductAttention(floats(d, [2, 4]), floats(d, [3, 5]), floats(d, [3, 4])),
  categoricalSample: withRandom((d, random) => T.categoricalSample(floats(d, [3]), random)),
  dqnLoss: (d) => T.dqnLoss({ q: floats(d), action: ints(d, [3]), target: floats(d, [2]) }),
  bceWithLogits: (d) => T.bceWithLogits(floats(d), floats(d, [2])),
  ppoLoss: (d) =>
    T.ppoLoss({
      logits: floats(d, [2]),
      value: floats(d, [2]),
      action: ints(d),
      oldLogProb: floats(d, [2]),
      advantage: floats(d, [2]),
      returns: floats(d, [2]),
      oldValue: floats(d, [2]),
      coefficients: floats(d, [8]),
    }),

  // --- convolutions and pooling
  conv2d: (d) => T.conv2d(floats(d, [1, 3, 5, 5]), floats(d, [4, 2, 3, 3])),
  convTranspose2d: (d) => T.convTranspose2d(floats(d, [1, 3, 5, 5]), floats(d, [2, 4, 3, 3])),
  maxPool2d: (d) => T.maxPool2d(floats(d, [1, 1, 2, 2]), 3),
  avgPool2d: (d) => T.avgPool2d(floats(d, [1, 1, 2, 2]), 3),

  // --- recurrence
  gru: (d) =>
    T.gru(floats(d, [4, 2, 3]), floats(d, [2, 5]), {
      weightIh: floats(d, [15, 2]),
      weightHh: floats(d, [15, 5]),
    }),
  lstm: (d) =>
    T.lstm(
      floats(d, [4, 2, 3]),
      { h: floats(d, [2, 5]), c: floats(d, [2, 5]) },
      { weightIh: floats(d, [15, 3]), weightHh: floats(d, [20, 5]) },
    ),
  linearScan: (d) => T.linearScan(floats(d), floats(d, [3, 2])),
  minGruScan: (d) => T.minGruScan(floats(d, [4, 2, 3]), floats(d, [4, 2, 3]), floats(d, [2, 4])),

  // --- optimisers
  clipAdam: (d) =>
    T.clipAdam({
      ...flatState(d),
      m: floats(d, [3]),
      v: floats(d, [2]),
      step: ints(d, [1]),
    }),
  clipSgd: (d) => T.clipSgd({ ...flatState(d), velocity: floats(d, [3]), step: ints(d, [1]) }),
  clipRmsprop: (d) => T.clipRmsprop({ ...flatState(d), squares: floats(d, [3]) }),
};

function flatState(d: T.Device) {
  return {
    params: floats(d, [2]),
    gradient: floats(d, [2]),
    hyper: floats(d, [8]),
    gradNorm: floats(d, [1]),
  };
}
