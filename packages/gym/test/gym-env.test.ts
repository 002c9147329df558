import {
  type Action,
  actionReader,
  actionWidth,
  containsAction,
  type EpisodeRecord,
  key,
  sampleAction,
  seedRandom,
} from "@carom/envs";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { findGymGame, GymVectorEnv, type GymVectorEnvOptions } from "../src/index.js";
import { needPython, pythonFolder, reference } from "./helpers.js";

beforeAll(() => {
  process.env["PYTHONPATH"] = pythonFolder;
});

const FAULTY = "gym:carom_test_envs:carom/Faulty-v0";
const ECHO = "gym:carom_test_envs:carom/Echo-v0";

function made(id: string, options: Partial<GymVectorEnvOptions> = {}): GymVectorEnv {
  const env = new GymVectorEnv({ id, count: 1, key: key(3), ...options });
  onTestFinished(() => env.dispose());
  return env;
}

/** A function that fills the actions of all envs from a stream of their own. */
function randomActions(env: GymVectorEnv, seed: number): () => void {
  const random = new Uint32Array(4);
  seedRandom(random, seed);
  const width = actionWidth(env.spec.actions);
  return () => {
    for (let i = 0; i < env.count; i++) {
      const action: Action = sampleAction(env.spec.actions, random);
      env.actions.set(typeof action === "number" ? [action] : action, i * width);
    }
  };
}

interface Row {
  observation: number[];
  reward?: number;
  terminated?: boolean;
  truncated?: boolean;
}

/** Everything that an env of one game shows until its first episode is over. */
function firstEpisode(env: GymVectorEnv, choose: () => void): Row[] {
  env.reset();
  const rows: Row[] = [{ observation: [...env.observations] }];
  for (let isOver = false; !isOver; ) {
    choose();
    env.step();
    const terminated = env.terminated[0] === 1;
    const truncated = env.truncated[0] === 1;
    isOver = terminated || truncated;
    const observation = [...(isOver ? env.finalObservations : env.observations)];
    rows.push({ observation, reward: env.rewards[0], terminated, truncated });
  }
  return rows;
}

const environments: [string, Record<string, unknown>][] = [
  ["CartPole-v1", {}],
  ["Acrobot-v1", {}],
  ["MountainCarContinuous-v0", {}],
  ["Pendulum-v1", {}],
  ["FrozenLake-v1", { map_name: "8x8" }],
  ["Taxi-v4", {}],
  ["Blackjack-v1", {}],
  ["carom_test_envs:carom/Echo-v0", { kind: "discrete" }],
  ["carom_test_envs:carom/Echo-v0", { kind: "multi-discrete" }],
  ["carom_test_envs:carom/Echo-v0", { kind: "multi-binary" }],
  ["carom_test_envs:carom/Echo-v0", { kind: "box" }],
];

describe("equal to Gymnasium", () => {
  test.for(environments)("%s %o plays as gymnasium.make does, step by step", (given, context) => {
    needPython(context);
    const [id, make] = given;
    const records: EpisodeRecord[] = [];
    const env = made(`gym:${id}`, { make, onEpisode: (record) => records.push(record) });
    const rows = firstEpisode(env, randomActions(env, 5));

    const [{ seed, actions, length }] = records;
    expect(seed).toBe(key(3).child("env", 0).child("episode", 0).toSeed() % 2 ** 32);
    const read = actionReader(env.spec.actions);
    const bytes = actions.length / length;
    const played = Array.from({ length }, (_, step) => {
      const action = read(actions, step * bytes);
      expect(containsAction(env.spec.actions, action)).toBe(true);
      return typeof action === "number" ? action : [...action];
    });
    const theirs = reference<Row[]>({ play: { id, make, seed, actions: played } });
    // Rewards are float32 here.
    for (const row of theirs) if (row.reward !== undefined) row.reward = Math.fround(row.reward);
    expect(rows).toEqual(theirs);
  });

  test("the loop is SyncVectorEnv's with same-step autoreset", (context) => {
    needPython(context);
    const count = 5;
    const env = made("gym:CartPole-v1", { count });
    env.reset();
    const rowsOf = (values: ArrayLike<number>) =>
      Array.from({ length: count }, (_, i) => Array.from(values).slice(4 * i, 4 * i + 4));
    const rows: unknown[] = [{ observations: rowsOf(env.observations) }];
    const played: number[][] = [];
    const choose = randomActions(env, 8);
    for (let step = 0; step < 120; step++) {
      choose();
      played.push([...env.actions]);
      env.step();
      const lasts = rowsOf(env.finalObservations).map((last, i) =>
        env.terminated[i] + env.truncated[i] > 0 ? last : null,
      );
      rows.push({
        observations: rowsOf(env.observations),
        rewards: [...env.rewards],
        terminated: Array.from(env.terminated, Boolean),
        truncated: Array.from(env.truncated, Boolean),
        lasts,
      });
    }
    const seeds = Array.from({ length: count }, (_, i) =>
      Array.from(
        { length: 30 },
        (_, k) => key(3).child("env", i).child("episode", k).toSeed() % 2 ** 32,
      ),
    );
    expect(env.current(0).episode).toBeGreaterThan(2);
    expect(rows).toEqual(reference({ vector: { id: "CartPole-v1", seeds, actions: played } }));
  });
});

describe("specs", () => {
  test("a definition tells the spec and makes no game", (context) => {
    needPython(context);
    const game = findGymGame("gym:CartPole-v1");
    expect(game.remote?.("default")).toEqual({
      id: "gym:CartPole-v1",
      variant: "default",
      version: 1,
      title: "CartPole-v1",
      actions: { kind: "discrete", names: ["0", "1"] },
      observation: { size: 4, shape: [4], dtype: "float32" },
      board: { width: 1, height: 1 },
      decisionsPerSecond: 50,
      maxSteps: 500,
    });
    expect(() => game.create()).toThrow(
      "gym:CartPole-v1: its games run in Python (expected a GymVectorEnv to play them)",
    );
    expect(() => game.remote?.("hard")).toThrow("no such variant");
  });

  test("bounds are told where all of them are finite", (context) => {
    needPython(context);
    const { actions, observation } = made("gym:Pendulum-v1").spec;
    expect(actions).toEqual({ kind: "box", size: 1, low: [-2], high: [2] });
    expect([observation.low, observation.high]).toEqual([
      [-1, -1, -8],
      [1, 1, 8],
    ]);
  });

  test("a Discrete observation is one-hot, a Dict is flattened", (context) => {
    needPython(context);
    expect(made("gym:FrozenLake-v1").spec.observation).toMatchObject({ size: 16, shape: [16] });
    const { observation, maxSteps } = made(ECHO, { make: { kind: "discrete" } }).spec;
    expect(observation).toMatchObject({ size: 11, shape: [11] });
    expect(maxSteps).toBe(10_000); // it has no limit of its own
  });

  test("spaces that Carom has no kind for are refused by name", (context) => {
    needPython(context);
    expect(() => made(ECHO, { make: { kind: "dict" } })).toThrow(
      `${ECHO}: its actions are a Dict space (expected Discrete, Box, MultiDiscrete or MultiBinary)`,
    );
    expect(() => made(ECHO, { make: { kind: "wide" } })).toThrow(
      `${ECHO}: it has a choice of 257 actions (expected 2 to 256)`,
    );
    const words = "gym:carom_test_envs:carom/Words-v0";
    expect(() => made(words)).toThrow(`${words}: its observations are a Sequence space`);
  });
});

describe("the contract of vector envs", () => {
  test("two halves make a whole step", (context) => {
    needPython(context);
    const whole = made("gym:CartPole-v1", { count: 4 });
    const halves = made("gym:CartPole-v1", { count: 4 });
    whole.reset();
    halves.reset();
    const choose = randomActions(whole, 2);
    for (let step = 0; step < 60; step++) {
      choose();
      halves.actions.set(whole.actions);
      whole.step();
      const before = halves.observations.slice();
      halves.stepRange(0, 2);
      expect(halves.observations.slice(8)).toEqual(before.slice(8));
      halves.stepRange(2, 4);
      expect(halves.observations).toEqual(whole.observations);
      expect(halves.terminated).toEqual(whole.terminated);
    }
    expect(whole.current(0).episode).toBeGreaterThan(0);
  });

  test("rows need not be read, but those of new episodes are", (context) => {
    needPython(context);
    const seen = made("gym:CartPole-v1");
    const blind = made("gym:CartPole-v1");
    seen.reset();
    blind.reset();
    const first = blind.observations.slice();
    blind.stepRange(0, 1, false);
    seen.step();
    expect(blind.observations).toEqual(first);
    while (seen.terminated[0] === 0) {
      seen.step();
      blind.stepRange(0, 1, false);
    }
    expect(blind.observations).toEqual(seen.observations);
    expect(blind.finalObservations).toEqual(seen.finalObservations);
  });

  test("runs repeat, and reset begins the same run again", (context) => {
    needPython(context);
    const env = made("gym:CartPole-v1", { count: 2 });
    const play = (): number[] => {
      env.reset();
      const choose = randomActions(env, 4);
      const all: number[] = [];
      for (let step = 0; step < 50; step++) {
        choose();
        env.step();
        all.push(...env.observations);
      }
      return all;
    };
    expect(play()).toEqual(play());
  });

  test("a time limit truncates, and a longer one than the environment's own holds too", (context) => {
    needPython(context);
    const short = made("gym:Pendulum-v1", { maxSteps: 3 });
    expect(firstEpisode(short, randomActions(short, 1)).length).toBe(1 + 3);
    expect([short.terminated[0], short.truncated[0]]).toEqual([0, 1]);
    const long = made("gym:Pendulum-v1", { maxSteps: 250 }); // its own is 200
    expect(firstEpisode(long, randomActions(long, 1)).length).toBe(1 + 250);
  });

  test("cut ends an episode as truncated; restart starts another without a record", (context) => {
    needPython(context);
    const records: EpisodeRecord[] = [];
    const env = made("gym:CartPole-v1", { count: 2, onEpisode: (record) => records.push(record) });
    env.reset();
    env.step();
    const [last, other] = [env.observations.slice(0, 4), env.observations.slice(4)];
    env.cut(0);
    expect(env.finalObservations.slice(0, 4)).toEqual(last);
    expect(env.observations.slice(4)).toEqual(other);
    expect([env.truncated[0], env.terminated[0], env.current(0).episode]).toEqual([1, 0, 1]);
    expect(records).toMatchObject([{ env: 0, episode: 0, length: 1, return: 1, truncated: true }]);

    const second = env.observations.slice(0, 4);
    env.restart(0, 0);
    env.restart(0, 1);
    expect(env.observations.slice(0, 4)).toEqual(second);
    expect(records.length).toBe(1);
    expect(env.current(0)).toMatchObject({ episode: 1, length: 0, return: 0 });
  });

  test("firstEnv moves the envs along the key tree", (context) => {
    needPython(context);
    const all = made("gym:CartPole-v1", { count: 3 });
    const last = made("gym:CartPole-v1", { count: 1, firstEnv: 2 });
    all.reset();
    last.reset();
    expect(last.observations).toEqual(all.observations.slice(8));
  });

  test("lives are those of the info, known before the first reset", (context) => {
    needPython(context);
    const env = made(FAULTY);
    expect(env.lives(0)).toBe(9);
    env.reset();
    for (let step = 0; step < 5; step++) env.step();
    expect(env.lives(0)).toBe(7);
    expect(made("gym:CartPole-v1").lives(0)).toBeUndefined();
  });

  test("actions outside the space are refused, those of a box are clipped", (context) => {
    needPython(context);
    const env = made("gym:CartPole-v1", { count: 2 });
    expect(() => env.step()).toThrow("gym:CartPole-v1: call reset() before the first step");
    env.reset();
    env.actions[1] = 2;
    expect(() => env.step()).toThrow(
      "gym:CartPole-v1: invalid action of env 1 (got 2, expected 0 to 1)",
    );
    expect(() => env.stepRange(1, 3)).toThrow(
      "gym:CartPole-v1: stepRange: [1, 3) is outside [0, 2)",
    );

    const pendulum = made("gym:Pendulum-v1");
    pendulum.reset();
    pendulum.actions[0] = 100;
    pendulum.step();
    expect([...new Float32Array(pendulum.current(0).actions.slice().buffer)]).toEqual([2]);
    expect(pendulum.actions[0]).toBe(100);
    pendulum.actions[0] = Number.NaN;
    expect(() => pendulum.step()).toThrow(
      "invalid action of env 0 (got NaN as entry 0, expected a finite number)",
    );
  });

  test("a saved env goes on with the next episodes, those that were running truncated", (context) => {
    needPython(context);
    const options = { count: 2, key: key(9) };
    const env = made("gym:CartPole-v1", options);
    env.reset();
    const choose = randomActions(env, 6);
    for (let step = 0; step < 40; step++) {
      choose();
      env.step();
    }
    const state = structuredClone(env.save());
    const running = [env.current(0), env.current(1)].map((one) => structuredClone(one));

    const records: EpisodeRecord[] = [];
    const other = made("gym:CartPole-v1", {
      ...options,
      onEpisode: (record) => records.push(record),
      onFault: () => expect.unreachable(),
    });
    other.restore(state);
    expect(other.observations).toEqual(env.observations);
    expect([other.current(0), other.current(1)]).toEqual(running);
    other.step();
    expect([...other.truncated, ...other.terminated, ...other.rewards]).toEqual([1, 1, 0, 0, 0, 0]);
    expect(other.finalObservations).toEqual(env.observations);
    expect(records.map(({ episode, actions }) => ({ episode, actions }))).toEqual(
      running.map(({ episode, actions }) => ({ episode, actions })),
    );
    const fresh = made("gym:CartPole-v1", options);
    for (const i of [0, 1]) fresh.restart(i, running[i].episode + 1);
    expect(other.observations).toEqual(fresh.observations);

    const pendulum = made("gym:Pendulum-v1", options);
    expect(() => pendulum.restore(state)).toThrow(
      "GymVectorEnv.restore: the state has another game (got gym:CartPole-v1, expected gym:Pendulum-v1)",
    );
    const wrapped = { ...state, facts: { ...state.facts, wrappers: ["flatten"] } };
    expect(() => fresh.restore(wrapped)).toThrow(
      "GymVectorEnv.restore: the state has more wrappers (got flatten, expected none)",
    );
  });
});
