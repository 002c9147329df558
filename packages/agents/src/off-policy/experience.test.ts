import { findGame, key } from "@carom/envs";
import { capture, tensor } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { resolveConfig } from "../registry.js";
import { sacConfig } from "../sac/config.js";
import { Experience } from "./experience.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** Experience of probe:continuous-2d, whose actions lie in [-2, 2] and [0, 1]. */
function experience(settings: Record<string, number>) {
  const game = findGame("probe:continuous-2d");
  const config = resolveConfig("sac", game.id, "", { batch: 500, buffer: 2000, ...settings });
  const options = { game, seed: 1, device, config, totalSteps: 1000 };
  return new Experience("sac", options, sacConfig(config), key(1), ["box"]);
}

/** A recorded policy that plays (1.5, 0.25) everywhere. */
function constantPolicy(played: Experience) {
  const action = tensor(Float32Array.of(1.5, 0.25), { device });
  return capture(device, () => played.actions.copyFrom(action.expand(played.actions.shape)));
}

/** Column `entry` of the actions in the batch. */
function column(played: Experience, entry: number): number[] {
  return [...played.replay.host.action].filter((_, i) => i % 2 === entry);
}

test("at first actions are uniform over the box, and remembered in the env's own units", () => {
  const played = experience({ learningStarts: 600 });
  const act = constantPolicy(played);
  for (let i = 0; i < 3; i++) expect(played.run(act, () => undefined)).toBe(i < 2 ? 0 : 1);
  for (const [entry, low, high] of [
    [0, -2, 2],
    [1, 0, 1],
  ]) {
    const values = column(played, entry);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...values)).toBeLessThanOrEqual(high);
    // 500 draws with replacement of 600 uniform ones
    expect(Math.abs(mean - (low + high) / 2)).toBeLessThan(0.1 * (high - low));
    expect(Math.min(...values)).toBeLessThan(low + 0.05 * (high - low));
    expect(Math.max(...values)).toBeGreaterThan(high - 0.05 * (high - low));
  }
  act.dispose();
  played.dispose();
});

test("then the recorded policy plays, and what it played is remembered", () => {
  const played = experience({ learningStarts: 0 });
  const act = constantPolicy(played);
  played.run(act, () => undefined);
  expect(new Set(column(played, 0))).toEqual(new Set([1.5]));
  expect(new Set(column(played, 1))).toEqual(new Set([0.25]));
  act.dispose();
  played.dispose();
});

test("trainEvery counts env steps over all games, and gradientSteps come at once", () => {
  const played = experience({ learningStarts: 0, envs: 4, trainEvery: 20, gradientSteps: 3 });
  const act = constantPolicy(played);
  const sizes: number[] = [];
  expect(played.run(act, () => sizes.push(played.steps))).toBe(30);
  expect(sizes.slice(0, 4)).toEqual([20, 20, 20, 40]);
  expect(played.steps).toBe(200);
  act.dispose();
  played.dispose();
});
