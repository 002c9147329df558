/** Agents as a library: making them and acting. */
import { createVectorEnv, findGame, key, type VectorEnv, VectorWrapper } from "@carom/envs";
import { leakCheck, openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import {
  type Agent,
  type AgentOptions,
  createAgent,
  createEvaluationEnv,
  createPolicy,
  ppo,
  reinforce,
  resolveConfig,
} from "../src/index.js";
import { Lamps } from "./small-games.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const quick = { envs: 8, horizon: 16, minibatch: 64, epochs: 2, hidden: "16", learningRate: 1e-2 };

function agentFor(game: string, options: Partial<AgentOptions> = {}): Agent {
  const { config, ...rest } = options;
  return createAgent("ppo", findGame(game), { device, config: { ...quick, ...config }, ...rest });
}

describe("making", () => {
  test("of a definition, of a class and of a function that makes a game", () => {
    for (const game of [findGame("catch"), Lamps, () => new Lamps()]) {
      using agent = ppo(game, { device, seed: 7 });
      expect(agent).toMatchObject({ algo: "ppo", seed: 7, steps: 0, score: null });
    }
    using agent = ppo(Lamps, { device });
    expect(agent).toMatchObject({ variant: "plain", game: { id: "lamps" }, seed: 1 });
    expect(agent.spec.observation.shape).toEqual([2]);
  });

  test("settings lie over the game's preset, and say what is wrong with them", () => {
    using agent = ppo(findGame("cartpole"), { device, config: { horizon: 32 } });
    expect(agent.config).toEqual(resolveConfig("ppo", "cartpole", agent.variant, { horizon: 32 }));
    expect(agent.config).not.toEqual(ppo(Lamps, { config: { horizon: 32 } }).config);
    const wrong = (config: Record<string, number | string>) => () =>
      createAgent("ppo", Lamps, { config });
    expect(wrong({ horizn: 32 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: ppo has no setting "horizn" (did you mean "horizon"?)]`,
    );
    expect(wrong({ gamma: 1.5 })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: ppo: setting "gamma" must be between 0 and 1 per decision (got 1.5)]`,
    );
    expect(wrong({ envs: "many" })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: ppo: setting "envs" must be a whole number (got "many")]`,
    );
    using text = createAgent("ppo", Lamps, { device, config: { learningRate: "1e-2" } });
    expect(text.config.learningRate).toBe(0.01);
    // @ts-expect-error the type knows the settings of each algorithm
    expect(() => reinforce(Lamps, { config: { horizon: 32 } })).toThrow('no setting "horizon"');
  });

  test("what is no algorithm, no game, no variant and no option is refused", () => {
    expect(() => createAgent("ppp", Lamps)).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: no algorithm is called "ppp" (did you mean "ppo"?)]`,
    );
    const name = "catch" as unknown;
    expect(() => ppo(name as typeof Lamps)).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: the game must be a definition, a class or a function that makes a game (got "catch", expected e.g. findGame("catch") of @carom/envs)]`,
    );
    expect(() => ppo(Lamps, { variant: "big" })).toThrowErrorMatchingInlineSnapshot(
      `[EnvError: lamps: no such variant (got "big", expected one of plain)]`,
    );
    const options: object = { sed: 1 };
    expect(() => ppo(Lamps, options)).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: ppo: there is no option "sed" (did you mean "seed"?)]`,
    );
    expect(() => ppo(Lamps, { totalSteps: 0.5 })).toThrow(
      "ppo: totalSteps must be a whole number above 0 (got 0.5)",
    );
    expect(() => ppo(Lamps, { seed: -1 })).toThrow(/seed must be a non-negative safe integer/);
  });

  test("making, asking and disposing leaves no tensor behind, and no device of its own open", async () => {
    const leaks = leakCheck();
    const agent = reinforce(Lamps, { device, config: { envs: 4, hidden: "8" } });
    agent.act([1, 0]);
    await agent.train({ steps: 20, evaluateEvery: 20 });
    agent.restore(agent.save());
    agent.act([1, 0]);
    agent.dispose();
    agent.dispose();
    const unused = ppo(Lamps);
    unused.dispose();
    expect(leaks()).toEqual([]);
  });
});

describe("acting", () => {
  test("a discrete action is an index, vectors are arrays within their bounds", () => {
    using one = agentFor("catch");
    const action = one.act(new Float32Array(50));
    expect([0, 1, 2]).toContain(action);
    using box = agentFor("probe:continuous-2d");
    const vector = box.act([0.5], { greedy: false });
    expect(vector).toBeInstanceOf(Float32Array);
    expect(vector).toHaveLength(2);
    const [first, second] = vector as Float32Array;
    expect(Math.abs(first)).toBeLessThanOrEqual(2);
    expect(second).toBeGreaterThanOrEqual(0);
    expect(second).toBeLessThanOrEqual(1);
    using choices = agentFor("probe:multi-discrete");
    const chosen = choices.act(new Array(9).fill(0)) as Int32Array;
    expect(chosen).toBeInstanceOf(Int32Array);
    for (const [i, size] of [3, 2, 4].entries()) expect(chosen[i]).toBeLessThan(size);
    using switches = agentFor("probe:multi-binary");
    expect(switches.act([0, 1, 0, 1])).toHaveLength(4);
  });

  test("a batch is acted on row by row, in arrays that are the caller's", () => {
    using agent = agentFor("probe:continuous-2d");
    const rows = [-1, -0.5, 0, 0.5, 1];
    const all = agent.actBatch(rows);
    expect(all).toHaveLength(2 * 5);
    for (const [i, row] of rows.entries()) {
      const alone = agent.act(Float32Array.of(row)) as Float32Array;
      expect(alone[0]).toBeCloseTo(all[2 * i], 5);
      expect(alone[1]).toBeCloseTo(all[2 * i + 1], 5);
    }
    const copy = all.slice();
    agent.actBatch(rows.toReversed());
    expect(all).toEqual(copy);
    expect(agent.actBatch([0.5, 1])).toHaveLength(4); // another count
  });

  test("it follows the present parameters", async () => {
    using agent = createAgent("ppo", Lamps, { device, config: quick });
    const before = agent.save();
    const choose = (): number[] => [agent.act([1, 0]), agent.act([0, 1])] as number[];
    const untrained = choose();
    await agent.train({ steps: 20_000 });
    expect(choose()).toEqual([0, 1]);
    agent.restore(before);
    expect(choose()).toEqual(untrained);
  });

  test("sampled actions differ, and go on differing where parameters have changed", async () => {
    using agent = agentFor("probe:continuous");
    const draw = (): number => (agent.act([0.5], { greedy: false }) as Float32Array)[0];
    const draws = (): number[] => Array.from({ length: 8 }, draw);
    const [first, second] = [draws(), draws()];
    const batch = Array.from({ length: 8 }, () => agent.actBatch([0.5], { greedy: false })[0]);
    expect(batch).not.toEqual(first); // a stream of its own
    await agent.train({ steps: 1 });
    const third = draws();
    expect(second).not.toEqual(first);
    expect(third).not.toEqual(first);
    expect(third).not.toEqual(second);
  });

  test("masks forbid actions", () => {
    using agent = agentFor("probe:mask");
    const allow = (...allowed: number[]): number[] =>
      Array.from({ length: 72 }, (_, i) => (allowed.includes(i) ? 1 : 0));
    const observation = new Float32Array(10);
    expect(agent.act(observation, { mask: allow(70) })).toBe(70);
    for (let i = 0; i < 20; i++) {
      expect([3, 8]).toContain(agent.act(observation, { mask: allow(3, 8), greedy: false }));
    }
    const masks = [...allow(5), ...allow(6)];
    expect(agent.actBatch(new Float32Array(20), { masks })).toEqual(Int32Array.of(5, 6));
    expect(() => agent.act(observation, { mask: [1, 0] })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: act: the mask has the wrong length (got 2, expected 72 per observation)]`,
    );
    expect(() => agent.act(observation, { mask: allow() })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: act: the mask must allow an action (got none)]`,
    );
    using box = agentFor("probe:continuous");
    expect(() => box.act([0], { mask: [1] })).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: act: only discrete actions can be masked (got a mask for box actions)]`,
    );
  });

  test("policies with memory remember until they are told that an episode begins", () => {
    using agent = agentFor("probe:continuous", { config: { memory: "gru", memorySize: 8 } });
    const act = (...observations: number[]): number[] =>
      observations.map((one) => (agent.act([one]) as Float32Array)[0]);
    const [first, second, third] = act(1, 1, 1);
    expect(new Set([first, second, third]).size).toBe(3);
    agent.resetMemory();
    expect(act(1, 1)).toEqual([first, second]);
    agent.actBatch([1, 1]); // has a memory of its own
    expect(act(1)).toEqual([third]);
    agent.resetMemory();
    const [a, b] = agent.actBatch([1, 1]);
    const [c, d] = agent.actBatch([1, 1], { starts: [1, 0] });
    expect([a, c]).toEqual([b, a]);
    expect(d).not.toBe(b);
  });

  test("wrong observations are refused with what was expected", () => {
    using agent = agentFor("catch");
    expect(() => agent.act([1, 2, 3])).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: act: the observation has the wrong length (got 3, expected 50, shape [10,5])]`,
    );
    expect(() => agent.act([])).toThrow("(got 0, expected 50, shape [10,5])");
    expect(() => agent.act(new Float32Array(100))).toThrow("(got 100, expected 50, shape [10,5])");
    expect(() => agent.actBatch(new Float32Array(75))).toThrow("expected a multiple of 50");
    expect(() =>
      agent.act(new Float32Array(50).fill(Number.NaN)),
    ).toThrowErrorMatchingInlineSnapshot(
      `[AgentError: act: the observation must be finite (got NaN as value 0)]`,
    );
    const starts = [1, 1];
    expect(() => agent.actBatch(new Float32Array(50), { starts })).toThrow("list of starts has");
  });

  test("pictures are bytes, and as many as the settings stack", () => {
    const config = { observation: "pixels", pixelSize: 36, frameStack: 2, hidden: "8" };
    using agent = agentFor("catch", { config });
    expect(agent.spec.observation).toMatchObject({ shape: [36, 36, 2], dtype: "uint8" });
    expect([0, 1, 2]).toContain(agent.act(new Uint8Array(36 * 36 * 2)));
    expect(() => agent.act(new Uint8Array(36 * 36))).toThrow("expected 2592, shape [36,36,2]");
    const fractions = new Float32Array(36 * 36 * 2).fill(0.5);
    expect(() => agent.act(fractions)).toThrow("must be bytes (got 0.5 as value 0");
  });

  test("observations are standardised by the statistics of training, as evaluations see them", async () => {
    const config = { normalizeObservations: true };
    using agent = agentFor("probe:continuous", { config });
    await agent.train({ steps: 512 });
    const state = agent.save();
    const { game, algo } = agent;
    const facts = { game, config: agent.config, state, count: 3 };
    const env = createEvaluationEnv({ ...facts, key: key(5) });
    const policy = createPolicy({ ...facts, algo, device, spec: env.spec });
    env.reset();
    policy.act(env.observations, env.actions, { greedy: true });
    const raw = innermost(env).observations;
    expect(raw).not.toEqual(env.observations);
    expect(agent.actBatch(raw)).toEqual(env.actions);
    expect((agent.act(raw.subarray(1, 2)) as Float32Array)[0]).toBeCloseTo(env.actions[1], 5);
    policy.dispose();
  });

  test("an encoder of one's own is used in training, acting and evaluating", async () => {
    let made = 0;
    const factory: AgentOptions["createEncoder"] = (spec) => {
      made++;
      const { size } = spec.observation;
      const parameters = () => new Map();
      return {
        ...{ size, storage: "float32", parameters },
        prepare: (observation) => observation.mul(1),
        forward: (prepared) => prepared.mul(1),
        dispose() {},
      };
    };
    using agent = createAgent("ppo", Lamps, { device, config: quick, createEncoder: factory });
    await agent.train({ steps: 20_000, untilScore: 4.8 });
    expect(agent.act([0, 1])).toBe(1);
    expect(agent.evaluate({ episodes: 10 }).score).toBe(5);
    expect(made).toBe(3);
  });

  test("games come from createEnv, in training, evaluating and acting", async () => {
    const made: number[] = [];
    using agent = createAgent("ppo", Lamps, {
      ...{ device, config: quick },
      createEnv({ game, workers: _, ...request }) {
        made.push(request.count);
        return createVectorEnv(game, request);
      },
    });
    await agent.train({ steps: 128 });
    agent.evaluate({ episodes: 3 });
    agent.act([1, 0]);
    expect(made).toEqual([8, 3, 1]);
  });
});

function innermost(env: VectorEnv): VectorEnv {
  return env instanceof VectorWrapper ? innermost(env.inner) : env;
}
