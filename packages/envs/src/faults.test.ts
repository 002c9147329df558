/** Games that fail: what is cut, what is reported, and that nobody else feels it. */
import { describe, expect, test } from "vitest";
import { ActionViews } from "./action-views.js";
import { EnvError } from "./errors.js";
import { FaultKeeper, faultText, isFinite32, MOST_FAULTS } from "./faults.js";
import type { Game } from "./game.js";
import { catchGame } from "./games/catch/catch.js";
import { key } from "./key.js";
import { LocalVectorEnv, type VectorEnvOptions } from "./local-env.js";
import { makeReplay } from "./replay.js";
import { rowOf } from "./testing/beside.js";
import { Counter } from "./testing/counter.js";
import { Echo, echoSpaces } from "./testing/echo.js";
import { type Break, fragile } from "./testing/fragile.js";
import { Nim } from "./testing/nim.js";
import { lookAll, RandomPlay } from "./testing/random-play.js";
import type { EpisodeRecord, Fault } from "./vector-env.js";

const COUNT = 3;
const EPISODE = 9; // decisions of Catch
const BAD = 1; // the env whose episode 2 fails
const { NaN: NOTHING, POSITIVE_INFINITY: FAR } = Number;

function seedOf(env: number, episode: number): number {
  return key(5).child("env", env).child("episode", episode).toSeed();
}

interface Played {
  readonly env: LocalVectorEnv;
  readonly records: EpisodeRecord[];
  readonly faults: Fault[];
}

function make(game: () => Game, options: Partial<VectorEnvOptions> = {}): Played {
  const records: EpisodeRecord[] = [];
  const faults: Fault[] = [];
  const env = new LocalVectorEnv(game, {
    count: COUNT,
    key: key(5),
    faults: "truncate",
    onEpisode: (record) => records.push(record),
    onFault: (fault) => faults.push(fault),
    ...options,
  });
  env.reset();
  return { env, records, faults };
}

function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

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
    const calm = make(() => catchGame.create());
    const { env, records, faults } = make(fragile(plan));
    const play = new RandomPlay(calm.env);
    const failing = 2 * EPISODE + 4;
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
    const plan: Break = { where: "observe", seeds: [seedOf(BAD, 0)], after: EPISODE };
    const { env, records, faults } = make(fragile(plan));
    for (let step = 0; step < EPISODE; step++) env.step();
    expect([env.terminated[BAD], env.truncated[BAD], env.rewards[BAD]]).toEqual([0, 1, 0]);
    expect([...env.terminated]).toEqual([1, 0, 1]);
    expect(faults[0]).toMatchObject({ step: EPISODE - 1, episode: 0 });
    const record = records.find((one) => one.env === BAD);
    expect(record).toMatchObject({ length: EPISODE - 1, return: 0, truncated: true });
  });

  test("in the first step, there is an episode of no decisions", () => {
    const { env, records } = make(fragile({ where: "step", seeds: [seedOf(BAD, 0)] }));
    const first = rowOf(env.observations, BAD, COUNT);
    env.step();
    expect(records).toMatchObject([
      { env: BAD, episode: 0, length: 0, return: 0, truncated: true },
    ]);
    expect(rowOf(env.finalObservations, BAD, COUNT)).toEqual(first);
  });

  test("the new game takes up the next episode as any other would", () => {
    const { env } = make(fragile({ where: "step", seeds: [seedOf(BAD, 0)], after: 3 }));
    const calm = make(() => catchGame.create());
    for (let step = 0; step < 4; step++) env.step();
    calm.env.restart(BAD, 1);
    const shown = () => [env, calm.env].map((one) => rowOf(one.observations, BAD, COUNT));
    for (let step = 0; step < EPISODE; step++) {
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
    const { env, faults } = make(fragile({ where: "entry", seeds: [seedOf(BAD, 0)] }), {
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
    const { env, records, faults } = make(fragile({ where, seeds }));
    const calm = make(() => catchGame.create());
    for (let step = 0; step < 3 * EPISODE; step++) {
      env.step();
      calm.env.step();
      expect(env.rewards[0]).toBe(calm.env.rewards[0]);
      expect(env.terminated).toEqual(calm.env.terminated); // nothing was cut
    }
    expect(faults).toMatchObject([
      { env: BAD, episode: 1, step: -1, action: [], seed: seeds[0] },
      { env: BAD, episode: 2, step: -1, action: [], seed: seeds[1] },
    ]);
    const episodes = records.filter((record) => record.env === BAD).map(({ episode }) => episode);
    expect(episodes).toEqual([0, 3, 4]);
    expect(env.observations.every((value) => Number.isFinite(value))).toBe(true);
  });

  test("also at the first of all, in reset and in restart", () => {
    const { env, faults } = make(fragile({ where: "reset", seeds: [seedOf(0, 0), seedOf(2, 7)] }));
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
    const { env, faults } = make(() => {
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
    for (let step = 0; step < EPISODE; step++) env.step();
    expect(env.terminated[BAD]).toBe(1);
  });
});

describe("too much is too much", () => {
  const seeds = Array.from({ length: 40 }, (_, episode) => seedOf(BAD, episode));

  test("ten faulty episodes in a row end it, with the last one as an example", () => {
    const { env, faults } = make(fragile({ where: "step", seeds, after: 1 }));
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
    const error = errorOf(() => make(fragile({ where: "reset", seeds })));
    expect(error).toMatchObject({ code: "FAULTY_GAME" });
    expect(String(error)).toContain(`seed ${seeds[9]}, the start of an episode)`);
    const later = make(fragile({ where: "reset", seeds: seeds.slice(1) }));
    expect(() => {
      for (let step = 0; step < EPISODE; step++) later.env.step();
    }).toThrow("10 episodes in a row failed in env 1");
    expect(later.faults.length).toBe(MOST_FAULTS);
  });

  test("a sound episode in between begins the count again; each env has its own", () => {
    const bad = seeds.filter((_, episode) => episode % 10 !== 9);
    const { env, faults } = make(fragile({ where: "step", seeds: bad }), { count: 2 });
    for (let step = 0; step < 60; step++) env.step();
    expect(faults.length).toBeGreaterThan(30);
    const both = [...Array(9).keys()].flatMap((i) => [seedOf(0, i), seedOf(1, i)]);
    const two = make(fragile({ where: "step", seeds: both }), { count: 2 });
    for (let step = 0; step < 30; step++) two.env.step();
    expect(two.faults.length).toBe(18);
  });
});

describe('without "truncate"', () => {
  const throwing: Partial<VectorEnvOptions> = { faults: "throw" };

  test("the step throws an error that says where, and why by its cause", () => {
    const { env, faults, records } = make(
      fragile({ where: "step", seeds: [seedOf(BAD, 1)], after: 2 }),
      throwing,
    );
    for (let step = 0; step < EPISODE + 2; step++) env.step();
    records.length = 0;
    env.actions[BAD] = 2;
    const error = errorOf(() => env.step());
    expect(String(error)).toBe(
      `EnvError: catch: the game threw "broken" (env 1, episode 1, seed ${seedOf(BAD, 1)}, step 2, action 2)`,
    );
    expect(error).toMatchObject({ code: "FAULTY_GAME", cause: { message: "broken" } });
    expect([faults, records]).toEqual([[], []]);
  });

  test("at the start of an episode too", () => {
    const plan: Break = { where: "reset", seeds: [seedOf(BAD, 1)] };
    const { env } = make(fragile(plan), throwing);
    const play = (): void => {
      for (let step = 0; step < EPISODE; step++) env.step();
    };
    expect(play).toThrow(`(env 1, episode 1, seed ${seedOf(BAD, 1)}, the start of an episode)`);
    expect(() => make(fragile({ ...plan, seeds: [seedOf(0, 0)] }), throwing)).toThrow(
      "the start of an episode",
    );
  });

  test("a reward that is no number has its own code", () => {
    const { env } = make(fragile({ where: "reward", seeds: [seedOf(BAD, 0)] }), throwing);
    const error = errorOf(() => env.step());
    expect(error).toMatchObject({ code: "INVALID_REWARD" });
    expect(String(error)).toBe(
      `EnvError: catch: the reward is not finite (got NaN) in env 1, episode 0, seed ${seedOf(BAD, 0)}, step 0, action 0`,
    );
  });

  test("observations are searched where that is asked for", () => {
    const plan: Break = { where: "entry", seeds: [seedOf(BAD, 0)], after: 2 };
    const blind = make(fragile(plan), throwing);
    for (let step = 0; step < 5; step++) blind.env.step();
    const { env } = make(fragile(plan), { ...throwing, checkObservations: true });
    env.step();
    const error = errorOf(() => env.step());
    expect(error).toMatchObject({ code: "INVALID_OBSERVATION" });
    expect(String(error)).toBe(
      `EnvError: catch: entry 7 of the observation is not finite (got NaN) in env 1, episode 0, seed ${seedOf(BAD, 0)}, step 1, action 0`,
    );
    const start = { ...plan, seeds: [seedOf(BAD, 1)], after: 0 };
    const later = make(fragile(start), { ...throwing, checkObservations: true });
    const play = (): void => {
      for (let step = 0; step < EPISODE; step++) later.env.step();
    };
    expect(errorOf(play)).toMatchObject({ code: "INVALID_OBSERVATION" });
  });

  test("entries are named where the game names them", () => {
    const game = () => new Forgetful();
    const { env } = make(game, { ...throwing, checkObservations: true });
    expect(() => env.step()).toThrow("entry 1 (stones) of the observation is not finite (got NaN)");
  });
});

/** A counter with names, which forgets its stones. */
class Forgetful extends Counter {
  override readonly spec: Counter["spec"] = {
    ...new Counter().spec,
    observation: { size: 3, shape: [3], names: ["time", "stones", "last"] },
  };

  override observe(out: Float32Array, at: number): void {
    super.observe(out, at);
    if (this.time > 0) out[at + 1] = NOTHING;
  }
}

describe("what is no fault of the game", () => {
  test("an invalid action is the caller's, and always thrown", () => {
    for (const faults of ["truncate", "throw"] as const) {
      const {
        env,
        faults: reported,
        records,
      } = make(() => catchGame.create(), { faults, firstEnv: 4 });
      for (const wrong of [3, -1]) {
        env.actions[2] = wrong;
        const error = errorOf(() => env.step());
        expect(error).toMatchObject({ code: "INVALID_ACTION" });
        expect(String(error)).toContain(`invalid action of env 6 (got ${wrong}, expected 0 to 2)`);
      }
      expect([reported, records]).toEqual([[], []]);
    }
  });

  test("also one that only the game can tell", () => {
    const { env, faults } = make(() => new Nim());
    const takeThree = (): void => {
      env.actions.fill(2);
      for (let step = 0; step < 30; step++) env.step();
    };
    expect(errorOf(takeThree)).toMatchObject({ code: "INVALID_ACTION" });
    expect(faults).toEqual([]);
  });

  test("what onEpisode throws is passed on as it is, after the whole step", () => {
    const broken = new Error("disk full");
    const seen: number[] = [];
    const { env, faults } = make(() => catchGame.create(), {
      onEpisode: (record) => {
        seen.push(record.env);
        throw broken;
      },
    });
    for (let step = 0; step < EPISODE - 1; step++) env.step();
    expect(errorOf(() => env.step())).toBe(broken);
    expect(seen).toEqual([0, 1, 2]);
    expect([...env.terminated]).toEqual([1, 1, 1]);
    env.step(); // goes on
    expect(env.current(2)).toMatchObject({ episode: 1, length: 1 });
    expect(errorOf(() => env.cut(1))).toBe(broken);
    expect(faults).toEqual([]);
  });

  test("also when it is the record of a faulty episode, and what onFault throws", () => {
    const broken = new Error("disk full");
    const game = fragile({ where: "step", seeds: [seedOf(BAD, 0)] });
    const throwIt = (): never => {
      throw broken;
    };
    for (const options of [{ onEpisode: throwIt }, { onFault: throwIt }]) {
      const { env } = make(game, options);
      expect(errorOf(() => env.step())).toBe(broken);
      expect(env.current(BAD).episode).toBe(1);
      env.step();
    }
    const start = fragile({ where: "reset", seeds: [seedOf(BAD, 0)] });
    expect(errorOf(() => make(start, { onFault: throwIt }))).toBe(broken);
  });
});

describe("cutting an episode", () => {
  test("whose last observation fails is a fault of its last decision", () => {
    const plan: Break = { where: "observe", seeds: [seedOf(BAD, 0)], after: 3 };
    const { env, records, faults } = make(fragile(plan));
    for (let step = 0; step < 3; step++) env.stepRange(0, COUNT, step < 2);
    env.cut(BAD);
    expect(faults).toMatchObject([{ kind: "threw", env: BAD, episode: 0, step: 2 }]);
    expect(records).toMatchObject([{ env: BAD, length: 3, truncated: true }]);
    expect(env.current(BAD)).toMatchObject({ episode: 1, length: 0 });
  });

  test("is for envs that there are", () => {
    const { env } = make(() => catchGame.create());
    expect(() => env.cut(3)).toThrow("VectorEnv.cut: no such env (got 3, expected 0 to 2)");
    expect(() => env.restart(-1, 0)).toThrow("VectorEnv.restart: no such env (got -1");
    expect(() => env.stepRange(0.5, 2)).toThrow("[0.5, 2) is outside [0, 3)");
  });
});

describe("the parts", () => {
  test("faults in one sentence", () => {
    const place = { env: 3, episode: 4, seed: 99, step: 7, action: [0.5, 2] };
    const kinds = ["threw", "hung", "died", "not finite"] as const;
    const texts = kinds.map((kind) => faultText({ ...place, kind, message: "what it said" }));
    expect(texts).toEqual([
      'the game threw "what it said" (env 3, episode 4, seed 99, step 7, action 0.5, 2)',
      "the game did not come back (env 3, episode 4, seed 99, step 7, action 0.5, 2; what it said)",
      "the game took its thread down (env 3, episode 4, seed 99, step 7, action 0.5, 2; what it said)",
      "what it said in env 3, episode 4, seed 99, step 7, action 0.5, 2",
    ]);
  });

  test("a keeper counts by env, and what it threw it knows again", () => {
    const keeper = new FaultKeeper("game", 2, { faults: "truncate" });
    const place = { env: 7, episode: 0, seed: 1, step: 0, action: [0] };
    for (let i = 1; i < MOST_FAULTS; i++) for (const env of [0, 1]) keeper.add(env, place, "x");
    expect(keeper.verdict).toBe(undefined);
    keeper.passed(1);
    keeper.add(1, place, "x");
    const error = errorOf(() => keeper.add(0, place, "x"));
    expect(error).toMatchObject({ code: "FAULTY_GAME" });
    expect(keeper.verdict).toBe(error);
  });

  test("a value that is not finite is found wherever it stands, and nowhere else", () => {
    const values = new Float32Array(23).fill(3e38);
    for (const wrong of [NOTHING, FAR, -FAR]) {
      for (let at = 0; at < values.length; at++) {
        values[at] = wrong;
        expect(isFinite32(values, 5, 11)).toBe(at < 5 || at >= 16);
        values[at] = -3e38;
      }
    }
    expect(isFinite32(values, 0, 0)).toBe(true);
  });

  test("vector actions: boxes are clipped in a copy, all else has to fit", () => {
    const boxes = new ActionViews("game", echoSpaces.box, 2, 30);
    const actions = Float32Array.of(0, 0, 0, -9, 0.25, FAR);
    expect([...(boxes.take(actions, 1) as Float32Array)]).toEqual([-1, 0.25, 7]);
    expect([...actions]).toEqual([0, 0, 0, -9, 0.25, FAR]);
    expect(() => boxes.take(Float32Array.of(0, 0, 0, 0, NOTHING, 0), 1)).toThrow(
      "game: invalid action of env 31 (got NaN as entry 1, expected a finite number)",
    );
    const endless = { kind: "box", size: 1, low: [-FAR], high: [FAR] } as const;
    expect(() => new ActionViews("game", endless, 1).take(Float32Array.of(FAR), 0)).toThrow(
      "game: invalid action of env 0 (got Infinity as entry 0, expected a finite number)",
    );
    const choices = new ActionViews("game", echoSpaces["multi-discrete"], 1);
    expect([...(choices.take(Int32Array.of(1, 6, 255), 0) as Int32Array)]).toEqual([1, 6, 255]);
    expect(() => choices.take(Int32Array.of(1, 7, 0), 0)).toThrow(
      "game: invalid action of env 0 (got 7 as entry 1, expected 0 to 6)",
    );
    expect(() => choices.take(Int32Array.of(-1, 0, 0), 0)).toThrow("(got -1 as entry 0");
    const switches = new ActionViews("game", echoSpaces["multi-binary"], 1);
    expect(() => switches.take(Int32Array.of(0, 0, 0, 0, 2), 0)).toThrow("expected 0 to 1");
  });

  test("a game that shows bytes needs an observer, since games write float32", () => {
    expect(() => make(() => new Bytes())).toThrow(
      'VectorEnv: counter cannot write its observations itself (got dtype "uint8" and no observer, expected "float32")',
    );
  });
});

class Bytes extends Counter {
  override readonly spec: Counter["spec"] = {
    ...new Counter().spec,
    observation: { size: 3, shape: [3], dtype: "uint8" },
  };
}
