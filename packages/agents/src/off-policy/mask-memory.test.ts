/** Masks beside the observations of the same transitions, in a game whose observation tells its mask. */
import { createVectorEnv, findGame, key, nextBelow, seedRandom, type VectorEnv } from "@carom/envs";
import { scope } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { Replay } from "../replay/replay.js";
import { MaskMemory } from "./mask-memory.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

const GROUPS = 9;

/** probe:mask cut after 3 of its 4 decisions, and its masks. */
function maskedEnv(): { env: VectorEnv; masks: Uint8Array } {
  const wrappers = [{ wrapper: "time-limit", steps: 3 } as const];
  const env = createVectorEnv(findGame("probe:mask"), { count: 3, key: key(1), wrappers });
  env.reset();
  if (env.masks === undefined) throw new TypeError("the game has masks");
  return { env, masks: env.masks };
}

/** Plays at random, forbidden actions (which end an episode) among others. */
function play(env: VectorEnv, masks: Uint8Array, replay: Replay, memory: MaskMemory): void {
  const random = new Uint32Array(4);
  seedRandom(random, 1);
  for (let step = 0; step < 60; step++) {
    for (let game = 0; game < env.count; game++) {
      const group = masks.subarray(game * 72, game * 72 + GROUPS).indexOf(1);
      env.actions[game] = nextBelow(random, 5) === 0 ? (group + 1) % GROUPS : group;
    }
    replay.begin(env);
    memory.begin(env);
    env.step();
    replay.finish(env);
    memory.finish(env);
  }
}

test.each([1, 2])("masks go with the observations of %d-step transitions", (nStep) => {
  const { env, masks } = maskedEnv();
  const options = { env, capacity: 90, device, batch: 200, gamma: 0.9, nStep, key: key(2) };
  const replay = new Replay(options);
  const memory = new MaskMemory(options, masks);
  play(env, masks, replay, memory);
  replay.sample();
  memory.load(replay.slots);
  const seen = { ended: 0, cut: 0, goesOn: 0 };
  scope(() => {
    const now = replay.observation().toTypedArray(); // [B, 10]
    const next = replay.nextObservation().toTypedArray();
    const allowed = memory.allowed().toTypedArray(); // [B, 72]
    const nextAllowed = memory.nextAllowed().toTypedArray();
    const { discount } = replay.host;
    for (let i = 0; i < 200; i++) {
      const row = (values: ArrayLike<number>, width: number): number[] =>
        Array.from({ length: width }, (_, a) => values[i * width + a]);
      const group = row(now, 10).indexOf(1);
      expect(row(allowed, 72)).toEqual(maskOf(group));
      if (discount[i] === 0) seen.ended++;
      else if (row(next, 10)[9] === 0.75) {
        seen.cut++; // nobody knows the mask of a final observation
        expect(row(nextAllowed, 72)).toEqual(new Array(72).fill(1));
      } else {
        seen.goesOn++;
        expect(row(nextAllowed, 72)).toEqual(maskOf(row(next, 10).indexOf(1)));
      }
    }
  });
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5);
  replay.dispose();
  memory.dispose();
});

/** What the rules of the game allow in a group. */
function maskOf(group: number): number[] {
  return Array.from({ length: 72 }, (_, action) => Number(action % GROUPS === group));
}
