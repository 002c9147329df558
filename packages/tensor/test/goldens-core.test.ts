/**
 * The ops of actor-critic training against PyTorch.
 *
 * HINT: if an op was added or changed on purpose, add or change its line in goldens/core.py and run
 * `python goldens/generate.py core` (needs torch); the file notes the version that made it.
 */
import * as T from "../src/index.js";
import { type Run, testGoldens } from "./support/goldens.js";

function ppo(settings: T.PpoCoefficients): Run {
  return (logits, value, action, oldLogProb, advantage, returns, oldValue) => {
    const { device } = logits;
    const coefficients = T.tensor(T.ppoCoefficients(settings), { device });
    const inputs = { logits, value, action, oldLogProb, advantage, returns, oldValue };
    const { loss, stats } = T.ppoLoss({ ...inputs, coefficients });
    return [loss, stats];
  };
}

function adam(options: Omit<T.AdamHyper, "beta1" | "beta2">): Run {
  return (params, gradients) => {
    const { device } = params;
    const [m, v] = [T.zeros(params.shape, { device }), T.zeros(params.shape, { device })];
    const step = T.zeros([1], { device, dtype: "int32" });
    const hyper = T.tensor(T.adamHyper({ ...options, beta1: 0.9, beta2: 0.999 }), { device });
    const norms = Array.from({ length: gradients.shape[0] }, (_, i) => {
      const gradNorm = T.zeros([1], { device });
      T.clipAdam({ params, m, v, step, hyper, gradNorm, gradient: gradients.slice(i) });
      return gradNorm;
    });
    return [params, m, v, T.concat(norms)];
  };
}

testGoldens("core", {
  neg: (x) => x.neg(),
  abs: (x) => x.abs(),
  exp: (x) => x.exp(),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => x.sigmoid(),
  relu: (x) => x.relu(),
  square: (x) => x.square(),
  log: (x) => x.log(),
  sqrt: (x) => x.sqrt(),
  reciprocal: (x) => x.reciprocal(),
  sign: (x) => x.sign(),
  floor: (x) => x.floor(),
  add: (a, b) => a.add(b),
  sub: (a, b) => a.sub(b),
  mul: (a, b) => a.mul(b),
  minimum: (a, b) => a.minimum(b),
  maximum: (a, b) => a.maximum(b),
  div: (a, b) => a.div(b),
  pow: (a, b) => a.pow(b),
  clamp: (x) => x.clamp(-1, 0.5),
  where: (a, b) => T.where(a.greater(0), a, b),
  less: (a, b) => a.less(b),
  lessEqual: (a, b) => a.lessEqual(b),
  greater: (a, b) => a.greater(b),
  greaterEqual: (a, b) => a.greaterEqual(b),
  equal: (a, b) => a.equal(b),
  notEqual: (a, b) => a.notEqual(b),
  isFinite: (x) => T.isFinite(x),
  logicalNot: (x) => x.greater(0).logicalNot(),
  sum: (x) => [x.sum(), x.sum(0), x.sum([1, 2], { keepdims: true })],
  mean: (x) => [x.mean(), x.mean(0), x.mean([1, 2], { keepdims: true })],
  max: (x) => [x.max(), x.max(0), x.max(-1, { keepdims: true })],
  min: (x) => [x.min(), x.min(0), x.min(-1, { keepdims: true })],
  argmax: (x) => [x.argmax(), x.argmax(0), x.argmax(-1)],
  variance: (x) => [x.variance(), x.variance(0), x.variance(-1, { correction: 0 })],
  std: (x) => [x.std(), x.std(0, { keepdims: true })],
  reshape: (x) => x.permute([2, 0, 1]).reshape([4, 6]),
  permute: (x) => x.permute([2, 0, 1]).mul(2),
  transpose: (x) => [x.transpose(0, 2), x.transpose(-1, -2)],
  flatten: (x) => [x.flatten(), x.flatten(1)],
  squeeze: (x) => [x.squeeze(), x.squeeze(1)],
  unsqueeze: (x) => [x.unsqueeze(0), x.unsqueeze(-1)],
  contiguous: (x) => x.transpose(0, 1).contiguous().mul(3),
  clone: (x) => x.clone().mul(x),
  cast: (x) => [x.cast("int32").cast("float32"), x.cast("bool").cast("float32")],
  slice: (x) => [x.slice(1), x.slice(null, -1), x.slice(null, [1, 3], [null, null, 2])],
  expand: (x) => x.unsqueeze(1).expand([3, 2, 4]),
  flip: (x) => x.flip([0, 1]),
  concat: (a, b) => T.concat([a, b, a], 1),
  stack: (a, b) => T.stack([a, b], 1),
  matmul: (a, b) => a.matmul(b),
  linear: (x, w, b) => T.linear(x, w, b),
  "linear relu": (x, w, b) => T.linear(x, w, b, { activation: "relu" }),
  "linear tanh": (x, w, b) => T.linear(x, w, b, { activation: "tanh" }),
  softmax: (x) => [x.softmax(), x.softmax(0)],
  logSoftmax: (x) => [x.logSoftmax(), x.logSoftmax(0)],
  indexSelect: (x, index) => x.indexSelect(index),
  indexAdd: (x, index, y) => T.indexAdd(x.clone(), index, y),
  takeAlongLast: (x, index) => x.takeAlongLast(index),
  ppoLoss: ppo({
    clip: 0.2,
    valueClip: 0,
    entropyCoef: 0.01,
    valueCoef: 0.5,
    normalizeAdvantage: true,
  }),
  "ppoLoss clipped values": ppo({
    clip: 0.1,
    valueClip: 0.2,
    entropyCoef: 0.02,
    valueCoef: 1,
    normalizeAdvantage: true,
  }),
  "ppoLoss raw advantages": ppo({
    clip: 0.2,
    valueClip: 0.2,
    entropyCoef: 0,
    valueCoef: 0.5,
    normalizeAdvantage: false,
  }),
  dqnLoss: (q, action, target, weight) => {
    const constants = { target: target.detach(), weight: weight.detach() };
    const { loss, tdError } = T.dqnLoss({ q, action, ...constants }, { delta: 0.5 });
    return [loss, tdError];
  },
  clipAdam: adam({ lr: 0.01, eps: 1e-5, maxGradNorm: 1, weightDecay: 0 }),
  "clipAdam with decay": adam({ lr: 0.01, eps: 1e-8, maxGradNorm: 0, weightDecay: 0.1 }),
});
