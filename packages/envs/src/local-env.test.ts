import { describe, expect, test } from "vitest";
import type { Game } from "./game.js";
import { key } from "./key.js";
import { LocalVectorEnv, type VectorEnvOptions } from "./local-env.js";
import { nextBelow, seedRandom } from "./random.js";
import { findGame } from "./registry.js";
import { Counter } from "./testing/counter.js";
import type { EpisodeRecord } from "./vector-env.js";

function counters(count: number, options: Partial<VectorEnvOptions> = {}): LocalVectorEnv {
  const env = new LocalVectorEnv(() => new Counter(), { count, key: key(1), ...options });
  env.reset();
  return env;
}

/** Fills the actions of all envs from a stream of their own. */
function randomActions(env: LocalVectorEnv, seed: number): () => void {
  const state = new Uint32Array(4);
  seedRandom(state, seed);
  const actions = env.spec.actions.kind === "discrete" ? env.spec.actions.names.length : 0;
  return () => {
    for (let i = 0; i < env.count; i++) env.actions[i] = nextBelow(state, actions);
  };
}

describe("stepping", () => {
  test("arrays are allocated once, by [count] and [count, O]", () => {
    const env = counters(4);
    const { observations, finalObservations, rewards } = env;
    expect([observations.length, finalObservations.length, rewards.length]).toEqual([12, 12, 4]);
    env.step();
    expect(env.observations).toBe(observations);
    expect(env.observations.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(env.actions.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  test("[B7] an ended episode restarts in the same step: no observation, reward or flag crosses the border", () => {
    const env = counters(1);
    const rows: number[][] = [];
    for (let step = 0; step < 7; step++) {
      env.actions[0] = step % 5;
      env.step();
      rows.push([...env.observations, env.rewards[0], env.terminated[0], env.truncated[0]]);
    }
    expect(rows).toEqual([
      [1, 1, 0, 1, 0, 0],
      [2, 1, 1, 2, 0, 0],
      [3, 1, 2, 3, 0, 0],
      [4, 1, 3, 4, 0, 0],
      [0, 2, 0, 5, 1, 0], // the fifth decision's reward, the first observation of the next episode
      [1, 2, 0, 1, 0, 0],
      [2, 2, 1, 2, 0, 0],
    ]);
  });

  test("[B8] the last observation of an episode is in finalObservations, return and length beside it", () => {
    const env = counters(2);
    env.actions.set([3, 4]);
    for (let step = 0; step < 5; step++) env.step();
    expect([...env.finalObservations]).toEqual([5, 1, 3, 5, 1, 4]);
    expect([...env.episodeReturn]).toEqual([15, 15]);
    expect([...env.episodeLength]).toEqual([5, 5]);
  });

  test("[B1] a time limit truncates and does not terminate; at the same decision the rules win", () => {
    const cut = counters(1, { maxSteps: 3 });
    for (let step = 0; step < 3; step++) cut.step();
    expect([cut.terminated[0], cut.truncated[0], ...cut.finalObservations]).toEqual([
      0, 1, 3, 1, 0,
    ]);
    expect([cut.episodeReturn[0], cut.episodeLength[0]]).toEqual([6, 3]);

    const both = counters(1, { maxSteps: 5 });
    for (let step = 0; step < 5; step++) both.step();
    expect([both.terminated[0], both.truncated[0]]).toEqual([1, 0]);
  });

  test("a game's own maxSteps is the default limit", () => {
    const env = new LocalVectorEnv(findGame("probe:truncation"), { count: 1, key: key(1) });
    env.reset();
    for (let step = 0; step < 10; step++) env.step();
    expect([env.truncated[0], env.episodeReturn[0]]).toEqual([1, 10]);
  });

  test("stepRange plays only the envs asked for; two halves make a whole step", () => {
    const whole = counters(4);
    const halves = counters(4);
    for (let step = 0; step < 12; step++) {
      whole.step();
      halves.stepRange(0, 2);
      expect(halves.lengths[3]).toBe(step % 5);
      halves.stepRange(2, 4);
      expect(halves.observations).toEqual(whole.observations);
      expect(halves.rewards).toEqual(whole.rewards);
    }
  });

  test("reset begins at episode 0 again", () => {
    const env = new LocalVectorEnv(findGame("breakout"), { count: 3, key: key(4) });
    env.reset();
    const first = env.observations.slice();
    for (let step = 0; step < 300; step++) env.step();
    env.reset();
    expect(env.observations).toEqual(first);
    expect([env.current(0).episode, env.current(0).length]).toEqual([0, 0]);
  });
});

describe("episodes", () => {
  test("[B27] every episode of every env has its own seed from the key tree", () => {
    const records: EpisodeRecord[] = [];
    const env = counters(2, { onEpisode: (record) => records.push(record) });
    for (let step = 0; step < 10; step++) env.step();
    expect(records.map((record) => [record.env, record.episode])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    for (const { env, episode, seed } of records) {
      expect(seed).toBe(key(1).child("env", env).child("episode", episode).toSeed());
    }
    expect(new Set(records.map((record) => record.seed)).size).toBe(4);
  });

  test("[B28] what onEpisode receives is not changed by later steps", () => {
    const records: EpisodeRecord[] = [];
    const env = counters(1, { onEpisode: (record) => records.push(record) });
    for (let step = 0; step < 5; step++) {
      env.actions[0] = step;
      env.step();
    }
    env.actions[0] = 4;
    for (let step = 0; step < 5; step++) env.step();
    expect([...records[0].actions]).toEqual([0, 1, 2, 3, 4]);
    expect(records[0]).toMatchObject({ length: 5, return: 15, terminated: true, truncated: false });
  });

  test("current shows the episode being played; its log grows as needed", () => {
    const env = new LocalVectorEnv(() => new Endless(), { count: 1, key: key(1) });
    env.reset();
    for (let step = 0; step < 900; step++) {
      env.actions[0] = step % 5;
      env.step();
    }
    const { actions, length, episode, seed, return: total } = env.current(0);
    expect([length, episode, total]).toEqual([900, 0, 450]);
    expect(seed).toBe(key(1).child("env", 0).child("episode", 0).toSeed());
    expect([...actions]).toEqual(Array.from({ length: 900 }, (_, step) => step % 5));
  });

  test("a record alone replays its episode", () => {
    const records: EpisodeRecord[] = [];
    const env = new LocalVectorEnv(findGame("breakout"), {
      count: 4,
      key: key(3),
      onEpisode: (record) => records.push(record),
    });
    env.reset();
    const choose = randomActions(env, 8);
    for (let step = 0; step < 400; step++) {
      choose();
      env.step();
    }
    expect(records.length).toBeGreaterThan(4);
    for (const record of records) {
      const game = findGame("breakout").create();
      game.seed(record.seed);
      game.reset();
      let total = 0;
      for (const action of record.actions) total += game.step(action);
      expect([total, game.terminated]).toEqual([record.return, record.terminated]);
    }
  });
});

describe("saving", () => {
  test.each(["breakout", "catch", "probe:match"])(
    "%s goes on bit for bit from the middle of episodes",
    (id) => {
      const make = () => new LocalVectorEnv(findGame(id), { count: 5, key: key(9), maxSteps: 70 });
      const env = make();
      env.reset();
      const choose = randomActions(env, 2);
      const play = (target: LocalVectorEnv) => {
        target.actions.set(env.actions);
        target.step();
      };
      for (let step = 0; step < 111; step++) {
        choose();
        env.step();
      }
      const saved = structuredClone(env.save());
      const other = make();
      other.restore(saved);
      expect(other.save()).toEqual(saved);
      for (let step = 0; step < 300; step++) {
        choose();
        env.step();
        play(other);
        expect(other.observations).toEqual(env.observations);
        expect(other.current(2)).toEqual(env.current(2));
      }
      expect(other.save()).toEqual(env.save());
    },
  );

  test("[B28] a saved state does not change when the env goes on", () => {
    const env = new LocalVectorEnv(findGame("breakout"), { count: 2, key: key(9) });
    env.reset();
    const saved = env.save();
    const copy = structuredClone(saved);
    for (let step = 0; step < 50; step++) env.step();
    expect(saved).toEqual(copy);
  });

  test("a state of another game, count, limit or key is refused and changes nothing", () => {
    const env = new LocalVectorEnv(findGame("breakout"), { count: 2, key: key(9) });
    env.reset();
    const before = env.save();
    const others = [
      new LocalVectorEnv(findGame("catch"), { count: 2, key: key(9) }),
      new LocalVectorEnv(findGame("breakout"), { count: 3, key: key(9) }),
      new LocalVectorEnv(findGame("breakout"), { count: 2, key: key(9), variant: "puffer" }),
      new LocalVectorEnv(findGame("breakout"), { count: 2, key: key(9), maxSteps: 5 }),
      new LocalVectorEnv(findGame("breakout"), { count: 2, key: key(8) }),
    ];
    const messages = others.map((other) => {
      other.reset();
      return messageOf(() => env.restore(other.save()));
    });
    expect(messages).toMatchInlineSnapshot(`
      [
        "VectorEnv.restore: the state has another game (got catch, expected breakout)",
        "VectorEnv.restore: the state has another count (got 3, expected 2)",
        "VectorEnv.restore: the state has another variant (got puffer, expected classic)",
        "VectorEnv.restore: the state has another maxSteps (got 5, expected 10000)",
        "VectorEnv.restore: the state has another key (got 983733842,3832710356, expected 3906648633,2821877361)",
      ]
    `);
    const arrays = { ...before.arrays, "field.score": new Float64Array(1) };
    expect(() => env.restore({ ...before, arrays })).toThrow('another array "field.score"');
    const lengths = Int32Array.of(-1, 1);
    const odd = { ...before, arrays: { ...before.arrays, lengths } };
    expect(() => env.restore(odd)).toThrow("another length (got -1, expected 0 to 10000)");
    expect(env.save()).toEqual(before);
  });
});

describe("errors", () => {
  test("name the env and what was expected", () => {
    const env = counters(2);
    env.actions[1] = 5;
    expect(() => env.step()).toThrow("counter: invalid action of env 1 (got 5, expected 0 to 4)");
    expect(() => env.stepRange(1, 3)).toThrow("[1, 3) is outside [0, 2)");
    expect(() => counters(0)).toThrow("count must be a positive integer (got 0)");
    expect(() => counters(1, { maxSteps: 0 })).toThrow(
      "maxSteps must be a positive integer (got 0)",
    );
    const unstarted = new LocalVectorEnv(() => new Counter(), { count: 1, key: key(1) });
    expect(() => unstarted.step()).toThrow("call reset() first");
  });

  test("a reward that is not finite is reported with env, seed, step and action", () => {
    const env = new LocalVectorEnv(() => new Poisoned(), { count: 1, key: key(1) });
    env.reset();
    env.step();
    expect(() => env.step()).toThrow(
      `counter: the reward is not finite (got NaN) in env 0, episode 0, seed ${env.current(0).seed}, step 1, action 0`,
    );
  });
});

/** A counter without an end. */
class Endless extends Counter {
  override step(_action: number): number {
    return 0.5;
  }
}

/** A counter whose second reward is not a number. */
class Poisoned extends Counter implements Game {
  override step(action: number): number {
    return super.step(action) === 2 ? Number.NaN : 0;
  }
}

function messageOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}
