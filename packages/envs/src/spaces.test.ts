import { describe, expect, test } from "vitest";
import { EnvError } from "./errors.js";
import type { Action, ActionSpace } from "./game.js";
import { seedRandom } from "./random.js";
import {
  actionArray,
  actionBytes,
  actionProblem,
  actionReader,
  actionWidth,
  actionWriter,
  assertAction,
  containsAction,
  observationProblem,
  sampleAction,
} from "./spaces.js";

const { POSITIVE_INFINITY: FAR } = Number;
const discrete: ActionSpace = { kind: "discrete", names: ["stay", "left", "right"] };
const box: ActionSpace = { kind: "box", size: 2, low: [-1, 0], high: [1, 0.1], names: ["x", "y"] };
const choices: ActionSpace = { kind: "multi-discrete", sizes: [2, 256, 5] };
const switches: ActionSpace = { kind: "multi-binary", size: 4, names: ["a", "b", "c", "d"] };
const open: ActionSpace = { kind: "box", size: 3, low: [-FAR, 5, -FAR], high: [FAR, FAR, -5] };
const all = [discrete, box, choices, switches, open].map((space) => [space.kind, space] as const);

function generator(): Uint32Array {
  const random = new Uint32Array(4);
  seedRandom(random, 7);
  return random;
}

function entriesOf(action: Action): number[] {
  return typeof action === "number" ? [action] : [...action];
}

describe("sizes", () => {
  test("of one action in numbers and in bytes", () => {
    expect(all.map(([, space]) => [actionWidth(space), actionBytes(space)])).toEqual([
      [1, 1],
      [2, 8],
      [3, 3],
      [4, 4],
      [3, 12],
    ]);
  });

  test("arrays have the type of the space, over a buffer where one is given", () => {
    expect(actionArray(box, 6)).toEqual(new Float32Array(6));
    expect(actionArray(discrete, 6)).toEqual(new Int32Array(6));
    const buffer = new ArrayBuffer(40);
    expect(actionArray(switches, 8, buffer).buffer).toBe(buffer);
    expect(actionArray(switches, 8, buffer).length).toBe(8);
  });
});

describe("drawing", () => {
  test.each(all)("%s: what is drawn is an action of the space", (_kind, space) => {
    const random = generator();
    for (let i = 0; i < 500; i++) {
      const action = sampleAction(space, random);
      expect(actionProblem(space, action)).toBe("");
      expect(containsAction(space, action)).toBe(true);
    }
  });

  test("every value of a finite space is as likely", () => {
    const random = generator();
    for (const [space, entry, count] of [
      [discrete, 0, 3],
      [choices, 2, 5],
      [switches, 3, 2],
    ] as const) {
      const seen = new Array<number>(count).fill(0);
      for (let i = 0; i < 4000; i++) seen[entriesOf(sampleAction(space, random))[entry]] += 1;
      const sigma = Math.sqrt(4000 * (1 / count) * (1 - 1 / count));
      for (const times of seen) expect(Math.abs(times - 4000 / count)).toBeLessThan(4 * sigma);
    }
  });

  test("a box is filled evenly; without a bound there is a stretch of 2 to draw from", () => {
    const random = generator();
    const ranges = [
      [box, 0, -1, 1],
      [box, 1, 0, 0.1],
      [open, 0, -1, 1],
      [open, 1, 5, 7],
      [open, 2, -7, -5],
    ] as const;
    for (const [space, entry, low, high] of ranges) {
      const drawn = Array.from(
        { length: 2000 },
        () => entriesOf(sampleAction(space, random))[entry],
      );
      const width = high - low;
      expect(Math.min(...drawn)).toBeGreaterThanOrEqual(low);
      expect(Math.min(...drawn)).toBeLessThan(low + 0.02 * width);
      expect(Math.max(...drawn)).toBeLessThanOrEqual(Math.fround(high));
      expect(Math.max(...drawn)).toBeGreaterThan(high - 0.02 * width);
    }
  });

  test("the same generator draws the same", () => {
    for (const [, space] of all) {
      expect(sampleAction(space, generator())).toEqual(sampleAction(space, generator()));
    }
  });
});

describe("what is no action", () => {
  test("is told by value and by what was expected", () => {
    const problems = [
      [discrete, 3],
      [discrete, -1],
      [discrete, 0.5],
      [discrete, "left"],
      [discrete, Int32Array.of(1)],
      [discrete, undefined],
      [box, 1],
      [box, Int32Array.of(0, 0)],
      [box, Float32Array.of(0)],
      [box, Float32Array.of(0, 0.2)],
      [box, Float32Array.of(Number.NaN, 0)],
      [choices, Int32Array.of(1, 256, 0)],
      [choices, Float32Array.of(1, 1, 1)],
      [choices, [0, 0, 0]],
      [switches, Int32Array.of(0, 1, 2, 0)],
      [switches, Int32Array.of(0, -1, 0, 0)],
      [open, Float32Array.of(FAR, 6, -6)],
      [open, Float32Array.of(0, 4, -6)],
    ] as const;
    expect(problems.map(([space, value]) => actionProblem(space, value))).toMatchInlineSnapshot(`
      [
        "(got 3, expected a whole number from 0 to 2)",
        "(got -1, expected a whole number from 0 to 2)",
        "(got 0.5, expected a whole number from 0 to 2)",
        "(got "left", expected a whole number from 0 to 2)",
        "(got Int32Array of 1, expected a whole number from 0 to 2)",
        "(got undefined, expected a whole number from 0 to 2)",
        "(got 1, expected Float32Array of 2)",
        "(got Int32Array of 2, expected Float32Array of 2)",
        "(got Float32Array of 1, expected Float32Array of 2)",
        "(got 0.20000000298023224 as entry 1 (y), expected 0 to 0.1)",
        "(got NaN as entry 0 (x), expected -1 to 1)",
        "(got 256 as entry 1, expected 0 to 255)",
        "(got Float32Array of 3, expected Int32Array of 3)",
        "(got 0,0,0, expected Int32Array of 3)",
        "(got 2 as entry 2 (c), expected 0 to 1)",
        "(got -1 as entry 1 (b), expected 0 to 1)",
        "(got Infinity as entry 0, expected a finite number)",
        "(got 4 as entry 1, expected 5 to Infinity)",
      ]
    `);
    for (const [space, value] of problems) expect(containsAction(space, value)).toBe(false);
  });

  test("assertAction throws INVALID_ACTION and names whose it is", () => {
    expect(() => assertAction("pong", discrete, 2)).not.toThrow();
    expect(() => assertAction("pong", discrete, 3)).toThrow(EnvError);
    expect(() => assertAction("pong", discrete, 3)).toThrow(
      "pong: invalid action (got 3, expected a whole number from 0 to 2)",
    );
  });

  test("bounds that are no float32 are those that a float32 can have", () => {
    const tenth = Float32Array.of(-1, 0.1); // a little above 0.1
    expect(tenth[1]).toBeGreaterThan(0.1);
    expect(actionProblem(box, tenth)).toBe("");
  });
});

describe("bytes", () => {
  test.each(all)("%s: what is written is read again", (_kind, space) => {
    const width = actionWidth(space);
    const bytes = actionBytes(space);
    const random = generator();
    const write = actionWriter(space);
    const read = actionReader(space);
    const actions = actionArray(space, 20 * width);
    const out = new Uint8Array(20 * bytes + 3);
    for (let i = 0; i < 20; i++) {
      actions.set(entriesOf(sampleAction(space, random)), i * width);
      write(actions, i * width, out, 3 + i * bytes);
    }
    expect([...out.subarray(0, 3)]).toEqual([0, 0, 0]);
    for (let i = 0; i < 20; i++) {
      const expected = [...actions.subarray(i * width, (i + 1) * width)];
      expect(entriesOf(read(out, 3 + i * bytes))).toEqual(expected);
    }
  });

  test("are one per choice, and float32 of little end first for a box", () => {
    const out = new Uint8Array(8);
    actionWriter(box)(Float32Array.of(1, -2.5), 0, out, 0);
    expect([...out]).toEqual([0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x20, 0xc0]);
    actionWriter(choices)(Int32Array.of(9, 1, 255, 4), 1, out, 0);
    expect([...out.subarray(0, 3)]).toEqual([1, 255, 4]);
    expect(actionReader(discrete)(out, 2)).toBe(4);
  });

  test("keep what no float32 comparison would: negative zero", () => {
    const out = new Uint8Array(8);
    actionWriter(box)(Float32Array.of(-0, 0), 0, out, 0);
    expect(Object.is(entriesOf(actionReader(box)(out, 0))[0], -0)).toBe(true);
  });
});

describe("observations", () => {
  const spec = {
    size: 3,
    shape: [3],
    names: ["x", "y", "z"],
    low: [0, 0, -FAR],
    high: [1, 0.1, FAR],
  };

  test("outside their space are told by entry", () => {
    const rows = [
      [0, 0, 0],
      [1, Math.fround(0.1), -1e30],
      [1.5, 0, 0],
      [0, -0.01, 0],
      [0, 0, Number.NaN],
      [0, Number.NaN, 0],
      [0, 0, FAR],
      [0, 0],
    ];
    expect(rows.map((row) => observationProblem(spec, row))).toEqual([
      "",
      "",
      "entry 0 (x) is 1.5, expected 0 to 1",
      `entry 1 (y) is -0.01, expected 0 to ${Math.fround(0.1)}`,
      "entry 2 (z) is NaN, expected a finite number",
      `entry 1 (y) is NaN, expected 0 to ${Math.fround(0.1)}`,
      "entry 2 (z) is Infinity, expected a finite number",
      "it has 2 values, expected 3",
    ]);
  });

  test("without bounds and names only have to be finite", () => {
    const bare = { size: 2, shape: [2] };
    expect(observationProblem(bare, Float32Array.of(-1e30, 1e30))).toBe("");
    expect(observationProblem(bare, [0, FAR])).toBe(
      "entry 1 is Infinity, expected a finite number",
    );
    expect(observationProblem({ ...bare, low: [-1, -1] }, [0, -2])).toBe(
      "entry 1 is -2, expected -1 to Infinity",
    );
  });

  test("where they are whole, only those that a byte can hold", () => {
    const whole = { size: 2, shape: [2], whole: true, low: [0, -9] };
    expect(observationProblem(whole, [0, 255])).toBe("");
    for (const value of [0.5, 256, -1]) {
      expect(observationProblem(whole, [0, value])).toBe(
        `entry 1 is ${value}, expected a whole number from 0 to 255`,
      );
    }
    expect(observationProblem(whole, [-1, 0])).toBe(
      "entry 0 is -1, expected a whole number from 0 to 255",
    );
  });
});
