/**
 * No op without its tests: every function of `src/ops` that the package exports is tested by name in
 * `test/ops`, has golden values of PyTorch or a reason why not, and refuses a bad call with a message
 * that names it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { badCalls } from "./support/bad-calls.js";
import { referenceDevice } from "./support/devices.js";

const here = new URL("./", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, here), "utf8");
const filesOf = (folder: string, end: string) =>
  readdirSync(new URL(folder, here))
    .filter((name) => name.endsWith(end))
    .map((name) => read(`${folder}${name}`));

const index = read("../src/index.ts");
const ops = [...index.matchAll(/export \{([^}]*)\} from "\.\/ops\/[^"]+"/g)]
  .flatMap(([, names]) => names.split(","))
  .map((name) => name.trim().replace(/^.* as /, ""))
  .filter((name) => name !== "" && !name.startsWith("type "))
  .filter((name) => typeof (T as Record<string, unknown>)[name] === "function");
const testTexts = filesOf("ops/", ".test.ts").join("\n");
const goldenNames = filesOf("goldens/", ".json").flatMap((text) => {
  const { cases } = JSON.parse(text) as { cases: { name: string }[] };
  return cases.map(({ name }) => name.split(/[ (]/)[0]);
});

/** Golden cases that go by another name. */
const goldenOf: Record<string, string> = {
  clipRmsprop: "rmsprop",
  clipSgd: "sgd",
  scaledDotProductAttention: "attention",
  all: "any",
  logicalAnd: "logical",
  logicalOr: "logical",
  logicalXor: "logical",
};

/** Ops that PyTorch has no counterpart of, or that a golden value cannot show. */
const withoutGolden: Record<string, string> = {
  adamHyper: "packs numbers for clipAdam",
  rmspropHyper: "packs numbers for clipRmsprop",
  sgdHyper: "packs numbers for clipSgd",
  ppoCoefficients: "packs numbers for ppoLoss",
  detach: "a view outside the tape",
  increment: "no counterpart",
  maskedMean: "composed of where, sum and div",
  storeRow: "no counterpart",
  categoricalSample: "draws at random: compared with the reference bit by bit, and by statistics",
  dropout: "draws at random: compared with the reference bit by bit, and by statistics",
};

test("there are ops", () => {
  expect(ops.length).toBeGreaterThan(50);
});

test.each(ops)("%s is tested by name in test/ops", (name) => {
  expect(testTexts).toMatch(new RegExp(`\\b${name}\\b`));
});

test.each(ops.filter((name) => !(name in withoutGolden)))("%s has golden values", (name) => {
  expect(goldenNames).toContain(goldenOf[name] ?? name);
});

describe("a bad call names the op, what it expected and what came", () => {
  test("every op has one", () => {
    const packing = ["adamHyper", "ppoCoefficients", "rmspropHyper", "sgdHyper"];
    const without = ops.filter((name) => !(name in badCalls) && !packing.includes(name));
    expect(without).toEqual([]);
  });

  test.each(Object.keys(badCalls))("%s", (name) => {
    T.scope(() => {
      const device = referenceDevice();
      let message = "no error";
      try {
        badCalls[name](device);
      } catch (error) {
        expect(error).toBeInstanceOf(T.TensorError);
        message = (error as Error).message;
      }
      expect(message).toMatch(new RegExp(`^${name}: .*(\\(got .*expected .*\\)|is disposed)`));
      expect(message).toMatchSnapshot();
    });
  });
});
