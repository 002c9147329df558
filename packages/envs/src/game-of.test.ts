import { describe, expect, test } from "vitest";
import { checkGame } from "./conformance/check-game.js";
import { defineGame } from "./game.js";
import { gameOf } from "./game-of.js";
import { Counter } from "./testing/counter.js";

class Tally extends Counter {
  override readonly spec = { ...new Counter().spec, id: "tally", title: "Tally" };
}
const counter = defineGame(() => new Counter());
const helper = (): number => 1;

describe("the game of a module is", () => {
  test("its default export, a definition or a class, whatever else there is", () => {
    expect(gameOf({ default: counter, Tally })).toBe(counter);
    const made = gameOf({ default: Tally, counter });
    expect(made).toMatchObject({
      ...{ id: "tally", title: "Tally", variants: ["classic"], defaultVariant: "classic" },
    });
    expect(made.create()).toBeInstanceOf(Tally);
    expect(() => made.create("other")).toThrow("no such variant");
  });

  test("else its only definition, also beside the class that it makes", () => {
    expect(gameOf({ COLUMNS: 7, Counter, counter, helper })).toBe(counter);
  });

  test("else its only class that is a game", () => {
    class Point {
      x = 0;
    }
    expect(gameOf({ COLUMNS: 7, helper, Point, Counter }).id).toBe("counter");
  });

  test("one that the conformance suite can work with", () => {
    expect(checkGame(gameOf({ Counter }), { steps: 100 }).results[0]).toMatchObject({
      outcome: "passed",
    });
  });
});

describe("a module without a game is refused, and the sentence says what was found", () => {
  class NoDraw {
    step(): number {
      return 0;
    }
    reset(): void {}
  }
  class WithArguments extends Counter {
    readonly width: number;
    constructor(width: number) {
      super();
      this.width = width;
    }
  }
  class NoSpec {
    seed(): void {}
    reset(): void {}
    step(): number {
      return 0;
    }
    observe(): void {}
    draw(): void {}
  }
  class HalfSpec extends NoSpec {
    readonly spec = { id: "half", variant: "classic" };
  }
  const table: [name: string, exports: object, sentence: string][] = [
    ["nothing exported", {}, "no game (got no exports; expected an exported GameDefinition"],
    ["other things", { helper, COLUMNS: 7 }, "no game (got helper (function), COLUMNS (number);"],
    [
      "a default of another kind",
      { default: 7, counter },
      "the default export is no game (got num",
    ],
    [
      "two definitions",
      { counter, other: { ...counter } },
      "more than one game (got counter, other",
    ],
    ["two classes", { Counter, Tally }, "more than one game (got Counter, Tally; expected one, or"],
    ["methods missing", { NoDraw }, 'the export "NoDraw" is a class without seed(), observe(), dr'],
    ["a constructor's arguments", { WithArguments }, "whose constructor takes arguments"],
    ["no spec", { default: NoSpec }, "the default export is a class that is no game (it has no f"],
    ["half a spec", { HalfSpec }, "(its spec lacks title; expected a GameSpec)"],
    ["a definition without id", { default: { ...counter, id: undefined } }, "its id is undefined"],
    ["variants that do not fit", { a: { ...counter, variants: [] } }, 'defaultVariant "classic"'],
  ];
  test.each(table)("%s", (_name, exports, sentence) => {
    const expected = { code: "INVALID_ARGUMENT", message: expect.stringContaining(sentence) };
    expect(() => gameOf(exports)).toThrow(expect.objectContaining(expected));
  });
});
