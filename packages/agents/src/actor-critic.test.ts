import { findGame, type GameSpec, key } from "@carom/envs";
import { openDevice, scope, type Tensor, tensor, zeros } from "@carom/tensor";
import { afterAll, describe, expect, test } from "vitest";
import { ActorCritic, type NetworkShape } from "./actor-critic.js";
import { resolveConfig } from "./registry.js";

const device = openDevice("reference");
afterAll(() => device.dispose());

const SHAPE: NetworkShape = {
  encoder: "mlp",
  widths: [32, 16],
  activation: "tanh",
  separateCritic: false,
};

function specOf(game: string): GameSpec {
  return findGame(game).create().spec;
}

function network(game: string, shape: Partial<NetworkShape> = {}): ActorCritic {
  return new ActorCritic({ ...SHAPE, ...shape, spec: specOf(game), device, key: key(5) });
}

/** The gain of an orthogonal matrix: the common length of its shorter side's vectors, which are apart. */
function gainOf(weight: Tensor): number {
  return scope(() => {
    const [rows, columns] = weight.shape;
    const wide = rows <= columns ? weight : weight.transpose(); // [short, long]
    const products = wide.matmul(wide.transpose()); // gain^2 on the diagonal, 0 elsewhere
    const values = products.toTypedArray();
    const short = Math.min(rows, columns);
    const gain = Math.sqrt(values[0]);
    values.forEach((value, i) => {
      const isDiagonal = i % (short + 1) === 0;
      expect(value).toBeCloseTo(isDiagonal ? gain * gain : 0, 4);
    });
    return gain;
  });
}

describe("first values", () => {
  test("shared: orthogonal, gain sqrt 2 in the trunk, 0.01 for the policy, 1 for the value", () => {
    const parameters = network("cartpole").parameters();
    const weight = (name: string): Tensor => {
      const parameter = parameters.get(name);
      if (parameter === undefined) throw new Error(`no ${name}`);
      return parameter.tensor;
    };
    expect(gainOf(weight("trunk.0.weight"))).toBeCloseTo(Math.SQRT2, 4);
    expect(gainOf(weight("trunk.1.weight"))).toBeCloseTo(Math.SQRT2, 4);
    expect(gainOf(weight("heads.weight").slice([0, 2]))).toBeCloseTo(0.01, 4);
    expect(gainOf(weight("heads.weight").slice([2, 3]))).toBeCloseTo(1, 4);
    for (const [name, { tensor: values }] of parameters) {
      if (name.endsWith("bias")) expect(Math.max(...values.toTypedArray())).toBe(0);
    }
  });

  test("separate: each of the two has a trunk of its own, with the same gains", () => {
    const parameters = network("cartpole", { separateCritic: true }).parameters();
    expect([...parameters.keys()].filter((name) => name.endsWith("weight"))).toEqual([
      "trunk.0.weight",
      "trunk.1.weight",
      "policy.weight",
      "critic.0.weight",
      "critic.1.weight",
      "value.weight",
    ]);
    const gains = ["policy.weight", "critic.0.weight", "value.weight"].map((name) => {
      const parameter = parameters.get(name);
      return parameter === undefined ? Number.NaN : gainOf(parameter.tensor);
    });
    expect(gains[0]).toBeCloseTo(0.01, 4);
    expect(gains[1]).toBeCloseTo(Math.SQRT2, 4);
    expect(gains[2]).toBeCloseTo(1, 4);
  });

  test("the first policy is nearly uniform, the first value small", () => {
    scope(() => {
      const net = network("cartpole");
      const observation = tensor(Float32Array.of(1, -1, 0.5, 2), { shape: [1, 4], device });
      const { policy, value } = net.forward(net.prepare(observation));
      const [left, right] = policy.softmax().toTypedArray();
      expect(Math.abs(left - right)).toBeLessThan(0.02);
      expect(Math.abs(value.toTypedArray()[0])).toBeLessThan(2);
    });
  });
});

test("PPO's usual epsilon of Adam is 1e-5, its bound of the gradient 0.5", () => {
  const config = resolveConfig("ppo", "catch", "classic");
  expect(config).toMatchObject({ adamEps: 1e-5, maxGradNorm: 0.5, epochs: 4, clip: 0.2 });
});

describe("memory", () => {
  const SEQUENCE = 7;
  const GAMES = 3;

  test.each(["gru", "lstm", "mingru"] as const)(
    "[B23] %s: step by step equals the whole sequence, with resets in its middle",
    (kind) => {
      scope(() => {
        const net = network("cartpole", { core: { kind, units: 8, widths: [6] } });
        const values = Float32Array.from({ length: SEQUENCE * GAMES * 4 }, (_, i) => Math.sin(i));
        const all = tensor(values, { shape: [SEQUENCE * GAMES, 4], device });
        const flags = Uint8Array.from({ length: SEQUENCE * GAMES }, (_, i) =>
          i % 5 === 2 ? 1 : 0,
        );
        const resets = tensor(flags, { shape: [SEQUENCE, GAMES], device }).notEqual(0);
        const first = tensor(
          Float32Array.from({ length: GAMES * net.stateSize }, (_, i) => Math.cos(i)),
          { shape: [GAMES, net.stateSize], device },
        );
        const whole = net.forward(net.prepare(all), { state: first, reset: resets });
        let state = first;
        for (let t = 0; t < SEQUENCE; t++) {
          const rows = all.slice([t * GAMES, (t + 1) * GAMES]);
          const step = net.forward(net.prepare(rows), { state, reset: resets.slice([t, t + 1]) });
          const expected = whole.value.slice([t * GAMES, (t + 1) * GAMES]).toTypedArray();
          step.value.toTypedArray().forEach((value, i) => {
            expect(value).toBeCloseTo(expected[i], 5);
          });
          if (step.state === undefined) throw new Error("no state");
          state = step.state;
        }
        const last = whole.state?.toTypedArray() ?? [];
        state.toTypedArray().forEach((value, i) => {
          expect(value).toBeCloseTo(last[i], 5);
        });
      });
    },
  );

  test("[B23] after a reset nothing of the state before it is left", () => {
    scope(() => {
      const net = network("cartpole", { core: { kind: "lstm", units: 8, widths: [] } });
      const rows = net.prepare(zeros([1, 4], { device }));
      const reset = tensor(Uint8Array.of(1), { shape: [1, 1], device }).notEqual(0);
      const values = [0, 5].map((fill) => {
        const state = tensor(new Float32Array(net.stateSize).fill(fill), {
          shape: [1, net.stateSize],
          device,
        });
        return net.forward(rows, { state, reset }).value.toTypedArray()[0];
      });
      expect(values[0]).toBe(values[1]);
    });
  });
});
