/** What a rollout records, told by a game whose observations and rewards say where it stands. */
import {
  createVectorEnv,
  defineGame,
  type Game,
  type GameSpec,
  key,
  type VectorEnv,
} from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { ActorCritic } from "./actor-critic.js";
import { Rollout } from "./rollout.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const SPEC: GameSpec = {
  ...{ id: "counting", variant: "classic", version: 1, title: "Counting" },
  actions: { kind: "discrete", names: ["a", "b"] },
  observation: { size: 1, shape: [1] },
  board: { width: 1, height: 1 },
  ...{ decisionsPerSecond: 1, maxSteps: 3 },
};

/** Shows how many decisions it has seen in this episode, and pays ten times that. */
class Counting implements Game {
  readonly spec = SPEC;
  terminated = true;
  time = 0;
  seed(): void {}
  reset(): void {
    this.terminated = false;
    this.time = 0;
  }
  step(): number {
    this.time++;
    return 10 * this.time;
  }
  observe(out: Float32Array, at: number): void {
    out[at] = this.time;
  }
  draw(): void {}
}

function collected(rewardClip: number, count = 2): { rollout: Rollout; env: VectorEnv } {
  const env = createVectorEnv(
    defineGame(() => new Counting()),
    { count, key: key(1) },
  );
  env.reset();
  const network = new ActorCritic({
    ...{ encoder: "mlp", widths: [4], activation: "tanh", separateCritic: false },
    ...{ spec: env.spec, device, key: key(2) },
  });
  const rollout = new Rollout({ env, network, device, horizon: 5, rewardClip, key: key(3) });
  rollout.collect();
  return { rollout, env };
}

test("[B7] no row crosses a reset: each observation stands with its own reward and end", () => {
  const { rollout } = collected(0);
  const game0 = (values: ArrayLike<number>): number[] =>
    Array.from({ length: 5 }, (_, t) => values[t * 2]);
  expect(game0(rollout.observations.toTypedArray())).toEqual([0, 1, 2, 0, 1]);
  expect(game0(rollout.host.rewards)).toEqual([10, 20, 30, 10, 20]);
  expect(game0(rollout.host.truncated)).toEqual([0, 0, 1, 0, 0]);
  expect(game0(rollout.host.terminated)).toEqual([0, 0, 0, 0, 0]);
});

test("[B5] a cut episode goes on with the value of its last observation, not of the reset one", () => {
  const { rollout } = collected(0);
  const valueAt = new Map<number, number>();
  const observations = rollout.observations.toTypedArray();
  for (let i = 0; i < rollout.size; i++) valueAt.set(observations[i], rollout.host.values[i]);
  const final = rollout.host.finalValues[2 * 2];
  expect(final).not.toBe(0);
  for (const value of valueAt.values()) expect(final).not.toBeCloseTo(value, 6); // of 3, never acted on
});

test("the learner's rewards are bounded, the score is not", () => {
  const { rollout, env } = collected(1);
  expect(new Set(rollout.host.rewards)).toEqual(new Set([1]));
  expect(env.episodeReturn[0]).toBe(60);
});

test("two groups of games record the same as one would, game by game", () => {
  const { rollout } = collected(0, 16);
  expect(rollout.groups).toBe(2);
  const observations = rollout.observations.toTypedArray();
  for (let g = 0; g < 2; g++) {
    for (let t = 0; t < 5; t++) {
      for (let i = 0; i < 8; i++) expect(observations[(g * 5 + t) * 8 + i]).toBe(t % 3);
    }
  }
});
