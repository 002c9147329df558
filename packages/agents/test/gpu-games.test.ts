/** Games on a GPU beside LocalVectorEnv: bit for bit. */
import { findGame, key, LocalVectorEnv } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { GpuGames } from "../src/gpu-games/gpu-games.js";

const device = openTestedDevice();
afterAll(() => device.dispose());
test("x", () => {
  const game = findGame("breakout");
  const games = new GpuGames({ game, count: 7, key: key(3), device, maxSteps: 50 });
  const env = new LocalVectorEnv(game, { count: 7, key: key(3), maxSteps: 50 });
  games.reset();
  env.reset();
  expect(games.observations.toTypedArray()).toEqual(Float32Array.from(env.observations));
  for (let i = 0; i < 100; i++) {
    games.actions.write(env.actions);
    games.step();
    env.step();
    expect(games.observations.toTypedArray()).toEqual(Float32Array.from(env.observations));
  }
  console.log(games.statistics(), games.takeFaults());
  const e2 = new LocalVectorEnv(game, { count: 7, key: key(3), maxSteps: 50 });
  e2.restore(games.save());
  expect(e2.save()).toEqual(env.save());
});
