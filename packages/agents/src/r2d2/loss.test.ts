import { scope, tensor, valueAndGrad } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { doubleTargets, mixErrors, r2d2Loss } from "./loss.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const ints = (...values: number[]) => tensor(Int32Array.from(values), { device });
const floats = (...values: number[]) => tensor(Float32Array.from(values), { device });

test("[B18] literal targets: the online network chooses, the target network values, h around both", () => {
  scope(() => {
    const next = {
      online: tensor(
        [
          [5, 1],
          [0, 2],
          [1, 3],
        ],
        { device },
      ),
      target: tensor(
        [
          [3, 100],
          [100, -1],
          [100, 0],
        ],
        { device },
      ),
    };
    const rows = {
      reward: floats(1, 2, 4),
      discount: floats(0.5, 0.25, 0),
      next: ints(1, 0, 2),
    };
    const plain = doubleTargets(next, rows, false).toTypedArray();
    expect([...plain]).toEqual([1 + 0.5 * -1, 2 + 0.25 * 3, 4]);

    // h^-1(3) and h^-1(-1) by the formula of the paper, in double precision
    const eps = 1e-3;
    const h = (x: number) => Math.sign(x) * (Math.sqrt(Math.abs(x) + 1) - 1) + eps * x;
    const inverse = (y: number) => {
      const root = Math.sqrt(1 + 4 * eps * (Math.abs(y) + 1 + eps));
      return Math.sign(y) * (((root - 1) / (2 * eps)) ** 2 - 1);
    };
    const rescaled = doubleTargets(next, rows, true).toTypedArray();
    expect(rescaled[0]).toBeCloseTo(h(1 + 0.5 * inverse(-1)), 5);
    expect(rescaled[1]).toBeCloseTo(h(2 + 0.25 * inverse(3)), 5);
    expect(rescaled[2]).toBeCloseTo(h(4), 5);
  });
});

test("[B25] a forbidden next action is not chosen, however good it looks", () => {
  scope(() => {
    const next = {
      online: tensor([[9, 1]], { device }),
      target: tensor([[50, 7]], { device }),
      mask: tensor(Uint8Array.of(0, 1), { shape: [1, 2], device }).notEqual(0),
    };
    const rows = { reward: floats(0), discount: floats(1), next: ints(0) };
    expect([...doubleTargets(next, rows, false).toTypedArray()]).toEqual([7]);
  });
});

test("literal loss and gradient: weighted half squares; weight 0 counts nothing", () => {
  scope(() => {
    const q = tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { device },
    );
    const rows = { action: ints(1, 0, 0), target: floats(0, 4, -100), weight: floats(1, 0.5, 0) };
    const { value, aux, grads } = valueAndGrad(() => r2d2Loss(q, rows), [q]);
    expect(value.item()).toBeCloseTo((1 * (2 - 0) ** 2 + 0.5 * (3 - 4) ** 2) / 2 / 3, 6);
    expect([...aux.error.toTypedArray()]).toEqual([2, -1, 105]);
    const gradient = grads[0].toTypedArray();
    const expected = [0, 2 / 3, -0.5 / 3, 0, 0, 0];
    for (const [i, each] of gradient.entries()) expect(each).toBeCloseTo(expected[i], 6);
  });
});

test("literal priorities: eta times the largest error and the rest times the mean, of valid steps", () => {
  // sequences: errors 1, -3, 2 and 4, (9), -2; the 9 is no transition
  const errors = Float32Array.of(1, 4, -3, 9, 2, -2);
  const valid = Uint8Array.of(1, 1, 1, 0, 1, 1);
  const priorities = new Float32Array(2);
  mixErrors(errors, valid, 0.9, priorities);
  expect(priorities[0]).toBeCloseTo(0.9 * 3 + 0.1 * 2, 6);
  expect(priorities[1]).toBeCloseTo(0.9 * 4 + 0.1 * 3, 6);
  mixErrors(errors, new Uint8Array(6), 0.9, priorities);
  expect([...priorities]).toEqual([0, 0]);
});
