import { scope, tensor, valueAndGrad } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { pqnLoss } from "./loss.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

test("[B18] literal loss: half the mean square of taken value minus return; the return carries no gradient", () => {
  scope(() => {
    const q = tensor(
      [
        [1, 2, 3],
        [4, 0, -1],
      ],
      { device },
    );
    const action = tensor(Int32Array.of(2, 0), { device });
    const returns = tensor(Float32Array.of(1, 5), { device });
    const { value, aux, grads } = valueAndGrad(() => pqnLoss({ q, action, returns }), [q]);
    expect(value.item()).toBeCloseTo(((3 - 1) ** 2 + (4 - 5) ** 2) / 2 / 2, 6); // 1.25
    expect(aux.qMean.item()).toBeCloseTo((3 + 4) / 2, 6);
    expect(grads[0].toArray()).toEqual([
      [0, 0, (3 - 1) / 2],
      [(4 - 5) / 2, 0, 0],
    ]);
  });
});

test("errors far beyond 1 still count by their square", () => {
  scope(() => {
    const q = tensor([[100]], { device });
    const action = tensor(Int32Array.of(0), { device });
    const returns = tensor(Float32Array.of(0), { device });
    expect(pqnLoss({ q, action, returns }).loss.item()).toBeCloseTo(5000, 2);
  });
});
