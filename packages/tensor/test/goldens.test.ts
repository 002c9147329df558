/**
 * Every op against PyTorch, values and gradients.
 *
 * HINT: if an op was added or changed on purpose, add or change its line in goldens/generate.py and
 * run it (needs torch); the file notes the version that made it.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { nativeDevice, referenceDevice } from "./support/devices.js";
import { expectClose } from "./support/test-op.js";

interface Plain {
  dtype: "float32" | "int32" | "bool";
  shape: number[];
  values: number[];
}

interface Golden {
  name: string;
  inputs: Plain[];
  outputs: Plain[];
  grads?: Plain[];
}

const file = new URL("./goldens/ops.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Golden[] };

type Run = (...inputs: T.Tensor[]) => T.Tensor | T.Tensor[];

/** What each golden case runs here, by its name in generate.py. */
const runs: Record<string, Run> = {
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
  sum: (x) => [x.sum(), x.sum(0), x.sum([1, 2], { keepdims: true })],
  mean: (x) => [x.mean(), x.mean(0), x.mean([1, 2], { keepdims: true })],
  max: (x) => [x.max(), x.max(0), x.max(-1, { keepdims: true })],
  min: (x) => [x.min(), x.min(0), x.min(-1, { keepdims: true })],
  argmax: (x) => [x.argmax(), x.argmax(0), x.argmax(-1)],
  variance: (x) => [x.variance(), x.variance(0), x.variance(-1, { correction: 0 })],
  std: (x) => [x.std(), x.std(0, { keepdims: true })],
  reshape: (x) => x.permute([2, 0, 1]).reshape([4, 6]),
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
  clipAdam: adam({ lr: 0.01, eps: 1e-5, maxGradNorm: 1, weightDecay: 0 }),
  "clipAdam with decay": adam({ lr: 0.01, eps: 1e-8, maxGradNorm: 0, weightDecay: 0.1 }),
};

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

function load({ values, shape, dtype }: Plain, device: T.Device): T.Tensor {
  return T.tensor(values, { shape, dtype, device });
}

function run(golden: Golden, inputs: T.Tensor[]): T.Tensor[] {
  const outputs = runs[golden.name](...inputs);
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** sum(weights * output) over all float outputs, weights as in generate.py. */
function weightedSum(outputs: T.Tensor[]): T.Tensor {
  const parts = outputs
    .filter(({ dtype }) => dtype === "float32")
    .map((y) => {
      const weights = Array.from({ length: y.size }, (_, i) => 0.5 + (i % 7) / 10);
      return y
        .flatten()
        .mul(T.tensor(weights, { device: y.device }))
        .sum();
    });
  return parts.reduce((total, part) => total.add(part));
}

test("every golden case is run, and every run has a golden case", () => {
  expect(cases.map(({ name }) => name).sort()).toEqual(Object.keys(runs).sort());
});

describe.each(["reference", "cpu"] as const)("PyTorch and %s agree on", (name) => {
  const open = () => (name === "cpu" ? nativeDevice() : referenceDevice());

  test.each(cases.map((golden) => [golden.name, golden] as const))("%s", (_, golden) => {
    T.scope(() => {
      const device = open();
      const inputs = golden.inputs.map((input) => load(input, device));
      const wanted = golden.outputs.map((output) => load(output, referenceDevice()).toArray());
      const outputs = run(golden, inputs);
      expect(outputs.map(({ shape }) => shape)).toEqual(golden.outputs.map(({ shape }) => shape));
      expectClose(
        outputs.map((y) => y.toArray()),
        wanted,
        { rtol: 1e-5, atol: 2e-6 },
      );
    });
  });

  const differentiable = cases.filter(({ grads }) => grads !== undefined);
  test.each(differentiable.map((golden) => [golden.name, golden] as const))(
    "the gradient of %s",
    (_, golden) => {
      T.scope(() => {
        const device = open();
        const inputs = golden.inputs.map((input) => load(input, device));
        const params = inputs.filter(({ dtype }) => dtype === "float32");
        const grads = T.grad(() => weightedSum(run(golden, inputs)), params);
        const wanted = (golden.grads ?? []).map((g) => load(g, referenceDevice()).toArray());
        expectClose(
          grads.map((g) => g.toArray()),
          wanted,
          { rtol: 1e-4, atol: 1e-5 },
        );
      });
    },
  );
});
