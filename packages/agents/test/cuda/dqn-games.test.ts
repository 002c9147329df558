/** What DQN tells of games that live on the GPU, and what it remembers of them, whatever stands around them. */
import { type EpisodeRecord, makeReplay } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { type Settings, savedData, smallTrainer } from "./dqn-trainers.js";
import { iterate } from "./trainers.js";

const device = openTestedDevice();
afterAll(() => device.dispose());

function dqn(id: string, settings: Settings = {}) {
  return smallTrainer(device, "dqn", id, settings);
}

const LIVES = "8 games live on the GPU, and the memory with them";
const FEW = expect.stringMatching(/^envs is 8, and a GPU wants thousands: try envs=1024 with/);

describe("episodes", () => {
  /** Nothing is learned, and all but the first 3 steps of all games is greedy. */
  const greedy: Settings = {
    ...{ epsilonStart: 0, epsilonFinal: 0, epsilonFraction: 0, learningStarts: 24 },
    ...{ learningRate: 0, finalLearningRate: 0, trainEvery: 24, batch: 2 },
  };

  test.each<[string, Settings]>([
    ["catch", {}],
    ["cartpole", { timeLimit: 12 }],
    // What the games play is not what the policy decides.
    ["catch", { stickyActions: 0.25, frameSkip: 2 }],
    ["breakout", { frameSkip: 4, episodicLife: true, timeLimit: 8, stickyActions: 0.1 }],
    ["probe:mask", { maskActions: true, frameSkip: 2 }],
    ["tictactoe", {}],
  ])("%s %j: greedy ones are those of games on the processor", (id, settings) => {
    const [own, host] = [{}, { games: "cpu" }].map((where) => {
      const { trainer, records } = dqn(id, { ...settings, ...greedy, ...where });
      const { notes } = trainer;
      iterate(trainer, 3);
      trainer.dispose();
      // Those that began with random steps are others.
      return { records: records.filter(({ episode }) => episode > 2), notes };
    });
    expect(own.notes).toEqual([LIVES, FEW]);
    expect(host.notes).toEqual([]);
    const name = ({ env, episode }: EpisodeRecord): string => `${env} ${episode}`;
    const wanted = new Map(host.records.map((record) => [name(record), record]));
    const both = own.records.filter((record) => wanted.has(name(record)));
    expect(both.length).toBeGreaterThan(8);
    for (const record of both) expect(record).toEqual(wanted.get(name(record)));
  });

  test("replay to their return, and all are counted", () => {
    const { trainer, records, game } = dqn("catch");
    const counted = iterate(trainer, 3).reduce((sum, { episodes }) => sum + episodes, 0);
    expect(counted).toBe(records.length);
    expect(counted).toBeGreaterThan(60);
    for (const record of records) {
      const replay = makeReplay(record, game);
      expect([replay.length, replay.return]).toEqual([record.length, record.return]);
    }
    expect(trainer.env.current(7).length).toBeLessThan(9);
    trainer.dispose();
  });

  test("are told in the order in which they end, whatever recording that is in", () => {
    const { trainer, records } = dqn("cartpole"); // a recording has 4 steps, an iteration 8 recordings
    iterate(trainer, 2);
    const time = new Array<number>(8).fill(0);
    const ends = records.map(({ env, length }) => {
      time[env] += length;
      return time[env];
    });
    expect(ends.length).toBeGreaterThan(8);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    trainer.dispose();
  });

  test("of a game with forbidden actions have none of them, at random as greedily", () => {
    const { trainer, records, game } = dqn("probe:mask", { nStep: 2 });
    iterate(trainer, 3);
    expect(records.length).toBeGreaterThan(30);
    for (const record of records) {
      expect(makeReplay(record, game).return).toBe(record.return);
    }
    trainer.dispose();
  });

  test("of games beyond the first 64 are counted, and every new best is told", () => {
    const { trainer, records, remarkable, game } = dqn("cartpole", {
      ...{ envs: 100, trainEvery: 400, learningStarts: 400, buffer: 2000, epsilonFinal: 1 },
    });
    const played = iterate(trainer, 4);
    expect(played[0].steps).toBe(100 * 32); // more than 256: one update per step of all games is few
    const counted = played.reduce((sum, { episodes }) => sum + episodes, 0);
    expect(counted).toBeGreaterThan(records.length + remarkable.length);
    expect(new Set(records.map(({ env }) => env)).size).toBe(64);
    expect(remarkable.length).toBeGreaterThan(0);
    let best = 0;
    for (const record of remarkable) {
      expect(record.env).toBeGreaterThanOrEqual(64);
      expect(record.return).toBeGreaterThan(best);
      best = record.return;
      expect(makeReplay(record, game).return).toBe(record.return);
    }
    expect(() => trainer.env.current(64)).toThrow(/only the first 64 are watched \(got 64\)/);
    trainer.dispose();
  });
});

describe("the memory", () => {
  /** Of the first game: its decisions as the memory has them, and those that it played, episode after episode. */
  function decisions(settings: Settings) {
    const { trainer, records } = dqn("catch", settings);
    iterate(trainer, 1);
    const all = savedData(trainer.save(), "replay.columns.actions.0"); // [33, 8]
    trainer.dispose();
    const kept = all.filter((_, i) => i % 8 === 0);
    const played = records.filter(({ env }) => env === 0).map(({ actions }) => Array.from(actions));
    return { kept, played };
  }

  test("keeps the decisions of the policy; those that the game played are in its episodes", () => {
    const { kept, played } = decisions({ frameSkip: 2 });
    expect(played.length).toBeGreaterThan(3);
    const wanted = played.map(({ length }, i) => {
      const first = 5 * i; // 9 decisions of the game, two at a time
      return Array.from({ length }, (_, at) => kept[first + Math.floor(at / 2)]);
    });
    expect(played).toEqual(wanted);
  });

  test("keeps decisions that a sticky action has kept from the game", () => {
    const { kept, played } = decisions({ stickyActions: 0.5 });
    const all = played.flat();
    const others = all.filter((action, at) => action !== kept[at]);
    expect(others.length).toBeGreaterThan(3);
    for (const [at, action] of all.entries()) {
      if (at % 9 > 0) expect([kept[at], all[at - 1]]).toContain(action);
    }
  });
});
