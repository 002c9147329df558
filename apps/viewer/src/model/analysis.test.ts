import { findGame, makeReplay } from "@carom/envs";
import { describe, expect, test } from "vitest";
import { Analysis, areaPath } from "./analysis.js";
import { followTheBall } from "./testing.js";

const catchGame = findGame("catch");
const breakout = findGame("breakout");

function breakoutReplay(decisions: number) {
  return makeReplay({ seed: 5, actions: followTheBall(5, decisions) }, breakout);
}

describe("Analysis", () => {
  test("gives the return after every decision, in slices", () => {
    const replay = breakoutReplay(200);
    const analysis = new Analysis(replay, breakout.create());
    expect(analysis.work(64)).toBe(false);
    expect(analysis.done).toBe(64);
    expect(analysis.work(1000)).toBe(true);
    expect(analysis.mismatch).toBeUndefined();
    expect(replay.return).toBeGreaterThan(0);
    expect(analysis.returns[200]).toBe(replay.return);
  });

  test("says where the game of the page plays differently, and goes on", () => {
    const replay = breakoutReplay(200);
    const checksums = replay.checksums.slice();
    checksums[2] ^= 1; // the state before decision 128
    const analysis = new Analysis({ ...replay, checksums }, breakout.create());
    analysis.work(1000);
    expect(analysis.mismatch).toBe(128);
    expect(analysis.done).toBe(200);
  });

  test("an episode that ends before its recording does is a difference too", () => {
    const game = catchGame.create();
    game.seed(1);
    game.reset();
    let length = 0;
    while (!game.terminated) {
      game.step(0);
      length++;
    }
    const replay = makeReplay({ seed: 1, actions: new Uint8Array(length) }, catchGame);
    const longer = { ...replay, actions: new Uint8Array(length + 5), length: length + 5 };
    const analysis = new Analysis(longer, catchGame.create());
    expect(analysis.work(1000)).toBe(true);
    expect(analysis.mismatch).toBe(length);
  });
});

describe("areaPath", () => {
  test("climbs with the return and closes along zero", () => {
    const returns = Float64Array.of(0, 0, 5, 10);
    const path = areaPath(returns, 3, { width: 30, height: 10, columns: 100 });
    expect(path).toBe("M0 10.0L0.0 10.0L10.0 10.0L20.0 5.0L30.0 0.0L30 10.0Z");
  });

  test("hangs from zero where the return is negative", () => {
    const path = areaPath(Float64Array.of(0, -1), 1, { width: 1, height: 4, columns: 4 });
    expect(path).toBe("M0 0.0L0.0 0.0L1.0 4.0L1 0.0Z");
  });

  test("stays level where the analysis has not come yet", () => {
    const path = areaPath(Float64Array.of(0, 4), 4, { width: 4, height: 4, columns: 4 });
    expect(path).toBe("M0 4.0L0.0 4.0L1.0 0.0L2.0 0.0L3.0 0.0L4.0 0.0L4 4.0Z");
  });
});
