import { type GameSpec, key } from "@carom/envs";
import { disposeModule } from "@carom/nn";
import { openDevice, RandomState, scope, type Tensor, tensor, valueAndGrad } from "@carom/tensor";
import { afterAll, describe, expect, test } from "vitest";
import { BoxNetworks } from "./box-networks.js";
import { deterministicPolicyLoss } from "./loss.js";
import { Critics, DeterministicActor, GaussianActor, type NetworkOptions } from "./networks.js";

const device = openDevice("reference");
afterAll(() => device.dispose());

const FLAT = { size: 3, shape: [3], scale: [1, 2, 4] };
const BOARD = { size: 32, shape: [4, 4, 2] };

/** Options of networks that read such observations. */
function network(observation: GameSpec["observation"]): NetworkOptions {
  const spec: GameSpec = {
    id: "box",
    variant: "classic",
    version: 1,
    title: "Box",
    actions: { kind: "box", size: 2, low: [-1, -1], high: [1, 1] },
    observation,
    board: { width: 1, height: 1 },
    decisionsPerSecond: 1,
    maxSteps: 1,
  };
  return { spec, device, shape: { encoder: "auto", widths: [8], activation: "relu" } };
}

/** Some rows that are not alike. */
function rows(count: number, width: number): Tensor {
  const values = Float32Array.from({ length: count * width }, (_, i) => Math.sin(1 + i));
  return tensor(values, { shape: [count, width], device });
}

describe.each([
  ["flat observations", FLAT],
  ["boards", BOARD],
])("critics of %s", (_, observation) => {
  test("each has weights of its own, reads the action, and `first` is the first of them", () => {
    const random = new RandomState([1, 2], { device });
    const options = network(observation);
    const actor = new DeterministicActor(options, 2, random);
    const critics = new Critics(options, 2, 2, actor.encoder, random);
    scope(() => {
      const prepared = actor.encoder.prepare(rows(4, observation.size));
      const action = rows(4, 2);
      const [first, second] = critics.forward(prepared, action);
      expect(first.shape).toEqual([4]);
      expect(first.toArray()).not.toEqual(second.toArray());
      expect(critics.first(prepared, action).toArray()).toEqual(first.toArray());
      const { grads } = valueAndGrad(() => critics.first(prepared, action).sum(), [action]);
      expect([...grads[0].toTypedArray()].filter((slope) => slope === 0)).toEqual([]);
    });
    disposeModule(critics);
    disposeModule(actor);
    random.dispose();
  });
});

test("a step of the policy through the critics leaves the critics as they are", () => {
  const networks = new BoxNetworks({
    network: network(FLAT),
    actionSize: 2,
    createActor: (options, size, random) => new DeterministicActor(options, size, random),
    critics: 2,
    optimizer: {
      optimizer: "adam",
      learningRate: 0.01,
      finalLearningRate: 0.01,
      adamEps: 1e-8,
      maxGradNorm: 0,
    },
    key: key(1),
  });
  const { actor, critics, targetCritics, actorOptimizer } = networks;
  const parts = [actor, critics, targetCritics].map(({ parameters }) => parameters.flat);
  const before = parts.map((flat) => [...flat.toTypedArray()]);
  const values = scope(() => {
    const prepared = actor.network.encoder.prepare(rows(4, 3));
    const loss = (): Tensor =>
      deterministicPolicyLoss(critics.network.first(prepared, actor.network.choose(prepared)));
    return [0, 1].map(() => {
      const { value, grads } = valueAndGrad(loss, actor.parameters.tensors);
      actorOptimizer.step(grads);
      return value.item();
    });
  });
  expect(values[1]).toBeLessThan(values[0]); // downhill
  const after = parts.map((flat) => [...flat.toTypedArray()]);
  expect(after[0]).not.toEqual(before[0]);
  expect(after.slice(1)).toEqual(before.slice(1));
  networks.dispose();
});

test("the best action of a Gaussian policy is tanh of its mean, and draws spread around it", () => {
  const random = new RandomState([3, 4], { device });
  const actor = new GaussianActor(network(FLAT), 2, random);
  scope(() => {
    const prepared = rows(500, 3);
    const { mean } = actor.distribution(prepared).base;
    expect(actor.choose(prepared).toArray()).toEqual(mean.tanh().toArray());
    const drawn = actor.choose(prepared, random);
    const share = drawn.greater(actor.choose(prepared)).cast("float32").mean().item();
    expect(Math.abs(share - 0.5)).toBeLessThan(0.06);
  });
  disposeModule(actor);
  random.dispose();
});

test("the log std of a Gaussian policy stays within [-20, 2]", () => {
  const random = new RandomState([3, 4], { device });
  const actor = new GaussianActor(network(FLAT), 1, random);
  const bias = actor.parameters().get("policy.bias");
  scope(() => {
    for (const [raw, kept] of [
      [50, 2],
      [-50, -20],
    ]) {
      bias?.tensor.write(Float32Array.of(0, raw));
      expect(actor.distribution(rows(1, 3)).base.logStd.item()).toBe(kept);
    }
  });
  disposeModule(actor);
  random.dispose();
});
