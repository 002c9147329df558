import { flatten, Linear, type ParameterBuffer } from "@carom/nn";
import { RandomState } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { moveTowards, timesDue } from "./target.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** Parameters that are all `value`. */
function constant(value: number): ParameterBuffer {
  const random = new RandomState(1, { device });
  const parameters = flatten(new Linear(2, 1, { random }));
  parameters.flat.fill(value);
  return parameters;
}

describe("the target network", () => {
  test("[B17] online 1, target 0, tau 0.1: the target becomes 0.1, the online network stays", () => {
    const [online, target] = [constant(1), constant(0)];
    moveTowards(target, online, 0.1);
    for (const value of target.flat.toTypedArray()) expect(value).toBeCloseTo(0.1, 7);
    expect(Array.from(online.flat.toTypedArray())).toEqual([1, 1, 1]);
    moveTowards(target, online, 0.1);
    for (const value of target.flat.toTypedArray()) expect(value).toBeCloseTo(0.19, 7);
  });

  test("[B17] tau 1 copies exactly", () => {
    const [online, target] = [constant(0.1), constant(1e9)];
    moveTowards(target, online, 1);
    expect(target.flat.toTypedArray()).toEqual(online.flat.toTypedArray());
  });

  test("[B17] what happens every 7 steps happens once per 7 steps, however many are made at once", () => {
    const hits = (stride: number): number[] => {
      const found: number[] = [];
      for (let steps = 0; steps < 60; steps += stride) {
        for (let i = 0; i < timesDue(7, steps, steps + stride); i++) found.push(steps + stride);
      }
      return found;
    };
    expect(hits(1)).toEqual([7, 14, 21, 28, 35, 42, 49, 56]);
    expect(hits(4)).toEqual([8, 16, 24, 28, 36, 44, 52, 56]);
    expect(hits(20)).toEqual([20, 20, 40, 40, 40, 60, 60, 60]);
  });
});
