import { describe, expect, test } from "vitest";
import { rhythm } from "./rhythm.js";

describe("recordings and iterations", () => {
  test.each([
    // trainEvery, gradientSteps, games: steps of a recording, recordings of an iteration, updates of a recording
    [4, 1, 1, 4, 64, 1],
    [32, 1, 8, 4, 8, 1],
    [256, 128, 8, 16, 2, 4],
    [6, 1, 4, 1, 65, 1],
    [4, 1, 8, 1, 32, 2],
    [4, 1, 6, 1, 43, 1],
    [4, 2, 6, 1, 43, 2], // 2 or 4 updates after a step
    [4, 1, 4096, 1, 1, 4],
    [4096, 1, 4096, 1, 32, 1],
    [4096, 4, 4096, 1, 16, 4],
    [16384, 1, 4096, 4, 8, 1],
    [100_000, 1, 4, 10, 2500, 1],
  ])(
    "trainEvery %i, gradientSteps %i, %i games: %i steps, %i recordings, %i updates",
    (trainEvery, gradientSteps, games, stride, plays, burst) => {
      expect(rhythm({ trainEvery, gradientSteps }, games)).toEqual({ stride, plays, burst });
    },
  );
});
