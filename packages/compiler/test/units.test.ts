/** The parts that stand alone: ranges, the cache, the layout of states, the example of the README. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { findGame, type Game } from "@carom/envs";
import { afterAll, describe, expect, test } from "vitest";
import { CompileCache, cacheKey, compileGame, viewColumn } from "../src/index.js";
import type { BinaryOp, UnaryOp } from "../src/ir/ir.js";
import { exactly, join as joinRanges, NONE, type Range } from "../src/ir/range.js";
import { binaryRange, unaryRange } from "../src/ir/transfer.js";
import { binary, unary } from "../src/lower/fold.js";

const folder = mkdtempSync(join(tmpdir(), "carom-units-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  -3,
  7.25,
  255,
  -128,
  2147483647,
  -2147483648,
  4294967295,
  1e300,
  -1e300,
  5e-324,
  -5e-324,
  1 / 0,
  -1 / 0,
  0 / 0,
];

/** Whether a number is one of those that a range describes. */
function contains(range: Range, value: number): boolean {
  if (Number.isNaN(value)) return range.nan;
  if (Object.is(value, -0) && !range.negZero) return false;
  const isWhole = Number.isInteger(value) || !Number.isFinite(value);
  return value >= range.lo && value <= range.hi && (isWhole || !range.whole);
}

function rangeOf(values: readonly number[]): Range {
  return values.reduce((range, value) => joinRanges(range, exactly(value)), NONE);
}

describe("ranges contain every result", () => {
  const pairs = SPECIAL.flatMap((a, i) => SPECIAL.slice(i).map((b) => [a, b] as const));
  const unaries: readonly UnaryOp[] = [
    ...(["neg", "bitnot", "floor", "ceil", "trunc", "round"] as const),
    ...(["abs", "sign", "sqrt", "fround", "clz32"] as const),
  ];
  const binaries: readonly BinaryOp[] = [
    ...(["add", "sub", "mul", "div", "rem", "bitand", "bitor", "bitxor"] as const),
    ...(["shl", "shr", "ushr", "min", "max", "imul"] as const),
  ];

  test.each(unaries)("of %s", (fn) => {
    for (const pair of pairs) {
      const range = unaryRange(fn, rangeOf(pair));
      for (const value of pair) {
        const result = unary(fn, { op: "const", value });
        const number = result.op === "const" ? Number(result.value) : 0;
        expect({ pair, number, inside: contains(range, number) }).toMatchObject({ inside: true });
      }
    }
  });

  test.each(binaries)("of %s", (fn) => {
    const misses: unknown[] = [];
    for (const left of pairs) {
      for (const right of pairs) {
        const range = binaryRange(fn, rangeOf(left), rangeOf(right));
        for (const a of left) {
          for (const b of right) {
            const result = binary(fn, { op: "const", value: a }, { op: "const", value: b });
            const number = result.op === "const" ? Number(result.value) : 0;
            if (!contains(range, number)) misses.push({ left, right, a, b, number, range });
          }
        }
      }
    }
    expect(misses.slice(0, 3)).toEqual([]);
  });
});

describe("the cache", () => {
  const cache = new CompileCache(join(folder, "cache"));
  const parts = { text: "a", arch: "sm_90", compiler: "nvrtc 13.0", flags: ["--fmad=false"] };

  test("gives back what was kept, under a key that depends on everything", () => {
    const key = cacheKey(parts);
    expect(cache.get(key)).toBeUndefined();
    cache.set(key, Uint8Array.of(1, 2, 3));
    expect(cache.get(key)).toEqual(Uint8Array.of(1, 2, 3));
    const others = [
      { ...parts, text: "b" },
      { ...parts, arch: "sm_75" },
      { ...parts, compiler: "nvrtc 12.8" },
      { ...parts, flags: [] },
    ];
    expect(new Set([key, ...others.map(cacheKey)]).size).toBe(5);
  });

  test("leaves no temporary files, and takes no damaged one for whole", () => {
    const key = cacheKey({ ...parts, text: "c" });
    cache.set(key, Uint8Array.of(4, 5));
    cache.set(key, Uint8Array.of(6, 7, 8));
    expect(readdirSync(cache.folder).every((name) => name.endsWith(".bin"))).toBe(true);
    const file = join(cache.folder, `${key}.bin`);
    writeFileSync(file, readFileSync(file).subarray(0, -1));
    expect(cache.get(key)).toBeUndefined();
  });

  test("refuses keys that are none", () => {
    expect(() => cache.get("../x")).toThrow(/no such key \(got "\.\.\/x"/);
  });
});

test("columns are aligned, whatever the number of games is", () => {
  for (const id of ["breakout", "go", "mini-seaquest", "2048"]) {
    const { layout } = compileGame(findGame(id));
    const count = 7;
    const buffer = new ArrayBuffer(layout.bytes * count);
    const ends = layout.columns.map((column) => viewColumn(column, buffer, count).byteLength);
    expect(ends.reduce((sum, bytes) => sum + bytes, 0)).toBe(buffer.byteLength);
  }
});

test("a game may be given as a definition, as a class, or as a function", () => {
  const hash = compileGame(findGame("catch")).hash;
  const create = (): Game => findGame("catch").create();
  expect(compileGame(create).hash).toBe(hash);
  expect(compileGame(create().constructor as new () => Game).hash).toBe(hash);
});

test("the hash changes with the rules, the variant and the pictures, and with nothing else", () => {
  const hash = (variant: string, width: number): string =>
    compileGame(findGame("breakout"), { variant, pixels: { width } }).hash;
  expect(hash("classic", 84)).toBe(hash("classic", 84));
  expect(new Set([hash("classic", 84), hash("puffer", 84), hash("classic", 96)]).size).toBe(3);
});

test("README: the example compiles Breakout", async () => {
  const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const source = (path: string): string =>
    JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
  const code = (/```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "")
    .replace('"@carom/compiler"', source("../src/index.ts"))
    .replace('"@carom/envs"', source("../../envs/src/index.ts"))
    .replace("console.log(", "export default [")
    .replace(/\);\n$/, "];\n");
  const file = join(folder, "readme.ts");
  writeFileSync(file, code);
  const module: { default: unknown } = await import(/* @vite-ignore */ pathToFileURL(file).href);
  expect(module.default).toEqual([574, 0, true]);
});
