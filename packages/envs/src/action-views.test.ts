import { describe, expect, test } from "vitest";
import { ActionViews } from "./action-views.js";
import { echoSpaces } from "./testing/echo.js";

const { NaN: NOTHING, POSITIVE_INFINITY: FAR } = Number;

describe("vector actions", () => {
  test("boxes are clipped to their bounds, in a copy", () => {
    const views = new ActionViews("game", echoSpaces.box, 2);
    const actions = Float32Array.of(0, 0, 0, -9, 0.25, FAR);
    expect(views.take(actions, 1)).toEqual(Float32Array.of(-1, 0.25, 7));
    expect([...actions]).toEqual([0, 0, 0, -9, 0.25, FAR]);
    expect([...views.taken]).toEqual([0, 0, 0, -1, 0.25, 7]);
  });

  test("what no bound makes a number is refused, with the env's number in the whole set", () => {
    const views = new ActionViews("game", echoSpaces.box, 2, 30);
    expect(() => views.take(Float32Array.of(0, 0, 0, 0, NOTHING, 0), 1)).toThrow(
      "game: invalid action of env 31 (got NaN as entry 1, expected a finite number)",
    );
    const endless = { kind: "box", size: 1, low: [-FAR], high: [FAR] } as const;
    expect(() => new ActionViews("game", endless, 1).take(Float32Array.of(FAR), 0)).toThrow(
      "game: invalid action of env 0 (got Infinity as entry 0, expected a finite number)",
    );
  });

  test("choices and switches have to be ones that there are", () => {
    const choices = new ActionViews("game", echoSpaces["multi-discrete"], 1);
    expect(choices.take(Int32Array.of(1, 6, 255), 0)).toEqual(Int32Array.of(1, 6, 255));
    expect(() => choices.take(Int32Array.of(1, 7, 0), 0)).toThrow(
      "game: invalid action of env 0 (got 7 as entry 1, expected 0 to 6)",
    );
    expect(() => choices.take(Int32Array.of(-1, 0, 0), 0)).toThrow("(got -1 as entry 0");
    const switches = new ActionViews("game", echoSpaces["multi-binary"], 1);
    expect(switches.take(Int32Array.of(0, 1, 0, 1, 1), 0)).toEqual(Int32Array.of(0, 1, 0, 1, 1));
    expect(() => switches.take(Int32Array.of(0, 0, 0, 0, 2), 0)).toThrow(
      "(got 2 as entry 4, expected 0 to 1)",
    );
  });
});
