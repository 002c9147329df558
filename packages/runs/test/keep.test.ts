import { describe, expect, test } from "vitest";
import { createEpisodeKeeper } from "../src/keep.js";
import { episodeOf, randomOf } from "./samples.js";

describe("episodes worth keeping", () => {
  test("[P1] the first, then each new best", () => {
    const keeper = createEpisodeKeeper();
    const returns = [3, 3, 2, 4, 4, 5];
    const reasons = returns.map((sum, i) =>
      keeper.consider(episodeOf({ return: sum, steps: 10 * i })),
    );
    expect(reasons).toEqual(["first", undefined, undefined, "best", undefined, "best"]);
  });

  test("[P2] the newest every 1,000 steps, later every hundredth of the steps done", () => {
    const keeper = createEpisodeKeeper();
    const kept: number[] = [];
    for (let steps = 100; steps <= 2_000_000; steps += 100) {
      if (keeper.consider(episodeOf({ return: 1, steps })) !== undefined) kept.push(steps);
    }
    expect(kept.slice(0, 4)).toEqual([100, 1100, 2100, 3100]);
    const [before, last] = kept.slice(-2) as [number, number];
    expect((last - before) / last).toBeCloseTo(0.01, 2);
    expect(kept.length).toBeLessThan(700);
  });

  test("[P3] the worst of late, not too often", () => {
    const keeper = createEpisodeKeeper();
    const reasons: [number, string][] = [];
    for (let i = 1; i <= 100; i++) {
      const sum = i % 10 === 0 ? -i : 1;
      const reason = keeper.consider(episodeOf({ return: sum, steps: 50 * i }));
      if (reason !== undefined) reasons.push([i, reason]);
    }
    // Nothing is called the worst among the first 32; then at most one per 1,000 steps.
    expect(reasons.filter(([, reason]) => reason === "worst")).toEqual([
      [40, "worst"],
      [60, "worst"],
      [80, "worst"],
      [100, "worst"],
    ]);
  });

  test("[P3] what was long ago is no measure for the worst", () => {
    const keeper = createEpisodeKeeper();
    keeper.consider(episodeOf({ return: -1000, steps: 0 }));
    for (let i = 1; i <= 1000; i++) keeper.consider(episodeOf({ return: 5, steps: i }));
    const reason = keeper.consider(episodeOf({ return: 4, steps: 5000 }));
    expect(reason).toBe("worst");
  });

  test("[P4] a keeper that goes on knows the best and the last", () => {
    const kept = [episodeOf({ return: 9, steps: 500 }), episodeOf({ return: 2, steps: 4000 })];
    const keeper = createEpisodeKeeper(kept);
    expect(keeper.consider(episodeOf({ return: 9, steps: 4010 }))).toBe(undefined);
    expect(keeper.consider(episodeOf({ return: 9.5, steps: 4020 }))).toBe("best");
    expect(keeper.consider(episodeOf({ return: 1, steps: 5020 }))).toBe("newest");
  });

  test("[P5] a billion steps of noise keep a few thousand episodes", () => {
    const keeper = createEpisodeKeeper();
    const random = randomOf(9);
    let kept = 0;
    for (let i = 1; i <= 200_000; i++) {
      const facts = episodeOf({ return: random() * 800, steps: i * 5000 });
      if (keeper.consider(facts) !== undefined) kept++;
    }
    expect(kept).toBeGreaterThan(500);
    expect(kept).toBeLessThan(3000);
  });
});
