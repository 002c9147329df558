/** Sampling by priority: frequencies, weights, and what new transitions get. */
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { contents } from "../../test/replay/contents.js";
import { type Played, type PlayedOptions, play, played } from "../../test/replay/played.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const prioritized = { alpha: 0.6, epsilon: 0.01 };

const make = (options: PlayedOptions = {}): Played =>
  played(device, { count: 2, steps: 60, prioritized, ...options });

/** Gives the transition of each slot its TD error, in batches. */
function setErrors(replay: Played["replay"], errorOf: (slot: number) => number): void {
  const slots = slotsOf(replay);
  for (let from = 0; from < slots.length; from += replay.batch) {
    const some = Array.from({ length: replay.batch }, (_, i) => slots[from + i] ?? slots[0]);
    replay.load(some);
    replay.updatePriorities(Float32Array.from(some, errorOf));
  }
}

function slotsOf(replay: Played["replay"]): number[] {
  return Array.from({ length: replay.capacity }, (_, slot) => slot).filter((slot) =>
    replay.canSample(slot),
  );
}

/** How often each slot comes in `rounds` batches. */
function frequencies({ replay, random }: Played, rounds: number, beta = 1): Float64Array {
  const counts = new Float64Array(replay.capacity);
  for (let round = 0; round < rounds; round++) {
    replay.sample(random, beta);
    for (const slot of replay.slots) counts[slot]++;
  }
  return counts;
}

/** TD errors of very different sizes and both signs. */
const errorOf = (slot: number): number => ((slot % 7) - 3) * 0.5;
/** What the paper makes of them. */
const priorityOf = (slot: number): number => (Math.abs(errorOf(slot)) + 0.01) ** 0.6;

describe("sampling by priority", () => {
  test("[B13] transitions come as often as (|delta| + epsilon)^alpha says, the last slot included", () => {
    const memory = make({ batch: 64 });
    const { replay } = memory;
    setErrors(replay, errorOf);
    const rounds = 2000;
    const counts = frequencies(memory, rounds);
    const slots = slotsOf(replay);
    const total = slots.reduce((sum, slot) => sum + priorityOf(slot), 0);
    let chiSquare = 0;
    for (const slot of slots) {
      const expected = (rounds * 64 * priorityOf(slot)) / total;
      chiSquare += (counts[slot] - expected) ** 2 / expected;
    }
    const freedom = slots.length - 1;
    // stratified draws vary less than independent ones, so only the upper bound can be crossed
    expect(chiSquare).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom));
    expect(counts[slots[slots.length - 1]]).toBeGreaterThan(0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(
      slots.reduce((sum, slot) => sum + counts[slot], 0),
    );
  });

  test("[B13] the exponent stands over |delta| + epsilon, not over |delta| alone", () => {
    const memory = make({ batch: 64, prioritized: { alpha: 0.5, epsilon: 0.25 } });
    const [zero] = slotsOf(memory.replay);
    setErrors(memory.replay, (slot) => (slot === zero ? 0 : 2));
    memory.replay.load(new Array<number>(64).fill(zero));
    const counts = frequencies(memory, 2000);
    const others = memory.replay.size - 1;
    const share = 0.5 / (0.5 + others * 1.5); // sqrt(0.25) and sqrt(2.25)
    expect(counts[zero] / (2000 * 64) / share).toBeCloseTo(1, 1);
  });

  test("[B13] with beta 1, weighted samples have the mean of all transitions", () => {
    const memory = make({ batch: 64 });
    const { replay, random } = memory;
    setErrors(replay, errorOf);
    const figureOf = (slot: number): number => errorOf(slot) ** 2 + slot / 40;
    const slots = slotsOf(replay);
    const mean = slots.reduce((sum, slot) => sum + figureOf(slot), 0) / slots.length;
    let [plain, weighted, weights] = [0, 0, 0];
    for (let round = 0; round < 3000; round++) {
      replay.sample(random, 1);
      // weights are divided by the batch's largest: that of the smallest priority, which is known
      const least = Math.min(...Array.from(replay.slots, priorityOf));
      for (const [i, slot] of replay.slots.entries()) {
        const weight = replay.host.weight[i] / least;
        plain += figureOf(slot) / (3000 * 64);
        weighted += weight * figureOf(slot);
        weights += weight;
      }
    }
    expect(weighted / weights / mean).toBeCloseTo(1, 2);
    expect(Math.abs(plain / mean - 1)).toBeGreaterThan(0.1);
  });

  test("[B13] weights are (N P)^-beta over the batch's largest: frequent transitions weigh less", () => {
    const { replay, random } = make({ batch: 64 });
    setErrors(replay, errorOf);
    for (const beta of [0, 0.4, 1]) {
      replay.sample(random, beta);
      const largest = Math.max(...Array.from(replay.slots, (slot) => priorityOf(slot) ** -beta));
      for (const [i, slot] of replay.slots.entries()) {
        expect(replay.host.weight[i]).toBeCloseTo(priorityOf(slot) ** -beta / largest, 5);
      }
      expect(Math.max(...replay.host.weight)).toBe(1);
    }
    expect([...replay.weight.toTypedArray()]).toEqual([...replay.host.weight]);
  });

  test("[B13] what is new has the largest priority so far, even after that has gone down", () => {
    const memory = make({ batch: 64, steps: 30 });
    const { env, replay, random } = memory;
    const old = new Set(slotsOf(replay));
    setErrors(replay, () => 31.99);
    setErrors(replay, () => 0.99);
    play(env, [replay], random, 4);
    const fresh = slotsOf(replay).filter((slot) => !old.has(slot));
    expect(fresh.length).toBe(8);
    const counts = frequencies(memory, 2000);
    const [ofFresh, ofOld] = [fresh, [...old]].map(
      (slots) => slots.reduce((sum, slot) => sum + counts[slot], 0) / slots.length,
    );
    expect(ofFresh / ofOld / 32 ** 0.6).toBeCloseTo(1, 1);
  });

  test("without priorities that differ it is as uniform as sampling without any", () => {
    const memory = make({ batch: 64 });
    const counts = frequencies(memory, 500);
    const expected = (500 * 64) / memory.replay.size;
    for (const slot of slotsOf(memory.replay)) {
      expect(Math.abs(counts[slot] - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
    expect(new Set(memory.replay.host.weight)).toEqual(new Set([1]));
  });
});

describe("priorities that come late", () => {
  test("are not given to what has taken the slot since", () => {
    const memory = make({ count: 1, capacity: 12, steps: 100, batch: 8 });
    const { env, replay, random } = memory;
    const all = slotsOf(replay);
    const before = contents(replay).map(({ observation }) => String(observation));
    replay.load(Array.from({ length: 8 }, (_, i) => all[i % all.length]));
    play(env, [replay], random, 14);
    replay.updatePriorities(new Float32Array(8).fill(1e6));
    const after = contents(replay).map(({ observation }) => String(observation));
    expect(after.filter((observation) => before.includes(observation))).toEqual([]);
    expect(new Set(replay.save().priorities)).toEqual(new Set([0, 1]));
  });

  test("that are no numbers are refused", () => {
    const { replay, random } = make();
    replay.sample(random);
    const errors = new Float32Array(32).fill(Number.NaN);
    expect(() => replay.updatePriorities(errors)).toThrow(/a priority must be finite/);
  });

  test("mean nothing where sampling is uniform", () => {
    const { replay, random } = make({ prioritized: undefined });
    replay.sample(random);
    replay.updatePriorities(new Float32Array(32).fill(Number.NaN));
    replay.sample(random);
    expect(new Set(replay.host.weight)).toEqual(new Set([1]));
  });

  test.each([
    { alpha: -1, epsilon: 1 },
    { alpha: 1, epsilon: 0 },
  ])("%o is refused", (wrong) => {
    expect(() => make({ prioritized: wrong })).toThrow(/expected alpha from 0 and epsilon above 0/);
  });
});
