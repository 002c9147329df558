/** Faults that end training, what is no fault of the game, and the parts that tell. */
import { describe, expect, test } from "vitest";
import { FaultKeeper, faultText, isFinite32, MOST_FAULTS } from "./faults.js";
import { catchGame } from "./games/catch/catch.js";
import type { VectorEnvOptions } from "./local-env.js";
import { Counter } from "./testing/counter.js";
import {
  BAD,
  type Break,
  CATCH_LENGTH,
  errorOf,
  fragile,
  seedOf,
  startWatched,
} from "./testing/fragile.js";
import { Nim } from "./testing/nim.js";

const { NaN: NOTHING, POSITIVE_INFINITY: FAR } = Number;

describe('without "truncate"', () => {
  const throwing: Partial<VectorEnvOptions> = { faults: "throw" };

  test("the step throws an error that says where, and why by its cause", () => {
    const { env, faults, records } = startWatched(
      fragile({ where: "step", seeds: [seedOf(BAD, 1)], after: 2 }),
      throwing,
    );
    for (let step = 0; step < CATCH_LENGTH + 2; step++) env.step();
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
    const { env } = startWatched(fragile(plan), throwing);
    const play = (): void => {
      for (let step = 0; step < CATCH_LENGTH; step++) env.step();
    };
    expect(play).toThrow(`(env 1, episode 1, seed ${seedOf(BAD, 1)}, the start of an episode)`);
    expect(() => startWatched(fragile({ ...plan, seeds: [seedOf(0, 0)] }), throwing)).toThrow(
      "the start of an episode",
    );
  });

  test("a reward that is no number has its own code", () => {
    const { env } = startWatched(fragile({ where: "reward", seeds: [seedOf(BAD, 0)] }), throwing);
    const error = errorOf(() => env.step());
    expect(error).toMatchObject({ code: "INVALID_REWARD" });
    expect(String(error)).toBe(
      `EnvError: catch: the reward is not finite (got NaN) in env 1, episode 0, seed ${seedOf(BAD, 0)}, step 0, action 0`,
    );
  });

  test("observations are searched where that is asked for", () => {
    const plan: Break = { where: "entry", seeds: [seedOf(BAD, 0)], after: 2 };
    const blind = startWatched(fragile(plan), throwing);
    for (let step = 0; step < 5; step++) blind.env.step();
    const { env } = startWatched(fragile(plan), { ...throwing, checkObservations: true });
    env.step();
    const error = errorOf(() => env.step());
    expect(error).toMatchObject({ code: "INVALID_OBSERVATION" });
    expect(String(error)).toBe(
      `EnvError: catch: entry 7 of the observation is not finite (got NaN) in env 1, episode 0, seed ${seedOf(BAD, 0)}, step 1, action 0`,
    );
    const start = { ...plan, seeds: [seedOf(BAD, 1)], after: 0 };
    const later = startWatched(fragile(start), { ...throwing, checkObservations: true });
    const play = (): void => {
      for (let step = 0; step < CATCH_LENGTH; step++) later.env.step();
    };
    expect(errorOf(play)).toMatchObject({ code: "INVALID_OBSERVATION" });
  });

  test("entries are named where the game names them", () => {
    const game = () => new Forgetful();
    const { env } = startWatched(game, { ...throwing, checkObservations: true });
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
      } = startWatched(() => catchGame.create(), { faults, firstEnv: 4 });
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
    const { env, faults } = startWatched(() => new Nim());
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
    const { env, faults } = startWatched(() => catchGame.create(), {
      onEpisode: (record) => {
        seen.push(record.env);
        throw broken;
      },
    });
    for (let step = 0; step < CATCH_LENGTH - 1; step++) env.step();
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
      const { env } = startWatched(game, options);
      expect(errorOf(() => env.step())).toBe(broken);
      expect(env.current(BAD).episode).toBe(1);
      env.step();
    }
    const start = fragile({ where: "reset", seeds: [seedOf(BAD, 0)] });
    expect(errorOf(() => startWatched(start, { onFault: throwIt }))).toBe(broken);
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
      "the game was lost with its thread or process (env 3, episode 4, seed 99, step 7, action 0.5, 2; what it said)",
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
});

describe("bytes", () => {
  test("a game that shows bytes needs an observer, since games write float32", () => {
    expect(() => startWatched(() => new Bytes())).toThrow(
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
