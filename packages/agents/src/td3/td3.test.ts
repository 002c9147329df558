import { findGame } from "@carom/envs";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { createTrainer, resolveConfig } from "../registry.js";
import { savedPart } from "../saved-state.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** Optimiser steps of critics and policy after each of `iterations` of 200 env steps. */
function optimizerSteps(policyDelay: number, iterations: number, trainEvery: number): number[][] {
  const settings = { hidden: "8", batch: 8, learningStarts: 10, trainEvery, policyDelay };
  const config = resolveConfig("td3", "pendulum", "", settings);
  const game = findGame("pendulum");
  const agent = createTrainer({ algo: "td3", game, seed: 1, device, config, totalSteps: 2000 });
  const counts = Array.from({ length: iterations }, () => {
    agent.iterate();
    const { critics, actor } = savedPart<Steps>(agent.save(), "optimizer");
    return [critics.step, actor.step];
  });
  agent.dispose();
  return counts;
}

/** Of a saved TD3 state. */
type Steps = Readonly<Record<"critics" | "actor", { readonly step: number }>>;

test.each([1, 2, 3, 5])(
  "[B26] exactly one update of the policy per %d of the critics, across iterations",
  (delay) => {
    // Updates after steps 16, 24, ..., 800: 24, 49, 74 and 99 by the ends of the iterations.
    const expected = [24, 49, 74, 99].map((updates) => [updates, Math.floor(updates / delay)]);
    expect(optimizerSteps(delay, 4, 8)).toEqual(expected);
  },
);

test("[B26] the first update of the policy comes with the policyDelay-th of the critics", () => {
  expect(optimizerSteps(3, 3, 200)).toEqual([
    [1, 0],
    [2, 0],
    [3, 1],
  ]);
});
