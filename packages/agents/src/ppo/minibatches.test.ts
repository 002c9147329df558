import { createVectorEnv, findGame, key } from "@carom/envs";
import { capture } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { ActorCritic } from "../actor-critic.js";
import { Rollout } from "../rollout.js";
import { Minibatches, type MinibatchOptions } from "./minibatches.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const GAMES = 16; // in two groups of 8
const HORIZON = 6;

function rollout(): Rollout {
  const env = createVectorEnv(findGame("catch"), { count: GAMES, key: key(1) });
  const network = new ActorCritic({
    ...{ encoder: "mlp", widths: [8], activation: "tanh", separateCritic: false },
    ...{ spec: env.spec, device, key: key(2) },
  });
  return new Rollout({ env, network, device, horizon: HORIZON, rewardClip: 0, key: key(3) });
}

/** Minibatches, and a function that gives the rows of all of an epoch. */
function cut(options: Partial<MinibatchOptions>) {
  const minibatches = new Minibatches({
    ...{ rollout: rollout(), device, size: 24, bySegments: false },
    ...{ priority: { alpha: 0, beta: 0 }, key: key(7), ...options },
  });
  const recording = capture(device, () => {
    const { rows, weight } = minibatches.next();
    return { rows: rows.clone(), weight: (weight ?? rows.cast("float32")).clone() };
  });
  const epoch = (): { rows: number[]; weights: number[] }[] => {
    minibatches.begin();
    return Array.from({ length: minibatches.count }, () => {
      recording.replay();
      const { rows, weight } = recording.outputs;
      return { rows: [...rows.toTypedArray()], weights: [...weight.toTypedArray()] };
    });
  };
  return { minibatches, epoch };
}

describe("samples", () => {
  test("every sample comes once per epoch, each time in another order", () => {
    const { epoch } = cut({});
    const [one, other] = [epoch(), epoch()].map((parts) => parts.flatMap(({ rows }) => rows));
    const all = Array.from({ length: GAMES * HORIZON }, (_, i) => i);
    expect([...one].sort((a, b) => a - b)).toEqual(all);
    expect([...other].sort((a, b) => a - b)).toEqual(all);
    expect(one).not.toEqual(all);
    expect(one).not.toEqual(other);
  });

  test("saved and restored, the orders to come are the same", () => {
    const { minibatches, epoch } = cut({});
    epoch();
    const state = minibatches.save();
    const expected = epoch();
    epoch();
    minibatches.restore(state);
    expect(epoch()).toEqual(expected);
  });
});

describe("segments", () => {
  test("games stay together, step after step: sample t * K + k is step t of game k", () => {
    const { epoch } = cut({ bySegments: true });
    const games: number[] = [];
    for (const { rows } of epoch()) {
      const together = rows.length / HORIZON;
      for (let k = 0; k < together; k++) {
        const steps = Array.from({ length: HORIZON }, (_, t) => rows[t * together + k]);
        // Sample (g * T + t) * n + i of the rollout is step t of game g * n + i.
        const perGroup = GAMES / 2;
        const group = Math.floor(steps[0] / (perGroup * HORIZON));
        const game = group * perGroup + (steps[0] % perGroup);
        expect(steps).toEqual(
          Array.from(
            { length: HORIZON },
            (_, t) => (group * HORIZON + t) * perGroup + (game % perGroup),
          ),
        );
        games.push(game);
      }
    }
    expect(games.sort((a, b) => a - b)).toEqual(Array.from({ length: GAMES }, (_, i) => i));
  });

  test("prioritised: games of large advantages come in proportion, and weights undo it", () => {
    const source = rollout();
    const { host } = source;
    for (let at = 0; at < host.advantages.length; at++) {
      const game = Math.floor(at / (8 * HORIZON)) * 8 + (at % 8);
      host.advantages[at] = game === 3 ? -5 : 1; // the sign does not matter
    }
    const options = { rollout: source, bySegments: true, priority: { alpha: 1, beta: 1 } };
    const { epoch } = cut(options);
    let hits = 0;
    let total = 0;
    const ratios = new Set<string>();
    for (let e = 0; e < 200; e++) {
      for (const { rows, weights } of epoch()) {
        for (let k = 0; k < rows.length / HORIZON; k++) {
          total++;
          if (rows[k] % 8 === 3 && rows[k] < 8) {
            hits++;
            if (weights[k] < 1) ratios.add(weights[k].toFixed(3));
          }
        }
      }
    }
    const share = 5 / (5 + GAMES - 1);
    const spread = Math.sqrt((share * (1 - share)) / total);
    expect(Math.abs(hits / total - share)).toBeLessThan(4 * spread);
    expect([...ratios]).toEqual(["0.200"]); // five times as often, a fifth of the weight
  });
});
