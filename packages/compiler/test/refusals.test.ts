// biome-ignore-all lint/style/useConst: what the compiler is tested with
// biome-ignore-all lint/complexity/noArguments: what the compiler is tested with
/** What does not fit a GPU is refused, with the place and a way out. */
import { describe, expect, test } from "vitest";
import { compileGame } from "../src/compile.js";
import { CompileError } from "../src/errors.js";
import { Plain } from "./plain.js";

const SCALES = [1, 2, 3];
const NAMES = ["a", "b"];
let counter = 0;
const shared = new Uint8Array(4);

function fault(x: number): number {
  return x > 3 ? fault(x - 1) : 0;
}

async function later(): Promise<number> {
  return 1;
}

/** The error of a game whose `step` is this one. */
function refusal(step: (this: Plain, action: number) => unknown): CompileError {
  class Bad extends Plain {}
  Object.defineProperty(Bad.prototype, "step", { value: step, configurable: true });
  try {
    compileGame(() => new Bad());
  } catch (error) {
    if (error instanceof CompileError) return error;
    throw error;
  }
  throw new Error("it was translated");
}

interface Case {
  readonly what: RegExp;
  readonly step: (this: Plain, action: number) => unknown;
}

const cases: Readonly<Record<string, Case>> = {
  closure: {
    what: /a closure/,
    step() {
      const f = (x: number): number => x + this.x;
      return f(1);
    },
  },
  callback: {
    what: /a closure/,
    step() {
      this.cells.forEach((_cell) => {
        this.x += 1;
      });
      return 0;
    },
  },
  "nested function": {
    what: /a closure/,
    step() {
      function inner(): number {
        return 1;
      }
      return inner();
    },
  },
  string: {
    what: /a string/,
    step() {
      const name = "left";
      return name === "left" ? 1 : 0;
    },
  },
  template: { what: /a string/, step: (action) => `${action}` },
  "regular expression": { what: /regular expression/, step: () => /x/.test("x") },
  null: {
    what: /null/,
    step() {
      return null;
    },
  },
  "object literal": {
    what: /an object literal/,
    step(action) {
      const at = { x: action };
      return at.x;
    },
  },
  "new Map": {
    what: /an allocation/,
    step() {
      return new Map().size;
    },
  },
  "array literal that grows": {
    what: /a list is not supported/,
    step(action) {
      const list = [action];
      list.push(2);
      return 0;
    },
  },
  "Math.random": { what: /Math.random/, step: () => Math.random() },
  "Math.sin": { what: /Math.sin differs/, step: (action) => Math.sin(action) },
  "Math.exp": { what: /Math.exp differs/, step: (action) => Math.exp(action) },
  power: { what: /`\*\*`/, step: (action) => action ** 2 },
  clock: { what: /now is not supported/, step: () => Date.now() },
  "console.log": {
    what: /log is not supported/,
    step(action) {
      console.log(action);
      return 0;
    },
  },
  recursion: { what: /calls itself/, step: (action) => fault(action) },
  try: {
    what: /`try`/,
    step() {
      try {
        return 1;
      } catch {
        return 0;
      }
    },
  },
  BigInt: { what: /BigInt/, step: () => 1n },
  async: { what: /async/, step: () => later() },
  generator: {
    what: /a generator/,
    *step() {
      yield 1;
    },
  },
  "for..in": {
    what: /for..in/,
    step() {
      for (const i in this.cells) this.x = Number(i);
      return 0;
    },
  },
  spread: { what: /a spread/, step: () => Math.max(...SCALES) },
  "optional chaining": { what: /`\?\.`/, step: (_action) => shared?.length },
  nullish: { what: /`\?\?`/, step: (action) => action ?? 1 },
  "computed field": {
    what: /chosen at run time/,
    step(action) {
      return (this as unknown as Record<number, number>)[action];
    },
  },
  "replaced array": {
    what: /replacing an array/,
    step() {
      (this as { cells: Uint8Array }).cells = new Uint8Array(8);
      return 0;
    },
  },
  "array chosen at run time": {
    what: /an array chosen/,
    step(action) {
      const cells = action > 1 ? this.cells : this.values;
      return cells[0];
    },
  },
  "module variable": {
    what: /a variable of the module/,
    step() {
      counter += 1;
      return counter;
    },
  },
  "shared array": {
    what: /writing to a constant/,
    step() {
      shared[0] = 1;
      return 0;
    },
  },
  "undeclared field": {
    what: /no field "speed"/,
    step() {
      return (this as Plain & { speed: number }).speed;
    },
  },
  "|| on numbers": { what: /`\|\|` on a number/, step: (action) => action || 1 },
  "boolean in arithmetic": {
    what: /a boolean where a number/,
    step() {
      return Number(this.x) + (this.flag as unknown as number);
    },
  },
  "number for a boolean": {
    what: /a number for what is a boolean/,
    step(action) {
      (this as unknown as { flag: number }).flag = action;
      return 0;
    },
  },
  "variable without a value": {
    what: /a variable without a value/,
    step(action) {
      let k: number;
      k = action;
      return k;
    },
  },
  "constant index": {
    what: /the index 8 is outside of the array \(it has 8 elements\)/,
    step() {
      return this.cells[8];
    },
  },
  "table of strings": {
    what: /an element of this constant/,
    step: (action) => NAMES[action],
  },
  "array method": {
    what: /indexOf is not supported/,
    step(action) {
      return this.cells.indexOf(action);
    },
  },
  typeof: { what: /`typeof`/, step: (action) => typeof action },
  "missing return": {
    what: /not every way/,
    step(action) {
      if (action > 1) return 1;
    },
  },
  "rest parameters": {
    what: /rest parameters/,
    step(...actions: number[]) {
      return actions.length;
    },
  },
  arguments: {
    what: /"arguments" is not known/,
    step() {
      return arguments.length;
    },
  },
  delete: {
    what: /`delete`/,
    step() {
      delete (this as Partial<Plain>).x;
      return 0;
    },
  },
};

describe("refused", () => {
  test.each(Object.entries(cases))("%s", (_name, { what, step }) => {
    const error = refusal(step);
    expect(error.what).toMatch(what);
    expect(error.help).not.toBe("");
    expect(error.place?.owner ?? "").not.toBe("");
  });

  test("a #private field", () => {
    class Hidden extends Plain {
      #speed = 1;
      override step(): number {
        return this.#speed;
      }
    }
    expect(() => compileGame(() => new Hidden())).toThrow(
      /#speed is not supported|cannot be parsed/,
    );
  });

  test("a field that is no number, boolean or typed array", () => {
    class Listed extends Plain {
      readonly list: number[] = [];
    }
    expect(() => compileGame(() => new Listed())).toThrow(/the field "list" is an array/);
  });
});

test("the message names file, method and line, and points at the place", () => {
  const error = refusal(cases["Math.random"].step);
  const place = error.place;
  expect(place?.file).toBe("refusals.test.ts");
  expect(error.message).toContain(`refusals.test.ts: Bad.step, line ${place?.line}: Math.random`);
  expect(error.message).toContain("\n  help: draw from a Uint32Array(4) that is a field");
  expect(error.message).toMatch(/\n +\| +\^$/);
  expect(error.code).toBe("UNSUPPORTED");
});
