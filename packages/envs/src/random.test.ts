import { expect, test } from "vitest";
import { nextBelow, nextFloat, nextUint32, seedRandom } from "./random.js";

function seeded(seed: number): Uint32Array {
  const state = new Uint32Array(4);
  seedRandom(state, seed);
  return state;
}

/** xoshiro128** written again over BigInt, as its authors define it. */
function* reference(words: Uint32Array): Generator<number> {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  let [a, b, c, d] = Array.from(words, BigInt);
  for (;;) {
    yield Number((rotate((b * 5n) & mask, 7n) * 9n) & mask);
    const shifted = (b << 9n) & mask;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11n);
  }
}

test("nextUint32 is xoshiro128**", () => {
  for (const seed of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    const state = seeded(seed);
    const expected = reference(state.slice());
    for (let i = 0; i < 200; i++) expect(nextUint32(state)).toBe(expected.next().value);
  }
});

test("both halves of a seed count, and no seed gives the dead state of zeros", () => {
  const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 52, Number.MAX_SAFE_INTEGER];
  const states = seeds.map((seed) => String(seeded(seed)));
  expect(new Set(states).size).toBe(seeds.length);
  expect(states).not.toContain("0,0,0,0");
});

test("nextFloat is in [0, 1) with mean one half", () => {
  const state = seeded(5);
  let sum = 0;
  for (let i = 0; i < 100_000; i++) {
    const value = nextFloat(state);
    if (!(value >= 0 && value < 1)) throw new Error(`outside: ${value}`);
    sum += value;
  }
  expect(sum / 100_000).toBeCloseTo(0.5, 2);
});

test("nextBelow reaches every value about equally often", () => {
  const state = seeded(6);
  const counts = new Int32Array(6);
  for (let i = 0; i < 60_000; i++) counts[nextBelow(state, 6)] += 1;
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(4 * Math.sqrt(10_000));
});
