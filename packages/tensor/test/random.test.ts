import { describe, expect, test } from "vitest";
import { philoxBlock } from "../src/backends/reference/philox.js";
import * as T from "../src/index.js";
import { deviceNamed, referenceDevice, testedDevices } from "./support/devices.js";
import { expectClose } from "./support/test-op.js";

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

describe.each(testedDevices)("random numbers on %s", (name) => {
  test("uniform numbers are bit-equal to the reference's and lie in [0, 1)", () => {
    T.scope(() => {
      const [truth, got] = [referenceDevice(), deviceNamed(name)].map((device) => {
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
      const [truth, got] = [referenceDevice(), deviceNamed(name)].map((device) => {
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
        const [truth, got] = [referenceDevice(), deviceNamed(name)].map((device) => {
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
      using random = new T.RandomState(11, { device: deviceNamed(name) });
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
      const device = deviceNamed(name);
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

describe.each(testedDevices)("derived draws on %s", (name) => {
  test("integers are the reference's, all in range and about equally frequent", () => {
    T.scope(() => {
      const [truth, got] = [referenceDevice(), deviceNamed(name)].map((device) => {
        using random = new T.RandomState(8, { device });
        const wide = random.integers([50], -(2 ** 31), -(2 ** 31) + 2 ** 24).toTypedArray();
        return [random.integers([5, 1001], -2, 5).toTypedArray(), wide];
      });
      expect(got).toEqual(truth);
      const counts = new Array(7).fill(0);
      for (const value of got[0]) counts[value + 2]++;
      expect(counts.reduce((a, b) => a + b)).toBe(5005);
      for (const count of counts) expect(Math.abs(count - 715)).toBeLessThan(4 * Math.sqrt(715));
    });
  });

  test("bernoulli takes a number or probabilities, and is the reference's", () => {
    T.scope(() => {
      const [truth, got] = [referenceDevice(), deviceNamed(name)].map((device) => {
        using random = new T.RandomState(8, { device });
        const p = T.tensor([0, 0.25, 1], { device });
        const each = random.bernoulli([4000, 3], p);
        return [each.mean(0), random.bernoulli([9], 0.5, { dtype: "bool" })].map((x) =>
          x.toArray(),
        );
      });
      expect(got).toEqual(truth);
      const [never, quarter, always] = got[0] as number[];
      expect([never, always]).toEqual([0, 1]);
      expect(Math.abs(quarter - 0.25)).toBeLessThan(0.03);
    });
  });

  test("truncated normal numbers keep their bounds and have the variance of theory", () => {
    T.scope(() => {
      const [truth, got] = [referenceDevice(), deviceNamed(name)].map((device) => {
        using random = new T.RandomState(3, { device });
        const one = random.truncatedNormal([20_000]);
        return [one.toArray(), random.truncatedNormal([99], { low: 1, high: 3 }).toArray()];
      }) as number[][][];
      expectClose(got, truth, { rtol: 1e-5, atol: 1e-5 });
      expect(Math.max(...got[0].map(Math.abs))).toBeLessThanOrEqual(2);
      const variance = got[0].reduce((sum, x) => sum + x * x, 0) / got[0].length;
      expect(Math.abs(variance - 0.7737)).toBeLessThan(0.02); // 1 - 4 p(2) / (2 P(2) - 1)
      expect(Math.min(...got[1])).toBeGreaterThanOrEqual(1);
    });
  });

  test("draws are new at each replay", () => {
    const device = deviceNamed(name);
    using random = new T.RandomState(3, { device });
    const recording = T.capture(device, () => [
      random.integers([8], 0, 1000),
      random.bernoulli([64], 0.5),
      random.truncatedNormal([8]),
    ]);
    const read = () => recording.outputs.map((x) => x.toArray());
    recording.replay();
    const first = read();
    recording.replay();
    read().forEach((values, i) => {
      expect(values).not.toEqual(first[i]);
    });
    recording.dispose();
  });
});

test("children are named by their path, as in the key tree of the games", () => {
  const device = referenceDevice();
  using root = T.RandomState.root(7, { device });
  using env = root.child("env", 3);
  using episode = env.child("episode", 12);
  root.uniform([5]).dispose();
  using again = root.child("env", 3);
  using numbered = root.child(5);
  using large = T.RandomState.root(Number.MAX_SAFE_INTEGER, { device });
  const words = [root, env, episode, numbered, large].map((state) => state.toWords().slice(0, 2));
  expect(again.toWords()).toEqual(env.toWords());
  expect(words).toEqual([
    [3522976733, 2522621249],
    [542401637, 2161098427],
    [2929986681, 1293717352],
    [1812499341, 1092571912],
    [3919774091, 2873676492],
  ]);
});

test("derived draws refuse what is out of range", () => {
  using random = new T.RandomState(1, { device: referenceDevice() });
  expect(() => random.integers([2], 3, 3)).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: integers: high is not valid (got 3, expected an integer 4..16777219)]`,
  );
  expect(() => random.integers([2], 0, 2 ** 25)).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: integers: high is not valid (got 33554432, expected an integer 1..16777216)]`,
  );
  expect(() => random.bernoulli([2], 1.5)).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: bernoulli: p is not a probability (got 1.5, expected 0..1)]`,
  );
  expect(() => random.truncatedNormal([2], { low: 1, high: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: truncatedNormal: bounds are in the wrong order (got 1 and 0, expected low < high)]`,
  );
  expect(() => random.child("env", -1)).toThrowErrorMatchingInlineSnapshot(
    `[TensorError: RandomState: index is not valid (got -1, expected an integer >= 0)]`,
  );
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
