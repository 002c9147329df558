/** Wrappers that decide where episodes begin and end: time limit, no-op start, episodic life. */
import { describe, expect, test } from "vitest";
import type { GameSpec } from "../game.js";
import { key } from "../key.js";
import { LocalVectorEnv } from "../local-env.js";
import { findGame } from "../registry.js";
import { hasEnded, playBeside, rowOf, startLocal } from "../testing/beside.js";
import { COUNTER_LENGTH, Counter } from "../testing/counter.js";
import { Echo, echoSpaces } from "../testing/echo.js";
import { RandomPlay } from "../testing/random-play.js";
import type { EpisodeRecord, VectorEnv } from "../vector-env.js";
import { episodicLife } from "./episodic-life.js";
import { noOpStart } from "./no-op-start.js";
import { timeLimit } from "./time-limit.js";
import { createVectorEnv, type WrapperSpec } from "./wrap.js";

interface Played {
  readonly env: VectorEnv;
  readonly records: EpisodeRecord[];
}

/** Counters within wrappers, started. */
function counters(wrappers: readonly WrapperSpec[], count = 1, maxSteps = 1000): Played {
  const records: EpisodeRecord[] = [];
  const env = createVectorEnv(() => new Counter(), {
    count,
    key: key(5),
    wrappers,
    maxSteps,
    onEpisode: (record) => records.push(record),
  });
  env.reset();
  return { env, records };
}

/** Steps of the first env: its flags and the time that its observation shows. */
function flagsOf(env: VectorEnv, steps: number): number[][] {
  return Array.from({ length: steps }, () => {
    env.step();
    return [env.terminated[0], env.truncated[0], env.observations[0]];
  });
}

describe("time-limit", () => {
  test("cuts at the right step: truncated, not terminated", () => {
    const { env, records } = counters([{ wrapper: "time-limit", steps: 3 }]);
    expect(flagsOf(env, 7)).toEqual([
      [0, 0, 1],
      [0, 0, 2],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 2],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect([...env.finalObservations]).toEqual([3, 2, 0]);
    expect([env.episodeReturn[0], env.episodeLength[0]]).toEqual([6, 3]);
    expect(records.map(({ length, truncated, terminated }) => [length, truncated, terminated])) //
      .toEqual([
        [3, true, false],
        [3, true, false],
      ]);
  });

  test("the game's own end at the same step wins", () => {
    const { env, records } = counters([{ wrapper: "time-limit", steps: COUNTER_LENGTH }]);
    expect(flagsOf(env, 6).slice(3)).toEqual([
      [0, 0, 4],
      [1, 0, 0],
      [0, 0, 1],
    ]);
    expect(records[0]).toMatchObject({ terminated: true, truncated: false });
  });

  test("a limit inside at the same step is one end, not two", () => {
    const { env, records } = counters([{ wrapper: "time-limit", steps: 3 }], 1, 3);
    flagsOf(env, 6);
    expect(records.map(({ episode, length }) => [episode, length])).toEqual([
      [0, 3],
      [1, 3],
    ]);
  });

  test("a game's end begins the count again", () => {
    const { env } = counters([{ wrapper: "time-limit", steps: 6 }]);
    expect(flagsOf(env, 20).filter(([, truncated]) => truncated === 1)).toEqual([]);
  });

  test("counts the steps of what is inside: outside a frame skip the skipped ones, inside it each", () => {
    const outside = counters([
      { wrapper: "frame-skip", frames: 2 },
      { wrapper: "time-limit", steps: 2 },
    ]);
    expect(flagsOf(outside.env, 3)).toEqual([
      [0, 0, 2],
      [0, 1, 0],
      [0, 0, 2],
    ]);
    expect(outside.records[0].length).toBe(4);
    const inside = counters([
      { wrapper: "time-limit", steps: 3 },
      { wrapper: "frame-skip", frames: 2 },
    ]);
    expect(flagsOf(inside.env, 3)).toEqual([
      [0, 0, 2],
      [0, 1, 0],
      [0, 0, 2],
    ]);
    expect(inside.records[0].length).toBe(3);
    expect(inside.env.rewards[0]).toBe(1 + 2);
  });

  test("an episode that is cut or started again begins the count again", () => {
    const { env } = counters([{ wrapper: "time-limit", steps: 4 }]);
    flagsOf(env, 3);
    env.cut(0);
    expect(flagsOf(env, 4).map(([, truncated]) => truncated)).toEqual([0, 0, 0, 1]);
    flagsOf(env, 3);
    env.restart(0, 9);
    expect(flagsOf(env, 4).map(([, truncated]) => truncated)).toEqual([0, 0, 0, 1]);
  });

  test("maxSteps is the smaller limit; refuses a number that is none", () => {
    const inner = startLocal(() => new Counter(), 1);
    expect(timeLimit(inner, { steps: 7 }).maxSteps).toBe(7);
    expect(timeLimit(inner, { steps: 1007 }).maxSteps).toBe(1000);
    for (const steps of [0, 0.5]) {
      expect(() => timeLimit(inner, { steps })).toThrow(
        `time-limit: steps must be a positive integer (got ${steps})`,
      );
    }
  });
});

/** How many idle actions a record of a learner that never idles begins with. */
function idleOf(record: EpisodeRecord): number {
  const first = record.actions.findIndex((action) => action !== 0);
  return first < 0 ? record.length : first;
}

describe("no-op-start", () => {
  test("the number of idle actions is 1 to most, each as likely; records hold them", () => {
    const most = 3;
    const { env, records } = counters([{ wrapper: "no-op-start", most }], 10);
    env.actions.fill(4);
    while (records.length < 3000) env.step();
    const numbers = records.map(idleOf);
    for (let number = 1; number <= most; number++) {
      const seen = numbers.filter((one) => one === number).length;
      const share = 1 / most;
      const sigma = Math.sqrt(numbers.length * share * (1 - share));
      expect(Math.abs(seen - numbers.length * share)).toBeLessThan(4 * sigma);
    }
    expect(Math.min(...numbers)).toBe(1);
    expect(Math.max(...numbers)).toBe(most);
    for (const { actions, length } of records) expect([length, actions[4]]).toEqual([5, 4]);
  });

  test("the learner's step keeps its reward, ends and last observation", () => {
    const { env } = counters([{ wrapper: "no-op-start", most: 2 }]);
    env.actions[0] = 3;
    while (env.terminated[0] === 0) env.step();
    expect([env.rewards[0], env.terminated[0], env.truncated[0]]).toEqual([5, 1, 0]);
    expect([...env.finalObservations]).toEqual([5, 1, 3]);
    expect([env.episodeReturn[0], env.episodeLength[0]]).toEqual([15, 5]);
    expect([1, 2]).toContain(env.observations[0]); // the next episode's idle actions are played
    expect(env.actions[0]).toBe(3); // what the learner chose
    env.step();
    expect([env.rewards[0], env.terminated[0]]).toEqual([env.observations[0], 0]);
  });

  test("an episode that ends within its idle actions is over, and the next one begins so too", () => {
    const { env, records } = counters([{ wrapper: "no-op-start", most: 8 }], 4);
    env.actions.fill(2);
    for (let step = 0; step < 200; step++) {
      env.step();
      for (let i = 0; i < 4; i++) {
        expect(env.observations[3 * i]).toBeGreaterThan(0);
        if (env.terminated[i] === 1) expect(env.finalObservations[3 * i + 2]).toBe(2);
      }
    }
    const numbers = records.map(idleOf);
    expect(numbers.filter((number) => number === 5).length).toBeGreaterThan(50);
    expect(Math.max(...numbers)).toBe(5);
    for (let i = 0; i < 4; i++) {
      const episodes = records.filter((record) => record.env === i).map(({ episode }) => episode);
      expect(episodes).toEqual(episodes.map((_, k) => k));
    }
  });

  test("the idle action is the game's own, whatever its kind", () => {
    const records: EpisodeRecord[] = [];
    const local = new LocalVectorEnv(() => new Idle(), {
      count: 1,
      key: key(5),
      maxSteps: 9,
      onEpisode: (record) => records.push(record),
    });
    const env = noOpStart(local, { most: 4 });
    env.reset();
    env.actions.set([1, 6, 250]);
    while (records.length < 1) env.step();
    expect([...records[0].actions.subarray(0, 3)]).toEqual([1, 2, 3]);
    expect([...records[0].actions.subarray(-3)]).toEqual([1, 6, 250]);
  });

  test("a game whose every episode ends meanwhile is refused", () => {
    const env = noOpStart(startLocal(findGame("probe:constant"), 1), { most: 3 });
    expect(() => env.reset()).toThrow(
      "no-op-start: 1000 episodes of probe:constant in a row ended within 1 to 3 idle actions",
    );
  });

  test("refuses a number that is none", () => {
    const inner = startLocal(() => new Counter(), 1);
    for (const most of [0, 1.5]) {
      expect(() => noOpStart(inner, { most })).toThrow(
        `no-op-start: most must be a positive integer (got ${most})`,
      );
    }
  });
});

/** An echo whose idle action is not all zeros. */
class Idle extends Echo {
  override readonly spec: GameSpec = {
    ...new Echo(echoSpaces["multi-discrete"]).spec,
    idle: [1, 2, 3],
  };

  constructor() {
    super(echoSpaces["multi-discrete"]);
  }
}

describe("episodic-life", () => {
  test("a lost ball ends the episode for the learner, while the game goes on", () => {
    const records: EpisodeRecord[] = [];
    const make = (onEpisode: (record: EpisodeRecord) => void): LocalVectorEnv => {
      const env = new LocalVectorEnv(findGame("breakout"), { count: 3, key: key(5), onEpisode });
      env.reset();
      return env;
    };
    const bare = make(() => {});
    const env = episodicLife(make((record) => records.push(record)));
    env.reset();
    const lives = [0, 1, 2].map((i) => bare.lives(i) ?? 0);
    const seen = { lost: 0, ended: 0 };
    playBeside(bare, env, 900, () => {
      for (let i = 0; i < 3; i++) {
        const now = bare.lives(i) ?? 0;
        const ended = bare.terminated[i] === 1;
        const lost = !ended && now < lives[i];
        expect(env.terminated[i]).toBe(ended || lost ? 1 : 0);
        expect(env.truncated[i]).toBe(0);
        expect(rowOf(env.observations, i, 3)).toEqual(rowOf(bare.observations, i, 3));
        if (ended || lost) {
          const last = ended ? bare.finalObservations : bare.observations;
          expect(rowOf(env.finalObservations, i, 3)).toEqual(rowOf(last, i, 3));
        }
        seen.lost += lost ? 1 : 0;
        seen.ended += ended ? 1 : 0;
        lives[i] = now;
      }
      expect(env.rewards).toEqual(bare.rewards);
      expect(env.episodeReturn).toEqual(bare.episodeReturn);
    });
    expect(seen.ended).toBeGreaterThan(3);
    expect(seen.lost).toBeGreaterThan(2 * seen.ended);
    expect(records.length).toBe(seen.ended); // of whole games
  });

  test("a time limit is no lost life; a cut episode begins with all lives", () => {
    const bare = startLocal(findGame("breakout"), 1);
    const env = timeLimit(episodicLife(startLocal(findGame("breakout"), 1)), { steps: 4 });
    env.reset();
    bare.reset();
    for (let step = 0; step < 4; step++) env.step();
    expect([env.terminated[0], env.truncated[0], env.lives(0)]).toEqual([0, 1, bare.lives(0)]);
    env.step();
    expect([env.terminated[0], env.truncated[0]]).toEqual([0, 0]);
  });

  test("wrappers outside see each life as an episode, with chance of its own", () => {
    const wrappers: WrapperSpec[] = [
      { wrapper: "episodic-life" },
      { wrapper: "no-op-start", most: 30 },
    ];
    const env = createVectorEnv(findGame("breakout"), { count: 1, key: key(5), wrappers });
    env.reset();
    const idle: number[] = [];
    const play = new RandomPlay(env);
    for (let step = 0; step < 600; step++) {
      play.choose();
      const { length, episode } = env.current(0);
      env.step();
      const now = env.current(0);
      if (hasEnded(env, 0) && now.episode === episode) idle.push(now.length - length - 1);
    }
    expect(idle.length).toBeGreaterThan(5);
    expect(new Set(idle).size).toBeGreaterThan(idle.length / 2); // not the same for every life
  });

  test("refuses a game without lives", () => {
    expect(() => episodicLife(startLocal(() => new Counter(), 1))).toThrow(
      "episodic-life: counter has no lives",
    );
  });
});
