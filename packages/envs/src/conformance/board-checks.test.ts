/**
 * The rules for what only some games have: a sound game with vector actions, a sound board game, and
 * one in which each rule is broken.
 */
import { describe, expect, test } from "vitest";
import { defineGame, type Game, type GameSpec } from "../game.js";
import { Counter } from "../testing/counter.js";
import { Echo, echoSpaces } from "../testing/echo.js";
import { Nim } from "../testing/nim.js";
import { checkGame } from "./check-game.js";

function outcomesOf(create: () => Game): string[] {
  const { results } = checkGame(defineGame(create), { steps: 3000 });
  return results.map(({ id, outcome, detail }) => `${id} ${outcome}${detail && `: ${detail}`}`);
}

function failuresOf(create: () => Game): readonly string[] {
  return checkGame(defineGame(create), { steps: 3000 }).failures;
}

const passed = Array.from({ length: 12 }, (_, i) => `G${i + 1} passed`);

test.each(Object.values(echoSpaces))("a sound game with $kind actions passes", (space) => {
  expect(outcomesOf(() => new Echo(space))).toEqual([
    ...passed,
    "G13 not tried: the game has no legal()",
    "G14 not tried: the game has one player",
    "G15 not tried: the game has no copyFrom()",
    "G16 not tried: the game has no actionAt()",
    "G17 passed",
  ]);
});

test("a sound board game passes, and is played by its rules", () => {
  expect(outcomesOf(() => new Nim())).toEqual([
    ...passed,
    "G13 passed",
    "G14 passed",
    "G15 passed",
    "G16 passed",
    "G17 not tried: the game has no vector actions",
  ]);
});

test("a step that throws is reported with seed, step and action", () => {
  class Fragile extends Nim {
    override step(action: number): number {
      if (this.left < 4) throw new Error("the table broke");
      return super.step(action);
    }
  }
  expect(failuresOf(() => new Fragile())[0]).toMatch(
    /^\[G3\] .*: seed 0, step \d+: action \d threw: the table broke$/,
  );
});

describe("[G1]", () => {
  /** What is wrong with a spec in which these facts have changed. */
  function problem(base: GameSpec, change: Partial<GameSpec>): string {
    class Changed extends Counter {
      override readonly spec = { ...base, ...change };
    }
    return checkGame(defineGame(() => new Changed())).results[0].detail;
  }
  const counter = new Counter().spec;
  const { box, "multi-discrete": choices, "multi-binary": switches } = echoSpaces;
  const echo = new Echo(box).spec;

  test.each<[string, GameSpec, Partial<GameSpec>, string]>([
    [
      "keys by code",
      counter,
      { keys: { ArrowLeft: 1, a: 2 } },
      'such as "ArrowLeft" and "KeyW" (got "a")',
    ],
    [
      "keys that are actions",
      counter,
      { keys: { KeyA: 4, KeyB: 5 } },
      "spec.keys.KeyB is no action of the game (got 5, expected a whole number from 0 to 4)",
    ],
    [
      "vectors of the right length",
      echo,
      { keys: { KeyA: [0, 0] } },
      "spec.keys.KeyA is no action of the game (got Float32Array of 2, expected Float32Array of 3)",
    ],
    [
      "vectors within the bounds",
      echo,
      { keys: { KeyA: [0, 0.6, 0] } },
      "spec.keys.KeyA is no action of the game (got 0.6000000238418579 as entry 1 (y), expected 0 to 0.5)",
    ],
    [
      "whole numbers for choices",
      { ...echo, actions: choices, keys: {}, idle: [0, 0, 0] },
      { keys: { KeyA: [1, 6.5, 0] } },
      "spec.keys.KeyA is no action of the game (got 1,6.5,0, expected Int32Array of 3)",
    ],
    ["vectors for vectors", echo, { keys: { KeyA: 0 } }, "(got 0, expected Float32Array of 3)"],
    ["numbers for numbers", counter, { keys: { KeyA: [0] } }, "(got 0, expected a whole number"],
    ["an idle action", counter, { idle: -1 }, "spec.idle is no action of the game (got -1"],
    ["whole players", counter, { players: 1.5 }, "spec.players is a positive integer (got 1.5)"],
    [
      "bounds for each entry",
      echo,
      { actions: { kind: "box", size: 3, low: [0, 0], high: [1, 1, 1] } },
      "the length of spec.actions.low differs (got 2, expected 3)",
    ],
    [
      "as many on both sides",
      echo,
      { actions: { kind: "box", size: 3, low: [0, 0, 0], high: [1] } },
      "the length of spec.actions.high differs (got 1, expected 3)",
    ],
    [
      "bounds in their order",
      echo,
      { actions: { kind: "box", size: 2, low: [0, 2], high: [1, 1] } },
      "spec.actions.low is at most spec.actions.high (got entry 1: 2 and 1)",
    ],
    [
      "names for each entry",
      echo,
      { actions: { ...switches, kind: "multi-binary", size: 3, names: ["a"] } },
      "the length of spec.actions.names differs (got 1, expected 3)",
    ],
    [
      "two choices at least",
      echo,
      { actions: { kind: "multi-discrete", sizes: [2, 1] } },
      "spec.actions.sizes are from 2 to 256 (got 1)",
    ],
    [
      "at least one entry",
      echo,
      { actions: { kind: "multi-binary", size: 0 } },
      "the length of an action is a positive integer (got 0)",
    ],
    [
      "float32",
      counter,
      { observation: { size: 3, shape: [3], dtype: "uint8" } },
      "spec.observation.dtype differs (got uint8, expected float32)",
    ],
  ])("asks for %s", (_, base, change, expected) => {
    expect(problem(base, {})).toBe("");
    expect(problem(base, change)).toContain(expected);
  });

  test("takes keys, idle and players that are sound", () => {
    const change = { keys: { ArrowUp: 4, Space: 0, Digit1: 1 }, idle: 2, players: 1 };
    expect(problem(counter, change)).toBe("");
  });

  test("where there are keys, zeros have to be an action or idle has to be given", () => {
    const actions = { kind: "box", size: 1, low: [0.5], high: [1] } as const;
    const { idle: _, ...rest } = { ...echo, actions };
    expect(problem(rest, { keys: { KeyA: [1] } })).toContain(
      "no key (spec.idle) is no action of the game (got 0 as entry 0, expected 0.5 to 1)",
    );
  });
});

describe("[G13]", () => {
  test("finds a mask of other values than 0 and 1, and an entry left out", () => {
    class Loud extends Nim {
      override legal(out: Uint8Array): void {
        super.legal(out);
        if (this.left === 5) out[2] = 2;
      }
    }
    expect(failuresOf(() => new Loud()).join()).toMatch(
      /\[G13\] .*: seed 1, step \d+: legal wrote 2 as entry 2 \(three\), expected 0 or 1/,
    );
    class Lazy extends Nim {
      override legal(out: Uint8Array): void {
        out[0] = 1;
        out[2] = 0;
      }
    }
    expect(failuresOf(() => new Lazy()).join()).toContain(
      "seed 1, step 0: legal wrote nothing as entry 1 (two), expected 0 or 1",
    );
  });

  test("finds a mask that is too long, one without an action, and one that changes the game", () => {
    class Long extends Nim {
      override legal(out: Uint8Array): void {
        super.legal(out);
        out[3] = 0;
      }
    }
    expect(failuresOf(() => new Long()).join()).toContain("legal writes 3 values, not more");
    class Stuck extends Nim {
      override legal(out: Uint8Array): void {
        super.legal(out);
        if (this.left < 3) out.fill(0, 0, 3);
      }
    }
    expect(failuresOf(() => new Stuck()).join()).toMatch(
      /\[G13\] .*: seed 1, step \d+: expected that at least one action is legal/,
    );
    class Busy extends Nim {
      looks = 0;
      override legal(out: Uint8Array): void {
        super.legal(out);
        this.looks += 1;
      }
    }
    expect(failuresOf(() => new Busy()).join()).toContain(
      "seed 1, step 0: the state's checksum after legal differs",
    );
  });

  test("wants discrete actions", () => {
    class Masked extends Echo {
      legal(_out: Uint8Array): void {}
    }
    expect(failuresOf(() => new Masked(echoSpaces.box))).toEqual([
      "[G13] legal marks what is allowed, at least one action: legal is for discrete actions (got box ones)",
    ]);
  });
});

describe("[G14]", () => {
  test("finds a player that is none, also at the end", () => {
    class Third extends Nim {
      override step(action: number): number {
        const reward = super.step(action);
        if (this.terminated) this.player = 2;
        return reward;
      }
      override observe(out: Float32Array, at: number): void {
        super.observe(out, at);
        out[at + 1] = 0;
      }
    }
    expect(failuresOf(() => new Third()).join()).toMatch(
      /^\[G14\] .*: seed 1, step \d: player is no player \(got 2, expected 0 to 1, as spec.players is 2\)$/,
    );
  });

  test("finds players without a turn, and turns without players", () => {
    class Alone extends Counter {
      override readonly spec = { ...new Counter().spec, players: 3 };
    }
    expect(failuresOf(() => new Alone()).join()).toContain(
      "seed 1, step 0: player is no player (got undefined, expected 0 to 2, as spec.players is 3)",
    );
    class Unsaid extends Nim {
      override readonly spec: GameSpec = { ...new Nim().spec, players: 1 };
    }
    expect(failuresOf(() => new Unsaid()).join()).toContain("(got 1, expected 0 to 0");
  });
});

describe("[G15]", () => {
  test("finds a field that is not copied", () => {
    class Forgetful extends Nim {
      override copyFrom(other: Nim): void {
        const { left } = this;
        super.copyFrom(other);
        this.left = left;
      }
    }
    expect(failuresOf(() => new Forgetful())).toEqual([
      '[G15] copyFrom gives an equal and independent game: after copyFrom at step 0, seed 1: the field "left" differs (got 0, expected 13)',
    ]);
  });

  test("finds a copy that shares memory with its original", () => {
    class Siamese extends Nim {
      override copyFrom(other: Nim): void {
        super.copyFrom(other);
        Object.assign(this, { stones: other.stones });
      }
    }
    expect(failuresOf(() => new Siamese()).join()).toMatch(
      /\[G15\] .*: after copyFrom at step 0, seed 1, step 0 of the copy: the original changed with it: the field "stones" differs/,
    );
  });

  test("finds state outside of the fields that the copy does not get", () => {
    const moves = new WeakMap<Game, number>();
    class Hiding extends Nim {
      override step(action: number): number {
        const played = (moves.get(this) ?? 0) + 1;
        moves.set(this, played);
        return super.step(action) + (played % 7 === 0 ? 1 : 0);
      }
    }
    expect(failuresOf(() => new Hiding()).join()).toMatch(
      /\[G15\] .*: after copyFrom at step \d+, seed 1, step \d+: the reward differs/,
    );
  });
});

describe("[G16]", () => {
  test("finds a click that is no action", () => {
    class Wide extends Nim {
      override actionAt(x: number, _y: number): number {
        return Math.floor(x);
      }
    }
    expect(failuresOf(() => new Wide())).toEqual([
      expect.stringMatching(
        /^\[G16\] .*: seed 1, step 0: actionAt\(3.\d+, -0.\d+\) is no action \(got 3, expected -1 to 2\)$/,
      ),
    ]);
  });

  test("finds clicks that change the game, and a board that takes none", () => {
    class Touchy extends Nim {
      clicks = 0;
      override actionAt(x: number, y: number): number {
        this.clicks += 1;
        return super.actionAt(x, y);
      }
    }
    expect(failuresOf(() => new Touchy()).join()).toContain(
      "seed 1, step 0: the state's checksum after actionAt differs",
    );
    class Deaf extends Nim {
      override actionAt(_x: number, _y: number): number {
        return -1;
      }
    }
    expect(failuresOf(() => new Deaf()).join()).toContain(
      "[G16] actionAt gives an action or -1: expected that a click somewhere on the board means an action",
    );
  });
});

describe("[G17]", () => {
  test("finds a step that writes to its action", () => {
    class Scribbler extends Echo {
      override step(action: Float32Array | Int32Array): number {
        const reward = super.step(action);
        action[1] = 0;
        return reward;
      }
    }
    expect(failuresOf(() => new Scribbler(echoSpaces.box)).join()).toContain(
      "[G17] a vector action is only read: seed 1, step 0: step changed entry 1 of its action",
    );
  });

  test("finds a game that keeps the caller's memory", () => {
    const kept = new WeakMap<Game, Float32Array | Int32Array>();
    class Clinging extends Echo {
      override step(action: Float32Array | Int32Array): number {
        this.luck += kept.get(this)?.[0] ?? 0;
        kept.set(this, action);
        return super.step(action);
      }
    }
    expect(failuresOf(() => new Clinging(echoSpaces.box)).join()).toContain(
      `[G17] a vector action is only read: seed 1, step 1, once the action's memory is used for something else: the field "luck" differs (got 85, expected 8.9`,
    );
  });
});
