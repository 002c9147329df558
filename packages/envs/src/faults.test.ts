/** Games that fail and are survived: what is cut, what is reported, and that nobody else feels it. */
import { describe, expect, test } from "vitest";
import { EnvError } from "./errors.js";
import { MOST_FAULTS } from "./faults.js";
import { catchGame } from "./games/catch/catch.js";
import { key } from "./key.js";
import { LocalVectorEnv } from "./local-env.js";
import { makeReplay } from "./replay.js";
import { rowOf } from "./testing/beside.js";
import { Echo, echoSpaces } from "./testing/echo.js";
import {
  BAD,
  type Break,
  CATCH_LENGTH,
  COUNT,
  errorOf,
  fragile,
  seedOf,
  startWatched,
} from "./testing/fragile.js";
import { lookAll, RandomPlay } from "./testing/random-play.js";
import type { EpisodeRecord, Fault } from "./vector-env.js";

const { POSITIVE_INFINITY: FAR } = Number;

/** Every way to fail at decision 4 of the third episode, and what the report says of it. */
const steps: readonly (readonly [string, Break, Fault["kind"], string])[] = [
  ["throws in step", { where: "step", seeds: [] }, "threw", "broken"],
  ["throws in step what is no error", { where: "step", seeds: [], value: "ouch" }, "threw", "ouch"],
  ["throws in observe", { where: "observe", seeds: [] }, "threw", "broken"],
  [
    "gives NaN as reward",
    { where: "reward", seeds: [] },
    "not finite",
    "the reward is not finite (got NaN)",
  ],
  [
    "gives more than a float32 as reward",
    { where: "reward", seeds: [], value: 1e39 },
    "not finite",
    "the reward is not finite (got 1e+39)",
  ],
  [
    "writes NaN",
    { where: "entry", seeds: [] },
    "not finite",
    "entry 7 of the observation is not finite (got NaN)",
  ],
  [
    "writes an infinity",
    { where: "entry", seeds: [], value: -FAR },
    "not finite",
    "entry 7 of the observation is not finite (got -Infinity)",
  ],
];

describe("a game that fails in a step", () => {
  test.each(steps)("%s: the episode is cut before it", (_name, how, kind, message) => {
    const isLate = how.where === "observe" || how.where === "entry"; // shows only after the step
    const plan = { ...how, seeds: [seedOf(BAD, 2)], after: isLate ? 5 : 4 };
    const calm = startWatched(() => catchGame.create());
    const { env, records, faults } = startWatched(fragile(plan));
    const play = new RandomPlay(calm.env);
    const failing = 2 * CATCH_LENGTH + 4;
    for (let step = 0; step < failing + 30; step++) {
      play.choose();
      env.actions.set(calm.env.actions);
      const before = rowOf(env.observations, BAD, COUNT);
      if (step === failing) expect(faults).toEqual([]);
      calm.env.step();
      env.step();
      if (step !== failing) expect(env.truncated[BAD]).toBe(0);
      else {
        expect([env.terminated[BAD], env.truncated[BAD], env.rewards[BAD]]).toEqual([0, 1, 0]);
        const last = rowOf(env.finalObservations, BAD, COUNT);
        expect(last.every(Number.isFinite)).toBe(true);
        if (!isLate) expect(last).toEqual(before);
        expect([env.episodeReturn[BAD], env.episodeLength[BAD]]).toEqual([0, 4]);
        expect(faults[0].action).toEqual([env.actions[BAD]]);
        expect(env.current(BAD)).toMatchObject({ episode: 3, length: 0, seed: seedOf(BAD, 3) });
      }
      const others = (shown: readonly unknown[]) => shown.filter((_, i) => i !== BAD);
      expect(others(lookAll(env))).toEqual(others(lookAll(calm.env)));
    }
    expect(faults).toEqual([
      {
        kind,
        env: BAD,
        episode: 2,
        seed: seedOf(BAD, 2),
        step: 4,
        action: faults[0].action,
        message,
      },
    ]);
    const of = (list: readonly EpisodeRecord[]) => list.filter((record) => record.env === BAD);
    expect(of(records).slice(0, 2)).toEqual(of(calm.records).slice(0, 2));
    expect(of(records)[2]).toMatchObject({
      episode: 2,
      length: 4,
      terminated: false,
      truncated: true,
    });
    for (const record of records) {
      const replay = makeReplay(record, catchGame);
      expect([replay.return, replay.length]).toEqual([record.return, record.length]);
    }
  });

  test("in the last step of an episode, its reward is lost with it", () => {
    const plan: Break = { where: "observe", seeds: [seedOf(BAD, 0)], after: CATCH_LENGTH };
    const { env, records, faults } = startWatched(fragile(plan));
    for (let step = 0; step < CATCH_LENGTH; step++) env.step();
    expect([env.terminated[BAD], env.truncated[BAD], env.rewards[BAD]]).toEqual([0, 1, 0]);
    expect([...env.terminated]).toEqual([1, 0, 1]);
    expect(faults[0]).toMatchObject({ step: CATCH_LENGTH - 1, episode: 0 });
    const record = records.find((one) => one.env === BAD);
    expect(record).toMatchObject({ length: CATCH_LENGTH - 1, return: 0, truncated: true });
  });

  test("in the first step, there is an episode of no decisions", () => {
    const { env, records } = startWatched(fragile({ where: "step", seeds: [seedOf(BAD, 0)] }));
    const first = rowOf(env.observations, BAD, COUNT);
    env.step();
    expect(records).toMatchObject([
      { env: BAD, episode: 0, length: 0, return: 0, truncated: true },
    ]);
    expect(rowOf(env.finalObservations, BAD, COUNT)).toEqual(first);
  });

  test("the new game takes up the next episode as any other would", () => {
    const { env } = startWatched(fragile({ where: "step", seeds: [seedOf(BAD, 0)], after: 3 }));
    const calm = startWatched(() => catchGame.create());
    for (let step = 0; step < 4; step++) env.step();
    calm.env.restart(BAD, 1);
    const shown = () => [env, calm.env].map((one) => rowOf(one.observations, BAD, COUNT));
    for (let step = 0; step < CATCH_LENGTH; step++) {
      const [now, expected] = shown();
      expect(now).toEqual(expected);
      env.stepRange(BAD, BAD + 1);
      calm.env.stepRange(BAD, BAD + 1);
    }
    expect(env.rewards[BAD]).toBe(calm.env.rewards[BAD]);
  });

  test("the action in the report of a vector is what was played", () => {
    const faults: Fault[] = [];
    const env = new LocalVectorEnv(() => new BrokenEcho(), {
      count: 2,
      key: key(5),
      firstEnv: 10,
      faults: "truncate",
      onFault: (fault) => faults.push(fault),
    });
    env.reset();
    env.actions.set([0, 0, 0, 0.5, 9, 1]);
    env.step();
    expect(faults).toMatchObject([{ env: 11, step: 0, action: [0.5, 0.5, 1] }]); // 9 is clipped
  });

  test("pictures are not searched, since bytes are finite; the game's own fault is", () => {
    const { env, faults } = startWatched(fragile({ where: "entry", seeds: [seedOf(BAD, 0)] }), {
      observer: () => ({
        spec: { size: 1, shape: [1, 1, 1], dtype: "uint8" },
        observe: (_game, out, at) => out.fill(9, at, at + 1),
      }),
    });
    env.step();
    expect([faults.length, ...env.observations]).toEqual([0, 9, 9, 9]);
  });
});

class BrokenEcho extends Echo {
  constructor() {
    super(echoSpaces.box);
  }

  override step(action: Float32Array): number {
    if (action[0] === 0.5) throw new Error("half");
    return super.step(action);
  }
}

describe("a game that fails at the start of an episode", () => {
  const places = ["reset", "observe", "entry"] as const;
  test.each(places)("in %s: a fresh game begins the next one", (where) => {
    const seeds = [seedOf(BAD, 1), seedOf(BAD, 2)];
    const create = fragile({ where, seeds });
    let made = 0;
    const { env, records, faults } = startWatched(() => {
      made += 1;
      return create();
    });
    const calm = startWatched(() => catchGame.create());
    for (let step = 0; step < 3 * CATCH_LENGTH; step++) {
      env.step();
      calm.env.step();
      expect(env.rewards[0]).toBe(calm.env.rewards[0]);
      expect(env.terminated).toEqual(calm.env.terminated); // nothing was cut
    }
    expect(faults).toMatchObject([
      { env: BAD, episode: 1, step: -1, action: [], seed: seeds[0] },
      { env: BAD, episode: 2, step: -1, action: [], seed: seeds[1] },
    ]);
    expect(made).toBe(COUNT + 2);
    const episodes = records.filter((record) => record.env === BAD).map(({ episode }) => episode);
    expect(episodes).toEqual([0, 3, 4]);
    expect(env.observations.every((value) => Number.isFinite(value))).toBe(true);
  });

  test("also at the first of all, in reset and in restart", () => {
    const { env, faults } = startWatched(
      fragile({ where: "reset", seeds: [seedOf(0, 0), seedOf(2, 7)] }),
    );
    expect([env.current(0).episode, env.current(1).episode]).toEqual([1, 0]);
    env.restart(2, 7);
    expect(env.current(2).episode).toBe(8);
    expect(faults.map(({ env, episode }) => [env, episode])).toEqual([
      [0, 0],
      [2, 7],
    ]);
  });

  test("a fresh game that cannot be made is one more fault, until one can", () => {
    let failures = 0;
    const working = fragile({ where: "step", seeds: [seedOf(BAD, 0)] });
    const { env, faults } = startWatched(() => {
      if (failures > 0 && failures++ < 4) throw new Error("out of games");
      return working();
    });
    failures = 1;
    env.step();
    expect(faults.map(({ episode, step, message }) => [episode, step, message])).toEqual([
      [0, 0, "broken"],
      [1, -1, "out of games"],
      [2, -1, "out of games"],
      [3, -1, "out of games"],
    ]);
    expect(env.current(BAD).episode).toBe(4);
    for (let step = 0; step < CATCH_LENGTH; step++) env.step();
    expect(env.terminated[BAD]).toBe(1);
  });
});

describe("too much is too much", () => {
  const seeds = Array.from({ length: 40 }, (_, episode) => seedOf(BAD, episode));

  test("ten faulty episodes in a row end it, with the last one as an example", () => {
    const { env, faults } = startWatched(fragile({ where: "step", seeds, after: 1 }));
    const play = (): void => {
      for (let step = 0; step < 40; step++) env.step();
    };
    const error = errorOf(play);
    expect(error).toBeInstanceOf(EnvError);
    expect(error).toMatchObject({ code: "FAULTY_GAME", cause: { message: "broken" } });
    expect(String(error)).toBe(
      `EnvError: catch: 10 episodes in a row failed in env 1, the last like this: the game threw "broken" (env 1, episode 9, seed ${seeds[9]}, step 1, action 0)`,
    );
    expect(faults.map(({ episode }) => episode)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("also where no episode begins at all", () => {
    const error = errorOf(() => startWatched(fragile({ where: "reset", seeds })));
    expect(error).toMatchObject({ code: "FAULTY_GAME" });
    expect(String(error)).toContain(`seed ${seeds[9]}, the start of an episode)`);
    const later = startWatched(fragile({ where: "reset", seeds: seeds.slice(1) }));
    expect(() => {
      for (let step = 0; step < CATCH_LENGTH; step++) later.env.step();
    }).toThrow("10 episodes in a row failed in env 1");
    expect(later.faults.length).toBe(MOST_FAULTS);
  });

  test("a sound episode in between begins the count again; each env has its own", () => {
    const bad = seeds.filter((_, episode) => episode % 10 !== 9);
    const { env, faults } = startWatched(fragile({ where: "step", seeds: bad }), { count: 2 });
    for (let step = 0; step < 60; step++) env.step();
    expect(faults.length).toBeGreaterThan(30);
    const both = [...Array(9).keys()].flatMap((i) => [seedOf(0, i), seedOf(1, i)]);
    const two = startWatched(fragile({ where: "step", seeds: both }), { count: 2 });
    for (let step = 0; step < 30; step++) two.env.step();
    expect(two.faults.length).toBe(18);
  });
});

describe("cutting an episode", () => {
  test("whose last observation fails is a fault of its last decision", () => {
    const plan: Break = { where: "observe", seeds: [seedOf(BAD, 0)], after: 3 };
    const { env, records, faults } = startWatched(fragile(plan));
    for (let step = 0; step < 3; step++) env.stepRange(0, COUNT, step < 2);
    env.cut(BAD);
    expect(faults).toMatchObject([{ kind: "threw", env: BAD, episode: 0, step: 2 }]);
    expect(records).toMatchObject([{ env: BAD, length: 3, truncated: true }]);
    expect(env.current(BAD)).toMatchObject({ episode: 1, length: 0 });
  });

  test("truncates, also where the last step ended one by the rules", () => {
    const { env, records } = startWatched(() => catchGame.create());
    for (let step = 0; step < CATCH_LENGTH; step++) env.step();
    expect([env.terminated[0], env.truncated[0]]).toEqual([1, 0]);
    env.cut(0);
    expect([env.terminated[0], env.truncated[0]]).toEqual([0, 1]);
    expect(records.at(-1)).toMatchObject({ env: 0, episode: 1, length: 0, truncated: true });
  });

  test("is for envs that there are", () => {
    const { env } = startWatched(() => catchGame.create());
    expect(() => env.cut(3)).toThrow("VectorEnv.cut: no such env (got 3, expected 0 to 2)");
    expect(() => env.restart(-1, 0)).toThrow("VectorEnv.restart: no such env (got -1");
    expect(() => env.stepRange(0.5, 2)).toThrow("[0.5, 2) is outside [0, 3)");
  });
});
