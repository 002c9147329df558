import { capture, RandomState, scope, tensor } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { drawEpsilonGreedy } from "./epsilon-greedy.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const N = 3000;

/** How often each of the four actions is drawn for N rows of the same values. */
function counts(epsilon: number, allowed?: number[]): number[] {
  return scope(() => {
    const rows = (row: number[]) => tensor([row], { device }).expand([N, 4]);
    const random = new RandomState([7, 8], { device });
    const mask = allowed && rows(allowed).notEqual(0);
    const share = tensor([epsilon], { device });
    const actions = drawEpsilonGreedy(rows([1, 4, 2, 3]), share, random, mask).toTypedArray();
    random.dispose();
    return [0, 1, 2, 3].map((action) => actions.filter((one) => one === action).length);
  });
}

function expectCounts(got: readonly number[], shares: readonly number[]): void {
  for (const [i, share] of shares.entries()) {
    const sigma = Math.sqrt(N * share * (1 - share));
    expect(Math.abs(got[i] - N * share)).toBeLessThanOrEqual(4.5 * sigma);
  }
}

test("epsilon 0 takes the best action, epsilon 1 any with the same chance, between them both", () => {
  expect(counts(0)).toEqual([0, N, 0, 0]);
  expectCounts(counts(1), [0.25, 0.25, 0.25, 0.25]);
  expectCounts(counts(0.4), [0.1, 0.7, 0.1, 0.1]);
});

test("forbidden actions are neither the best nor drawn", () => {
  const allowed = [1, 0, 0, 1];
  expect(counts(0, allowed)).toEqual([0, 0, 0, N]);
  expectCounts(counts(1, allowed), [0.5, 0, 0, 0.5]);
  expect(counts(1, [0, 0, 1, 0])).toEqual([0, 0, N, 0]);
});

test("a recording draws anew at each replay, with the epsilon that it finds", () => {
  const random = new RandomState([7, 8], { device });
  const values = tensor([[1, 0]], { device }).expand([64, 2]);
  const epsilon = tensor([0], { device });
  const draw = capture(device, () => ({ actions: drawEpsilonGreedy(values, epsilon, random) }));
  const replayed = (share: number) => {
    epsilon.write(Float32Array.of(share));
    draw.replay();
    return draw.outputs.actions.toTypedArray();
  };
  const [greedy, first, second] = [0, 1, 1].map(replayed);
  expect(greedy.every((action) => action === 0)).toBe(true);
  expect(first).not.toEqual(greedy);
  expect(second).not.toEqual(first);
  draw.dispose();
  random.dispose();
});
