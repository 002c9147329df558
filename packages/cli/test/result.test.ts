import { expect, test } from "vitest";
import { plain } from "../src/format.js";
import { Progress } from "../src/progress.js";
import { makeResult, type RunIdentity, summaryLines } from "../src/result.js";

const run: RunIdentity = {
  game: "breakout",
  variant: "standard",
  algo: "ppo",
  seed: 7,
  versions: { carom: "0.1.0", node: "20.0.0" },
};

test("a result has exactly the documented shape", () => {
  const progress = new Progress();
  for (let i = 0; i < 200; i++) progress.addEpisode(i % 2 === 0 ? 210 : 230);
  progress.advance(1_000_000, 12.34567);
  expect(makeResult(run, progress.save())).toEqual({
    game: "breakout",
    variant: "standard",
    algo: "ppo",
    seed: 7,
    steps: 1_000_000,
    seconds: 12.346,
    stepsPerSecond: 81_000,
    score: { mean: 220, std: 10, episodes: 100 },
    area: 220,
    reached: {
      "100": { steps: 1_000_000, seconds: 12.346 },
      "200": { steps: 1_000_000, seconds: 12.346 },
      "400": null,
      "600": null,
      "800": null,
    },
    versions: { carom: "0.1.0", node: "20.0.0" },
  });
});

test("a run in which no episode ended says so with nulls, not with NaN", () => {
  const { score, area, stepsPerSecond } = makeResult(run, new Progress().save());
  expect(score).toEqual({ mean: null, std: null, episodes: 0 });
  expect(area).toBeNull();
  expect(stepsPerSecond).toBe(0);
});

test("the summary tells steps, time, score and milestones", () => {
  const progress = new Progress();
  for (let i = 0; i < 100; i++) progress.addEpisode(150);
  progress.advance(1_000_000, 100);
  expect(summaryLines(makeResult(run, progress.save()), plain)).toEqual([
    "1,000,000 steps in 1m 40s (10,000 steps/s)",
    "score 150.0 ± 0.00 over the last 100 episodes",
    "reached 100 after 1m 40s",
  ]);
});
