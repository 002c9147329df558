import { describe, expect, test } from "vitest";
import { key, keyFromWords, philox } from "./key.js";
import { nextUint32, seedRandom } from "./random.js";

describe("philox", () => {
  test("known answers of Philox4x32-10 (the first two words of Random123's test vectors)", () => {
    const ones = 0xffffffff;
    expect(philox(0, 0, 0, 0, 0, 0)).toEqual([0x6627e8d5, 0xe169c58d]);
    expect(philox(ones, ones, ones, ones, ones, ones)).toEqual([0x408f276d, 0x41c83b0e]);
    const pi = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;
    expect(philox(0xa4093822, 0x299f31d0, ...pi)).toEqual([0xd16cfe09, 0x94fdcceb]);
  });
});

describe("the key tree", () => {
  test("equal paths are equal keys, whatever was asked before", () => {
    const one = key(7).child("env", 3).child("episode", 12);
    const root = key(7);
    root.child("other").child("episode", 12);
    expect(root.child("env", 3).child("episode", 12).words).toEqual(one.words);
    expect(keyFromWords(key(7).child("env", 3).words).child("episode", 12).words).toEqual(
      one.words,
    );
  });

  test("words are those of the key tree of random states on a device", () => {
    const env = key(7).child("env", 3);
    const others = [key(7).child("", 5), key(Number.MAX_SAFE_INTEGER)];
    const keys = [key(7), env, env.child("episode", 12), ...others];
    expect(keys.map(({ words }) => words)).toEqual([
      [3522976733, 2522621249],
      [542401637, 2161098427],
      [2929986681, 1293717352],
      [1812499341, 1092571912],
      [3919774091, 2873676492],
    ]);
  });

  test("seeds are non-negative safe integers", () => {
    for (let i = 0; i < 1000; i++) {
      const seed = key(i).child("env", i).toSeed();
      expect(Number.isSafeInteger(seed) && seed >= 0).toBe(true);
    }
  });

  test("labels, indices and large seeds all count", () => {
    const large = Number.MAX_SAFE_INTEGER;
    const words = [
      key(0).words,
      key(large).words,
      key(large - 2 ** 32).words,
      key(0).child("a").words,
      key(0).child("b").words,
      key(0).child("ab").words,
      key(0).child("ba").words,
      key(0).child("a", 1).words,
      key(0).child("a", large).words,
    ];
    expect(new Set(words.map(String)).size).toBe(words.length);
  });

  test("[B27] the episode seeds of 100 runs of 64 envs are all different", () => {
    const seen = new Set<number>();
    for (let run = 0; run < 100; run++) {
      for (let env = 0; env < 64; env++) {
        for (let episode = 0; episode < 4; episode++) {
          seen.add(key(run).child("env", env).child("episode", episode).toSeed());
        }
      }
    }
    expect(seen.size).toBe(100 * 64 * 4);
  });

  test("[B27] streams of neighbouring keys are uncorrelated (pairwise below 4 sigma)", () => {
    const streams = Array.from({ length: 24 }, (_, env) => bits(key(0).child("env", env).toSeed()));
    for (let a = 0; a < streams.length; a++) {
      for (let b = 0; b < a; b++)
        expect(Math.abs(correlation(streams[a], streams[b]))).toBeLessThan(4);
    }
  });

  test("seeds that are not non-negative integers are refused", () => {
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => key(seed)).toThrow(
        `key: the seed must be a non-negative safe integer (got ${seed})`,
      );
    }
    expect(() => key(0).child("env", -1)).toThrow('the index of "env"');
  });
});

const LENGTH = 4096;

/** A stream of +1 and -1. */
function bits(seed: number): number[] {
  const state = new Uint32Array(4);
  seedRandom(state, seed);
  return Array.from({ length: LENGTH }, () => (nextUint32(state) >>> 31 === 1 ? 1 : -1));
}

/** The correlation of two streams in standard deviations. */
function correlation(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0) / Math.sqrt(LENGTH);
}
