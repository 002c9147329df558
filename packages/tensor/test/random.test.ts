import { describe, expect, test } from "vitest";
import { philoxBlock } from "../src/backends/reference/philox.js";
import * as T from "../src/index.js";
import { nativeDevice, referenceDevice } from "./support/devices.js";
import { expectClose } from "./support/test-op.js";

const both = ["reference", "cpu"] as const;
const open = (name: (typeof both)[number]): T.Device =>
  name === "cpu" ? nativeDevice() : referenceDevice();

describe("philox", () => {
  // Known answers published with Random123 (kat_vectors, philox4x32 10).
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("gives the published answer for counter %j", (counter, key, expected) => {
    const out = new Uint32Array(4);
    const [a, b, c, d] = counter;
    philoxBlock(key[0], key[1], [a, b, c, d], out);
    expect([...out]).toEqual(expected);
  });
});

describe.each(both)("random numbers on %s", (name) => {
  test("uniform numbers are bit-equal to the reference's and lie in [0, 1)", () => {
    T.scope(() => {
      const [truth, got] = [referenceDevice(), open(name)].map((device) => {
        using random = new T.RandomState([123, 456], { device });
        return [random.uniform([7]), random.uniform([3, 1001]), random.uniform([0])].map((x) =>
          x.toTypedArray(),
        );
      });
      expect(got).toEqual(truth);
      expect(Math.min(...got[1])).toBeGreaterThanOrEqual(0);
      expect(Math.max(...got[1])).toBeLessThan(1);
    });
  });

  test("normal numbers equal the reference's within rounding and have unit variance", () => {
    T.scope(() => {
      const [truth, got] = [referenceDevice(), open(name)].map((device) => {
        using random = new T.RandomState(99, { device });
        return [random.normal([5]).toArray(), random.normal([10_001]).toArray()];
      });
      expectClose(got, truth, { rtol: 1e-5, atol: 1e-5 });
      const values = got[1] as number[];
      const mean = values.reduce((a, b) => a + b) / values.length;
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(values.length));
      expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
    });
  });

  test.each([0, 1, 2, 3, 4, 5, 16, 17, 1000, 4097])(
    "a permutation of %i holds each number once and equals the reference's",
    (n) => {
      T.scope(() => {
        const [truth, got] = [referenceDevice(), open(name)].map((device) => {
          using random = new T.RandomState(5, { device });
          return [random.permutation(n).toArray(), random.permutation(n).toArray()] as number[][];
        });
        expect(got).toEqual(truth);
        expect([...got[0]].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        if (n > 10) expect(got[0]).not.toEqual(got[1]);
      });
    },
  );

  test("every position of a permutation is about equally likely", () => {
    T.scope(() => {
      using random = new T.RandomState(11, { device: open(name) });
      const [n, rounds] = [8, 2000];
      const counts = new Array(n * n).fill(0);
      for (let round = 0; round < rounds; round++) {
        const order = T.scope(() => random.permutation(n).toArray()) as number[];
        for (let i = 0; i < n; i++) counts[i * n + order[i]]++;
      }
      const expected = rounds / n;
      const chiSquare = counts.reduce((sum, c) => sum + (c - expected) ** 2 / expected, 0);
      // (n-1)^2 = 49 degrees of freedom; 0.9999 quantile about 96.
      expect(chiSquare).toBeLessThan(96);
    });
  });

  test("a state continues from its saved words, across the carry of the counter", () => {
    T.scope(() => {
      const device = open(name);
      using random = T.RandomState.fromWords([1, 2, 0xffffffff, 7], { device });
      random.uniform([3]);
      expect(random.toWords()).toEqual([1, 2, 0, 8]);
      const saved = random.toWords();
      const next = random.uniform([5]).toArray();
      using again = T.RandomState.fromWords(saved, { device });
      expect(again.uniform([5]).toArray()).toEqual(next);
      random.restore(saved);
      expect(random.uniform([5]).toArray()).toEqual(next);
    });
  });
});

test("a key may be a number: its halves are the words", () => {
  using random = new T.RandomState(2 ** 32 * 3 + 5, { device: referenceDevice() });
  expect(random.toWords()).toEqual([5, 3, 0, 0]);
});

test("RandomState refuses keys and words that are not uint32", () => {
  const device = referenceDevice();
  expect(() => new T.RandomState(-1, { device })).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: RandomState: key is not valid (got -1, expected an integer >= 0)]`,
  );
  expect(() => new T.RandomState([2 ** 32, 0], { device })).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: RandomState: key is not valid (got 4294967296, expected an integer 0..4294967295)]`,
  );
  using random = new T.RandomState(1, { device });
  expect(() => random.restore([0, 0, 0, 1.5])).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: RandomState: word is not valid (got 1.5, expected an integer 0..4294967295)]`,
  );
  expect(() => random.permutation(-1)).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: permutation: n is not valid (got -1, expected an integer 0..1073741824)]`,
  );
});
