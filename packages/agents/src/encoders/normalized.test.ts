import { findGame } from "@carom/envs";
import { Linear } from "@carom/nn";
import { RandomState, scope, tensor } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { createEncoder } from "./create.js";
import { NormalizedLayer } from "./normalized.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

test("literal: the sums of a row are standardised, scaled and shifted, then rectified", () => {
  scope(() => {
    using random = new RandomState(1, { device });
    const weightInit = () => tensor([[1], [2], [3]], { device });
    const biasInit = () => tensor([0, 0, 3], { device });
    const linear = new Linear(1, 3, { random, weightInit, biasInit });
    const layer = new NormalizedLayer(linear, 3, "relu", device);
    // sums 1, 2, 6: mean 3, variance (4 + 1 + 9) / 3
    const deviation = Math.sqrt(14 / 3);
    const out = layer.forward(tensor([[1]], { device })).toTypedArray();
    expect(out[0]).toBe(0);
    expect(out[1]).toBe(0);
    expect(out[2]).toBeCloseTo(3 / deviation, 4);
    expect([...layer.parameters().keys()]).toEqual(["weight", "bias", "norm.weight", "norm.bias"]);
  });
});

test("of boards every place is normalised over its channels: a brighter board gives the same features", () => {
  scope(() => {
    const { spec } = findGame("mini-breakout").create();
    using random = new RandomState(1, { device });
    const shape = { encoder: "grid", widths: [8], activation: "relu", layerNorm: true } as const;
    const encoder = createEncoder(spec, shape, random);
    using noise = new RandomState(2, { device });
    const board = noise.uniform([2, spec.observation.size]);
    const plain = encoder.forward(board).toTypedArray();
    const bright = encoder.forward(board.mul(1000)).toTypedArray();
    expect(plain.some((feature) => feature > 0)).toBe(true);
    for (const [i, feature] of plain.entries()) expect(bright[i]).toBeCloseTo(feature, 2);
    encoder.dispose();
  });
});

test("without the setting nothing changes: no parameters of a normalisation", () => {
  const { spec } = findGame("cartpole").create();
  using random = new RandomState(1, { device });
  const shape = { encoder: "mlp", widths: [4, 4], activation: "tanh" } as const;
  const encoder = createEncoder(spec, shape, random);
  expect([...encoder.parameters().keys()]).toEqual(["0.weight", "0.bias", "1.weight", "1.bias"]);
  encoder.dispose();
});
