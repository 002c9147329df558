import { createVectorEnv, findGame, key, nextBelow, seedRandom, type VectorEnv } from "@carom/envs";
import { scope, tensor } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { resolveConfig } from "../registry.js";
import { r2d2Config } from "./config.js";
import { RecurrentQNetwork } from "./network.js";
import { Sequences } from "./sequences.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const COUNT = 3;
const config = r2d2Config(
  resolveConfig("r2d2", "catch", "", {
    envs: COUNT,
    batch: 16,
    sequence: 6,
    burnIn: 3,
    buffer: 240,
    learningStarts: 200,
  }),
);

/** Plays random steps of all games into a memory; `states` gives the states before each. */
function play(env: VectorEnv, sequences: Sequences, states: () => Float32Array): void {
  const random = new Uint32Array(4);
  seedRandom(random, 1);
  const { actions } = env.spec;
  const choices = actions.kind === "discrete" ? actions.names.length : 0;
  for (let step = 0; step < 200; step++) {
    const before = states();
    for (let game = 0; game < env.count; game++) {
      do env.actions[game] = nextBelow(random, choices);
      while (env.masks?.[game * choices + env.actions[game]] === 0);
    }
    sequences.begin(env, before);
    env.step();
    sequences.finish(env, env.rewards);
  }
}

test("[B23] sequences unrolled from their stored states give the values that were seen while playing", () => {
  const game = findGame("cartpole");
  const wrappers = [{ wrapper: "time-limit", steps: 14 }] as const;
  const env = createVectorEnv(game, { count: COUNT, key: key(1), wrappers });
  const { size } = env.spec.observation;
  const network = new RecurrentQNetwork({
    spec: env.spec,
    device,
    key: key(2),
    encoder: "mlp",
    widths: [8],
    activation: "tanh",
    core: { kind: "lstm", units: 5 },
    dueling: true,
  });
  const { stateSize } = network;
  const sequences = new Sequences({ env, device, config, stateSize, key: key(3) });
  env.reset();
  const seen = new Map<string, number[]>(); // by observation, of which no two are equal
  let state = new Float32Array(COUNT * stateSize);
  play(env, sequences, () => {
    const before = state;
    const starts = Uint8Array.from(env.terminated, (flag, i) => flag | env.truncated[i]);
    scope(() => {
      const rows = tensor(Float32Array.from(env.observations), { shape: [COUNT, size], device });
      const out = network.forward(network.prepare(rows), {
        state: tensor(state, { shape: [COUNT, stateSize], device }),
        reset: tensor(starts, { shape: [1, COUNT], device }).notEqual(0),
      });
      const q = out.q.toTypedArray();
      for (let i = 0; i < COUNT; i++) {
        const row = env.observations.subarray(i * size, (i + 1) * size);
        seen.set(row.join(), [...q.subarray(2 * i, 2 * i + 2)]);
      }
      state = Float32Array.from(out.state.toTypedArray());
    });
    return before;
  });
  let [compared, resets] = [0, 0];
  for (let round = 0; round < 8; round++) {
    sequences.sample();
    scope(() => {
      const observations = sequences.observation(); // [(L + 1) * B, O]
      const reset = sequences.reset();
      const memory = { state: sequences.state, reset };
      const q = network.forward(network.prepare(observations), memory).q.toTypedArray();
      const rows = observations.toTypedArray();
      const share = sequences.share.toTypedArray();
      resets += reset.cast("float32").slice([1, null]).sum().item();
      for (let at = 0; at < sequences.length * config.batch; at++) {
        if (share[at] === 0) continue;
        const expected = seen.get(rows.subarray(at * size, (at + 1) * size).join());
        expect(expected).toBeDefined();
        for (const [a, value] of expected?.entries() ?? []) {
          expect(q[2 * at + a]).toBeCloseTo(value, 5);
        }
        compared++;
      }
    });
  }
  expect(compared).toBeGreaterThan(500);
  expect(resets).toBeGreaterThan(50); // episodes that begin in the middle of a sequence
  sequences.dispose();
  network.dispose();
});

test("[B25] the masks of a batch are those of its observations; shares sum to 1, weights follow them", () => {
  const env = createVectorEnv(findGame("probe:mask"), { count: COUNT, key: key(1), wrappers: [] });
  const sequences = new Sequences({ env, device, config, stateSize: 1, key: key(3) });
  env.reset();
  const none = new Float32Array(COUNT);
  play(env, sequences, () => none);
  for (let round = 0; round < 4; round++) {
    sequences.sample();
    scope(() => {
      const rows = sequences.observation().toTypedArray(); // [(L + 1) * B, 10]
      const allowed = sequences.allowed()?.cast("float32").toTypedArray() ?? [];
      expect(allowed.length).toBe((sequences.length + 1) * config.batch * 72);
      for (let at = 0; at < rows.length / 10; at++) {
        const group = rows.subarray(at * 10, at * 10 + 9).indexOf(1);
        for (let action = 0; action < 72; action++) {
          expect(allowed[at * 72 + action]).toBe(action % 9 === group ? 1 : 0);
        }
      }
      const share = Float32Array.from(sequences.share.toTypedArray());
      const weight = sequences.weight.toTypedArray();
      expect(share.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 5);
      for (const [at, part] of share.entries()) {
        expect(weight[at] === 0).toBe(part === 0);
        expect(weight[at]).toBeLessThanOrEqual(part * share.length * 1.00001); // the largest is 1
      }
    });
  }
  sequences.dispose();
});
