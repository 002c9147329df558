import { openDevice, scope, type Tensor, tensor, valueAndGrad } from "@carom/tensor";
import { afterAll, expect, test } from "vitest";
import { bootstrapped, criticLoss, deterministicPolicyLoss, smallest } from "./loss.js";

const device = openDevice("reference");
afterAll(() => device.dispose());

const row = (...values: number[]): Tensor => tensor(Float32Array.from(values), { device });

test("[B2] a target continues after a time limit and does not after an end", () => {
  scope(() => {
    const outcome = { reward: row(1, 1), discount: row(0.9, 0) }; // cut, ended
    expect(bootstrapped(outcome, row(10, 10)).toArray()).toEqual([10, 1]);
  });
});

test("the smaller value is taken row by row", () => {
  scope(() => expect(smallest([row(1, 4, -1), row(2, 3, -2)]).toArray()).toEqual([1, 3, -2]));
});

test("both critics are drawn to the same targets: literal numbers, and no gradient for the target", () => {
  scope(() => {
    const [first, second, target] = [row(1, 2), row(0, -1), row(2, 0)];
    const { value, grads } = valueAndGrad(
      () => criticLoss([first, second], target),
      [first, second],
    );
    // ((1 - 2)^2 + (2 - 0)^2) / 2 = 2.5 and ((0 - 2)^2 + (-1)^2) / 2 = 2.5, halved and summed
    expect(value.item()).toBeCloseTo(2.5, 6);
    expect(grads.map((grad) => grad.toArray())).toEqual([
      [-0.5, 1],
      [-1, -0.5],
    ]);
  });
});

test("the deterministic policy is drawn to higher values", () => {
  scope(() => {
    const values = row(1, 2, 6);
    const { value, grads } = valueAndGrad(() => deterministicPolicyLoss(values), [values]);
    expect(value.item()).toBe(-3);
    for (const gradient of grads[0].toTypedArray()) expect(gradient).toBeCloseTo(-1 / 3, 6);
  });
});
