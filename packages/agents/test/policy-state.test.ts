/** Policies of moments of training: what `policyState` gives, of every algorithm, on every device. */
import { findGame, key } from "@carom/envs";
import { openDevice } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import type { Policy, PolicyOptions, SavedState, Trainer } from "../src/agent.js";
import { createEvaluationEnv } from "../src/games.js";
import { createPolicy } from "../src/policies.js";
import { algorithms, createTrainer, resolveConfig } from "../src/registry.js";
import { decodeAgent, encodeAgent } from "../src/train/bytes.js";

const device = openTestedDevice({ threads: 1 });
const reference = openDevice("reference");
afterAll(() => {
  device.dispose();
  reference.dispose();
});

const SMALL: Readonly<Record<string, number | string>> = {
  ...{ envs: 4, horizon: 16, minibatch: 32, hidden: "16,16", learningStarts: 200, buffer: 2000 },
  ...{ batch: 16, memorySize: 16 },
};
const boxed = ["sac", "td3", "ddpg"];

interface Case {
  readonly algo: string;
  readonly game?: string;
  readonly overrides?: Readonly<Record<string, number | string | boolean>>;
}

/** A trainer of the case after some iterations, and what its policies are made from. */
function trained({ algo, game, overrides = {} }: Case): { trainer: Trainer; made: Made } {
  const id = game ?? (boxed.includes(algo) ? "pendulum" : "cartpole");
  const { schema } = algorithms.find((one) => one.name === algo) ?? { schema: {} };
  const known = Object.entries(SMALL).filter(([name]) => Object.hasOwn(schema, name));
  const config = resolveConfig(algo, id, "", { ...Object.fromEntries(known), ...overrides });
  const definition = findGame(id);
  const base = { algo, game: definition, config };
  const trainer = createTrainer({ ...base, seed: 3, device, totalSteps: 4000 });
  for (let i = 0; i < 3; i++) trainer.iterate();
  return { trainer, made: base };
}

type Made = Pick<PolicyOptions, "game" | "config"> & { readonly algo: string };

/** Plays 40 decisions of `count` games; gives what was done and thought. */
function played(made: Made, state: SavedState, on = device, count = 3) {
  const env = createEvaluationEnv({ ...made, state, count, key: key(9) });
  const policy = createPolicy({ ...made, state, device: on, count, spec: env.spec });
  const actions: number[] = [];
  const thoughts: number[] = [];
  const starts = new Uint8Array(count).fill(1);
  env.reset();
  for (let step = 0; step < 40; step++) {
    const { masks } = env;
    const told = policy.decide(env.observations, env.actions, { greedy: true, starts, masks });
    actions.push(...env.actions);
    thoughts.push(...told.values, ...(told.probabilities ?? []), ...(told.actionValues ?? []));
    env.step();
    for (let i = 0; i < count; i++) starts[i] = env.terminated[i] | env.truncated[i];
  }
  policy.dispose();
  env.dispose();
  return { actions, thoughts };
}

function bytesOf({ arrays }: SavedState): number {
  return Object.values(arrays).reduce((sum, { data }) => sum + data.byteLength, 0);
}

const cases: readonly Case[] = [
  ...algorithms.map(({ name }) => ({ algo: name })),
  { algo: "ppo", overrides: { normalizeObservations: true, frameStack: 2 } },
  { algo: "ppo", overrides: { memory: "lstm", memorySize: 16, separateCritic: false } },
  { algo: "ppo", game: "breakout" },
  { algo: "dqn", game: "snake" },
  { algo: "td3", overrides: { normalizeObservations: true } },
];

describe.each(cases)("$algo $game $overrides", (one) => {
  const { trainer, made } = trained(one);
  const state = decodeAgent(encodeAgent(trainer.policyState()));
  const whole = trainer.save();
  afterAll(() => trainer.dispose());

  test("its policy does and thinks what that of the whole state does", () => {
    expect(played(made, state)).toEqual(played(made, whole));
  });

  test("it is a small part of that, and taking it changes nothing", () => {
    const [own, all] = [state, whole].map(({ arrays }) =>
      Object.keys(arrays).filter((name) => name.startsWith("parameters.")),
    );
    expect(own.toSorted()).toEqual(all.toSorted());
    expect(bytesOf(state)).toBeLessThan(bytesOf(whole) / 2);
    expect(trainer.save()).toEqual(whole);
  });

  test("training does not go on from it, and nothing is written", () => {
    const text = new RegExp(`^${one.algo}: the saved state holds only a policy`);
    expect(() => trainer.restore(state)).toThrow(
      expect.objectContaining({ code: "FOREIGN_STATE", message: expect.stringMatching(text) }),
    );
    expect(trainer.save()).toEqual(whole);
  });

  test("the reference device agrees: values and probabilities to 1e-5, actions exactly", () => {
    const [fast, slow] = [played(made, state), played(made, state, reference)];
    expect(slow.thoughts.length).toBe(fast.thoughts.length);
    for (const [i, value] of slow.thoughts.entries()) {
      const allowed = 1e-5 * Math.max(1, Math.abs(fast.thoughts[i]));
      expect(Math.abs(value - fast.thoughts[i])).toBeLessThan(allowed);
    }
    if (boxed.includes(made.algo)) return; // real numbers: they agree as closely as values do
    expect(slow.actions).toEqual(fast.actions);
  });

  test("its layers end with what it thinks", () => {
    const env = createEvaluationEnv({ ...made, state, count: 1, key: key(4) });
    env.reset();
    const policy = createPolicy({ ...made, state, device, count: 1 });
    const layers = policy.layers?.(env.observations);
    expect(layers === undefined).toBe(
      policy.hasMemory || made.algo.startsWith("sac") || boxed.includes(made.algo),
    );
    if (layers) {
      expect(layers.length).toBeGreaterThanOrEqual(3);
      const { values, actionValues } = policy.assess(env.observations);
      expect(layers.at(-1)?.values).toEqual(actionValues ?? values);
      for (const layer of layers) expect(layer.values.length).toBeGreaterThan(0);
    }
    policy.dispose();
    env.dispose();
  });

  test("decide is act, and what assess says where nothing is remembered", () => {
    const count = 3;
    const env = createEvaluationEnv({ ...made, state, count, key: key(4) });
    env.reset();
    const [a, b] = [1, 2].map(() => createPolicy({ ...made, state, device, count, seed: 8 }));
    const acted = env.actions.slice();
    a.act(env.observations, acted, { greedy: false, masks: env.masks });
    const told = b.decide(env.observations, env.actions, { greedy: false, masks: env.masks });
    expect(env.actions).toEqual(acted);
    expect(told).toEqual(b.assess(env.observations)); // the first of an episode
    for (const policy of [a, b] satisfies Policy[]) policy.dispose();
    env.dispose();
  });
});

test("every algorithm has a policy; another name is refused with the nearest", () => {
  const { trainer, made } = trained({ algo: "ppo" });
  const state = trainer.policyState();
  trainer.dispose();
  for (const { name } of algorithms.filter((one) => one.name !== "ppo")) {
    const { game } = made;
    const config = resolveConfig(name, game.id, "");
    expect(() => createPolicy({ algo: name, game, config, state, device, count: 1 })).toThrow(
      /saved state is of "ppo"|bounded numbers|box|discrete/,
    );
  }
  expect(() => createPolicy({ ...made, algo: "pppo", state, device, count: 1 })).toThrow(
    /"pppo".*"ppo"/,
  );
});
