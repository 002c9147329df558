import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { SavedState, Trainer } from "../agent.js";
import type { ConfigValue } from "../config.js";
import { createPolicy } from "../policies.js";
import { createTrainer, resolveConfig } from "../registry.js";
import type { DqnName } from "./config.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const SMALL = {
  buffer: 1000,
  learningStarts: 200,
  trainEvery: 8,
  batch: 16,
  targetEvery: 64,
  hidden: "16",
  learningRate: 1e-3,
};

interface Wanted {
  readonly algo?: DqnName;
  readonly game?: string;
  readonly seed?: number;
  readonly set?: Readonly<Record<string, ConfigValue>>;
}

/** A small DQN on a game. */
function trainer({ algo = "dqn", game = "catch", seed = 1, set = {} }: Wanted = {}): Trainer {
  const config = resolveConfig(algo, `none of ${game}`, "", { ...SMALL, ...set });
  return createTrainer({ algo, game: findGame(game), seed, device, config, totalSteps: 10_000 });
}

/** Runs `iterations` and gives the last saved state. */
function trained(agent: Trainer, iterations: number): SavedState {
  for (let i = 0; i < iterations; i++) agent.iterate();
  const state = agent.save();
  agent.dispose();
  return state;
}

/** As it comes back from a file. */
function fromDisk(state: SavedState): SavedState {
  return { arrays: state.arrays, json: JSON.parse(JSON.stringify(state.json)) };
}

/** The arrays under a part of a state, by name. */
function part(state: SavedState, name: string): Record<string, ArrayLike<number>> {
  const entries = Object.entries(state.arrays).filter(([key]) => key.startsWith(`${name}.`));
  expect(entries.length).toBeGreaterThan(0);
  return Object.fromEntries(entries.map(([key, { data }]) => [key.slice(name.length + 1), data]));
}

describe("continuing", () => {
  test("same seed, same parameters after 50 updates; another seed, other parameters", () => {
    const [a, b, c] = [1, 1, 2].map((seed) => trained(trainer({ seed }), 3));
    expect(a.arrays).toEqual(b.arrays);
    expect(part(a, "parameters")).not.toEqual(part(c, "parameters"));
  });

  test.each<[string, Wanted]>([
    ["plain", {}],
    ["several games, n steps", { set: { envs: 6, nStep: 3 } }],
    ["prioritised", { set: { prioritized: true } }],
    [
      "noisy and dueling with a hidden layer",
      { set: { noisy: true, dueling: true, headWidth: 8 } },
    ],
    ["stacked frames", { set: { frameStack: 3, envs: 2 } }],
    ["bytes", { game: "mini-breakout", set: { learningStarts: 500, trainEvery: 64 } }],
    ["masks", { game: "probe:mask", set: { nStep: 2 } }],
    ["averaged target", { set: { tau: 0.1, targetEvery: 8 } }],
    ["rainbow", { algo: "rainbow", set: { atoms: 11 } }],
    ["quantiles", { algo: "qrdqn", set: { quantiles: 8, double: false } }],
  ])("[B19] [B20] %s: save, load, continue is bit-equal to an uninterrupted run", (_, wanted) => {
    const whole = trained(trainer(wanted), 6);
    const half = trained(trainer(wanted), 3);
    const resumed = trainer(wanted);
    resumed.restore(fromDisk(half));
    expect(resumed.steps).toBeGreaterThanOrEqual(3 * 256);
    expect(trained(resumed, 3)).toEqual(whole);
  });

  test("a state of another shape, and one of another algorithm, are refused", () => {
    const state = trained(trainer(), 1);
    const other = trainer({ set: { hidden: "8" } });
    expect(() => other.restore(state)).toThrow(/"trunk.0.weight" does not fit/);
    other.dispose();
    const distribution = trainer({ algo: "c51" });
    expect(() => distribution.restore(state)).toThrow(/the saved state is of "dqn"/);
    distribution.dispose();
  });
});

describe("learning rule", () => {
  test.each<[string, Wanted]>([
    ["dqn", {}],
    ["rainbow", { algo: "rainbow", set: { headWidth: 8 } }],
    ["qrdqn", { algo: "qrdqn" }],
  ])("[B35] %s: every parameter moves, after loading too", (_, wanted) => {
    const moved = (agent: Trainer): void => {
      const before = part(agent.save(), "parameters");
      agent.iterate();
      const after = part(agent.save(), "parameters");
      for (const name of Object.keys(before)) expect(after[name]).not.toEqual(before[name]);
    };
    const agent = trainer(wanted);
    agent.iterate();
    moved(agent);
    const loaded = trainer(wanted);
    loaded.restore(fromDisk(agent.save()));
    moved(loaded);
    agent.dispose();
    loaded.dispose();
  });

  test("[B17] the target network is the online one of the last multiple of targetEvery, after loading too", () => {
    const set = { targetEvery: 512, trainEvery: 256 };
    const agent = trainer({ set });
    const online = (of: Trainer) => part(of.save(), "parameters");
    const target = (of: Trainer) => part(of.save(), "target");
    const first = online(agent);
    expect(target(agent)).toEqual(first);
    agent.iterate(); // one update, at step 256
    const second = online(agent);
    expect(second).not.toEqual(first);
    expect(target(agent)).toEqual(first);
    const loaded = trainer({ set });
    loaded.restore(fromDisk(agent.save()));
    for (const one of [agent, loaded]) {
      one.iterate(); // at step 512 the target moves, then an update
      expect(target(one)).toEqual(second);
      expect(online(one)).not.toEqual(second);
      one.iterate();
      expect(target(one)).toEqual(second);
      one.dispose();
    }
  });

  test("nothing is learned before learningStarts, then there are gradientSteps updates per trainEvery", () => {
    const agent = trainer({ set: { learningStarts: 300, trainEvery: 128, gradientSteps: 3 } });
    const updates = (): unknown => {
      const { state } = agent.save().json as { state: { optimizer: { step: number } } };
      return state.optimizer.step;
    };
    const { measures } = agent.iterate();
    expect(updates()).toBe(0);
    expect(measures["qLoss"]).toBeNaN();
    expect(measures["epsilon"]).toBe(1);
    expect(measures["replaySize"]).toBe(256);
    const next = agent.iterate();
    expect(updates()).toBe(6); // at 384 and 512
    expect(next.measures["qLoss"]).toBeGreaterThan(0);
    expect(next.steps).toBe(512);
    expect(Object.keys(next.measures)).toEqual(Object.keys(measures));
    agent.dispose();
  });

  test("with several games steps, updates and epsilon count all of them", () => {
    const agent = trainer({ set: { envs: 32, trainEvery: 8, epsilonFraction: 0.1 } });
    agent.iterate();
    agent.iterate();
    expect(agent.steps).toBe(512);
    const { state } = agent.save().json as { state: { optimizer: { step: number } } };
    expect(state.optimizer.step).toBe((512 - 192) / 8); // from step 224, the first at or above 200, on
    const { measures } = agent.iterate();
    expect(measures["epsilon"]).toBeCloseTo(1 - 0.95 * (768 / 1000), 6);
    agent.dispose();
  });

  test("rewards are clipped for the learner alone", () => {
    const returns: number[] = [];
    const config = resolveConfig("dqn", "none", "", { ...SMALL, rewardClip: 0.5 });
    const agent = createTrainer({
      algo: "dqn",
      game: findGame("catch"),
      seed: 1,
      device,
      config,
      totalSteps: 1000,
      onEpisode: (episode) => returns.push(episode.return),
    });
    agent.iterate();
    const rewards = part(agent.save(), "replay")["rewards"];
    expect(Math.max(...Array.from(rewards, Math.abs))).toBe(0.5);
    expect(Math.max(...returns.map(Math.abs))).toBe(1);
    agent.dispose();
  });
});

describe("settings", () => {
  const refused = (set: NonNullable<Wanted["set"]>, algo: DqnName = "dqn") =>
    expect(() => trainer({ algo, set }));

  test("a batch that what is played before learning starts cannot fill is refused", () => {
    refused({ batch: 512 }).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: dqn: learningStarts must fill a batch (got 200 env steps, expected at least batch + envs x nStep = 513)]`,
    );
    refused({ envs: 64, nStep: 4 }).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: dqn: learningStarts must fill a batch (got 200 env steps, expected at least batch + envs x nStep = 272)]`,
    );
  });

  test("a buffer smaller than what is played before learning starts is refused", () => {
    refused({ buffer: 100 }).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: dqn: buffer must hold what is played before learning starts (got 100 transitions, expected at least learningStarts = 200 env steps)]`,
    );
  });

  test("atoms without a range are refused", () => {
    refused({ vMin: 1, vMax: 1 }, "c51").toThrowErrorMatchingInlineSnapshot(
      `[AgentError: c51: vMin must lie below vMax (got returns from 1 to 1)]`,
    );
  });

  test("a game with other than discrete actions is refused", () => {
    expect(() => trainer({ game: "pendulum" })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: dqn: takes games with discrete actions (got pendulum, whose actions are a box)]`,
    );
  });

  test("rainbow is DQN with all of its extensions, c51 and qrdqn are DQN with one", () => {
    const extensions = ["distribution", "double", "dueling", "noisy", "prioritized", "nStep"];
    const of = (algo: DqnName) => {
      const config = resolveConfig(algo, "none", "");
      return extensions.map((name) => config[name]);
    };
    expect(of("dqn")).toEqual(["none", true, false, false, false, 1]);
    expect(of("c51")).toEqual(["c51", true, false, false, false, 1]);
    expect(of("qrdqn")).toEqual(["quantile", true, false, false, false, 1]);
    expect(of("rainbow")).toEqual(["c51", true, true, true, true, 3]);
  });
});

describe("the policy", () => {
  const count = 500;

  /** A policy over the observations of `probe:mask`, and what it was given. */
  function masked(set: Wanted["set"] = {}) {
    const game = findGame("probe:mask");
    const agent = trainer({ game: game.id, set });
    const state = trained(agent, 1);
    const config = resolveConfig("dqn", "none", "", { ...SMALL, ...set });
    const policy = createPolicy({ algo: "dqn", game, device, config, state, count });
    const observations = new Float32Array(count * 10);
    const masks = new Uint8Array(count * 72);
    for (let i = 0; i < count; i++) {
      observations[10 * i + (i % 9)] = 1;
      for (let action = i % 9; action < 72; action += 9) masks[72 * i + action] = 1;
    }
    const act = (greedy: boolean): Int32Array => {
      const actions = new Int32Array(count);
      policy.act(observations, actions, { greedy, masks });
      return actions;
    };
    return { policy, observations, act };
  }

  test("greedy: the best of the allowed actions; otherwise some are drawn, also of the allowed", () => {
    const { policy, observations, act } = masked({ epsilonEvaluation: 0.5 });
    const { actionValues, values } = policy.assess(observations);
    const greedy = act(true);
    const drawn = act(false);
    for (let i = 0; i < count; i++) {
      const row = Array.from(actionValues?.subarray(72 * i, 72 * (i + 1)) ?? []);
      expect(values[i]).toBe(Math.max(...row));
      expect(greedy[i] % 9).toBe(i % 9);
      expect(row[greedy[i]]).toBe(Math.max(...row.filter((_, action) => action % 9 === i % 9)));
      expect(drawn[i] % 9).toBe(i % 9);
    }
    const changed = drawn.reduce((sum, action, i) => sum + Number(action !== greedy[i]), 0);
    expect(changed / count).toBeGreaterThan(0.35); // half, of which an eighth draws the best again
    expect(changed / count).toBeLessThan(0.52);
    policy.dispose();
  });

  test("noise is for training: two looks of a noisy network agree", () => {
    const { policy, observations } = masked({ noisy: true });
    expect(policy.assess(observations)).toEqual(policy.assess(observations));
    policy.dispose();
  });
});
