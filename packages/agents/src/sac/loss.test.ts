import type { BoxActions, GameSpec } from "@carom/envs";
import { disposeModule, TanhNormal } from "@carom/nn";
import { full, RandomState, scope, type Tensor, tensor, valueAndGrad } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { Box } from "../off-policy/box.js";
import { GaussianActor } from "../off-policy/networks.js";
import { softPolicyLoss, softValue } from "./loss.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const row = (...values: number[]): Tensor => tensor(Float32Array.from(values), { device });
const rows = (...values: number[]): Tensor =>
  tensor(Float32Array.from(values), { shape: [values.length / 2, 2], device });

/** Every entry of a tensor within 1e-5 of what is expected. */
function expectClose(got: Tensor, expected: readonly number[]): void {
  const values = [...got.toTypedArray()];
  expect(values.length).toBe(expected.length);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i], 5);
}

test("a state is worth the smaller value and what the entropy of the action is worth", () => {
  scope(() => {
    const alpha = full([], 0.5, { device });
    // min(1, 2) - 0.5 * -2 = 2;  min(4, 3) - 0.5 * 1 = 2.5
    expect(softValue([row(1, 4), row(2, 3)], row(-2, 1), alpha).toArray()).toEqual([2, 2.5]);
    expect(softPolicyLoss([row(1, 4), row(2, 3)], row(-2, 1), alpha).item()).toBe(-2.25);
  });
});

test("the policy's loss and its gradients through action and log-probability, as PyTorch 2.13 gives them", () => {
  scope(() => {
    const mean = rows(0.3, -1.2, 0, 2);
    const logStd = rows(-0.5, 0.25, 0.1, -1);
    const alpha = full([], 0.2, { device });
    // The first four normal numbers: -0.172438, -0.120323, 0.498678, -0.287124.
    const random = new RandomState([1, 2], { device });
    const { value, grads, aux } = valueAndGrad(() => {
      const { action, logProb } = new TanhNormal(mean, logStd).rsampleWithLogProb(random);
      const [a, b] = [action.slice(null, 0), action.slice(null, 1)]; // [2]
      const critics = [a.mul(1.5).sub(b.square()), a.mul(b).add(0.5)];
      return { loss: softPolicyLoss(critics, logProb, alpha), logProb: logProb.detach() };
    }, [mean, logStd]);
    expectClose(aux.logProb, [-0.12037827, 1.63326109]);
    expect(value.item()).toBeCloseTo(0.47018706, 5);
    expectClose(grads[0], [-0.68348244, -0.37995658, -0.46120398, 0.27385765]);
    expectClose(grads[1], [-0.02851502, -0.04129749, -0.35418096, -0.12892679]);
    random.dispose();
  });
});

describe("the density of the policy over the env's own bounds", () => {
  const space: BoxActions = { kind: "box", size: 2, low: [-2, 0], high: [2, 1] };
  const spec: GameSpec = {
    id: "box",
    variant: "classic",
    version: 1,
    title: "Box",
    actions: space,
    observation: { size: 1, shape: [1] },
    board: { width: 1, height: 1 },
    decisionsPerSecond: 1,
    maxSteps: 1,
  };
  const shape = { encoder: "mlp", widths: [8], activation: "tanh" } as const;
  const lengths = [0, 1].map((i) => space.high[i] - space.low[i]);
  const steps = 300;

  /** A policy whose means and deviations are not those it begins with. */
  function policy() {
    const random = new RandomState([5, 6], { device });
    const actor = new GaussianActor({ spec, device, shape }, 2, random);
    for (const { tensor: values } of actor.parameters().values()) {
      values.copyFrom(values.add(random.normal(values.shape).mul(0.15)));
    }
    return { actor, random, box: new Box("sac", space, device) };
  }

  /** The middles of a grid of cells over the env's bounds, `[steps^2, 2]`, and the size of a cell. */
  function grid(): { actions: Tensor; cell: number } {
    const values = Float32Array.from({ length: 2 * steps * steps }, (_, at) => {
      const entry = at % 2;
      const cellOf = Math.floor(at / 2);
      const place = entry === 0 ? Math.floor(cellOf / steps) : cellOf % steps;
      return space.low[entry] + (lengths[entry] * (place + 0.5)) / steps;
    });
    const actions = tensor(values, { shape: [steps * steps, 2], device });
    return { actions, cell: (lengths[0] * lengths[1]) / (steps * steps) };
  }

  test("[B24] its integral is 1", () => {
    const { actor, random, box } = policy();
    scope(() => {
      const { actions, cell } = grid();
      const distribution = actor.distribution(full([1, 1], 0.7, { device }));
      const density = distribution.logProb(box.fromEnv(actions)).exp(); // per unit of [-1, 1]
      const jacobian = 4 / (lengths[0] * lengths[1]);
      expect(density.sum().item() * jacobian * cell).toBeCloseTo(1, 2);
    });
    random.dispose();
    box.dispose();
    disposeModule(actor);
  });

  test("[B24] the log-probabilities that come with draws are of that density, as is where draws fall", () => {
    const { actor, random, box } = policy();
    scope(() => {
      const count = 100_000;
      const observation = full([count, 1], 0.7, { device });
      const { action, logProb } = actor.distribution(observation).rsampleWithLogProb(random);
      // The mean of 1 / density over draws in a region is the size of the region.
      const inside = action.abs().less(0.8).cast("float32").prod(-1); // [count]
      const size = logProb.neg().exp().mul(inside).mean().item();
      expect(Math.abs(size / 1.6 ** 2 - 1)).toBeLessThan(0.03);
      // The share of draws in a part of the env's box is the integral of the density there.
      const part = (played: Tensor): Tensor => {
        const [a, b] = [played.slice(null, 0), played.slice(null, 1)];
        return a.less(-0.5).logicalAnd(b.greater(0.4)).cast("float32");
      };
      const { actions, cell } = grid();
      const density = actor
        .distribution(full([1, 1], 0.7, { device }))
        .logProb(box.fromEnv(actions))
        .exp();
      const jacobian = 4 / (lengths[0] * lengths[1]);
      const expected = density.mul(part(actions)).sum().item() * jacobian * cell;
      expect(expected).toBeGreaterThan(0.02);
      expect(Math.abs(part(box.toEnv(action)).mean().item() - expected)).toBeLessThan(0.01);
    });
    random.dispose();
    box.dispose();
    disposeModule(actor);
  });

  test("[B24] where tanh rounds to 1 log-probability and gradient stay finite", () => {
    scope(() => {
      const mean = rows(30, -30);
      const random = new RandomState([1, 2], { device });
      const { value, grads } = valueAndGrad(() => {
        return new TanhNormal(mean, rows(0, 0)).rsampleWithLogProb(random).logProb.mean();
      }, [mean]);
      expect(Number.isFinite(value.item())).toBe(true);
      // d log p / d mean is -d log(1 - tanh^2) = 2 tanh
      expect([...grads[0].toTypedArray()]).toEqual([2, -2]);
      random.dispose();
    });
  });
});
