import { describe, expect, test } from "vitest";
import { pendulum } from "../games/classic-control/pendulum.js";
import { findGame } from "../registry.js";
import { hasEnded, playBeside, startLocal } from "../testing/beside.js";
import { Counter } from "../testing/counter.js";
import { Echo, echoSpaces } from "../testing/echo.js";
import type { VectorEnv } from "../vector-env.js";
import { normalizeReturns } from "./normalize-returns.js";
import { clipRewards, scaleRewards } from "./rewards.js";

const games = [
  ["breakout", findGame("breakout")],
  ["pong", findGame("pong")],
  ["pendulum", pendulum],
] as const;

function counter(wrap: (env: VectorEnv) => VectorEnv): VectorEnv {
  const env = wrap(startLocal(() => new Counter(), 1));
  env.reset();
  return env;
}

/** The rewards of the first steps of the counter, which gives 1, 2, 3, 4, 5 and begins again. */
function rewardsOf(env: VectorEnv, steps: number): number[] {
  return Array.from({ length: steps }, () => {
    env.step();
    return env.rewards[0];
  });
}

describe("clip-rewards", () => {
  test("moves what is outside to the bound", () => {
    const env = counter((inner) => clipRewards(inner, { bound: 2.5 }));
    expect(rewardsOf(env, 6)).toEqual([1, 2, 2.5, 2.5, 2.5, 1]);
    expect(env.episodeReturn[0]).toBe(15); // raw
  });

  test.each(games)("%s: is max(-bound, min(bound, reward))", (_id, game) => {
    const bare = startLocal(game, 3);
    const env = clipRewards(startLocal(game, 3), { bound: 0.7 });
    playBeside(bare, env, 300, () => {
      const expected = bare.rewards.map((reward) => {
        const size = Math.abs(reward);
        return size > 0.7 ? (0.7 * reward) / size : reward;
      });
      expect(env.rewards).toEqual(expected);
      expect(env.observations).toEqual(bare.observations);
    });
  });

  test("the rewards inside stay what they were", () => {
    const inner = startLocal(() => new Counter(), 1);
    const env = clipRewards(inner, { bound: 1 });
    env.step();
    env.step();
    expect([inner.rewards[0], env.rewards[0]]).toEqual([2, 1]);
  });

  test("refuses a bound that is none", () => {
    const inner = startLocal(() => new Counter(), 1);
    for (const bound of [0, -1, Number.NaN]) {
      expect(() => clipRewards(inner, { bound })).toThrow(
        `clip-rewards: bound must be above 0 (got ${bound})`,
      );
    }
  });
});

describe("scale-rewards", () => {
  test("multiplies", () => {
    const env = counter((inner) => scaleRewards(inner, { factor: -0.5 }));
    expect(rewardsOf(env, 5)).toEqual([-0.5, -1, -1.5, -2, -2.5]);
    expect(env.episodeReturn[0]).toBe(15);
  });

  test.each(games)("%s: is the raw reward times the factor", (_id, game) => {
    const bare = startLocal(game, 3);
    const env = scaleRewards(startLocal(game, 3), { factor: 0.3 });
    playBeside(bare, env, 200, () => {
      expect(env.rewards).toEqual(bare.rewards.map((reward) => reward * 0.3));
    });
  });

  test("refuses a factor that is not finite", () => {
    const inner = startLocal(() => new Counter(), 1);
    const factor = Number.POSITIVE_INFINITY;
    expect(() => scaleRewards(inner, { factor })).toThrow(
      "scale-rewards: factor must be a finite number (got Infinity)",
    );
  });
});

/** Mean and variance in two passes. */
function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / values.length };
}

describe("normalize-returns", () => {
  test("divides by the deviation of the discounted returns so far, by hand", () => {
    const env = counter((inner) => normalizeReturns(inner, { gamma: 0.5, epsilon: 1e-12 }));
    // returns: 1, then 2 + 0.5 = 2.5, then 3 + 1.25 = 4.25
    const rewards = rewardsOf(env, 3);
    expect(rewards[0]).toBe(1); // nothing to compare with yet
    expect(rewards[1]).toBeCloseTo(2 / 0.75, 5);
    const deviation = Math.sqrt(momentsOf([1, 2.5, 4.25]).variance);
    expect(rewards[2]).toBeCloseTo(3 / deviation, 5);
  });

  test("a new episode begins with a running return of 0", () => {
    const env = counter((inner) => normalizeReturns(inner, { gamma: 1 }));
    const returns = [1, 3, 6, 10, 15, 1, 3];
    const rewards = rewardsOf(env, 7);
    const deviation = Math.sqrt(momentsOf(returns).variance);
    expect(rewards[6]).toBeCloseTo(2 / deviation, 5);
    env.cut(0);
    returns.push(1);
    expect(rewardsOf(env, 1)[0]).toBeCloseTo(1 / Math.sqrt(momentsOf(returns).variance), 5);
  });

  test.each(games)("%s: is as two passes over everything seen say", (_id, game) => {
    const bare = startLocal(game, 4);
    const env = normalizeReturns(startLocal(game, 4), { gamma: 0.9, clip: 3 });
    const running = [0, 0, 0, 0];
    const seen: number[] = [];
    playBeside(bare, env, 300, () => {
      for (let i = 0; i < 4; i++) {
        running[i] = 0.9 * running[i] + bare.rewards[i];
        seen.push(running[i]);
        if (hasEnded(bare, i)) running[i] = 0;
      }
      const deviation = Math.sqrt(momentsOf(seen).variance + 1e-8);
      for (let i = 0; i < 4; i++) {
        const expected = Math.max(-3, Math.min(3, bare.rewards[i] / deviation));
        expect(env.rewards[i]).toBeCloseTo(expected, 4);
      }
      expect(env.episodeReturn).toEqual(bare.episodeReturn);
    });
  });

  test("frozen, a fresh one leaves rewards as they are, and one with a saved state keeps it", () => {
    const learned = counter((inner) => normalizeReturns(inner, { gamma: 1 }));
    rewardsOf(learned, 5);
    const fresh = counter((inner) => normalizeReturns(inner, { gamma: 1, frozen: true }));
    expect(rewardsOf(fresh, 3)).toEqual([1, 2, 3]);
    fresh.restore(learned.save());
    const deviation = Math.sqrt(momentsOf([1, 3, 6, 10, 15]).variance);
    const rewards = rewardsOf(fresh, 10);
    for (const [i, reward] of rewards.entries()) {
      expect(reward).toBeCloseTo(((i % 5) + 1) / deviation, 5);
    }
  });

  test("rewards that do not vary are clipped", () => {
    const game = () => new Echo(echoSpaces.box);
    const env = normalizeReturns(startLocal(game, 1), { gamma: 0, clip: 7 });
    env.actions.set([1, 0.5, 7]);
    for (let step = 0; step < 3; step++) env.step();
    expect(env.rewards[0]).toBe(7);
  });

  test("refuses settings outside their range", () => {
    const inner = startLocal(() => new Counter(), 1);
    const messages = [{ gamma: 1.1 }, { gamma: -0.1 }, { clip: 0 }, { epsilon: 0 }].map((wrong) =>
      messageOf(() => normalizeReturns(inner, wrong)),
    );
    expect(messages).toEqual([
      "normalize-returns: gamma must be 0 to 1 (got 1.1)",
      "normalize-returns: gamma must be 0 to 1 (got -0.1)",
      "normalize-returns: clip must be above 0 (got 0)",
      "normalize-returns: epsilon must be above 0 (got 0)",
    ]);
  });
});

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}
