import { createVectorEnv, findGame, key, type VectorEnv } from "@carom/envs";
import { scope, tensor } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { QNetwork } from "../q-network.js";
import { QRollout } from "./rollout.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

interface Fixture {
  readonly env: VectorEnv;
  readonly network: QNetwork;
  readonly rollout: QRollout;
}

/** A rollout of a game with a small network, and what it is made from. */
function fixture(game: string, count: number, horizon: number): Fixture {
  const root = key(7);
  const env = createVectorEnv(findGame(game), { count, key: root.child("games"), wrappers: [] });
  const network = new QNetwork({
    spec: env.spec,
    device,
    key: root.child("network"),
    encoder: "mlp",
    widths: [8],
    activation: "relu",
    layerNorm: true,
    dueling: false,
    headWidth: 0,
    returns: { kind: "none" },
  });
  const actions = root.child("actions");
  const rollout = new QRollout({ env, network, device, horizon, rewardClip: 0, key: actions });
  env.reset();
  return { env, network, rollout };
}

/** Q(s, .) of one raw observation. */
function valuesOf(network: QNetwork, observation: ArrayLike<number>): number[] {
  return scope(() => {
    const shape = [1, observation.length];
    const row = tensor(Float32Array.from(observation), { shape, device });
    return Array.from(network.forward(network.prepare(row)).toTypedArray());
  });
}

describe("collecting", () => {
  test("[B1] [B5] a cut episode continues with the value of its final observation, alone: 16 games in two groups, by hand", () => {
    const { network, rollout } = fixture("probe:truncation", 16, 12);
    rollout.collect(0.3);
    rollout.estimate(0.5, 0.25);
    const { host, groupSize, horizon } = rollout;
    expect(rollout.groups).toBe(2);
    const best = Math.max(...valuesOf(network, [0])); // every observation is 0
    for (let at = 0; at < rollout.size; at++) {
      const t = Math.floor(at / groupSize) % horizon;
      expect(host.values[at]).toBeCloseTo(best, 6);
      expect(host.truncated[at]).toBe(t === 9 ? 1 : 0);
      const isLast = t === 9 || t === horizon - 1; // cut, or end of the rollout
      const next = isLast ? best : host.returns[at + groupSize];
      expect(host.returns[at]).toBeCloseTo(1 + 0.5 * (0.75 * best + 0.25 * next), 5);
    }
    rollout.dispose();
    network.dispose();
  });

  test("[B25] forbidden actions are neither taken nor counted in the maximum", () => {
    const { env, network, rollout } = fixture("probe:mask", 16, 8);
    for (const epsilon of [0, 1]) {
      rollout.collect(epsilon);
      const { host, groupSize } = rollout;
      const observations = rollout.observations.toTypedArray();
      const { size } = env.spec.observation;
      for (let at = 0; at < rollout.size; at++) {
        const row = observations.subarray(at * size, (at + 1) * size);
        const group = row.indexOf(1);
        expect(host.actions[at] % 9).toBe(group);
        const allowed = valuesOf(network, row).filter((_, action) => action % 9 === group);
        expect(host.values[at]).toBeCloseTo(Math.max(...allowed), 5);
      }
      const last = rollout.groups * groupSize - 1;
      const shown = env.observations.subarray(last * size, (last + 1) * size);
      const group = shown.indexOf(1);
      const allowed = valuesOf(network, shown).filter((_, action) => action % 9 === group);
      expect(host.lastValues[last]).toBeCloseTo(Math.max(...allowed), 5);
    }
    rollout.dispose();
    network.dispose();
  });

  test("epsilon 0 takes the best action, epsilon 1 any", () => {
    const { network, rollout } = fixture("catch", 8, 50);
    const [, O] = rollout.observations.shape;
    rollout.collect(0);
    const observations = rollout.observations.toTypedArray();
    for (let at = 0; at < rollout.size; at += 37) {
      const q = valuesOf(network, observations.subarray(at * O, (at + 1) * O));
      expect(q[rollout.host.actions[at]]).toBeCloseTo(Math.max(...q), 5);
    }
    rollout.collect(1);
    const counts = [0, 0, 0];
    for (const action of rollout.host.actions) counts[action]++;
    for (const count of counts) expect(Math.abs(count - 400 / 3)).toBeLessThan(4 * 9.43); // 4 sigma
    rollout.dispose();
    network.dispose();
  });
});
