/** Agents as a library: training, its limits, evaluations and failures. */
import { findGame } from "@carom/envs";
import { leakCheck, openTestedDevice } from "@carom/tensor/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Agent,
  type AgentEvents,
  type AgentOptions,
  createAgent,
  ppo,
  reinforce,
  type SavedState,
  type TrainOptions,
} from "../src/index.js";
import { FragileLamps, Lamps, WatchedLamps } from "./small-games.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** 128 env steps an iteration. */
const quick = { envs: 8, horizon: 16, minibatch: 64, epochs: 2, hidden: "16", learningRate: 1e-2 };

function lamps(options: Partial<AgentOptions> = {}): Agent {
  const { config, ...rest } = options;
  return createAgent("ppo", Lamps, { device, config: { ...quick, ...config }, ...rest });
}

/** The state after training in one go; the agent is gone by then. */
async function trained(agent: Agent, ...calls: TrainOptions[]): Promise<SavedState> {
  using ours = agent;
  for (const options of calls) await ours.train(options);
  return ours.save();
}

/** All events of one kind from now on. */
function record<Name extends keyof AgentEvents>(agent: Agent, name: Name): AgentEvents[Name][] {
  const events: AgentEvents[Name][] = [];
  agent.on(name, (event) => events.push(event));
  return events;
}

describe("learning", () => {
  test("a game of twenty lines is learned, and training ends once it is solved", async () => {
    using agent = lamps();
    const summary = await agent.train({ steps: 60_000, untilScore: 4.8 });
    expect(summary).toMatchObject({ reason: "score", steps: agent.steps, best: null });
    expect(summary.steps).toBeLessThan(60_000);
    expect(summary.episodes).toBe(Math.floor(summary.steps / 8 / 5) * 8);
    expect(summary.score).toBe(agent.score);
    expect(agent.evaluate({ episodes: 20 }).score).toBe(5);
  });

  test("Catch is learned on a device of the agent's own", async () => {
    using agent = ppo(findGame("catch"), { config: { ...quick, envs: 32, hidden: "32" } });
    await agent.train({ steps: 60_000 });
    expect(agent.evaluate({ episodes: 50 }).score).toBeGreaterThan(0.9);
  });

  test("CartPole: the score that ends training is that of an evaluation where there are any", async () => {
    const config = { envs: 16, horizon: 64, minibatch: 256, epochs: 8, learningRate: 3e-3 };
    using agent = ppo(findGame("cartpole"), { device, config });
    const options = { evaluateEvery: 5000, evaluateEpisodes: 8 };
    const { reason, best, score } = await agent.train({
      steps: 150_000,
      untilScore: 300,
      ...options,
    });
    expect(reason).toBe("score");
    expect(best?.score).toBeGreaterThanOrEqual(300);
    expect(score).toBeLessThan(300); // of the games trained on
  });
});

describe("limits", () => {
  test("steps count from the call; without them training goes on to the end of its schedules", async () => {
    using agent = lamps({ totalSteps: 1000 });
    expect(await agent.train({ steps: 300 })).toMatchObject({ steps: 384, reason: "steps" });
    expect(await agent.train({ steps: 128 })).toMatchObject({ steps: 512, reason: "steps" });
    expect(await agent.train()).toMatchObject({ steps: 1024, reason: "steps" });
    expect(await agent.train()).toMatchObject({ steps: 1024, episodes: 0, reason: "steps" });
  });

  test("seconds end it", async () => {
    using agent = lamps();
    const summary = await agent.train({ steps: Number.POSITIVE_INFINITY, seconds: 0.02 });
    expect(summary.reason).toBe("seconds");
    expect(summary.seconds).toBeGreaterThanOrEqual(0.02);
  });

  test("a timer gets its turn while training: only so can it abort it", async () => {
    using agent = lamps();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1);
    const { signal } = controller;
    const summary = await agent.train({ steps: Number.POSITIVE_INFINITY, signal });
    expect(summary.reason).toBe("aborted");
  });

  test("a signal that is aborted already lets no iteration begin", async () => {
    using agent = lamps();
    const summary = await agent.train({ steps: 1000, signal: AbortSignal.abort() });
    expect(summary).toMatchObject({ steps: 0, episodes: 0, score: null, reason: "aborted" });
  });

  test("schedules run over totalSteps, or over the steps of the first training", async () => {
    const config = { finalLearningRate: 0 };
    const rates = async (agent: Agent, calls: TrainOptions[]): Promise<number[]> => {
      const metrics = record(agent, "metrics");
      await trained(agent, ...calls);
      return metrics.map(({ learningRate }) => Number(learningRate.toFixed(9)));
    };
    const falling = [1e-2, 7.5e-3, 5e-3, 2.5e-3];
    expect(await rates(lamps({ config }), [{ steps: 512 }, { steps: 128 }])).toEqual([
      ...falling,
      0,
    ]);
    const long = lamps({ config, totalSteps: 512 });
    expect(await rates(long, [{ steps: 256 }, { steps: 256 }])).toEqual(falling);
    const early = lamps({ config });
    early.act([1, 0]); // makes a trainer before anybody has named any steps
    expect(await rates(early, [{ steps: 512 }])).toEqual(falling);
  });

  test("patience: as many evaluations in a row that are no better end it", async () => {
    using agent = lamps({ config: { learningRate: 0 } });
    const evaluations = record(agent, "evaluation");
    const options = { evaluateEvery: 256, evaluateEpisodes: 5, patience: 3 };
    const summary = await agent.train({ steps: 10_000, ...options });
    expect(summary).toMatchObject({ reason: "patience", steps: 1024 });
    expect(evaluations.map(({ isBest }) => isBest)).toEqual([true, false, false, false]);
  });

  test.each([
    [{ steps: 0 }, "train: steps must be a whole number above 0 (got 0)"],
    [{ steps: Number.NaN }, "train: steps must be a whole number above 0 (got NaN)"],
    [{ seconds: -1 }, "train: seconds must be a number above 0 (got -1)"],
    [{ untilScore: Number.NaN }, "train: untilScore must be a finite number (got NaN)"],
    [{ evaluateEvery: 0.5 }, "train: evaluateEvery must be a whole number above 0 (got 0.5)"],
    [{ patience: 2 }, "train: patience needs evaluateEvery (got none)"],
    [{ step: 5 } as TrainOptions, 'train: there is no option "step" (did you mean "steps"?)'],
  ] as [TrainOptions, string][])("options %j are refused", async (options, message) => {
    using agent = lamps();
    await expect(agent.train(options)).rejects.toThrow(message);
    expect(agent.steps).toBe(0);
  });

  test("one training at a time; restoring has to wait for its end", async () => {
    using agent = lamps();
    const state = agent.save();
    const first = agent.train({ steps: 5000 });
    await expect(agent.train({ steps: 1 })).rejects.toMatchObject({ code: "BUSY" });
    const failed = record(agent, "error");
    await first;
    await agent.train({ steps: 1, onMetrics: () => agent.restore(state) });
    expect(failed.map(({ error }) => String(error))).toEqual([
      "AgentError: restore: the agent is training (await or abort train first)",
    ]);
  });
});

describe("nothing around it changes what is learned, bit for bit", () => {
  const steps = 10 * 128;
  let plain: SavedState;
  beforeAll(async () => {
    plain = await trained(lamps(), { steps });
  });

  test("going on after an abort", async () => {
    const agent = lamps();
    const controller = new AbortController();
    const stop = agent.on("metrics", (metrics) => {
      if (metrics.steps === 4 * 128) controller.abort();
    });
    const summary = await agent.train({ steps, signal: controller.signal });
    expect(summary).toMatchObject({ reason: "aborted", steps: 4 * 128 });
    stop();
    expect(await trained(agent, { steps: steps - agent.steps })).toEqual(plain);
  });

  test("listeners that throw, at once and later", async () => {
    const agent = lamps();
    const bang = (): never => {
      throw new Error("bang");
    };
    for (const name of ["metrics", "episode", "evaluation", "checkpoint"] as const) {
      agent.on(name, bang);
      agent.on(name, async () => bang());
    }
    const training = agent.train({ steps, evaluateEvery: 300, evaluateEpisodes: 3 });
    await expect(training).rejects.toThrow(AggregateError);
    expect(await trained(agent)).toEqual(plain);
  });

  test("[B21] evaluations, acting and saving in between, with statistics of observations and returns", async () => {
    const config = { normalizeObservations: true, normalizeReturns: true, rewardScale: 10 };
    const agent = lamps({ config });
    const scores: number[] = [];
    agent.on("evaluation", (evaluation) => scores.push(evaluation.score));
    agent.on("metrics", () => {
      const before = agent.save();
      agent.act([1, 0], { greedy: false });
      scores.push(agent.evaluate({ episodes: 4, greedy: false }).score);
      expect(agent.save()).toEqual(before);
    });
    const end = await trained(agent, { steps, evaluateEvery: 500, evaluateEpisodes: 4 });
    expect(end).toEqual(await trained(lamps({ config }), { steps }));
    // Raw rewards: five of 1 or -1 each.
    for (const score of scores) expect(Math.abs(score)).toBeLessThanOrEqual(5);
    expect(Math.max(...scores)).toBe(5);
  });
});

describe("evaluations in training", () => {
  test("[B22] evaluateEvery counts env steps of all games together", async () => {
    using agent = lamps();
    const evaluations = record(agent, "evaluation");
    await agent.train({ steps: 4096, evaluateEvery: 1000, evaluateEpisodes: 7 });
    expect(evaluations.map((one) => one.steps)).toEqual([1024, 2048, 3072, 4096]);
    for (const { returns, lengths, score } of evaluations) {
      expect([returns.length, lengths]).toEqual([7, new Array(7).fill(5)]);
      expect(score).toBeCloseTo(returns.reduce((sum, one) => sum + one) / 7, 12);
    }
  });

  test("they play games of their own, always the same; later evaluations others again", async () => {
    const seedsOf = async (what: () => unknown): Promise<Set<number>> => {
      WatchedLamps.seeds = [];
      await what();
      return new Set(WatchedLamps.seeds);
    };
    const make = (): Agent => createAgent("ppo", WatchedLamps, { device, config: quick });
    using agent = make();
    using other = make();
    const training = await seedsOf(() => agent.train({ steps: 1280 }));
    const both = await seedsOf(() => other.train({ steps: 1280, evaluateEvery: 128 }));
    const chosen = new Set([...both].filter((seed) => !training.has(seed)));
    const later = await seedsOf(() => agent.evaluate({ episodes: 100 }));
    expect(both.size).toBe(training.size + chosen.size);
    expect(chosen.size).toBe(2 * 20); // ten times the same: an episode of each game, the next one begun
    expect(later.size).toBeGreaterThanOrEqual(100);
    for (const seed of later) expect(training.has(seed) || chosen.has(seed)).toBe(false);
  });

  test("the best state is kept, and can be gone back to", async () => {
    using agent = lamps({ config: { learningRate: 0.5 } }); // wild: scores go up and down
    const evaluations = record(agent, "evaluation");
    const { best } = await agent.train({ steps: 8192, evaluateEvery: 256, evaluateEpisodes: 10 });
    const scores = evaluations.map(({ score }) => score);
    const top = Math.max(...scores);
    expect(Math.min(...scores.slice(scores.indexOf(top)))).toBeLessThan(top);
    const { steps, score, state } = agent.best() ?? expect.fail("no best state");
    expect({ steps, score }).toEqual(best);
    expect(score).toBe(top);
    expect(steps).toBe(evaluations[scores.indexOf(top)].steps);
    agent.useBest();
    expect(agent.steps).toBe(steps);
    expect(agent.save()).toEqual(state);
  });

  test("without keepBest no state is kept, and there is nothing to go back to", async () => {
    using agent = lamps();
    const { best } = await agent.train({ steps: 256, evaluateEvery: 128, keepBest: false });
    expect(best?.steps).toBe(128);
    expect(agent.best()).toBeUndefined();
    expect(() => agent.useBest()).toThrow("useBest: there is no best state");
  });
});

describe("ends and failures", () => {
  test("an agent that is disposed while it trains ends in order and leaves no tensor behind", async () => {
    const leaks = leakCheck();
    const agent = reinforce(Lamps, { device, config: { envs: 8, hidden: "16" } });
    agent.on("metrics", ({ steps }) => {
      agent.act([1, 0]);
      agent.actBatch([1, 0, 0, 1]);
      if (steps === 80) agent.dispose();
    });
    const summary = await agent.train({ steps: 5000, evaluateEvery: 40, evaluateEpisodes: 2 });
    expect(summary).toMatchObject({ reason: "disposed", steps: 80 });
    agent.dispose();
    expect(leaks()).toEqual([]);
    await expect(agent.train({ steps: 1 })).rejects.toMatchObject({ code: "DISPOSED" });
    expect(() => agent.act([1, 0])).toThrow("act: the agent was disposed");
    expect(() => agent.save()).toThrow("save: the agent was disposed");
  });

  test("a game that breaks ends training; the agent goes on from a saved state", async () => {
    using agent = createAgent("ppo", FragileLamps, { device, config: quick });
    FragileLamps.breaks = true;
    const checkpoints = record(agent, "checkpoint");
    const training = agent.train({ steps: 10_000, checkpointEvery: 128 });
    await expect(training).rejects.toThrow(/lamps: the game threw "a fuse blew"/);
    expect(checkpoints.at(-1)?.steps).toBe(12 * 128); // the iteration of the 200th decision began there
    await expect(agent.train({ steps: 1 })).rejects.toMatchObject({ code: "FAILED" });
    expect(() => agent.act([1, 0])).toThrow(
      /^act: an iteration failed and left the agent half way/,
    );
    FragileLamps.breaks = false;
    agent.restore(checkpoints[0].state);
    expect(await agent.train({ steps: 1 })).toMatchObject({ steps: 256 });
  });

  test("faults that cost an episode only are told", async () => {
    FragileLamps.breaks = true;
    const config = { ...quick, faults: "truncate" };
    using agent = createAgent("ppo", FragileLamps, { device, config });
    const faults = record(agent, "fault");
    await agent.train({ steps: 8 * 250 });
    expect(faults.map(({ kind, env }) => `${kind} ${env}`).sort()).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((env) => `threw ${env}`),
    );
  });
});
