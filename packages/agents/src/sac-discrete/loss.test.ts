import { full, openDevice, scope, type Tensor, tensor, valueAndGrad } from "@carom/tensor";
import { afterAll, expect, test } from "vitest";
import { maskLogits } from "../heads/masking.js";
import { softStatePolicyLoss, softStateValue, targetEntropies } from "./loss.js";

const device = openDevice("reference");
afterAll(() => device.dispose());

/** Rows of three numbers. */
const rows = (...values: number[]): Tensor =>
  tensor(Float32Array.from(values), { shape: [values.length / 3, 3], device });

/** Every entry of a tensor within 1e-5 of what is expected. */
function expectClose(got: Tensor, expected: readonly number[]): void {
  const values = [...got.toTypedArray()];
  expect(values.length).toBe(expected.length);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i], 5);
}

test("two actions alike: half of each value, and log 2 nats", () => {
  scope(() => {
    const alpha = full([], 0.5, { device });
    const logits = tensor(Float32Array.of(0, 0), { shape: [1, 2], device });
    const values = tensor(Float32Array.of(1, 3), { shape: [1, 2], device });
    expect(softStateValue([values], logits, alpha).item()).toBeCloseTo(2 + 0.5 * Math.LN2, 6);
  });
});

test("[B25] values, loss and gradient with a forbidden action, as PyTorch 2.13 gives them", () => {
  scope(() => {
    const alpha = full([], 0.2, { device });
    const logits = rows(0.5, -0.25, 1, 2, 0, -1);
    const allowed = rows(1, 1, 1, 1, 0, 1).notEqual(0);
    const critics = [rows(1, -0.5, 0.25, 0.3, 9, 1.2), rows(0.5, 0, 0.75, 0.6, 8, 0.9)];
    const value = softStateValue(critics, maskLogits(logits, allowed), alpha);
    expectClose(value, [0.41410332, 0.36662852]);
    const loss = valueAndGrad(
      () => softStatePolicyLoss(critics, maskLogits(logits, allowed), alpha),
      [logits],
    );
    expect(loss.value.item()).toBeCloseTo(-0.39036592, 6);
    expectClose(loss.grads[0], [-0.05022816, 0.04059627, 0.00963189, 0.027106, 0, -0.027106]);
  });
});

test("[B25] the target entropy is a share of that of the allowed actions; a forced move aims at none", () => {
  scope(() => {
    const share = full([], 0.5, { device });
    const allowed = rows(1, 1, 1, 1, 0, 1, 0, 1, 0).notEqual(0);
    expectClose(targetEntropies(share, 3, allowed), [Math.log(3) / 2, Math.LN2 / 2, 0]);
    expect(targetEntropies(share, 3, undefined).item()).toBeCloseTo(Math.log(3) / 2, 6);
  });
});
