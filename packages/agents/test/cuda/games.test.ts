/** Games on a GPU beside LocalVectorEnv: bit for bit, eagerly, in recordings, and across devices. */
import { type EpisodeRecord, key, LocalVectorEnv } from "@carom/envs";
import { capture, scope, type Tensor, zeros } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { EpisodeLogs } from "../../src/gpu-games/episode-logs.js";
import { GpuGames } from "../../src/gpu-games/gpu-games.js";
import type { GameRows } from "../../src/gpu-games/tensors.js";
import {
  drawActions,
  expectBits,
  expectSame,
  setting,
  temporaryFolder,
  triedVariants,
  type Variant,
} from "./games.js";

const COUNT = setting("CAROM_GPU_GAMES_COUNT", 7);
const STEPS = setting("CAROM_GPU_GAMES_STEPS", 200);
const RECORDED = 8;
const cache = temporaryFolder();
const device = openTestedDevice();
afterAll(() => device.dispose());

/** Both kinds of games, with the same seeds. */
function both({ game, variant }: Variant, layout: "env-major" | "feature-major" = "env-major") {
  const records: EpisodeRecord[] = [];
  const { maxSteps } = game.create(variant).spec;
  const options = { count: COUNT, key: key(11), firstEnv: 3, maxSteps: Math.min(maxSteps, 60) };
  const onEpisode = (record: EpisodeRecord): void => {
    records.push(record);
  };
  return {
    env: new LocalVectorEnv(game, { variant, ...options, onEpisode }),
    games: new GpuGames({ game, variant, ...options, device, cache, layout }),
    records,
  };
}

function expectEqual(games: GpuGames, env: LocalVectorEnv, at: string): void {
  const { tensors } = games;
  const isTurned = games.layout === "feature-major";
  const rows = (values: Tensor): Tensor => (isTurned ? values.transpose() : values);
  scope(() => {
    expectBits(`observations ${at}`, rows(tensors.observations), env.observations);
    expectBits(`last observations ${at}`, rows(tensors.finalObservations), env.finalObservations);
  });
  for (const name of ["rewards", "terminated", "truncated", "masks"] as const) {
    expectBits(`${name} ${at}`, tensors[name], env[name]);
  }
  for (const name of ["episodeReturn", "episodeLength", "seeds"] as const) {
    expectBits(`${name} ${at}`, tensors[name], env[name]);
  }
}

function play(games: GpuGames, env: LocalVectorEnv, steps: number, random: Uint32Array): void {
  for (let step = 0; step < steps; step++) {
    drawActions(env, random);
    games.actions.write(env.actions);
    games.step({ time: step });
    env.step();
    expectEqual(games, env, `at step ${step}`);
  }
}

/** Plays steps that were recorded together, their rows in one buffer. */
function playRecorded(games: GpuGames, env: LocalVectorEnv, turns: number, random: Uint32Array) {
  const { tensors } = games;
  const buffer = (like: Tensor): Tensor =>
    zeros([RECORDED, ...like.shape], { dtype: like.dtype, device });
  const names = ["actions", "observations", "finalObservations", "rewards"] as const;
  const ends = ["terminated", "truncated"] as const;
  scope(() => {
    const rows = [...names, ...ends].map((name) => [name, buffer(tensors[name])] as const);
    const at = (t: number): Partial<GameRows> =>
      Object.fromEntries(rows.map(([name, all]) => [name, all.slice(t)]));
    const before = games.save();
    const record = () => {
      for (let t = 0; t < RECORDED; t++) games.step(at(t));
    };
    using recording = capture(device, record);
    games.restore(before); // the recording has run once
    for (let turn = 0; turn < turns; turn++) {
      // Masked actions are known after each step only, so a second env goes ahead.
      const expected = playAhead(env, random);
      for (const [t, one] of expected.entries()) at(t).actions?.write(one.actions);
      recording.replay();
      for (const [t, one] of expected.entries()) {
        for (const [name, all] of rows) {
          if (name === "finalObservations") continue;
          expectBits(`${name} of turn ${turn}, step ${t}`, all.slice(t), one[name]);
        }
        expectLast(at(t).finalObservations, one);
      }
    }
  });
}

/** Last observations, where an episode has ended: rows of a rollout hold nothing else. */
function expectLast(rows: Tensor | undefined, one: ReturnType<typeof playAhead>[number]): void {
  for (const i of one.terminated.keys()) {
    if (one.terminated[i] + one.truncated[i] === 0) continue;
    const size = one.finalObservations.length / one.terminated.length;
    const expected = one.finalObservations.slice(i * size, (i + 1) * size);
    expectBits(`last observation of game ${i}`, rows?.slice(i), expected);
  }
}

function playAhead(env: LocalVectorEnv, random: Uint32Array) {
  return Array.from({ length: RECORDED }, () => {
    drawActions(env, random);
    env.step();
    const { actions, observations, finalObservations, rewards, terminated, truncated } = env;
    return {
      actions: actions.slice(),
      observations: observations.slice(),
      finalObservations: finalObservations.slice(),
      ...{ rewards: rewards.slice(), terminated: terminated.slice() },
      truncated: truncated.slice(),
    };
  });
}

/** The episode with a return: of several that of the first game, and there the first. */
function firstOf(records: readonly EpisodeRecord[], total: number): EpisodeRecord | undefined {
  return records.toSorted((a, b) => a.env - b.env).find((record) => record.return === total);
}

test.each(triedVariants())("$name plays as on the processor", (variant) => {
  const { env, games, records } = both(variant);
  const random = Uint32Array.of(1, 2, 3, 4);
  games.follow(STEPS, { games: COUNT, most: STEPS });
  const logs = new EpisodeLogs(games, COUNT);
  games.reset();
  expect(logs.reset()).toEqual([]);
  env.reset();
  expectEqual(games, env, "after reset");
  play(games, env, STEPS, random);
  expectSame(games.save(), env.save());
  expect(logs.take()).toEqual(records);
  for (let i = 0; i < COUNT; i++) expect(logs.current(i)).toEqual(env.current(i));

  const totals = games.statistics();
  const { episodes, returnSum, returnMin, returnMax, lengthSum, faults } = totals;
  expect(totals.worst && logs.find(totals.worst)).toEqual(firstOf(records, returnMin));
  expect(totals.best && logs.find(totals.best)).toEqual(firstOf(records, returnMax));
  const returns = records.map((record) => record.return);
  expect({ episodes, returnMin, returnMax, faults }).toEqual({
    episodes: returns.length,
    returnMin: Math.min(...returns),
    returnMax: Math.max(...returns),
    faults: 0,
  });
  expect(returnSum).toBeCloseTo(
    returns.reduce((sum, one) => sum + one, 0),
    6,
  );
  expect(lengthSum).toBe(records.reduce((sum, { length }) => sum + length, 0));
  expect(games.statistics().episodes).toBe(0);
  expect(games.takeFaults()).toEqual([]);

  playRecorded(games, env, 4, random);
  games.dispose();
});

test.each(triedVariants().slice(0, 3))("$name changes its device in the middle", (variant) => {
  const random = Uint32Array.of(4, 3, 2, 1);
  const first = both(variant, "feature-major");
  first.games.reset();
  first.env.reset();
  play(first.games, first.env, 30, random);
  const second = both(variant);
  second.env.restore(first.games.save());
  second.games.restore(first.env.save());
  expectSame(second.games.save(), second.env.save());
  play(second.games, second.env, 50, random);
  expectSame(second.games.save(), second.env.save());
  for (const { games } of [first, second]) games.dispose();
});
