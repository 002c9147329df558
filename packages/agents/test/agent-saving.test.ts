/** Agents as a library: their bytes, and what becomes of those. */
import { createVectorEnv, findGame } from "@carom/envs";
import { encodeSafetensors } from "@carom/nn";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import {
  type Agent,
  type AgentOptions,
  createAgent,
  createTrainer,
  decodeAgent,
  encodeAgent,
  loadAgent,
  reinforce,
  type SavedState,
} from "../src/index.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const quick = { envs: 8, horizon: 16, minibatch: 64, epochs: 2, hidden: "16", learningRate: 1e-2 };

function agentFor(game: string, options: Partial<AgentOptions> = {}): Agent {
  const { config, ...rest } = options;
  return createAgent("ppo", findGame(game), { device, config: { ...quick, ...config }, ...rest });
}

test("bytes hold the state bit for bit, and training goes on from them", async () => {
  using agent = agentFor("catch");
  await agent.train({ steps: 1000 });
  const bytes = agent.toBytes();
  const state = agent.save();
  expect(decodeAgent(bytes)).toEqual(state);
  expect(encodeAgent(decodeAgent(bytes))).toEqual(bytes);
  using other = agentFor("catch");
  other.fromBytes(bytes);
  expect(other.save()).toEqual(state);
  expect([other.steps, other.score]).toEqual([agent.steps, agent.score]);
  for (const one of [agent, other]) await one.train({ steps: 256 });
  expect(other.save()).toEqual(agent.save());
});

test("loadAgent needs the game and the bytes alone; acting makes no trainer", async () => {
  using agent = agentFor("catch", { seed: 3, totalSteps: 5000 });
  await agent.train({ steps: 1000, evaluateEvery: 500, evaluateEpisodes: 4 });
  const bytes = agent.toBytes();
  let games = 0;
  using loaded = loadAgent(bytes, findGame("catch"), {
    device,
    createEnv({ game, workers: _, ...request }) {
      games += request.count;
      return createVectorEnv(game, request);
    },
  });
  const { algo, seed, config, steps, score } = agent;
  expect(loaded).toMatchObject({ algo, seed, config, steps, score });
  const rows = Float32Array.from({ length: 20 * 50 }, (_, i) => (i % 7 === 0 ? 1 : 0));
  expect(loaded.actBatch(rows)).toEqual(agent.actBatch(rows));
  expect(games).toBe(1); // the one that says how the policy sees the game
  expect(loaded.evaluate({ episodes: 10 })).toEqual(agent.evaluate({ episodes: 10 }));
  expect(loaded.toBytes()).toEqual(bytes);
  for (const one of [agent, loaded]) await one.train({ steps: 256 });
  expect(loaded.save()).toEqual(agent.save());
});

test("a state of a trainer alone can be restored, but does not make an agent", () => {
  using agent = agentFor("catch");
  const { game, config } = agent;
  const trainer = createTrainer({
    ...{ algo: "ppo", game, config, device },
    ...{ seed: 1, totalSteps: 1000 },
  });
  trainer.iterate();
  const state = trainer.save();
  trainer.dispose();
  agent.restore(state);
  expect(agent.steps).toBe(128);
  expect(agent.save().arrays).toEqual(state.arrays);
  expect(() => loadAgent(encodeAgent(state), game)).toThrowErrorMatchingInlineSnapshot(
    `[AgentError: loadAgent: the bytes do not say what agent they are of (got a trainer's state alone)]`,
  );
});

test("a state of another algorithm, game, variant or network is refused and changes nothing", () => {
  using agent = agentFor("catch");
  const before = agent.save();
  const refused = (other: Agent): string => {
    using owner = other;
    const state = owner.save();
    expect(() => agent.restore(state)).toThrow(expect.objectContaining({ code: "FOREIGN_STATE" }));
    return messageOf(() => agent.restore(state));
  };
  expect(refused(reinforce(findGame("catch"), { device }))).toBe(
    'ppo on catch: the saved state is of another algorithm (got "reinforce", expected "ppo")',
  );
  expect(refused(agentFor("cartpole"))).toBe(
    'ppo on catch: the saved state is of another game (got "cartpole", expected "catch")',
  );
  expect(refused(agentFor("catch", { config: { hidden: "8" } }))).toMatch(
    /^ppo on catch: the saved state does not fit: .* \(hidden: got 8, expected 16\)$/,
  );
  expect(refused(agentFor("catch", { seed: 2 }))).toMatch(/ \(seed: got 2, expected 1\)$/);
  expect(agent.save()).toEqual(before);
  using classic = agentFor("breakout", { variant: "classic" });
  using puffer = agentFor("breakout", { variant: "puffer" });
  expect(messageOf(() => classic.restore(puffer.save()))).toBe(
    'ppo on breakout: the saved state is of another variant (got "puffer", expected "classic")',
  );
  const bytes = classic.toBytes();
  expect(messageOf(() => loadAgent(bytes, findGame("catch")))).toBe(
    'loadAgent: the bytes are of another game (got "breakout", expected "catch")',
  );
});

test("bytes that are no agent's are refused", () => {
  using agent = agentFor("catch");
  const bytes = agent.toBytes();
  expect(() => agent.fromBytes(bytes.slice(0, -1))).toThrow(/wrong length/);
  expect(() => agent.fromBytes(Uint8Array.of(1, 2, 3))).toThrow(/too short/);
  const { arrays, json } = agent.save();
  const refused = (tensors: object, metadata: Record<string, string>): string =>
    messageOf(() => decodeAgent(encodeSafetensors({ ...arrays, ...tensors }, metadata)));
  const sound = { format: "carom-agent", version: "1", json: JSON.stringify(json) };
  expect(refused({}, {})).toBe(
    `decodeAgent: the file's format is another (got "none" version none, expected "carom-agent" version 1)`,
  );
  expect(refused({}, { ...sound, version: "2" })).toMatch(/got "carom-agent" version 2/);
  expect(refused({}, { ...sound, json: "[" })).toBe("decodeAgent: the file's JSON is no object");
  expect(refused({}, { ...sound, json: "[]" })).toBe("decodeAgent: the file's JSON is no object");
  const wide = { dtype: "int64", shape: [1], data: new BigInt64Array(1) };
  expect(refused({ wide }, sound)).toMatch(/"wide" has a dtype that no state has \(got int64\)/);
  const forged: SavedState = { arrays, json: { ...json, agent: { game: "catch" } } };
  expect(() => agent.restore(forged)).toThrow("the saved state does not say what agent it is of");
});

test("a state with a long JSON goes through", () => {
  using agent = agentFor("catch");
  const { arrays, json } = agent.save();
  const notes = Array.from({ length: 100_000 }, (_, i) => `"note" ${i}`);
  const state = { arrays, json: { ...json, notes } };
  expect(decodeAgent(encodeAgent(state))).toEqual(state);
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "nothing was thrown";
}
