/** The memory on the device beside the one of the host: same steps in, same batches out, to the bit. */
import { capture, liveTensors, scope, type Tensor, tensor, zeros } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { type BothOptions, BothPlayed } from "../../test/replay/both-played.js";
import { BOX, SWITCHES } from "../../test/replay/played.js";
import { restoreDeviceReplay, saveDeviceReplay } from "./saved-device-replay.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

function played(options: BothOptions, steps: number): BothPlayed {
  const both = new BothPlayed(device, options);
  both.play(steps);
  return both;
}

/** How often each slot is drawn in some batches. */
function draws(both: BothPlayed, batches: number): Float64Array {
  const { own } = both;
  const counts = new Float64Array(own.rows * own.count);
  const beta = tensor([1], { device });
  const drawing = capture(device, () => own.sample(beta).slots);
  for (let i = 0; i < batches; i++) {
    drawing.replay();
    for (const slot of drawing.outputs.toTypedArray()) counts[slot]++;
  }
  drawing.dispose();
  beta.dispose();
  return counts;
}

/** Pearson's statistic in standard deviations from its mean. */
function deviation(counts: Float64Array, expected: Float64Array): number {
  const drawn = counts.reduce((sum, count) => sum + count);
  const total = expected.reduce((sum, share) => sum + share);
  let [chiSquare, freedom] = [0, -1];
  for (let slot = 0; slot < counts.length; slot++) {
    if (expected[slot] === 0) {
      expect(counts[slot]).toBe(0);
      continue;
    }
    const wanted = (expected[slot] / total) * drawn;
    chiSquare += (counts[slot] - wanted) ** 2 / wanted;
    freedom++;
  }
  return (chiSquare - freedom) / Math.sqrt(2 * freedom);
}

describe("beside the memory of the host", () => {
  const cases = [1, 3].flatMap((nStep) =>
    [1, 4].flatMap((frames) => [
      { nStep, frames, count: 1, rows: nStep + 2 * frames, kind: "whole" } as const,
      { nStep, frames, count: 3, rows: 21, kind: "float", shape: [5], actions: BOX } as const,
      { nStep, frames, count: 2, rows: 30, kind: "bytes", actions: SWITCHES } as const,
    ]),
  );
  test.each(cases)(
    "nStep $nStep, $frames frames ($kind), $count games, $rows rows: the same batches",
    (options) => {
      const both = new BothPlayed(device, options);
      for (const steps of [options.nStep + 1, 1, 5, 9, 17, 23, 1, 50, 7]) {
        both.play(steps);
        const { own } = both.slots();
        if (own.length > 0) expect(both.own.size).toBe(own.length);
        for (const { own, host } of both.batches()) expect(own).toEqual(host);
      }
      const ends = both.naive.games.flat();
      expect(ends.filter((step) => step.truncated).length).toBeGreaterThan(0);
      both.dispose();
    },
  );
});

describe("sampling", () => {
  test("uniform: every transition that is there, equally often", () => {
    const both = played({ nStep: 3, frames: 2, rows: 12, batch: 512 }, 70);
    const counts = draws(both, 30);
    const expected = new Float64Array(counts.length);
    for (const slot of both.slots().own) expected[slot] = 1;
    expect(Math.abs(deviation(counts, expected))).toBeLessThan(4);
    both.dispose();
  });

  test("before the ring has wrapped nothing is drawn that was not played", () => {
    const both = played({ nStep: 2, rows: 30, batch: 512 }, 9);
    const counts = draws(both, 2);
    const drawn = Array.from(counts.keys()).filter((slot) => counts[slot] > 0);
    expect(drawn).toEqual(both.slots().own.toSorted((a, b) => a - b));
    both.dispose();
  });

  test("new transitions have the largest priority so far", () => {
    const both = played({ alpha: 1, nStep: 2, rows: 10 }, 4);
    update(both, [0, 1], [4.99, 0.24]);
    both.play(2);
    const table = both.own.priorities?.table.toTypedArray() ?? [];
    const wanted = new Float32Array(table.length).fill(0, 0);
    wanted.set([5, 0.25, 1, 1, 1, 1, 5, 5, 5, 5]); // of steps 0 to 4, two games
    expect(Array.from(table)).toEqual(Array.from(wanted));
    both.dispose();
  });

  test("those that lose a frame are not drawn any more", () => {
    const both = played({ alpha: 1, frames: 3, nStep: 2, rows: 9 }, 40);
    const table = both.own.priorities?.table.toTypedArray() ?? new Float32Array(0);
    const drawable = Array.from(table.keys()).filter((slot) => table[slot] > 0);
    expect(drawable).toEqual(both.slots().own.toSorted((a, b) => a - b));
    both.dispose();
  });

  test("by priority: as often as the host's definition says, with its weights", () => {
    const both = played({ alpha: 0.7, rows: 16, batch: 512 }, 60);
    const { own: slots } = both.slots();
    const deltas = slots.map((_, i) => (i % 7) * (i % 2 === 0 ? 1 : -1));
    const order = Array.from(slots.keys()).toSorted((a, b) => slots[a] - slots[b]);
    update(
      both,
      order.map((i) => slots[i]),
      order.map((i) => deltas[i]),
    );
    const expected = new Float64Array(both.own.rows * both.own.count);
    for (const [i, slot] of slots.entries()) {
      expected[slot] = (Math.abs(deltas[i]) + 0.01) ** 0.7;
    }
    const total = expected.reduce((sum, one) => sum + one);
    // One draw falls on each part of the total, so that counts vary less than by chance alone.
    expect(deviation(draws(both, 30), expected)).toBeLessThan(4);
    const beta = tensor([0.4], { device });
    scope(() => {
      const batch = both.own.sample(beta);
      const drawn = Array.from(batch.slots.toTypedArray());
      const weights = drawn.map((slot) => ((slots.length * expected[slot]) / total) ** -0.4);
      const largest = Math.max(...weights);
      const got = batch.weight.toTypedArray();
      for (const [i, weight] of weights.entries()) expect(got[i]).toBeCloseTo(weight / largest, 5);
    });
    beta.dispose();
    both.dispose();
  });

  test("of equal slots the last error counts, and zero is never drawn", () => {
    const both = played({ alpha: 1, count: 1, rows: 12, batch: 8 }, 30);
    const { own: slots } = both.slots();
    const [one, other] = slots.toSorted((a, b) => a - b);
    update(both, [one, one, one, other], [9, 7, 0.99, 1.99]);
    const table = both.own.priorities?.table.toTypedArray() ?? [];
    expect([table[one], table[other]]).toEqual([1, 2]);
    both.dispose();
  });

  test("the same key draws the same batches", () => {
    const [one, other] = [0, 1].map(() => played({}, 40));
    expect(draws(one, 20)).toEqual(draws(other, 20));
    for (const both of [one, other]) both.dispose();
  });
});

describe("saved states", () => {
  test.each<[string, BothOptions, number]>([
    ["before the ring has wrapped", { frames: 3 }, 9],
    ["after", { nStep: 2, alpha: 0.6 }, 55],
    ["of stacks and bytes", { frames: 4, kind: "bytes", alpha: 0.6, count: 3 }, 200],
  ])("%s: go on bit for bit", (_, options, steps) => {
    const [one, other] = [played(options, steps), new BothPlayed(device, options)];
    const state = saveDeviceReplay(one.own);
    draws(other, 3);
    restoreDeviceReplay(other.own, state);
    expect(saveDeviceReplay(other.own)).toEqual(state);
    expect(draws(other, 20)).toEqual(draws(one, 20));
    const slots = tensor(Int32Array.from(one.slots().own), { device });
    const [got, wanted] = [other, one].map(({ own }) =>
      scope(() =>
        Object.values(own.batchOf(slots)).map((values: Tensor | undefined) => values?.toArray()),
      ),
    );
    expect(got).toEqual(wanted);
    slots.dispose();
    for (const both of [one, other]) both.dispose();
  });

  test("of another memory are refused", () => {
    const [one, other] = [{ nStep: 2 }, { nStep: 3 }].map((wanted) => played(wanted, 5));
    expect(() => restoreDeviceReplay(other.own, saveDeviceReplay(one.own))).toThrow(
      "replay: the saved memory has another nStep (got 2, expected 3)",
    );
    for (const both of [one, other]) both.dispose();
  });
});

test("a memory that is emptied begins anew", () => {
  const both = played({ alpha: 0.5, frames: 2 }, 50);
  expect(both.own.size).toBeGreaterThan(0);
  both.reset();
  expect(both.own.size).toBe(0);
  expect(both.own.priorities?.table.sum().item()).toBe(0);
  both.dispose();
});

test("a memory that is disposed leaves no tensor behind", () => {
  const before = liveTensors(device);
  const both = played({ alpha: 0.5, frames: 4, kind: "bytes" }, 30);
  both.dispose();
  both.own.dispose();
  expect(liveTensors(device)).toBe(before);
});

test("mistakes are named", () => {
  expect(() => new BothPlayed(device, { rows: 10, frames: 4, nStep: 3 })).toThrow(
    "replay: the capacity is too small (got 10 slots for each of 2 games, expected at least 11)",
  );
  const both = new BothPlayed(device);
  expect(() => scope(() => both.own.reset(zeros([2, 6], { device })))).toThrow("replay: no masks");
  both.dispose();
});

/** Gives slots, in rising order, these errors. */
function update({ own }: BothPlayed, slots: readonly number[], deltas: readonly number[]): void {
  scope(() => {
    own.updatePriorities(
      tensor(Int32Array.from(slots), { device }),
      tensor(Float32Array.from(deltas), { device }),
    );
  });
}
