/** Agents as a library: who hears what of a training, and what becomes of what they throw. */
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import {
  type Agent,
  type AgentEvents,
  type AgentOptions,
  createAgent,
  type TrainingMetrics,
} from "../src/index.js";
import { Lamps } from "./small-games.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** 128 env steps an iteration. */
const quick = { envs: 8, horizon: 16, minibatch: 64, epochs: 2, hidden: "16", learningRate: 1e-2 };

function lamps(options: Partial<AgentOptions> = {}): Agent {
  const { config, ...rest } = options;
  return createAgent("ppo", Lamps, { device, config: { ...quick, ...config }, ...rest });
}

/** All events of one kind from now on. */
function record<Name extends keyof AgentEvents>(agent: Agent, name: Name): AgentEvents[Name][] {
  const events: AgentEvents[Name][] = [];
  agent.on(name, (event) => events.push(event));
  return events;
}

test("hear everything in order, and nothing once they have ended", async () => {
  using agent = lamps();
  const heard: string[] = [];
  const ends = [
    agent.on("metrics", ({ steps }) => heard.push(`metrics ${steps}`)),
    agent.on("episode", ({ env, length }) => heard.push(`episode ${env} ${length}`)),
  ];
  await agent.train({ steps: 128 });
  expect(heard.slice(0, 9)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0].map((env) => `episode ${env} 5`));
  expect(heard).toHaveLength(3 * 8 + 1);
  expect(heard.at(-1)).toBe("metrics 128");
  for (const end of ends) end();
  await agent.train({ steps: 128 });
  expect(heard).toHaveLength(3 * 8 + 1);
});

test("those of the options hear of one training only", async () => {
  using agent = lamps();
  const heard: TrainingMetrics[] = [];
  let episodes = 0;
  const summary = await agent.train({
    steps: 128,
    onMetrics: (metrics) => heard.push(metrics),
    onEpisode: () => episodes++,
  });
  await agent.train({ steps: 128 });
  expect(heard).toEqual([expect.objectContaining({ steps: 128, score: summary.score })]);
  expect(episodes).toBe(summary.episodes);
});

test("checkpoints come every so many env steps and at the end, each a state to go on from", async () => {
  using agent = lamps();
  using other = lamps();
  const checkpoints = record(agent, "checkpoint");
  await agent.train({ steps: 640, checkpointEvery: 300 });
  expect(checkpoints.map(({ steps }) => steps)).toEqual([384, 640, 640]);
  other.restore(checkpoints[0].state);
  expect(other.steps).toBe(384);
  await other.train({ steps: 256 });
  expect(other.save()).toEqual(agent.save());
});

test("what they throw goes to the listeners of error, and training resolves", async () => {
  using agent = lamps();
  const failures = record(agent, "error");
  const error = new Error("bang");
  const onMetrics = (): Promise<never> => Promise.reject(error);
  const summary = await agent.train({ steps: 256, onMetrics });
  expect(summary.steps).toBe(256);
  expect(failures).toEqual(new Array(2).fill({ event: "metrics", error }));
});

test("where nobody listens to error, train rejects with all of it once it has ended", async () => {
  using agent = lamps();
  const bang = (): never => {
    throw new Error(`at ${agent.steps}`);
  };
  const failure = await agent.train({ steps: 256, onMetrics: bang }).catch((error) => error);
  expect(failure).toBeInstanceOf(AggregateError);
  expect(failure.message).toBe("train: listeners failed 2 times (Error: at 128)");
  expect(failure.errors.map(String)).toEqual(["Error: at 128", "Error: at 256"]);
  expect(agent.steps).toBe(256);
  expect(await agent.train({ steps: 128 })).toMatchObject({ steps: 384 });
});

test("training waits for the promises that they return", async () => {
  using agent = lamps();
  const written: number[] = [];
  const onMetrics = async ({ steps }: { steps: number }): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(agent.steps).toBe(steps);
    written.push(steps);
  };
  await agent.train({ steps: 384, onMetrics });
  expect(written).toEqual([128, 256, 384]);
});

test("an event that does not exist is refused", () => {
  using agent = lamps();
  const wrong = "metric" as "metrics";
  expect(() => agent.on(wrong, () => {})).toThrow(
    'on: no event is called "metric" (did you mean "metrics"?)',
  );
});
