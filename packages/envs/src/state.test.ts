import { describe, expect, test } from "vitest";
import { findGame } from "./registry.js";
import { applyState, captureState, checksum } from "./state.js";
import { Counter } from "./testing/counter.js";

describe("copies", () => {
  test("hold every field but spec, and later steps do not change them", () => {
    const game = new Counter();
    game.seed(5);
    game.reset();
    game.step(3);
    const state = captureState(game);
    expect(state).toEqual({
      terminated: false,
      time: 1,
      episodes: 1,
      lastAction: 3,
      seedLow: Uint32Array.of(5),
    });
    game.step(1);
    game.seed(6);
    expect([state.time, state.seedLow]).toEqual([1, Uint32Array.of(5)]);
  });

  test("typed arrays are filled, not replaced", () => {
    const game = new Counter();
    const array = game.seedLow;
    applyState(game, { ...captureState(game), seedLow: Uint32Array.of(9) });
    expect(game.seedLow).toBe(array);
    expect(array[0]).toBe(9);
  });

  test("a state of another shape is refused", () => {
    const game = new Counter();
    const state = captureState(game);
    const { time: _, ...fewer } = state;
    expect(() => applyState(game, fewer)).toThrow(
      "counter/classic: the number of fields of the state does not fit",
    );
    expect(() => applyState(game, { ...fewer, other: 1 })).toThrow('the field "time"');
    expect(() => applyState(game, { ...state, time: true })).toThrow('the field "time"');
    expect(() => applyState(game, { ...state, seedLow: new Uint32Array(2) })).toThrow('"seedLow"');
    expect(() => applyState(game, { ...state, seedLow: new Int32Array(1) })).toThrow('"seedLow"');
  });
});

describe("checksums", () => {
  test("are equal for equal states and differ with any field", () => {
    const [one, other] = [new Counter(), new Counter()];
    expect(checksum(one)).toBe(checksum(other));
    const changes: ((game: Counter) => void)[] = [
      (game) => game.reset(),
      (game) => (game.time = 1),
      (game) => (game.time = -0),
      (game) => (game.time = 2 ** -50),
      (game) => (game.lastAction = 1),
      (game) => (game.seedLow[0] = 2 ** 31),
    ];
    const sums = changes.map((change) => {
      const game = new Counter();
      change(game);
      return checksum(game);
    });
    expect(new Set([checksum(one), ...sums]).size).toBe(changes.length + 1);
  });

  test("tell every brick of Breakout from every other", () => {
    const sums = new Set<number>();
    for (let brick = 0; brick < 108; brick++) {
      const game = findGame("breakout").create();
      game.reset();
      const state = captureState(game);
      const bricks = state.bricks as Float32Array;
      bricks[brick] = 1;
      applyState(game, state);
      sums.add(checksum(game));
    }
    expect(sums.size).toBe(108);
  });
});
