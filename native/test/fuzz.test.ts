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
  for (let round = 0; round < 30_000; round++) {
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

type Random = (limit: number) => number;

/** A call under construction: what the core says is wrong with it is put right, bit by bit. */
interface Trial {
  readonly op: string;
  operands: { dtype: number; operand: Operand }[];
  inputs: number;
  params: number[];
}

const extents = [0, 1, 2, 3, 4, 5, 8];

function dense(handle: number, shape: readonly number[]): Operand {
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((n, size) => n * size, 1));
  return { handle, offset: 0, shape, strides };
}

/** A random view; most lie inside their storage and are dense. */
function randomView(random: Random, handle: number, rank = random(5)): Operand {
  const view = dense(
    handle,
    Array.from({ length: rank }, () => extents[random(extents.length)]),
  );
  if (random(4) > 0) return view;
  const strides = view.shape.map(() => [0, 1, 1, 2, 4, 8, -1, -4][random(8)]);
  return { ...view, strides, offset: [0, 0, 3, 40][random(4)] };
}

/** One storage per element type, enough for small shapes. */
function storagesOf(driver: Driver): readonly number[] {
  const count = 4096;
  const small = (limit: number) => (_: number, i: number) => (i * 7) % limit;
  const spare = [
    driver.random([count], 1),
    driver.from([count], Float64Array.from({ length: count }, small(5))),
    driver.from([count], Int32Array.from({ length: count }, small(2))),
    driver.from([count], Uint8Array.from({ length: count }, small(200))),
    driver.empty([count], dtypes.bool),
  ];
  driver.run("fill", [], [spare[4]], [1]);
  return spare.map(({ handle }) => handle);
}

const dtypeNames = Object.keys(dtypes);

/** Changes what `message` complains about, as far as it can be understood; else anything. */
function amend(trial: Trial, message: string, random: Random, handles: readonly number[]): void {
  const { operands, params } = trial;
  const fresh = (rank?: number) => {
    const dtype = [0, 0, 0, 0, 0, 1, 2, 2, 3, 4][random(10)];
    return { dtype, operand: randomView(random, handles[dtype], rank) };
  };
  const counts = /expected (\d+)(?:\.\.\d+)?, (\d+)(?:\.\.\d+)?, (\d+)/.exec(message);
  if (counts !== null && /number of/.test(message)) {
    const [inputs, outputs, length] = counts.slice(1).map(Number);
    trial.inputs = inputs;
    trial.operands = Array.from({ length: inputs + outputs }, (_, i) => operands[i] ?? fresh());
    trial.params = Array.from({ length }, (_, i) => params[i] ?? random(3));
    return;
  }
  const shaped = (text: string) => {
    const fits = operands.flatMap(({ operand }, i) => {
      return `[${operand.shape.join(",")}]` === text ? [i] : [];
    });
    return fits[random(fits.length)];
  };
  const got = /got (\[[\d,]*\])/.exec(message);
  const at = got === null ? undefined : shaped(got[1]);
  const shape = /expected \[([\d,]*)\]\)/.exec(message);
  if (at !== undefined && shape !== null) {
    const wanted = shape[1] === "" ? [] : shape[1].split(",").map(Number);
    operands[at].operand = dense(operands[at].operand.handle, wanted);
    return;
  }
  const rank = /expected (\d) dimensions/.exec(message);
  if (at !== undefined && rank !== null) {
    operands[at].operand = randomView(random, operands[at].operand.handle, Number(rank[1]));
    return;
  }
  const type = /got (\w+), expected (\w+)\)/.exec(message);
  if (type !== null && dtypeNames.includes(type[2])) {
    const wanted = dtypeNames.indexOf(type[2]);
    const fits = operands.filter(({ dtype }) => dtypeNames[dtype] === type[1]);
    const one = fits[random(fits.length)];
    if (one !== undefined) {
      one.dtype = wanted;
      one.operand = { ...one.operand, handle: handles[wanted] };
      return;
    }
  }
  const range = /got (\S+), expected an integer in (-?\d+)\.\./.exec(message);
  if (range !== null) {
    const index = params.indexOf(Number(range[1]));
    if (index >= 0) {
      params[index] = Number(range[2]) + random(3);
      return;
    }
  }
  const any = random(operands.length + params.length);
  if (any < operands.length) operands[any] = fresh();
  else if (params.length > 0) params[any - operands.length] = [0, 1, 2, 3, 0.5, 1e-5][random(6)];
}

/** Tries to arrive at a call that the core takes. */
function search(driver: Driver, op: string, random: Random, handles: readonly number[]) {
  const trial: Trial = { op, operands: [], inputs: 0, params: [] };
  for (let step = 0; step < 60; step++) {
    const views = trial.operands.map(({ operand }) => operand);
    try {
      driver.run(op, views.slice(0, trial.inputs), views.slice(trial.inputs), trial.params);
      return trial;
    } catch (error) {
      expect(codes).toContain((error as NativeError).code);
      amend(trial, (error as Error).message, random, handles);
    }
  }
  return undefined;
}

function wordsOf({ operands, inputs, params }: Trial): number[] {
  const words = [inputs, operands.length - inputs];
  for (const { operand } of operands) {
    words.push(operand.handle, operand.offset, operand.shape.length);
    words.push(...operand.shape, ...operand.strides);
  }
  return [...words, ...params];
}

/** Runs `words` with one of them replaced, `rounds` times; also cut short. */
function spoil(driver: Driver, op: string, words: readonly number[], random: Random): void {
  const { core } = driver;
  const code = core.opNames.indexOf(op);
  for (let round = 0; round < 40; round++) {
    core.command.set(words);
    core.command[random(words.length)] = random(2) === 0 ? odd[random(odd.length)] : random(9);
    attempt(() => core.run(code, round % 8 === 0 ? random(words.length) : words.length));
  }
}

test("every op: calls that it takes, and the same with one word spoilt", () => {
  const driver = new Driver({ threads: 2 });
  const random = generator(2);
  const handles = storagesOf(driver);
  const missed: string[] = [];
  for (const op of driver.core.opNames) {
    let found = 0;
    for (let i = 0; i < 25 && found < 4; i++) {
      const trial = search(driver, op, random, handles);
      if (trial === undefined) continue;
      found++;
      spoil(driver, op, wordsOf(trial), random);
    }
    if (found === 0) missed.push(op);
  }
  // Some ops ask for more agreement than chance and their messages bring about.
  expect(missed.length, missed.join(" ")).toBeLessThan(0.1 * driver.core.opNames.length);
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
    "freeProgram",
    "describe",
    "programMemory",
    "profile",
    "beginTrace",
    "endTrace",
    "setLimit",
  ] as const;
  for (const name of methods) {
    for (const a of things) {
      for (const b of things) {
        const method = core[name] as (...values: unknown[]) => unknown;
        attempt(() => void method(a, b, a));
      }
    }
  }
  core.dispose();
});
