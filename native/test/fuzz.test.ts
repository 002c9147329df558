/** Commands made of nonsense: whatever the words are, the answer is a result or an error with a code. */
import { expect, test } from "vitest";
import type { NativeError } from "../index.js";
import { Driver, dtypes, type Operand } from "./commands.ts";

const codes = new Set([
  "SHAPE_MISMATCH",
  "DTYPE_MISMATCH",
  "INVALID_ARGUMENT",
  "STALE_HANDLE",
  "OUT_OF_MEMORY",
  "RECORDING",
]);

/** A small generator, the same sequence for the same seed. */
function generator(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const odd = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -1,
  0.5,
  -0,
  2 ** 31,
  2 ** 40,
  2 ** 53,
  -(2 ** 53),
  1e300,
  4503599627370497,
];

/** Runs `body` and checks that what it throws, if anything, is an error of ours. */
function attempt(body: () => void): boolean {
  try {
    body();
    return true;
  } catch (error) {
    expect(codes).toContain((error as NativeError).code);
    return false;
  }
}

test("random words never crash the core", () => {
  const driver = new Driver({ threads: 2 });
  const storages = [
    driver.empty([16]),
    driver.empty([8], dtypes.int32),
    driver.empty([4], dtypes.bool),
  ];
  const random = generator(1);
  const { core } = driver;
  for (let round = 0; round < 60_000; round++) {
    const length = random(40);
    for (let i = 0; i < length; i++) {
      const kind = random(10);
      core.command[i] =
        kind === 0 ? odd[random(odd.length)] : kind < 4 ? storages[random(3)].handle : random(9);
    }
    attempt(() => core.run(random(core.opNames.length), length));
  }
  core.dispose();
});

/** A random view that mostly lies inside its storage. */
function view(random: (limit: number) => number, storages: readonly Operand[]): Operand {
  const { handle } = storages[random(storages.length)];
  const rank = random(4);
  const shape = Array.from({ length: rank }, () => [0, 1, 2, 3, 4, 8][random(6)]);
  const strides = shape.map(() => [0, 1, 1, 2, 4, 8, -1, -4][random(8)]);
  return { handle, offset: [0, 0, 0, 3, 40][random(5)], shape, strides };
}

test("well-formed views with random shapes, strides and types run or are refused", () => {
  const driver = new Driver({ threads: 2 });
  const random = generator(2);
  const storages = [
    driver.random([64], 1),
    driver.random([64], 2),
    driver.from([64], new Int32Array(64).fill(1)),
    driver.empty([64], dtypes.bool),
    driver.empty([64], dtypes.float64),
  ];
  let done = 0;
  for (let round = 0; round < 60_000; round++) {
    const op = driver.core.opNames[random(driver.core.opNames.length)];
    const inputs = Array.from({ length: random(4) }, () => view(random, storages));
    const outputs = Array.from({ length: 1 + random(2) }, () => view(random, storages));
    const params = Array.from({ length: random(2) }, () => random(4));
    if (attempt(() => driver.run(op, inputs, outputs, params))) done++;
  }
  expect(done).toBeGreaterThan(100);
  driver.core.dispose();
});

test("one word of a valid command replaced by an odd number is refused or harmless", () => {
  const driver = new Driver({ threads: 1 });
  const { core } = driver;
  const x = driver.random([8, 4], 1);
  const w = driver.random([3, 4], 2);
  const y = driver.empty([8, 3]);
  const words = [2, 1];
  for (const v of [x, w, y]) words.push(v.handle, v.offset, 2, ...v.shape, ...v.strides);
  words.push(1);
  for (let i = 0; i < words.length; i++) {
    for (const value of odd) {
      core.command.set(words);
      core.command[i] = value;
      attempt(() => core.run(core.opNames.indexOf("linear"), words.length));
    }
  }
  for (let length = 0; length < words.length; length++) {
    core.command.set(words);
    expect(attempt(() => core.run(core.opNames.indexOf("linear"), length))).toBe(false);
  }
  core.dispose();
});

test("methods called with the wrong things throw typed errors", () => {
  const { core } = new Driver({ threads: 1 });
  const things = [undefined, null, "1", {}, [], Number.NaN, -1, 2 ** 60, () => 0, 1n, Symbol("x")];
  const methods = [
    "run",
    "alloc",
    "adopt",
    "free",
    "write",
    "read",
    "replay",
    "start",
    "wait",
  ] as const;
  for (const name of [...methods, "freeProgram", "describe", "setLimit"] as const) {
    for (const a of things) {
      for (const b of things) {
        const method = core[name] as (...values: unknown[]) => unknown;
        attempt(() => void method(a, b, a));
      }
    }
  }
  core.dispose();
});
