/** V-trace whose games live on the GPU: it learns what it learns from games on the processor. */
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { ConfigValue } from "../../src/index.js";
import { byGame, expectSameMeasures, iterate, notesOfEight, watchedTrainer } from "./trainers.js";

const device = openTestedDevice();
afterAll(() => device.dispose());

// Actors that lag behind a learner that moves fast: their ratios are far from 1.
const small = { envs: 8, horizon: 16, hidden: "16", learningRate: 1e-2, actorLag: 2, rhoBar: 1.02 };

function vtrace(gameId: string, overrides: Readonly<Record<string, ConfigValue>> = {}) {
  return watchedTrainer(device, "vtrace", gameId, { ...small, ...overrides });
}

describe("games on the GPU", () => {
  test.each([
    ["cartpole", {}],
    // Episodes are cut once at most in a rollout, or more often.
    ["cartpole", { timeLimit: 33, separateCritic: true }],
    ["cartpole", { timeLimit: 9, cBar: 0.9, rewardClip: 0.5 }],
    ["probe:mask", {}],
    ["cartpole", { memory: "gru", memorySize: 16, timeLimit: 33 }],
    ["cartpole", { memory: "lstm", memorySize: 16, timeLimit: 9, stickyActions: 0.2 }],
  ] as const)("learns on %s %j as with games on the processor", (id, overrides) => {
    const own = vtrace(id, overrides);
    const host = vtrace(id, { ...overrides, games: "cpu" });
    expect([own.trainer.notes, host.trainer.notes]).toEqual([notesOfEight, []]);
    expectSameMeasures(own.trainer, host.trainer, 4);
    expect(own.records.length).toBeGreaterThan(0);
    expect(byGame(own.records)).toEqual(byGame(host.records));
    for (const { trainer } of [own, host]) trainer.dispose();
  });

  test("says how far the learner is ahead of the actors", () => {
    const own = vtrace("cartpole");
    const host = vtrace("cartpole", { games: "cpu" });
    const [got, wanted] = [own, host].map(({ trainer }) => iterate(trainer, 3));
    expect(got[0].measures.approxKl).toBeCloseTo(0, 6);
    expect(got[0].measures.clipFraction).toBe(0);
    for (const i of [1, 2]) {
      const { approxKl, clipFraction } = got[i].measures;
      const other = wanted[i].measures;
      expect(other.approxKl).toBeGreaterThan(1e-5);
      expect(approxKl / other.approxKl).toBeCloseTo(1, 2);
      expect(clipFraction).toBeGreaterThan(0);
      expect(clipFraction).toBeCloseTo(other.clipFraction, 2);
    }
    for (const { trainer } of [own, host]) trainer.dispose();
  });

  test("goes on bit for bit from a saved state, in the middle of the actors' lag", () => {
    const own = vtrace("cartpole");
    const other = vtrace("cartpole");
    iterate(own.trainer, 2);
    const state = own.trainer.save();
    const wanted = iterate(own.trainer, 3).map(({ measures }) => measures);
    iterate(other.trainer, 1);
    other.trainer.restore({ arrays: state.arrays, json: JSON.parse(JSON.stringify(state.json)) });
    expect(iterate(other.trainer, 3).map(({ measures }) => measures)).toEqual(wanted);
    for (const { trainer } of [own, other]) trainer.dispose();
  });

  test("goes on with games on the processor, and back", () => {
    const own = vtrace("cartpole");
    const host = vtrace("cartpole", { games: "cpu" });
    iterate(own.trainer, 2);
    host.trainer.restore(own.trainer.save());
    expectSameMeasures(own.trainer, host.trainer, 2);
    own.trainer.restore(host.trainer.save());
    expectSameMeasures(own.trainer, host.trainer, 2);
    expect(own.records.slice(-3)).toEqual(host.records.slice(-3));
    for (const { trainer } of [own, host]) trainer.dispose();
  });

  test("says why games stay on the processor", () => {
    const { trainer } = vtrace("cartpole", { noOpStart: 2 });
    expect(trainer.notes?.[0]).toMatch(
      /^the games run on the processor.* the wrapper no-op-start is not there for games on a GPU/,
    );
    trainer.dispose();
  });
});
