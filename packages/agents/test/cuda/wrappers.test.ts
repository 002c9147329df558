/** Wrappers around games on a GPU beside those on the processor. */
import {
  createVectorEnv,
  type EpisodeRecord,
  findGame,
  key,
  loadStatistics,
  saveStatistics,
  type VectorEnv,
  type VectorEnvState,
  type WrapperSpec,
} from "@carom/envs";
import { capture, scope, type Tensor, zeros } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { envConfig, wrappersOf } from "../../src/env-config.js";
import type { GpuEnv } from "../../src/gpu-games/env.js";
import { createGpuEnv } from "../../src/gpu-games/wrap.js";
import { presetFor } from "../../src/presets.js";
import { drawActions, expectBits, expectSame, temporaryFolder } from "./games.js";

const COUNT = 6;
const cache = temporaryFolder();
const device = openTestedDevice();
afterAll(() => device.dispose());

const sticky: WrapperSpec = { wrapper: "sticky-actions", probability: 0.3 };
const small: WrapperSpec = { wrapper: "pixels", width: 20, height: 16 };
const picture = [small, sticky, { wrapper: "frame-skip", frames: 3, max: true }] as const;

/** Wrappers whose bits are those of the processor. */
const exact: readonly [string, string, readonly WrapperSpec[]][] = [
  ["mini-breakout", "sticky actions", [sticky]],
  ["pendulum", "sticky actions of a box", [sticky, { wrapper: "scale-rewards", factor: 0.1 }]],
  [
    "cartpole",
    "a time limit, clipped rewards",
    [
      { wrapper: "time-limit", steps: 11 },
      { wrapper: "clip-rewards", bound: 0.5 },
    ],
  ],
  ["probe:mask", "masks and sticky actions", [{ wrapper: "action-mask" }, sticky]],
  [
    "breakout",
    "frame skip, limit, stack",
    [
      sticky,
      { wrapper: "frame-skip", frames: 4 },
      { wrapper: "time-limit", steps: 7 },
      { wrapper: "frame-stack", frames: 3 },
    ],
  ],
  [
    "mini-freeway",
    "a stack of boards",
    [{ wrapper: "frame-stack", frames: 2 }, { wrapper: "flatten" }],
  ],
  ["catch", "pictures", [small]],
  [
    "breakout",
    "pictures as Atari's",
    [...picture, { wrapper: "time-limit", steps: 9 }, { wrapper: "frame-stack", frames: 4 }],
  ],
];

function both(id: string, wrappers: readonly WrapperSpec[], maxSteps = 50) {
  const options = { count: COUNT, key: key(5), firstEnv: 2, maxSteps, wrappers };
  const game = findGame(id);
  return {
    env: createVectorEnv(game, options),
    games: createGpuEnv({ game, ...options, device, cache }),
  };
}

function expectEqual(games: GpuEnv, env: VectorEnv, at: string): void {
  const names = [
    "observations",
    "finalObservations",
    "rewards",
    "terminated",
    "truncated",
  ] as const;
  for (const name of names) expectBits(`${name} ${at}`, games.rows[name], env[name]);
  expectBits(`masks ${at}`, games.rows.masks, env.masks);
  for (const name of ["episodeReturn", "episodeLength"] as const) {
    expectBits(`${name} ${at}`, games.core.tensors[name], env[name]);
  }
}

/** Random actions, of which masks may refuse some. */
function choose(env: VectorEnv, random: Uint32Array): void {
  drawActions(env, random);
  const { actions } = env.spec;
  if (actions.kind !== "discrete" || !env.masks) return;
  for (let i = 0; i < COUNT; i += 2) env.actions[i] = (env.actions[i] + 1) % actions.names.length;
}

/** Plays allowed actions only. */
function playAllowed(games: GpuEnv, env: VectorEnv, steps: number, random: Uint32Array): void {
  for (let step = 0; step < steps; step++) {
    drawActions(env, random);
    games.rows.actions.write(env.actions);
    games.step();
    env.step();
    expectEqual(games, env, `at step ${step}`);
  }
}

function play(games: GpuEnv, env: VectorEnv, steps: number, random: Uint32Array): void {
  for (let step = 0; step < steps; step++) {
    choose(env, random);
    games.rows.actions.write(env.actions);
    games.step();
    env.step();
    expectEqual(games, env, `at step ${step}`);
  }
}

test.each(exact)("%s with %s shows the same", (id, _, wrappers) => {
  const random = Uint32Array.of(9, 8, 7, 6);
  const first = both(id, wrappers);
  expect(first.games.spec).toEqual(first.env.spec);
  expect(first.games.maxSteps).toBe(first.env.maxSteps);
  first.games.reset();
  first.env.reset();
  expectEqual(first.games, first.env, "after reset");
  play(first.games, first.env, 40, random);
  expectSame(first.games.save(), first.env.save());

  const second = both(id, wrappers);
  second.env.restore(first.games.save());
  second.games.restore(first.env.save());
  play(second.games, second.env, 20, random);
  playRecorded(second.games, second.env, random);
  expectSame(second.games.save(), second.env.save());
  for (const { games } of [first, second]) games.dispose();
});

/** Three steps in one recording, which write into rows of a rollout. */
function playRecorded(games: GpuEnv, env: VectorEnv, random: Uint32Array): void {
  const { actions, observations, rewards } = games.rows;
  scope(() => {
    const buffer = (like: Tensor): Tensor =>
      zeros([3, ...like.shape], { dtype: like.dtype, device });
    const [given, seen, earned] = [actions, observations, rewards].map(buffer);
    const before = games.save();
    using recording = capture(device, () => {
      for (let t = 0; t < 3; t++) {
        games.step({
          actions: given.slice(t),
          observations: seen.slice(t),
          rewards: earned.slice(t),
        });
      }
    });
    games.restore(before); // the recording has run once
    const expected: { seen: ArrayBufferView; earned: ArrayBufferView }[] = [];
    for (let t = 0; t < 3; t++) {
      choose(env, random);
      given.slice(t).write(env.actions);
      env.step();
      expected.push({ seen: env.observations.slice(), earned: env.rewards.slice() });
    }
    recording.replay();
    for (const [t, one] of expected.entries()) {
      expectBits(`observations of recorded step ${t}`, seen.slice(t), one.seen);
      expectBits(`rewards of recorded step ${t}`, earned.slice(t), one.earned);
    }
    // Rows that were written elsewhere are not a part of the games' own.
    for (const name of ["actions", "rewards"] as const) games.rows[name].write(env[name]);
  });
}

test.each<[string, readonly WrapperSpec[]]>([
  [
    "skipped frames, a limit and a stack",
    [
      sticky,
      { wrapper: "frame-skip", frames: 3 },
      { wrapper: "time-limit", steps: 50 },
      { wrapper: "episodic-life" },
      { wrapper: "frame-stack", frames: 2 },
    ],
  ],
  ["pictures", [small, { wrapper: "frame-skip", frames: 3 }, { wrapper: "episodic-life" }]],
])("a lost life is an end, with %s", (_, wrappers) => {
  const random = Uint32Array.of(2, 7, 1, 8);
  const { games, env } = both("breakout", wrappers, 1000);
  games.reset();
  env.reset();
  let lost = 0;
  for (let step = 0; step < 60; step++) {
    play(games, env, 1, random);
    lost += env.terminated.reduce((sum, one) => sum + one, 0); // five balls last for longer
  }
  expect(lost).toBeGreaterThan(0);
  expect(games.statistics().episodes).toBeLessThan(lost);
  expectSame(games.save(), env.save());
  const second = both("breakout", wrappers, 1000);
  second.env.restore(games.save());
  second.games.restore(env.save());
  play(second.games, second.env, 20, random);
  for (const one of [games, second.games]) one.dispose();
});

describe("an opponent", () => {
  const wrappers: readonly WrapperSpec[] = [
    { wrapper: "opponent" },
    { wrapper: "scale-rewards", factor: 0.5 },
  ];
  /** What the wrapper leaves inside is nobody's, and a GPU does not have it. */
  const outside = ({ facts, arrays }: VectorEnvState): VectorEnvState => {
    const inside = ["actions", "rewards", "terminated", "truncated", "finalObservations"].concat(
      "episodeReturn",
      "episodeLength",
    );
    const kept = Object.entries(arrays).filter(([name]) => !inside.includes(name));
    return { facts, arrays: Object.fromEntries(kept) };
  };

  test.each([
    ["tictactoe", 50],
    ["connect4", 9],
    ["go", 50],
  ])("plays the other side of %s, %i decisions at most", (id, maxSteps) => {
    const random = Uint32Array.of(3, 1, 4, 1);
    const first = both(id, wrappers, maxSteps);
    const records: number[] = [];
    const options = { count: COUNT, key: key(5), firstEnv: 2, maxSteps, wrappers };
    const onEpisode = (record: EpisodeRecord): void => {
      records.push(record.return);
    };
    const env = createVectorEnv(findGame(id), { ...options, onEpisode });
    first.games.reset();
    env.reset();
    expectEqual(first.games, env, "after reset");
    playAllowed(first.games, env, 120, random);
    expectSame(outside(first.games.save()), outside(env.save()));
    const { episodes, returnSum } = first.games.statistics();
    const sum = records.reduce((total, one) => total + one, 0);
    expect({ episodes, returnSum }).toEqual({ episodes: records.length, returnSum: sum });

    const second = both(id, wrappers, maxSteps);
    second.env.restore(first.games.save());
    second.games.restore(env.save());
    playAllowed(second.games, second.env, 30, random);
    for (const { games } of [first, second]) games.dispose();
  });
});

const normal: readonly WrapperSpec[] = [
  { wrapper: "normalize-observations" },
  { wrapper: "normalize-returns" },
];

describe("running statistics", () => {
  const close = (got: Tensor, expected: ArrayLike<number>): void => {
    const values = got.toTypedArray();
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i], 4);
  };

  test("are those of the processor but for the order of sums, and go on there", () => {
    const random = Uint32Array.of(5, 6, 7, 8);
    const { games, env } = both("acrobot", normal);
    games.reset();
    env.reset();
    for (let step = 0; step < 70; step++) {
      choose(env, random);
      games.rows.actions.write(env.actions);
      games.step();
      env.step();
      for (const name of ["observations", "finalObservations", "rewards"] as const) {
        close(games.rows[name], env[name]);
      }
    }
    const second = both("acrobot", normal);
    const state: VectorEnvState = games.save();
    expect(state.facts).toEqual(env.save().facts);
    second.env.restore(state);
    second.games.restore(state);
    expectSame(second.games.save(), state);
    expectSame(second.env.save(), state);
    // Alone they are the same on both sides, and all that an evaluation takes over.
    const alone = second.games.saveStatistics();
    expect(alone).toEqual(saveStatistics(second.env));
    const third = both("acrobot", normal);
    loadStatistics(third.env, alone);
    expect(saveStatistics(third.env)).toEqual(alone);
    third.games.dispose();
    for (const one of [games, second.games]) one.dispose();
  });
});

describe("what presets ask for", () => {
  const asked = (algo: string, id: string, settings = {}): readonly WrapperSpec[] => {
    const game = findGame(id);
    const { config } = presetFor(algo, id, game.defaultVariant, settings);
    return wrappersOf(envConfig({ ...config, ...settings }), game, game.defaultVariant, "training");
  };

  test.each([
    ["breakout", {}],
    ["cartpole", {}],
    ["mini-asterix", {}],
    ["mini-breakout", {}],
    ["acrobot", {}],
    ["tictactoe", {}],
    ["breakout", { observation: "pixels" }],
  ])("ppo on %s %j is there", (id, settings) => {
    const wrappers = asked("ppo", id, settings);
    const games = createGpuEnv({
      game: findGame(id),
      count: 2,
      key: key(1),
      wrappers,
      device,
      cache,
    });
    games.reset();
    games.step();
    games.dispose();
  });

  test("what is not there is refused by name, with the way out", () => {
    const make = (id: string, wrappers: readonly WrapperSpec[]) => () =>
      createGpuEnv({ game: findGame(id), count: 2, key: key(1), wrappers, device, cache });
    const code = "UNSUPPORTED_GAME";
    const refused = (text: RegExp) =>
      expect.objectContaining({ code, message: expect.stringMatching(text) });
    const opponent: WrapperSpec = { wrapper: "opponent" };
    expect(make("tictactoe", [opponent, sticky])).toThrow(
      refused(/sticky-actions .* on the processor/s),
    );
    expect(make("catch", [opponent])).toThrow(/not a game for two/);
    expect(make("breakout", [{ wrapper: "no-op-start", most: 3 }])).toThrow(refused(/no-op-start/));
    expect(make("catch", [{ wrapper: "episodic-life" }])).toThrow(/catch has no lives/);
    expect(make("2048", [{ wrapper: "action-mask", illegal: "refuse" }])).toThrow(
      refused(/refuse/),
    );
    const skip: WrapperSpec = { wrapper: "frame-skip", frames: 2 };
    expect(make("catch", [{ ...skip, max: true }])).toThrow(refused(/pictures only/));
    expect(make("catch", [{ wrapper: "frame-stack", frames: 2 }, skip])).toThrow(
      refused(/frame-stack/),
    );
    expect(make("catch", [{ wrapper: "frame-stack", frames: 0 }])).toThrow(/frames must be/);
  });
});
