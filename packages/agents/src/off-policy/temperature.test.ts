import { full, openDevice, scope, tensor, valueAndGrad } from "@carom/tensor";
import { afterAll, expect, test } from "vitest";
import { Temperature, temperatureLoss } from "./temperature.js";

const device = openDevice("reference");
afterAll(() => device.dispose());

/** alpha after `steps` with this gap. */
function moved(gap: number, isLearned = true, steps = 10): number {
  const options = { initial: 0.5, isLearned, learningRate: 0.01 };
  const temperature = new Temperature(options, device);
  scope(() => {
    const constant = full([], gap, { device });
    for (let i = 0; i < steps; i++) temperature.learn(constant);
  });
  const alpha = scope(() => temperature.alpha().item());
  temperature.dispose();
  return alpha;
}

test("the loss and its gradient, as PyTorch 2.13 gives them", () => {
  scope(() => {
    // log pi = (-1.3, 0.4), target entropy -2, alpha 0.2
    const log = tensor(Float32Array.of(Math.log(0.2)), { device });
    const gap = full([], (-1.3 + 0.4) / 2 - 2, { device });
    const { value, grads } = valueAndGrad(() => temperatureLoss(log, gap), [log]);
    expect(value.item()).toBeCloseTo(2.45 * Math.log(0.2), 5);
    expect(grads[0].item()).toBeCloseTo(2.45, 5);
  });
});

test("a policy with too little entropy makes entropy dearer, one with too much cheaper", () => {
  expect(moved(1)).toBeCloseTo(0.5 * Math.exp(0.1), 4); // Adam: ten steps of the learning rate
  expect(moved(-1)).toBeCloseTo(0.5 * Math.exp(-0.1), 4);
});

test("a fixed temperature does not move", () => {
  expect(moved(1, false)).toBeCloseTo(0.5, 6);
});
