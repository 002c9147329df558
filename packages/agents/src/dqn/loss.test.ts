import { nextFloat, seedRandom } from "@carom/envs";
import { grad, linear, scope, type Tensor, tensor, valueAndGrad } from "@carom/tensor";
import { openTestedDevice, testedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import {
  bestActions,
  categoricalLoss,
  ofActions,
  project,
  quantileLoss,
  type ReturnBatch,
  valueLoss,
} from "./loss.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** A float tensor from nested lists. */
function floats(values: number[] | number[][] | number[][][]): Tensor {
  return tensor(values, { dtype: "float32", device });
}

function batchOf(
  action: number[],
  reward: number[],
  discount: number[],
  weight: number[],
): ReturnBatch {
  return {
    action: tensor(Int32Array.from(action), { device }),
    reward: floats(reward),
    discount: floats(discount),
    weight: floats(weight),
  };
}

/** Every element within a relative millionth or so. */
function expectNear(got: Tensor, expected: readonly number[]): void {
  const values = Array.from(got.toTypedArray());
  expect(values.length).toBe(expected.length);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i], 5);
}

describe("choosing", () => {
  test("the best action is the first of the largest values, never a forbidden one", () => {
    scope(() => {
      const values = floats([
        [1, 3, 3],
        [5, -2, 0],
      ]);
      expect(bestActions(values).toArray()).toEqual([1, 0]);
      const mask = tensor(Uint8Array.of(1, 0, 1, 0, 1, 1), { shape: [2, 3], device }).notEqual(0);
      expect(bestActions(values, mask).toArray()).toEqual([2, 2]);
    });
  });

  test("of values and of distributions the taken action's are picked", () => {
    scope(() => {
      const action = tensor(Int32Array.of(1, 0), { device });
      const values = floats([
        [1, 2],
        [3, 4],
      ]);
      expect(ofActions(values, action).toArray()).toEqual([2, 3]);
      const outputs = floats([
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
        ],
      ]);
      expect(ofActions(outputs, action).toArray()).toEqual([
        [3, 4],
        [5, 6],
      ]);
    });
  });
});

/** Two observations, their successors, and the weights of a linear online and target network. */
function linearNetworks() {
  const now = floats([
    [1, 2],
    [-0.5, 1],
  ]);
  const next = floats([
    [0.3, -1],
    [2, 0.5],
  ]);
  const online = floats([
    [0.5, -0.2],
    [0.1, 0.4],
    [-0.3, 0.6],
  ]);
  const target = floats([
    [0.2, 0.1],
    [0.9, -0.5],
    [-0.1, 0.3],
  ]);
  const batch = batchOf([2, 0], [1.5, -0.25], [0.9, 0.81], [1, 0.5]);
  return { now, next, online, target, batch };
}

describe("the loss of values", () => {
  test("pencil: half a square within delta, a line beyond, weights, the mean", () => {
    scope(() => {
      // Targets 1 + 0.5 * 2 = 2 and -1 (ended); errors 1.5 - 2 = -0.5 and 2 - -1 = 3.
      const q = floats([
        [1.5, 9],
        [7, 2],
      ]);
      const batch = batchOf([0, 1], [1, -1], [0.5, 0], [1, 0.5]);
      const { loss, error, value } = valueLoss(q, floats([2, 100]), batch, 1);
      expect(error.toArray()).toEqual([-0.5, 3]);
      expect(value.toArray()).toEqual([1.5, 2]);
      expect(loss.item()).toBeCloseTo((0.125 + 0.5 * 2.5) / 2, 6);
      expect(valueLoss(q, floats([2, 100]), batch, Infinity).loss.item()).toBeCloseTo(
        (0.125 + 0.5 * 4.5) / 2,
        6,
      );
    });
  });

  test.each([
    {
      name: "double: argmax of the online network, value of the target network",
      double: true,
      delta: 0.5,
      next: [-0.04, 0.45],
      loss: 0.1178125,
      grad: [0.0625, -0.125, 0, 0, -0.25, -0.5],
    },
    {
      name: "double, squared error",
      double: true,
      delta: Infinity,
      next: [-0.04, 0.45],
      loss: 0.1193565,
      grad: [0.0705625, -0.141125, 0, 0, -0.282, -0.564],
    },
    {
      name: "maximum of the target network, squared error",
      double: false,
      delta: Infinity,
      next: [0.77, 1.55],
      loss: 0.682772,
      grad: [0.1819375, -0.363875, 0, 0, -0.6464999, -1.2929997],
    },
  ])(
    "[B18] $name: loss and gradient equal PyTorch's",
    ({ double, delta, next, loss, grad: expected }) => {
      scope(() => {
        const { online, target, batch, ...seen } = linearNetworks();
        const nextOf = (): Tensor => {
          const output = linear(seen.next, target); // [B, A]
          const judge = double ? linear(seen.next, online) : output;
          return ofActions(output, bestActions(judge));
        };
        expectNear(nextOf(), next);
        const result = valueAndGrad(
          () => valueLoss(linear(seen.now, online), nextOf(), batch, delta),
          [online],
        );
        expect(result.value.item()).toBeCloseTo(loss, 6);
        expectNear(result.grads[0], expected);
      });
    },
  );

  test("[B18] the target carries no gradient, even where it comes from the network that learns", () => {
    scope(() => {
      const { online, batch, now, next } = linearNetworks();
      const nextValues = linear(next, online).max(-1);
      const constant = nextValues.detach();
      const inside = grad(
        () => valueLoss(linear(now, online), linear(next, online).max(-1), batch, 1).loss,
        [online],
      );
      const outside = grad(() => valueLoss(linear(now, online), constant, batch, 1).loss, [online]);
      expect(inside[0].toArray()).toEqual(outside[0].toArray());
    });
  });
});

describe("the loss of atoms", () => {
  const support = (): Tensor => floats([-2, -1, 0, 1, 2]);
  const sample = () => ({
    logits: floats([
      [
        [0.1, 0.2, -0.3, 0.5, 0],
        [1, 0, -1, 0.3, 0.2],
      ],
      [
        [0.4, -0.4, 0.1, 0, 0.9],
        [-0.2, 0.3, 0.6, -0.1, 0],
      ],
    ]),
    next: floats([
      [0.3, -0.1, 0.2, 0.7, -0.5],
      [0, 1, 0.5, -0.5, 0.2],
    ]),
    batch: batchOf([1, 0], [0.7, -3], [0.9, 0], [1, 0.5]),
  });

  test("pencil: a moved atom's probability goes to its neighbours, the nearer the more", () => {
    scope(() => {
      const probabilities = floats([
        [0, 0, 1, 0, 0],
        [0.5, 0, 0, 0, 0.5],
        [0.2, 0.2, 0.2, 0.2, 0.2],
      ]);
      const moved = project(probabilities, support(), {
        reward: floats([0.25, 0, 9]),
        discount: floats([1, 0.5, 1]),
      });
      expectNear(moved, [0, 0, 0.75, 0.25, 0, 0, 0.5, 0, 0.5, 0, 0, 0, 0, 0, 1]);
    });
  });

  test("[B12] no probability is lost: rows of many random returns, discounts and supports add up to 1", () => {
    const random = new Uint32Array(4);
    seedRandom(random, 12);
    const atoms = 51;
    // 100000 rows; fewer on a GPU, which may be an emulated one.
    const [batch, rounds] = testedDevice() === "cpu" ? [1000, 100] : [100, 3];
    for (let round = 0; round < rounds; round++) {
      scope(() => {
        const low = -20 * nextFloat(random) - 1;
        const high = 20 * nextFloat(random) + 1;
        const z = Float32Array.from(
          { length: atoms },
          (_, i) => low + ((high - low) * i) / (atoms - 1),
        );
        const weights = Float32Array.from({ length: batch * atoms }, () => 4 * nextFloat(random));
        const probabilities = tensor(weights, { shape: [batch, atoms], device }).softmax(-1);
        const rewards = Array.from({ length: batch }, () => 60 * nextFloat(random) - 30);
        const discounts = Array.from({ length: batch }, (_, i) =>
          i % 3 === 0 ? 0 : nextFloat(random),
        );
        const moved = project(probabilities, tensor(z, { device }), {
          reward: floats(rewards),
          discount: floats(discounts),
        });
        expect(moved.min().item()).toBeGreaterThanOrEqual(0);
        const worst = moved.sum(-1).sub(1).abs().max().item();
        expect(worst).toBeLessThan(2e-6);
      });
    }
  });

  test("[B12] returns that fall on atoms exactly keep all their probability there", () => {
    scope(() => {
      const probabilities = floats([
        [0.1, 0.2, 0.3, 0.25, 0.15],
        [0.1, 0.2, 0.3, 0.25, 0.15],
        [0.1, 0.2, 0.3, 0.25, 0.15],
      ]);
      const moved = project(probabilities, support(), {
        reward: floats([0, 1, 2]),
        discount: floats([1, 1, 0]),
      });
      expectNear(
        moved,
        [0.1, 0.2, 0.3, 0.25, 0.15, 0, 0.1, 0.2, 0.3, 0.4, 0, 0, 0, 0, 1], // the last is beyond, clamped
      );
    });
  });

  test("loss, gradient, errors and values equal PyTorch's", () => {
    scope(() => {
      const { logits, next, batch } = sample();
      const { value, aux, grads } = valueAndGrad(
        () => categoricalLoss(logits, next, support(), batch),
        [logits],
      );
      expect(value.item()).toBeCloseTo(0.6097775, 5);
      expectNear(aux.error, [0.4664964, 1.5061172]);
      expectNear(aux.value, [-0.3971356, 0.336742]);
      expectNear(
        grads[0],
        [
          0, 0, 0, 0, 0, 0.1930833, -0.0393769, -0.0617919, -0.034806, -0.0571085, -0.1945577,
          0.0249119, 0.0410727, 0.0371641, 0.091409, 0, 0, 0, 0, 0,
        ],
      );
    });
  });

  test("the divergence is 0, not NaN, where prediction and target agree on a certain return", () => {
    scope(() => {
      const certain = floats([[[0, 0, 0, 200, 0]]]);
      const batch = batchOf([0], [1], [0], [1]);
      const { value, grads } = valueAndGrad(
        () => categoricalLoss(certain, floats([[0, 0, 0, 0, 0]]), support(), batch),
        [certain],
      );
      expect(value.item()).toBeCloseTo(0, 6);
      expectNear(grads[0], [0, 0, 0, 0, 0]);
    });
  });
});

describe("the loss of quantiles", () => {
  test("loss, gradient, errors and values equal PyTorch's", () => {
    scope(() => {
      const quantiles = floats([
        [
          [0.1, 0.2, -0.3],
          [1, 0, -1],
        ],
        [
          [0.4, -0.4, 0.1],
          [-0.2, 0.3, 0.6],
        ],
      ]);
      const next = floats([
        [0.3, -0.1, 2.2],
        [0, 1, 0.5],
      ]);
      const batch = batchOf([1, 0], [0.7, -3], [0.9, 0], [1, 0.5]);
      const { value, aux, grads } = valueAndGrad(
        () => quantileLoss(quantiles, next, batch, 1),
        [quantiles],
      );
      expect(value.item()).toBeCloseTo(2.0547779, 5);
      expectNear(aux.error, [-1.42, 3.0333333]);
      expectNear(aux.value, [0, 0.0333333]);
      expectNear(
        grads[0],
        [0, 0, 0, 0.0305556, -0.215, -0.4166667, 0.2083333, 0.125, 0.0416667, 0, 0, 0],
      );
    });
  });
});
