import { expect, test } from "vitest";
import { type NStepOptions, nStepReturns, type SequenceSteps } from "./n-step.js";

/** One sequence (B = 1) of rewards 1, 2, 4, ... with its ends. */
function sequence(length: number, ends: Record<number, "terminated" | "truncated">): SequenceSteps {
  const steps = {
    reward: Float32Array.from({ length }, (_, t) => 2 ** t),
    terminated: new Float32Array(length),
    truncated: new Float32Array(length),
    mask: new Float32Array(length).fill(1),
    reset: new Uint8Array(length + 1),
  };
  for (const [t, kind] of Object.entries(ends)) {
    steps[kind][Number(t)] = 1;
    if (kind === "terminated") steps.reset[Number(t) + 1] = 1;
    else {
      steps.mask.fill(0, Number(t) + 1);
      steps.reward.fill(0, Number(t) + 1);
    }
  }
  return steps;
}

/** What `nStepReturns` writes. */
function returnsOf(steps: SequenceSteps, options: Partial<NStepOptions> = {}) {
  const rows = steps.reward.length;
  const out = {
    reward: new Float32Array(rows),
    discount: new Float32Array(rows),
    next: new Int32Array(rows),
    valid: new Uint8Array(rows),
  };
  nStepReturns(steps, { batch: 1, nStep: 3, gamma: 0.5, burnIn: 0, ...options }, out);
  return Object.fromEntries(Object.entries(out).map(([name, values]) => [name, [...values]]));
}

test("[B6] [B11] a window of 3 steps stops at the end of an episode in the middle: table by hand", () => {
  // rewards 1 2 4 | 8 16 32, the third step ends the episode, gamma 1/2
  expect(returnsOf(sequence(6, { 2: "terminated" }))).toEqual({
    reward: [1 + 1 + 1, 2 + 2, 4, 8 + 8 + 8, 16 + 16, 32],
    discount: [0, 0, 0, 1 / 8, 1 / 4, 1 / 2],
    next: [3, 3, 3, 6, 6, 6],
    valid: [1, 1, 1, 1, 1, 1],
  });
});

test("[B2] a cut episode continues with its final observation, the row after its last step", () => {
  // rewards 1 2 4, then the limit; rows 3 and 4 are no steps
  expect(returnsOf(sequence(5, { 2: "truncated" }))).toEqual({
    reward: [1 + 1 + 1, 2 + 2, 4, 0, 0],
    discount: [1 / 8, 1 / 4, 1 / 2, expect.any(Number), expect.any(Number)],
    next: [3, 3, 3, 5, 5],
    valid: [1, 1, 1, 0, 0],
  });
});

test("one step: the reward itself and the row after it", () => {
  expect(returnsOf(sequence(3, { 1: "terminated" }), { nStep: 1 })).toEqual({
    reward: [1, 2, 4],
    discount: [1 / 2, 0, 1 / 2],
    next: [1, 2, 3],
    valid: [1, 1, 1],
  });
});

test("the burn-in is learned only where the sequence begins with an episode", () => {
  const steps = sequence(4, {});
  expect(returnsOf(steps, { burnIn: 2 }).valid).toEqual([0, 0, 1, 1]);
  steps.reset[0] = 1;
  expect(returnsOf(steps, { burnIn: 2 }).valid).toEqual([1, 1, 1, 1]);
});

test("several sequences side by side do not mix", () => {
  const [a, b] = [sequence(4, { 1: "terminated" }), sequence(4, { 2: "truncated" })];
  const woven = <T extends Float32Array | Uint8Array>(x: T, y: T): number[] =>
    Array.from(x, (value, t) => [value, y[t]]).flat();
  const both: SequenceSteps = {
    reward: Float32Array.from(woven(a.reward, b.reward)),
    terminated: Float32Array.from(woven(a.terminated, b.terminated)),
    truncated: Float32Array.from(woven(a.truncated, b.truncated)),
    mask: Float32Array.from(woven(a.mask, b.mask)),
    reset: Uint8Array.from(woven(a.reset, b.reset)),
  };
  const woven2 = returnsOf(both, { batch: 2 });
  const [alone, other] = [returnsOf(a), returnsOf(b)];
  for (const name of ["reward", "discount", "valid"]) {
    expect(woven2[name]).toEqual(alone[name].flatMap((value, t) => [value, other[name][t]]));
  }
  const rows = alone.next.flatMap((row, t) => [2 * row, 2 * other.next[t] + 1]);
  expect(woven2.next).toEqual(rows);
});
