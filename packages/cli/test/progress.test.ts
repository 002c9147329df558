import { expect, test } from "vitest";
import { Progress, readProgress } from "../src/progress.js";

function played(returns: readonly number[]): Progress {
  const progress = new Progress();
  for (const value of returns) progress.addEpisode(value);
  return progress;
}

test("the score is that of the last 100 episodes only", () => {
  const progress = played([...Array(50).fill(1000), ...Array(100).fill(3)]);
  expect(progress.score()).toEqual({ mean: 3, std: 0, episodes: 100 });
  expect(progress.episodes).toBe(150);
  expect(progress.best).toBe(1000);
});

test("before 100 episodes there is a score to show but none that counts", () => {
  const progress = played(Array(99).fill(500));
  progress.advance(1000, 1);
  expect(progress.score()?.mean).toBe(500);
  expect(progress.fullWindowMean()).toBeNull();
  expect(progress.save().reached).toEqual({});
});

test("a milestone keeps the moment of its first passing", () => {
  const progress = played(Array(100).fill(250));
  progress.advance(1000, 1.5);
  progress.advance(2000, 3);
  for (let i = 0; i < 100; i++) progress.addEpisode(0);
  progress.advance(3000, 4);
  for (let i = 0; i < 100; i++) progress.addEpisode(420);
  progress.advance(4000, 5);
  expect(progress.save().reached).toEqual({
    100: { steps: 1000, seconds: 1.5 },
    200: { steps: 1000, seconds: 1.5 },
    400: { steps: 4000, seconds: 5 },
  });
});

test("saved to JSON and continued, it counts on as if it had never stopped", () => {
  const returns = Array.from({ length: 240 }, (_, i) => Math.sin(i) * 300 + i);
  const whole = new Progress();
  let parts = new Progress();
  for (const [i, value] of returns.entries()) {
    if (i === 130) parts = new Progress(JSON.parse(JSON.stringify(parts.save())));
    for (const progress of [whole, parts]) {
      progress.addEpisode(value);
      progress.advance(i * 10, i / 7);
    }
  }
  expect(parts.save()).toEqual(whole.save());
});

test("the area is the mean of the score over env steps, from the first episode on", () => {
  const progress = new Progress();
  progress.advance(500, 1); // nothing ended yet: this part has no score
  progress.addEpisode(10);
  progress.advance(1500, 2); // 1000 steps at 10
  progress.addEpisode(30);
  progress.advance(4500, 3); // 3000 steps at 20
  expect(progress.area()).toBe((1000 * 10 + 3000 * 20) / 4000);
});

test("progress that was saved without an area goes on with one", () => {
  const { area: _, areaSteps: __, ...older } = played([5]).save();
  const progress = new Progress(readProgress(older) ?? undefined);
  expect(progress.area()).toBeNull();
  progress.advance(100, 1);
  expect(progress.area()).toBe(5);
  expect(readProgress({ ...older, area: "large" })).toBeNull();
});

test("nothing played: no score, no best", () => {
  const progress = new Progress();
  progress.advance(64, 0.1);
  expect(progress.score()).toBeNull();
  expect(progress.save()).toMatchObject({ steps: 64, best: null, window: [], reached: {} });
});
