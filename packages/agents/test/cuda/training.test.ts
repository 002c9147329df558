/** PPO and A2C whose games live on the GPU: they learn what they learn from games on the processor. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type EpisodeRecord,
  findGame,
  type GameDefinition,
  gameOf,
  key,
  makeReplay,
} from "@carom/envs";
import { inspectCuda, traceReplays } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import {
  type ConfigValue,
  createAgent,
  createEvaluationEnv,
  createLocalEnv,
  createPolicy,
  createTrainer,
  type EnvFactory,
  resolveConfig,
} from "../../src/index.js";
import { LampDuel, Lamps } from "../small-games.js";
import { byGame, expectSameMeasures, iterate, notesOfEight, watchedTrainer } from "./trainers.js";

const device = openTestedDevice();
afterAll(() => device.dispose());

const isEmulated = inspectCuda().devices[0]?.name === "emulated GPU";

/** Lamps whose fourth reward is no number. */
class BrokenLamps extends Lamps {
  override step(action: number): number {
    const reward = super.step(action);
    return this.time === 4 ? reward / 0 - reward / 0 : reward;
  }
}

function putBack(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

const small = { envs: 8, horizon: 32, minibatch: 64, epochs: 2 };
const remembering = { separateCritic: false, memorySize: 16, epochs: 1, minibatch: 256 };

function ppo(gameId: string, overrides: Readonly<Record<string, ConfigValue>> = {}) {
  return made("ppo", gameId, { ...small, ...overrides });
}

function made(
  algo: string,
  game: string | GameDefinition,
  settings: Readonly<Record<string, ConfigValue>>,
) {
  return watchedTrainer(device, algo, game, settings);
}

describe("games on the GPU", () => {
  test.each([
    ["cartpole", {}],
    // Episodes are cut in the middle of rollouts, and bootstrap from what was seen last.
    ["cartpole", { timeLimit: 33 }],
    ["catch", { rewardScale: 0.5 }],
    // Pictures, four at a time.
    ["catch", { observation: "pixels", pixelSize: 12, frameStack: 2, encoder: "mlp" }],
    ["pendulum", { timeLimit: 50 }],
    // What the games play is not what the policy decides.
    ["catch", { stickyActions: 0.25 }],
    ["breakout", { frameSkip: 4, timeLimit: 21, stickyActions: 0.1 }],
    ["breakout", { frameSkip: 4, episodicLife: true, epochs: 1, minibatch: 256 }],
    ["pendulum", { frameSkip: 3, stickyActions: 0.2 }],
    // One update for each rollout: rounding grows from update to update where values are clipped.
    ["probe:mask", { maskActions: true, frameSkip: 2, epochs: 1, minibatch: 256 }],
    ["tictactoe", { epochs: 1, minibatch: 256 }],
    ["cartpole", { ...remembering, memory: "gru" }],
    ["cartpole", { ...remembering, memory: "lstm", timeLimit: 21 }],
    ["probe:memory", { ...remembering, memory: "mingru", timeLimit: 45 }],
  ] as const)("learns on %s %j as with games on the processor", (id, overrides) => {
    const own = ppo(id, overrides);
    const host = ppo(id, { ...overrides, games: "cpu" });
    expect([own.trainer.notes, host.trainer.notes]).toEqual([notesOfEight, []]);
    expectSameMeasures(own.trainer, host.trainer, 4);
    expect(own.records.length).toBeGreaterThan(0);
    if (own.game.create().spec.actions.kind === "discrete") {
      expect(byGame(own.records)).toEqual(byGame(host.records));
      for (let env = 0; env < small.envs; env++) {
        expect(own.trainer.env.current(env)).toEqual(host.trainer.env.current(env));
      }
    } else {
      // Rounding shows in the last bits of actions that are numbers.
      own.records.forEach(({ actions: _actions, return: total, ...record }, i) => {
        const { actions: _others, return: wanted, ...other } = host.records[i];
        expect(record).toEqual(other);
        expect(Math.abs(total - wanted)).toBeLessThan(1e-3 * Math.abs(wanted));
      });
    }
    for (const { trainer } of [own, host]) trainer.dispose();
  });

  test("learns on a game for two that is cut twice in a rollout as with games on the processor", () => {
    const game = gameOf({ LampDuel }); // 40 decisions are 20 steps, or 20 and the opponent's first move
    const settings = { ...small, horizon: 40, epochs: 1, minibatch: 320, rewardScale: 0.1 };
    const own = made("ppo", game, settings);
    const host = made("ppo", game, { ...settings, games: "cpu" });
    expect([own.trainer.notes, host.trainer.notes]).toEqual([notesOfEight, []]);
    expectSameMeasures(own.trainer, host.trainer, 4);
    expect(byGame(own.records)).toEqual(byGame(host.records));
    const [first, second] = own.records.filter(({ env }) => env === 0);
    for (const { truncated, length } of [first, second]) {
      expect({ truncated, length }).toEqual({ truncated: true, length: 40 });
    }
    for (const { trainer } of [own, host]) trainer.dispose();
  });

  test("A2C learns as with games on the processor", () => {
    const settings = { envs: 8, horizon: 16 };
    const own = made("a2c", "cartpole", settings);
    const host = made("a2c", "cartpole", { ...settings, games: "cpu" });
    expectSameMeasures(own.trainer, host.trainer, 4);
    expect(own.records.length).toBeGreaterThan(0);
    expect(own.records).toEqual(host.records);
    for (const { trainer } of [own, host]) trainer.dispose();
  });

  test("an iteration is one replay to play, and one per epoch and minibatch to learn", () => {
    const { trainer } = ppo("catch");
    iterate(trainer, 1);
    const { spans } = traceReplays(device, () => void trainer.iterate());
    const epoch = ["shuffle", ...Array(4).fill("update")]; // 8 games, 32 steps, minibatches of 64
    expect(spans.map(({ name }) => name)).toEqual(["play", ...epoch, ...epoch]);
    trainer.dispose();
  });

  test("tells episodes that replay to their return", () => {
    const { trainer, records, game } = ppo("catch");
    iterate(trainer, 3);
    for (const record of records.slice(0, 20)) {
      const replay = makeReplay(record, game);
      expect([replay.length, replay.return]).toEqual([record.length, record.return]);
    }
    trainer.dispose();
  });

  test("tells the best episodes of games that are not watched, each once, and counts none of them", () => {
    const game = findGame("cartpole");
    const settings = { envs: 160, horizon: 8, minibatch: 1280, epochs: 1, hidden: "8" };
    const config = resolveConfig("ppo", game.id, game.defaultVariant, settings);
    const [told, remarkable]: EpisodeRecord[][] = [[], []];
    const trainer = createTrainer({
      ...{ algo: "ppo", game, seed: 3, device, config, totalSteps: 1e6 },
      onEpisode: (record) => told.push(record),
      onRemarkable: (record) => remarkable.push(record),
    });
    const ended = iterate(trainer, 12).reduce((sum, { episodes }) => sum + episodes, 0);
    expect(ended).toBeGreaterThan(told.length + remarkable.length);
    expect(told.every(({ env }) => env < 64)).toBe(true);
    expect(remarkable.length).toBeGreaterThan(0);
    let best = 0;
    for (const record of remarkable) {
      expect(record.env).toBeGreaterThanOrEqual(64);
      expect(record.return).toBeGreaterThan(best);
      best = record.return;
      const replay = makeReplay(record, game);
      expect([replay.length, replay.return]).toEqual([record.length, record.return]);
    }
    const names = remarkable.map(({ env, episode }) => `${env}:${episode}`);
    expect(new Set(names).size).toBe(names.length);
    // A state does not say what was best.
    const before = remarkable.length;
    trainer.restore(trainer.save());
    iterate(trainer, 4);
    expect(remarkable.at(before)?.return).toBeLessThanOrEqual(best);
    trainer.dispose();
  });

  test("the state of its policy plays as the whole state does, with its statistics", () => {
    const { trainer, game } = ppo("cartpole", { normalizeObservations: true });
    iterate(trainer, 2);
    const config = resolveConfig("ppo", "cartpole", "", { ...small, normalizeObservations: true });
    const played = [trainer.policyState(), trainer.save()].map((state) => {
      const made = { game, config, state, count: 2 };
      const env = createEvaluationEnv({ ...made, key: key(3) });
      const policy = createPolicy({ ...made, algo: "ppo", device, spec: env.spec });
      env.reset();
      const values = Array.from({ length: 10 }, () => {
        const told = policy.decide(env.observations, env.actions, { greedy: true });
        env.step();
        return [...told.values];
      });
      policy.dispose();
      env.dispose();
      return values;
    });
    expect(played[0]).toEqual(played[1]);
    trainer.dispose();
  });

  test("an agent counts all episodes, and tells its listeners of the best", async () => {
    const config = { envs: 96, horizon: 8, minibatch: 768, epochs: 1, hidden: "8" };
    using agent = createAgent("ppo", findGame("cartpole"), { seed: 3, device, config });
    const counts = { metrics: 0, episode: 0, remarkable: 0 };
    const summary = await agent.train({
      steps: 12 * config.envs * config.horizon,
      onMetrics: ({ episodes }) => {
        counts.metrics += episodes;
      },
      onEpisode: () => counts.episode++,
      onRemarkable: ({ env }) => {
        counts.remarkable += env >= 64 ? 1 : 0;
      },
    });
    expect(summary.episodes).toBe(counts.metrics);
    expect(summary.episodes).toBeGreaterThan(counts.episode);
    expect(counts.remarkable).toBeGreaterThan(0);
  });

  test.each([{}, { ...remembering, memory: "gru", stickyActions: 0.2, frameSkip: 2 }])(
    "goes on bit for bit from a saved state, with %j",
    (settings) => {
      const { trainer } = ppo("cartpole", settings);
      const { trainer: other, records } = ppo("cartpole", settings);
      iterate(trainer, 2);
      const state = trainer.save();
      const wanted = iterate(trainer, 2).map(({ measures }) => measures);
      other.restore(state);
      expect(other.steps).toBe(2 * small.envs * small.horizon);
      expect(iterate(other, 2).map(({ measures }) => measures)).toEqual(wanted);
      expect(records[0].length).toBeGreaterThan(0);
      for (const one of [trainer, other]) one.dispose();
    },
  );

  test.each([{}, { ...remembering, memory: "lstm", stickyActions: 0.2, frameSkip: 2 }])(
    "goes on with games on the processor, and back, with %j",
    (settings) => {
      const own = ppo("cartpole", settings);
      const host = ppo("cartpole", { ...settings, games: "cpu" });
      iterate(own.trainer, 2);
      host.trainer.restore(own.trainer.save());
      expectSameMeasures(own.trainer, host.trainer, 2);
      own.trainer.restore(host.trainer.save());
      expectSameMeasures(own.trainer, host.trainer, 2);
      const last = host.records.slice(-3);
      expect(own.records).toEqual(expect.arrayContaining(last));
      for (const { trainer } of [own, host]) trainer.dispose();
    },
  );

  test("leaves games to the caller who makes them", () => {
    const game = findGame("catch");
    const config = resolveConfig("ppo", "catch", game.defaultVariant, small);
    let made = 0;
    const createEnv: EnvFactory = (request) => {
      made++;
      return createLocalEnv(request);
    };
    const options = { algo: "ppo", game, seed: 3, device, config, totalSteps: 1e6, createEnv };
    const trainer = createTrainer(options);
    expect([made, trainer.notes]).toEqual([1, []]);
    trainer.dispose();
  });

  // Of a real GPU no compiler can be taken away.
  test.skipIf(!isEmulated)("stay on the processor where kernels cannot be compiled", () => {
    const { CXX, CAROM_CACHE } = process.env;
    const cache = mkdtempSync(join(tmpdir(), "carom-cache-"));
    Object.assign(process.env, { CXX: "/nowhere/c++", CAROM_CACHE: cache });
    try {
      const { trainer } = ppo("catch");
      expect(trainer.notes?.[0]).toMatch(
        /^the games run on the processor.*catch .*on a GPU: .*nowhere/s,
      );
      iterate(trainer, 1);
      trainer.dispose();
    } finally {
      putBack({ CXX, CAROM_CACHE });
      rmSync(cache, { recursive: true });
    }
  });

  test("a game that breaks ends training with what happened", () => {
    const game = gameOf({ BrokenLamps });
    const config = resolveConfig("ppo", game.id, game.defaultVariant, small);
    const trainer = createTrainer({ algo: "ppo", game, seed: 3, device, config, totalSteps: 1e6 });
    expect(() => iterate(trainer, 3)).toThrow(/games on a GPU: game \d+: .*(reward|number)/);
    trainer.dispose();
  });

  test("says why games stay on the processor", () => {
    const { trainer } = ppo("cartpole", { curiosity: 1 });
    expect(trainer.notes).toEqual([
      "the games run on the processor, the network on the GPU: curiosity cannot be had with games on it",
    ]);
    iterate(trainer, 1);
    trainer.dispose();
    const { trainer: other } = ppo("cartpole", { noOpStart: 2 });
    expect(other.notes?.[0]).toMatch(
      /^the games run on the processor.* the wrapper no-op-start is not there for games on a GPU/,
    );
    other.dispose();
  });
});
