import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { Trainer } from "../agent.js";
import { createTrainer, resolveConfig } from "../registry.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

function trainer(game: string, overrides = {}, seed = 3): Trainer {
  const config = resolveConfig("reinforce", game, "", { envs: 8, hidden: "16", ...overrides });
  return createTrainer({
    algo: "reinforce",
    game: findGame(game),
    seed,
    device,
    config,
    totalSteps: 100_000,
  });
}

describe("REINFORCE", () => {
  test("every iteration plays one episode of each game", () => {
    const agent = trainer("catch");
    const { episodes, steps } = agent.iterate();
    expect(episodes).toBe(8);
    expect(agent.steps).toBe(steps);
    expect(steps % 8).toBe(0); // an episode of Catch has a fixed length
    agent.dispose();
  });

  test("same seed, same parameters after 50 updates; another seed, other parameters; [B35] all have moved", () => {
    const weights = (seed: number, updates: number): Float32Array[] => {
      const agent = trainer("catch", {}, seed);
      for (let i = 0; i < updates; i++) agent.iterate();
      const { arrays } = agent.save();
      agent.dispose();
      return Object.entries(arrays)
        .filter(([name]) => name.startsWith("parameters"))
        .map(([, values]) => Float32Array.from(values.data));
    };
    const [first, again, other, fresh] = [
      weights(3, 50),
      weights(3, 50),
      weights(4, 50),
      weights(3, 0),
    ];
    expect(first.length).toBeGreaterThan(3);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    for (const [i, values] of first.entries()) expect(values).not.toEqual(fresh[i]);
  });

  test("[B19] [B20] save, load, continue is bit-equal to an uninterrupted run", () => {
    const run = (from?: ReturnType<Trainer["save"]>): ReturnType<Trainer["save"]> => {
      const agent = trainer("catch");
      if (from !== undefined) {
        agent.restore({ arrays: from.arrays, json: JSON.parse(JSON.stringify(from.json)) });
      }
      for (let i = 0; i < 3; i++) agent.iterate();
      const state = agent.save();
      agent.dispose();
      return state;
    };
    const half = run();
    const resumed = run(half);
    const whole = trainer("catch");
    for (let i = 0; i < 6; i++) whole.iterate();
    expect(resumed).toEqual(whole.save());
    whole.dispose();
  });
});
