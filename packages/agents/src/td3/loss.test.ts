import { openDevice, scope, tensor } from "@carom/tensor";
import { afterAll, expect, test } from "vitest";
import { smoothed } from "./loss.js";

const device = openDevice("reference");
afterAll(() => device.dispose());

test("[B26] target noise is clipped before it is added, and the action after", () => {
  scope(() => {
    const column = (...values: number[]) =>
      tensor(Float32Array.from(values), { shape: [values.length, 1], device });
    const action = column(0, 0, 0.25, 0.75, -0.75);
    const noise = column(1, 4, -8, 4, -1);
    const options = { targetNoise: 0.25, targetNoiseClip: 0.5 };
    // 0.25; 1 clipped to 0.5; -2 clipped to -0.5; 0.75 + 0.5 clipped to 1; -0.75 - 0.25 = -1
    const expected = [[0.25], [0.5], [-0.25], [1], [-1]];
    expect(smoothed(action, noise, options).toArray()).toEqual(expected);
  });
});
