/** PQN whose games live on the GPU: it learns what it learns from games on the processor. */
import { createVectorEnv, findGame, key } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { type ConfigValue, createGpuEnv, type SavedState } from "../../src/index.js";
import { GpuQRollout } from "../../src/pqn/gpu-rollout.js";
import { QRollout } from "../../src/pqn/rollout.js";
import { QNetwork } from "../../src/q-network.js";
import { byGame, expectSameMeasures, iterate, notesOfEight, watchedTrainer } from "./trainers.js";

const device = openTestedDevice();
afterAll(() => device.dispose());

const small = { envs: 8, horizon: 16, minibatch: 64, hidden: "16" };
/** Random actions are others on the GPU: without them both play the same. */
const greedy = { epsilonStart: 0, epsilonFinal: 0 };

function pqn(gameId: string, overrides: Readonly<Record<string, ConfigValue>> = {}) {
  return watchedTrainer(device, "pqn", gameId, { ...small, ...overrides });
}

/** What is saved of the exploration, as in a file. */
function exploration(state: SavedState): { host: number[]; device: unknown } {
  const { rollout } = state.json.state as { rollout: { device: unknown } };
  return { host: Array.from(state.arrays["rollout.random"].data), device: rollout.device };
}

describe("games on the GPU", () => {
  test.each([
    ["cartpole", {}],
    // Episodes are cut once at most in a rollout, or more often.
    ["cartpole", { timeLimit: 33 }],
    ["cartpole", { timeLimit: 9, lambda: 0.3 }],
    ["catch", { rewardClip: 0.5, dueling: true }],
    ["probe:mask", {}],
    ["breakout", { stickyActions: 0.2, frameSkip: 2 }],
  ] as const)("learns on %s %j as with games on the processor", (id, overrides) => {
    const own = pqn(id, { ...greedy, ...overrides });
    const host = pqn(id, { ...greedy, ...overrides, games: "cpu" });
    expect([own.trainer.notes, host.trainer.notes]).toEqual([notesOfEight, []]);
    expectSameMeasures(own.trainer, host.trainer, 4);
    expect(own.records.length).toBeGreaterThan(0);
    expect(byGame(own.records)).toEqual(byGame(host.records));
    for (const { trainer } of [own, host]) trainer.dispose();
  });

  test("goes on bit for bit from a saved state, random actions too", () => {
    const own = pqn("cartpole");
    const other = pqn("cartpole");
    iterate(own.trainer, 2);
    const state = own.trainer.save();
    const ended = own.records.length;
    const wanted = iterate(own.trainer, 2).map(({ measures }) => measures);
    expect(wanted[0].epsilon).toBeGreaterThan(0.9);
    iterate(other.trainer, 1);
    other.trainer.restore({ arrays: state.arrays, json: JSON.parse(JSON.stringify(state.json)) });
    other.records.length = 0;
    expect(iterate(other.trainer, 2).map(({ measures }) => measures)).toEqual(wanted);
    expect(other.records).toEqual(own.records.slice(ended));
    for (const { trainer } of [own, other]) trainer.dispose();
  });

  test("goes on with games on the processor, and back; each finds its own generator where it left it", () => {
    const own = pqn("cartpole", greedy);
    const host = pqn("cartpole", { ...greedy, games: "cpu" });
    iterate(own.trainer, 2);
    const first = own.trainer.save();
    host.trainer.restore(first);
    expectSameMeasures(own.trainer, host.trainer, 2);
    const second = host.trainer.save();
    expect(exploration(second)).toEqual(exploration(first));
    own.trainer.restore(second);
    expectSameMeasures(own.trainer, host.trainer, 2);
    expect(own.records.slice(-3)).toEqual(host.records.slice(-3));
    for (const { trainer } of [own, host]) trainer.dispose();
  });

  test("says why games stay on the processor, and what it cannot play", () => {
    const { trainer } = pqn("cartpole", { noOpStart: 2 });
    expect(trainer.notes?.[0]).toMatch(
      /^the games run on the processor.* the wrapper no-op-start is not there for games on a GPU/,
    );
    trainer.dispose();
    expect(() => pqn("pendulum")).toThrow(/takes games with discrete actions \(got pendulum/);
  });
});

/** Rollouts of probe:mask on the GPU, and a network that plays them. */
function masked(count: number, horizon: number) {
  const root = key(7);
  const game = findGame("probe:mask");
  const games = { count, key: root.child("games"), wrappers: [] };
  const env = createGpuEnv({ game, device, ...games });
  const network = new QNetwork({
    ...{ spec: env.spec, device, key: root.child("network") },
    ...{ encoder: "mlp", widths: [8], activation: "relu", layerNorm: true },
    ...{ dueling: false, headWidth: 0, returns: { kind: "none" } },
  });
  const settings = { network, horizon, rewardClip: 0, key: root.child("actions") };
  const estimate = { gamma: 0.9, lambda: 0.5 };
  const rollout = new GpuQRollout({ env, ...settings, ...estimate, onEpisode: () => {} });
  rollout.games.reset();
  const dispose = () => {
    rollout.dispose();
    network.dispose();
  };
  return { game, games, network, settings, estimate, rollout, dispose };
}

test("forbidden actions are not counted in the values: returns are those of the processor", () => {
  const { game, games, settings, estimate, rollout, dispose } = masked(8, 6);
  const env = createVectorEnv(game, games);
  const host = new QRollout({ env, device, ...settings });
  env.reset();
  for (const one of [rollout, host]) one.collect(0);
  host.estimate(estimate.gamma, estimate.lambda);
  expect(rollout.actions.toTypedArray()).toEqual(host.actions.toTypedArray());
  for (const [at, value] of rollout.returns.toTypedArray().entries()) {
    expect(value).toBeCloseTo(host.host.returns[at], 5);
  }
  host.dispose();
  dispose();
});

test("with epsilon 1 every allowed action is as likely as the others, and no other is played", () => {
  const { rollout, network, dispose } = masked(64, 20);
  rollout.collect(1);
  const actions = rollout.actions.toTypedArray();
  const observations = rollout.observations.toTypedArray();
  const [, size] = rollout.observations.shape;
  const counts = new Array<number>(network.actions / 9).fill(0);
  for (const [at, action] of actions.entries()) {
    const row = observations.subarray(at * size, (at + 1) * size);
    expect(action % 9).toBe(row.indexOf(1));
    counts[Math.floor(action / 9)]++;
  }
  const share = 1 / counts.length;
  const sigma = Math.sqrt(actions.length * share * (1 - share));
  for (const count of counts) {
    expect(Math.abs(count - actions.length * share)).toBeLessThan(4.5 * sigma);
  }
  dispose();
});
