import type { BoxActions } from "@carom/envs";
import { openDevice, scope, tensor } from "@carom/tensor";
import { afterAll, expect, test } from "vitest";
import { Box } from "./box.js";

const device = openDevice("reference");
afterAll(() => device.dispose());

const SPACE: BoxActions = { kind: "box", size: 2, low: [-2, 0], high: [2, 1] };

/** Rows of two numbers. */
function rows(...values: number[]) {
  return tensor(Float32Array.from(values), { shape: [values.length / 2, 2], device });
}

test("bounds of their own: -1, 0 and 1 are the low end, the middle and the high end of each entry", () => {
  const box = new Box("sac", SPACE, device);
  scope(() => {
    expect(box.toEnv(rows(-1, -1, 0, 0, 1, 1, 0.5, -0.5)).toArray()).toEqual([
      [-2, 0],
      [0, 0.5],
      [2, 1],
      [1, 0.25],
    ]);
    expect(box.fromEnv(rows(-2, 0, 0, 0.5, 2, 1, 1, 0.25)).toArray()).toEqual([
      [-1, -1],
      [0, 0],
      [1, 1],
      [0.5, -0.5],
    ]);
  });
  box.dispose();
});

test("what the env gets is within its bounds, whatever rounding does", () => {
  const low = [-0.1, -0.3];
  const high = [0.2, 0.7];
  const box = new Box("td3", { kind: "box", size: 2, low, high }, device);
  scope(() => {
    const played = box.toEnv(rows(-1, -1, 1, 1, -1.0000001, 1.0000001)).toTypedArray();
    for (const [i, value] of played.entries()) {
      expect(value).toBeGreaterThanOrEqual(Math.fround(low[i % 2]));
      expect(value).toBeLessThanOrEqual(Math.fround(high[i % 2]));
    }
  });
  box.dispose();
});

test("actions without two bounds are refused", () => {
  const open: BoxActions = { kind: "box", size: 1, low: [0], high: [Number.POSITIVE_INFINITY] };
  expect(() => new Box("sac", open, device)).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: sac: takes actions that are numbers with two bounds each (got bounds [0] and [Infinity])]`,
  );
  expect(
    () => new Box("ddpg", { kind: "discrete", names: ["a", "b"] }, device),
  ).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: ddpg: takes actions that are numbers with two bounds each (got discrete)]`,
  );
});
