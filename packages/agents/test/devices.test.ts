/**
 * Every algorithm on two devices: the same losses from the same seed, and states that move between them. The processor
 * stands beside the reference, a GPU beside the processor.
 */
import { findGame } from "@carom/envs";
import { type Device, openDevice } from "@carom/tensor";
import { openTestedDevice, testedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { SavedState, Trainer } from "../src/agent.js";
import { algorithms, createTrainer, evaluate, findAlgorithm, resolveConfig } from "../src/index.js";
import { createPolicy } from "../src/policies.js";

const tested = openTestedDevice({ threads: 1 });
const other = testedDevice() === "cpu" ? openDevice("reference") : openDevice("cpu");
afterAll(() => {
  for (const device of [tested, other]) device.dispose();
});

/** Small numbers for whatever of these settings an algorithm has. */
const SMALL = {
  envs: 4,
  horizon: 16,
  minibatch: 32,
  epochs: 2,
  buffer: 600,
  learningStarts: 64,
  trainEvery: 16,
  targetEvery: 64,
  batch: 8,
  sequence: 6,
  burnIn: 2,
  memorySize: 6,
  atoms: 11,
  quantiles: 5,
  hidden: "8",
};

/** Those whose actions are real numbers. */
const continuous: readonly string[] = ["sac", "td3", "ddpg"];

/** Those that draw random actions from another generator where games live on the device; test/cuda has them so. */
const drawnElsewhere: readonly string[] = ["pqn", "dqn", "c51", "qrdqn", "rainbow"];

/** Where the games are to live so that both devices play the same. */
function placeOf(algo: string): Readonly<Record<string, string>> {
  return drawnElsewhere.includes(algo) ? { games: "cpu" } : {};
}

interface Run {
  readonly algo: string;
  readonly device: Device;
  readonly overrides?: Readonly<Record<string, number | string | boolean>>;
}

function gameOf(algo: string) {
  return findGame(continuous.includes(algo) ? "probe:continuous" : "catch");
}

function configOf({ algo, overrides = {} }: Run) {
  const { schema } = findAlgorithm(algo);
  const known = Object.entries(SMALL).filter(([name]) => name in schema);
  return resolveConfig(algo, gameOf(algo).id, "", { ...Object.fromEntries(known), ...overrides });
}

function trainer(run: Run): Trainer {
  const { algo, device } = run;
  const game = gameOf(algo);
  return createTrainer({
    ...{ algo, game, device, config: configOf(run) },
    ...{ seed: 5, totalSteps: 10_000 },
  });
}

/** Goes on from a state for some iterations, or begins; the state at the end, as it comes back from a file. */
function trained(run: Run, iterations: number, from?: SavedState): SavedState {
  const agent = trainer(run);
  if (from !== undefined) agent.restore(from);
  for (let i = 0; i < iterations; i++) agent.iterate();
  const { arrays, json } = agent.save();
  agent.dispose();
  return { arrays, json: JSON.parse(JSON.stringify(json)) };
}

/** The returns of a few greedy episodes of a state's policy. */
function returns(run: Run, state: SavedState): number[] {
  const { algo, device } = run;
  const game = gameOf(algo);
  const policy = createPolicy({ algo, game, device, config: configOf(run), state, count: 2 });
  const played = evaluate(policy, game, { episodes: 4, greedy: true, seed: 1 });
  policy.dispose();
  return played.returns;
}

/** What an algorithm measures in each iteration. */
function measured(run: Run, iterations: number): Record<string, number>[] {
  const agent = trainer(run);
  const all = Array.from({ length: iterations }, () => ({ ...agent.iterate().measures }));
  agent.dispose();
  return all;
}

/** Each measure within `rtol` of the other device's, or within `atol` where it is near zero. */
function expectAlike(run: Omit<Run, "device">, iterations: number): void {
  const [rtol, atol] = [1e-2, 1e-3];
  const [got, wanted] = [tested, other].map((device) => measured({ ...run, device }, iterations));
  wanted.forEach((measures, i) => {
    for (const [name, value] of Object.entries(measures)) {
      const difference = Math.abs(got[i][name] - value);
      const alike = Object.is(got[i][name], value) || difference <= atol + rtol * Math.abs(value);
      expect(alike, `iteration ${i}, ${name}: got ${got[i][name]}, expected ${value}`).toBe(true);
    }
  });
  const losses = Object.entries(wanted[iterations - 1]).filter(([name]) => /loss$/i.test(name));
  expect(losses.some(([, loss]) => Number.isFinite(loss) && loss !== 0)).toBe(true);
}

/** Real numbers as actions differ in their last bits. */
function expectClose(got: readonly number[], wanted: readonly number[]): void {
  expect(got.length).toBe(wanted.length);
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i], 4);
  });
}

describe.each(algorithms.map(({ name }) => name))("%s", (algo) => {
  test("measures the same on both devices while it learns", () => {
    expectAlike({ algo, overrides: placeOf(algo) }, 2);
  });
});

describe.each(["ppo", "dqn", "sac"])("a state of %s", (algo) => {
  test("moves to another device, is trained there, and comes back", () => {
    // A memory on the GPU is saved in another form.
    const overrides = placeOf(algo);
    const [here, there] = [other, tested].map((device) => ({ algo, device, overrides }));
    const first = trained(here, 2);
    const moved = trained(there, 0, first);
    expect(moved.arrays).toEqual(first.arrays);
    expectClose(returns(there, first), returns(here, first));
    const more = trained(there, 2, first);
    expect(more.arrays).not.toEqual(first.arrays);
    const back = trained(here, 0, more);
    expect(back.arrays).toEqual(more.arrays);
    expectClose(returns(here, back), returns(there, more));
  });
});

describe("PPO", () => {
  test.each([
    ["over many updates", { epochs: 4, learningRate: 3e-3 }],
    ["with a recurrent policy", { memory: "gru" }],
    ["with Muon", { optimizer: "muon" }],
    ["with convolutions over pictures", { observation: "pixels", pixelSize: 12, encoder: "grid" }],
    ["with normalised observations and curiosity", { normalizeObservations: true, curiosity: 0.1 }],
  ])("%s measures the same on both devices", (_, overrides) => {
    expectAlike({ algo: "ppo", overrides }, 4);
  });
});
