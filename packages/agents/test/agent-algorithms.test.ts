/** Every algorithm of the registry as an agent: its function, and that all of it holds for its own state. */
import { findGame } from "@carom/envs";
import { liveTensors } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import * as library from "../src/index.js";
import { algorithms, createAgent, loadAgent, type ppo } from "../src/index.js";
import { Lamps } from "./small-games.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** Those whose actions are real numbers. */
const continuous: readonly string[] = ["sac", "td3", "ddpg"];

describe.each(algorithms.map(({ name }) => name))("%s", (name) => {
  test("has a function of its name", () => {
    const makers = new Map<string, unknown>(Object.entries({ ...library, vtrace: library.impala }));
    const camelCase = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const make = makers.get(camelCase) as typeof ppo;
    expect(typeof make, `add a function for ${name} to src/train/makers.ts`).toBe("function");
    using agent = make(Lamps);
    expect(agent.algo).toBe(name);
  });

  test("acts from bytes as before, and goes on from them as if nothing had happened", async () => {
    const game = findGame(continuous.includes(name) ? "probe:continuous" : "catch");
    const config = { hidden: "8" };
    using agent = createAgent(name, game, { device, config, totalSteps: 10_000 });
    const { best } = await agent.train({ steps: 1, evaluateEvery: 1, evaluateEpisodes: 2 });
    expect(best?.steps).toBe(agent.steps);
    const rows = new Float32Array(3 * agent.spec.observation.size).fill(1);
    const actions = agent.actBatch(rows);
    using loaded = loadAgent(agent.toBytes(), game, { device });
    expect(loaded.actBatch(rows)).toEqual(actions);
    for (const one of [agent, loaded]) await one.train({ steps: 1 });
    expect(loaded.steps).toBeGreaterThan(best?.steps ?? Number.NaN);
    expect(loaded.save()).toEqual(agent.save());
  });

  test("[B33] training goes on without holding more tensors or bytes", async () => {
    const game = findGame(continuous.includes(name) ? "probe:continuous" : "catch");
    using agent = createAgent(name, game, { device, config: { hidden: "8" }, totalSteps: 50_000 });
    await agent.train({ steps: 3000 });
    const [tensors, bytes] = [liveTensors(device), device.memory().liveBytes];
    await agent.train({ steps: 3000 });
    expect(liveTensors(device)).toBeLessThanOrEqual(tensors);
    expect(device.memory().liveBytes).toBeLessThanOrEqual(bytes);
  });
});
