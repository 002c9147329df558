/** Following the best live game: it changes when another is ahead, and does not flicker. */
import { describe, expect, test } from "vitest";
import { BestBoard } from "./best-board.js";

const scores = (...all: readonly number[]) =>
  all.map((score, env) => ({ env, score, running: true }));

describe("BestBoard", () => {
  test("takes the best at once, the first of equals", () => {
    expect(new BestBoard().choose(scores(1, 7, 7), 0)).toBe(1);
    expect(new BestBoard().choose([], 1)).toBeUndefined();
  });

  test("stays a while, then goes to one that is clearly ahead", () => {
    const best = new BestBoard();
    best.choose(scores(10, 5), 0);
    expect(best.choose(scores(10, 20), 1)).toBe(0);
    expect(best.choose(scores(10, 10.5), 9)).toBe(0);
    expect(best.choose(scores(10, 20), 0)).toBe(1);
    expect(best.choose(scores(30, 20), 1)).toBe(1);
  });

  test("leaves a game that has ended, after a rest", () => {
    const best = new BestBoard();
    best.choose(scores(10, 5), 0);
    const ended = [{ env: 0, score: 12, running: false }, ...scores(0, 5).slice(1)];
    expect(best.choose(ended, 0.5)).toBe(0);
    expect(best.choose(ended, 1)).toBe(1);
  });

  test("leaves a game that is gone, and begins anew when told", () => {
    const best = new BestBoard();
    best.choose(scores(10, 5), 0);
    expect(best.choose(scores(3, 5).slice(1), 0)).toBe(1);
    best.reset();
    expect(best.choose(scores(6, 5), 0)).toBe(0);
  });
});
