import { flatten, Parameter } from "@carom/nn";
import { openDevice, tensor } from "@carom/tensor";
import { afterAll, expect, test } from "vitest";
import { polyak } from "./polyak.js";

const device = openDevice("reference");
afterAll(() => device.dispose());

/** Two parameters in one piece. */
function buffer(...values: number[]) {
  const weight = new Parameter(tensor(Float32Array.from(values), { device }));
  return flatten({ parameters: () => new Map([["weight", weight]]) });
}

test("[B17] online 1, target 0, tau 0.1: the target becomes 0.1, the online network stays", () => {
  const [online, target] = [buffer(1, 1), buffer(0, 2)];
  polyak(target, online, 0.1);
  const moved = [...target.flat.toTypedArray()];
  expect(moved[0]).toBeCloseTo(0.1, 7);
  expect(moved[1]).toBeCloseTo(1.9, 6);
  expect([...online.flat.toTypedArray()]).toEqual([1, 1]);
});

test("[B17] tau 1 copies, tau 0 changes nothing", () => {
  const [online, target] = [buffer(1.5, -3), buffer(0, 2)];
  polyak(target, online, 0);
  expect([...target.flat.toTypedArray()]).toEqual([0, 2]);
  polyak(target, online, 1);
  expect([...target.flat.toTypedArray()]).toEqual([1.5, -3]);
});
