/** The optimisers: twenty steps against PyTorch, recorded, and continued from a saved state. */
import { capture, RandomState, scope, type Tensor, tensor, valueAndGrad } from "@carom/tensor";
import { describe, expect, test } from "vitest";
import {
  Adam,
  AdamW,
  decodeSafetensors,
  encodeSafetensors,
  flatten,
  loadOptimizer,
  loadParameters,
  Muon,
  mlp,
  type Optimizer,
  type ParameterBuffer,
  RMSProp,
  type SafetensorsTensor,
  SGD,
  saveOptimizer,
  saveParameters,
  zerosInit,
} from "../src/index.js";
import { device, type TestDevice, testedDevices } from "./devices.js";
import { expectClose, golden, load, type Plain } from "./goldens.js";

interface Run {
  name: string;
  losses: number[];
  norms: number[];
  last: Record<string, Plain>;
}

interface Goldens {
  sizes: number[];
  first: Record<string, Plain>;
  x: Plain;
  y: Plain;
  cases: Run[];
}

const goldens = golden<Goldens>("optimizers.json");
const adamOfMuon = { adamLr: 3e-3, beta1: 0.9, beta2: 0.95, eps: 1e-8, adamWeightDecay: 0.1 };

const optimizers: Record<string, (buffer: ParameterBuffer) => Optimizer> = {
  sgd: (buffer) => new SGD(buffer, { lr: 0.1 }),
  "sgd nesterov": (buffer) =>
    new SGD(buffer, {
      lr: 0.05,
      momentum: 0.9,
      nesterov: true,
      weightDecay: 0.01,
      maxGradNorm: 0.5,
    }),
  rmsprop: (buffer) => new RMSProp(buffer, { lr: 0.01, alpha: 0.9, eps: 1e-5 }),
  "rmsprop centered": (buffer) =>
    new RMSProp(buffer, {
      lr: 0.01,
      alpha: 0.9,
      eps: 1e-3,
      momentum: 0.5,
      centered: true,
      maxGradNorm: 0.5,
    }),
  adam: (buffer) => new Adam(buffer, { lr: 0.02, maxGradNorm: 0.5 }),
  adamw: (buffer) => new AdamW(buffer, { lr: 0.02, weightDecay: 0.1 }),
  muon: (buffer) => new Muon(buffer, { ...adamOfMuon, lr: 0.02, momentum: 0.9, weightDecay: 0.1 }),
  "muon plain clipped": (buffer) =>
    new Muon(buffer, {
      ...adamOfMuon,
      lr: 0.05,
      momentum: 0.8,
      nesterov: false,
      maxGradNorm: 0.5,
    }),
};

/** The golden network, its data and an optimiser. */
function setUp(kind: string, name: TestDevice) {
  using random = new RandomState(1, { device: device(name) });
  const net = mlp(goldens.sizes, { random });
  const first = Object.entries(goldens.first).map(([key, { shape, values }]) => {
    const data = Float32Array.from(values.map(Number));
    return [key, { dtype: "float32", shape, data } satisfies SafetensorsTensor] as const;
  });
  loadParameters(net, Object.fromEntries(first));
  const buffer = flatten(net);
  const optimizer = optimizers[kind](buffer);
  const [x, y] = [load(goldens.x, name), load(goldens.y, name)];
  return {
    net,
    optimizer,
    step(): Tensor {
      const loss = () => net.forward(x).sub(y).square().mean();
      const { value, grads } = valueAndGrad(loss, buffer.tensors);
      optimizer.step(grads);
      return value;
    },
    dispose() {
      for (const owned of [optimizer, buffer, x, y]) owned.dispose();
    },
  };
}

const run = (setup: ReturnType<typeof setUp>, count: number) => {
  for (let i = 0; i < count; i++) scope(() => void setup.step());
};

test("every golden run has its optimiser", () => {
  expect(goldens.cases.map(({ name }) => name)).toEqual(Object.keys(optimizers));
});

describe.each(testedDevices)("on %s", (name) => {
  test.each(Object.keys(optimizers))("%s follows PyTorch for twenty steps", (kind) => {
    const setup = setUp(kind, name);
    const wanted = goldens.cases.find((row) => row.name === kind);
    wanted?.losses.forEach((loss, i) => {
      expect(scope(() => setup.step().item())).toBeCloseTo(loss, 4);
      expect(setup.optimizer.gradNorm.item()).toBeCloseTo(wanted.norms[i], 4);
    });
    for (const [key, { tensor: values }] of setup.net.parameters()) {
      if (wanted) expectClose(values, wanted.last[key], 1e-3, 1e-4);
    }
    setup.dispose();
  });

  test.each(Object.keys(optimizers))("%s replayed is bit-equal to eager", (kind) => {
    const [eager, replayed] = [setUp(kind, name), setUp(kind, name)];
    run(eager, 3);
    eager.optimizer.configure({ lr: 1e-3 });
    run(eager, 2);
    using recording = scope(() => capture(device(name), () => replayed.step()));
    for (let i = 1; i < 3; i++) recording.replay();
    replayed.optimizer.configure({ lr: 1e-3 });
    for (let i = 0; i < 2; i++) recording.replay();
    expect(saveParameters(replayed.net)).toEqual(saveParameters(eager.net));
    eager.dispose();
    replayed.dispose();
  });

  test.each(Object.keys(optimizers))("%s continues from a file bit for bit", (kind) => {
    const [whole, first, second] = [setUp(kind, name), setUp(kind, name), setUp(kind, name)];
    run(whole, 6);
    run(first, 3);
    const file = encodeSafetensors(saveOptimizer(first.optimizer));
    loadParameters(second.net, saveParameters(first.net));
    loadOptimizer(second.optimizer, decodeSafetensors(file).tensors);
    run(second, 3);
    expect(saveParameters(second.net)).toEqual(saveParameters(whole.net));
    expect(second.optimizer.state()).toEqual(whole.optimizer.state());
    for (const setup of [whole, first, second]) setup.dispose();
  });

  test.each(Object.keys(optimizers))("%s skips a gradient that is not finite", (kind) => {
    const setup = setUp(kind, name);
    run(setup, 2);
    const before = [saveParameters(setup.net), setup.optimizer.state()];
    scope(() => {
      const { tensors } = setup.optimizer.buffer;
      setup.optimizer.step(tensors.map((x) => x.mul(x.shape.length === 2 ? Number.NaN : 0)));
    });
    expect(setup.optimizer.gradNorm.item()).toBeNaN();
    expect([saveParameters(setup.net), setup.optimizer.state()]).toEqual(before);
    setup.dispose();
  });
});

describe("Muon", () => {
  const at = { device: device("reference") };

  test("takes the matrices that it is told to, convolutions flattened", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const net = mlp([4, 6, 2], { random, outputInit: zerosInit });
      using buffer = flatten(net);
      using muon = new Muon(buffer, { matrices: ({ name }) => name !== "1.weight", lr: 1 });
      expect(muon.matrixNames).toEqual(["0.weight"]);
      const before = buffer.tensors.map((x) => x.clone());
      muon.step(buffer.tensors.map((x) => random.normal(x.shape)));
      const change = before[0].sub(buffer.tensors[0]); // [6, 4], near orthonormal times sqrt(6 / 4)
      const gram = change.transpose().matmul(change).toArray() as number[][];
      gram.forEach((row, i) => {
        row.forEach((value, j) => {
          if (i === j) expect(Math.abs(value - 1.5)).toBeLessThan(0.9);
          else expect(Math.abs(value)).toBeLessThan(0.6);
        });
      });
      const rest = before[2].sub(buffer.tensors[2]).abs().toTypedArray();
      for (const value of rest) expect(value).toBeCloseTo(3e-4, 5);
    });
  });

  test("a convolution's step is that of its weight flattened to rows", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const boxed = (w: Tensor) => ({ parameters: () => new Map([["w", { tensor: w }]]) });
      const weight = random.normal([6, 2, 2, 1]);
      const gradient = random.normal([6, 2, 2, 1]);
      using images = flatten(boxed(weight.clone()));
      using rows = flatten(boxed(weight.reshape([6, 4]).clone()));
      using first = new Muon(images);
      using second = new Muon(rows);
      first.step([gradient]);
      second.step([gradient.reshape([6, 4])]);
      expect(images.flat.toTypedArray()).toEqual(rows.flat.toTypedArray());
      expect(images.flat.toTypedArray()).not.toEqual(weight.toTypedArray());
    });
  });

  test("a network without biases needs no AdamW", () => {
    scope(() => {
      const weight = tensor(
        [
          [1, 2],
          [3, 4],
        ],
        at,
      );
      const box = { parameters: () => new Map([["w", { tensor: weight }]]) };
      using buffer = flatten(box);
      using muon = new Muon(buffer);
      muon.step([
        tensor(
          [
            [1, 0],
            [0, 1],
          ],
          at,
        ),
      ]);
      expect(muon.state()["m"]).toEqual(new Float32Array(0));
      expect(buffer.flat.toTypedArray()[1]).toBe(2);
      expect(buffer.flat.toTypedArray()[0]).toBeLessThan(1);
    });
  });
});

describe("optimisers refuse", () => {
  const at = { device: device("reference") };

  test("hyper-parameters out of range, and states of others", () => {
    scope(() => {
      using random = new RandomState(1, at);
      using buffer = flatten(mlp([2, 2], { random }));
      expect(() => new SGD(buffer, { nesterov: true })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: SGD: nesterov needs momentum (got 0, expected > 0)]`,
      );
      expect(() => new SGD(buffer, { momentum: 1 })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: SGD: momentum is out of range (got 1, expected 0 <= momentum < 1)]`,
      );
      expect(() => new RMSProp(buffer, { alpha: -1 })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: RMSProp: alpha is out of range (got -1, expected 0 <= alpha < 1)]`,
      );
      expect(() => new Muon(buffer, { lr: Number.NaN })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: Muon: lr is out of range (got NaN, expected 0 <= lr < Infinity)]`,
      );
      using sgd = new SGD(buffer);
      expect(() => sgd.configure({ momentum: 0.9 })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: SGD.configure: momentum was 0 at the start and must stay so (got 0.9)]`,
      );
      using adam = new AdamW(buffer);
      expect(adam.options.weightDecay).toBe(0.01);
      expect(() => adam.restore(sgd.state())).toThrowErrorMatchingInlineSnapshot(
        `[NnError: AdamW.restore: the state is of another model (got undefined of m, expected 6)]`,
      );
      expect(() => sgd.restore({})).toThrowErrorMatchingInlineSnapshot(
        `[NnError: SGD.restore: the state has no number of steps]`,
      );
      const foreign = { m: { dtype: "int32", shape: [1], data: Int32Array.of(1) } } as const;
      expect(() => loadOptimizer(adam, foreign)).toThrowErrorMatchingInlineSnapshot(
        `[NnError: loadOptimizer: "m" is neither a number nor an average]`,
      );
    });
  });
});
