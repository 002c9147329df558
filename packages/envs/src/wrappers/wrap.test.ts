/** Wrappers as data, and how they are put together. */
import { describe, expect, test } from "vitest";
import { EnvError } from "../errors.js";
import { key } from "../key.js";
import { findGame } from "../registry.js";
import { startLocal } from "../testing/beside.js";
import { Counter } from "../testing/counter.js";
import { flattenObservations } from "./flatten.js";
import {
  createVectorEnv,
  loadStatistics,
  saveStatistics,
  spansEnvs,
  type WrapperSpec,
  wrapAll,
} from "./wrap.js";
import { VectorWrapper } from "./wrapper.js";

const options = { count: 2, key: key(3) };

describe("createVectorEnv", () => {
  test("puts the first wrapper innermost", () => {
    const env = createVectorEnv(() => new Counter(), {
      ...options,
      wrappers: [
        { wrapper: "scale-rewards", factor: 10 },
        { wrapper: "clip-rewards", bound: 15 },
      ],
    });
    env.reset();
    env.step();
    expect(env.rewards[0]).toBe(10);
    env.step();
    expect(env.rewards[0]).toBe(15);
    expect(env).toBeInstanceOf(VectorWrapper);
    expect((env as VectorWrapper).label).toBe("clip-rewards 15");
  });

  test("pixels are the game's own picture, as its draw paints it", () => {
    const env = createVectorEnv(findGame("catch"), {
      ...options,
      wrappers: [{ wrapper: "pixels", width: 5, height: 10 }],
    });
    env.reset();
    expect(env.spec.observation).toEqual({ size: 50, shape: [10, 5, 1], dtype: "uint8" });
    expect(env.observations.length).toBe(100);
    const first = env.observations.slice(0, 50);
    env.step();
    expect(env.observations.slice(0, 50)).not.toEqual(first);
  });

  test("chooses the variant", () => {
    const env = createVectorEnv(findGame("breakout"), { ...options, variant: "puffer" });
    expect(env.spec.variant).toBe("puffer");
    expect(() => createVectorEnv(findGame("breakout"), { ...options, variant: "none" })).toThrow(
      "breakout: no such variant",
    );
  });

  test("a wrapper's name and settings come as data and are checked", () => {
    const inner = startLocal(() => new Counter(), 1);
    const from = (text: string): readonly WrapperSpec[] => JSON.parse(text);
    expect(() => wrapAll(inner, from('[{"wrapper": "frame-skip"}]'))).toThrow(
      "frame-skip: frames must be a positive integer (got undefined)",
    );
    expect(() => wrapAll(inner, from('[{"wrapper": "rainbow"}]'))).toThrow(
      'wrappers: no such wrapper (got "rainbow")',
    );
    expect(() => wrapAll(inner, [{ wrapper: "flatten" }, { wrapper: "pixels" }])).toThrow(
      "wrappers: pixels must be the first, around the games themselves",
    );
    expect(() => wrapAll(inner, from('[{"wrapper": "rainbow"}]'))).toThrow(EnvError);
  });

  test("only running statistics span envs", () => {
    const names = (["normalize-observations", "normalize-returns", "flatten"] as const).map(
      (wrapper) => spansEnvs({ wrapper }),
    );
    expect(names).toEqual([true, true, false]);
  });
});

describe("flatten", () => {
  test("changes the shape and nothing else", () => {
    const inner = startLocal(findGame("catch"), 2);
    const env = flattenObservations(inner);
    expect(inner.spec.observation.shape).toEqual([10, 5]);
    expect(env.spec).toEqual({
      ...inner.spec,
      observation: { ...inner.spec.observation, shape: [50] },
    });
    expect(env.observations).toBe(inner.observations);
    expect(env.finalObservations).toBe(inner.finalObservations);
  });
});

describe("a wrapper forwards what it does not change", () => {
  test("arrays, facts and episodes", () => {
    const inner = startLocal(findGame("breakout"), 2);
    const env = new VectorWrapper("plain", inner);
    env.reset();
    env.step();
    expect(env.current(1)).toEqual(inner.current(1));
    expect([env.lives(0), env.turn(0)]).toEqual([inner.lives(0), undefined]);
    for (const name of ["observations", "actions", "rewards", "terminated"] as const) {
      expect(env[name]).toBe(inner[name]);
    }
    expect([env.count, env.maxSteps, env.firstEnv, env.key]).toEqual([
      inner.count,
      inner.maxSteps,
      inner.firstEnv,
      inner.key,
    ]);
    env.dispose();
  });

  test("ends of the last step are forgotten by reset, in the wrapper's own arrays too", () => {
    const env = wrapAll(
      startLocal(() => new Counter(), 1),
      [
        { wrapper: "no-op-start", most: 1 },
        { wrapper: "scale-rewards", factor: 2 },
      ],
    );
    env.reset();
    while (env.terminated[0] === 0) env.step();
    expect(env.rewards[0]).toBe(10);
    env.reset();
    expect([env.rewards[0], env.terminated[0], env.truncated[0]]).toEqual([0, 0, 0]);
  });

  test("the state of another wrapper is refused by name", () => {
    const wrapped = (wrappers: readonly WrapperSpec[]) => {
      const env = createVectorEnv(() => new Counter(), { ...options, wrappers });
      env.reset();
      return env;
    };
    const skip = wrapped([{ wrapper: "frame-skip", frames: 4 }]);
    const both = wrapped([
      { wrapper: "frame-skip", frames: 4 },
      { wrapper: "clip-rewards", bound: 1 },
    ]);
    const bare = wrapped([]);
    const tries = [
      [skip, wrapped([{ wrapper: "frame-skip", frames: 3 }])],
      [skip, bare],
      [skip, both],
      [bare, skip],
    ] as const;
    const messages = tries.map(([env, other]) => {
      try {
        env.restore(other.save());
      } catch (error) {
        return error instanceof EnvError ? `${error.code} ${error.message}` : String(error);
      }
      return "";
    });
    expect(messages).toMatchInlineSnapshot(`
      [
        "STATE_MISMATCH VectorEnv.restore: the state has another wrapper (got frame-skip 3, expected frame-skip 4)",
        "STATE_MISMATCH VectorEnv.restore: the state has another wrapper (got none, expected frame-skip 4)",
        "STATE_MISMATCH VectorEnv.restore: the state has another wrapper (got clip-rewards 1, expected frame-skip 4)",
        "STATE_MISMATCH VectorEnv.restore: the state has more wrappers (got frame-skip 4, expected none)",
      ]
    `);
    const { facts, arrays } = skip.save();
    const { "wrapper1.rewards": _rewards, ...others } = arrays;
    expect(() => skip.restore({ facts, arrays: others })).toThrow(
      'another array "wrapper1.rewards" (got none, expected Float32Array [2])',
    );
  });
});

describe("running statistics alone", () => {
  const wrappers: readonly WrapperSpec[] = [
    { wrapper: "frame-stack", frames: 2 },
    { wrapper: "normalize-observations" },
    { wrapper: "normalize-returns" },
  ];

  test("are a few rows, and what an evaluation takes of a saved env", () => {
    const env = createVectorEnv(() => new Counter(), { ...options, wrappers });
    env.reset();
    for (let step = 0; step < 7; step++) env.step();
    const alone = saveStatistics(env);
    expect(Object.keys(alone.arrays).toSorted()).toEqual([
      ...["wrapper2.count", "wrapper2.mean", "wrapper2.spread"],
      ...Object.keys(env.save().arrays).filter((name) =>
        /^wrapper3\.(count|mean|spread)$/.test(name),
      ),
    ]);
    const seen: WrapperSpec[] = [
      { wrapper: "frame-stack", frames: 2 },
      { wrapper: "normalize-observations", frozen: true },
    ];
    const [a, b] = [alone, env.save()].map((state) => {
      const other = createVectorEnv(() => new Counter(), { ...options, wrappers: seen });
      loadStatistics(other, state);
      other.reset();
      for (let step = 0; step < 3; step++) other.step();
      return other.observations.slice();
    });
    expect(a).toEqual(b);
  });

  test("are copies", () => {
    const env = createVectorEnv(() => new Counter(), { ...options, wrappers });
    env.reset();
    const before = saveStatistics(env);
    const copy = structuredClone(before);
    env.step();
    expect(before).toEqual(copy);
    expect(saveStatistics(env)).not.toEqual(copy);
  });

  test("of games without any are empty", () => {
    const env = createVectorEnv(() => new Counter(), options);
    expect(saveStatistics(env)).toEqual({ facts: { wrappers: [] }, arrays: {} });
  });
});
