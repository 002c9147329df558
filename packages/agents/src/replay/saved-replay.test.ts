/** Saving and restoring a replay memory. */
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, expect, test } from "vitest";
import { batchOf, contents } from "../../test/replay/contents.js";
import { BOX, type Played, type PlayedOptions, play, played } from "../../test/replay/played.js";
import { packState, unpackState } from "../saved-state.js";
import type { ReplayState } from "./saved-replay.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** As a trainer's state is stored: through JSON and named arrays. */
function stored(state: ReplayState): ReplayState {
  const { arrays, json } = packState("test", 1, state);
  return unpackState({ arrays, json: JSON.parse(JSON.stringify(json)) }, "test", 1);
}

/** Plays on and samples; everything that comes out. */
function goOn({ env, replay, random }: Played): unknown[] {
  return Array.from({ length: 10 }, (_, round) => {
    play(env, [replay], random, 7);
    replay.sample(undefined, 0.5);
    replay.updatePriorities(Float32Array.from({ length: 32 }, (_, i) => (i * round) % 5));
    return [...batchOf(replay), ...replay.host.weight, replay.size];
  });
}

const cases: readonly PlayedOptions[] = [
  { frames: 4, nStep: 3, kind: "bytes", steps: 12 },
  { frames: 4, nStep: 3, kind: "whole", steps: 200 },
  { frames: 1, nStep: 2, kind: "float", actions: BOX, steps: 123 },
  { frames: 2, nStep: 5, steps: 200, prioritized: { alpha: 0.5, epsilon: 0.1 } },
  { steps: 30, prioritized: { alpha: 1, epsilon: 0.1 }, count: 3 },
];

test.each(cases)("[B20] saved, restored and continued equals never stopped: %o", (options) => {
  const make = (): Played => played(device, options);
  const [whole, half, resumed] = [make(), make(), make()];
  half.replay.sample();
  half.replay.updatePriorities(Float32Array.from({ length: 32 }, (_, i) => i / 7));
  whole.replay.sample();
  whole.replay.updatePriorities(Float32Array.from({ length: 32 }, (_, i) => i / 7));
  const state = stored(half.replay.save());
  goOn(half); // what was saved is a copy
  play(resumed.env, [resumed.replay], resumed.random, 33); // what was there before is forgotten
  goOn(resumed);
  resumed.replay.restore(state);
  resumed.env.restore(whole.env.save());
  resumed.random.set(whole.random);
  expect(contents(resumed.replay)).toEqual(contents(whole.replay));
  expect(goOn(resumed)).toEqual(goOn(whole));
  expect(resumed.replay.save()).toEqual(whole.replay.save());
});

test("only what is filled is saved", () => {
  const { replay } = played(device, { capacity: 20_000, steps: 10 });
  const { blocks, filled, kinds } = replay.save();
  const slots = filled.reduce((sum, some) => sum + some, 0);
  expect(slots).toBeLessThan(30);
  expect([blocks.map((block) => block.length), kinds.length]).toEqual([[8 * slots], slots]);
  expect(played(device).replay.save()).toMatchObject({ blocks: [], kinds: new Uint8Array(0) });
});

test("an empty memory restored over a full one goes on like a new one", () => {
  const empty = played(device, { frames: 4 }).replay.save();
  for (let steps = 50; steps < 500; steps += 40) {
    const [fresh, other] = [played(device, { frames: 4 }), played(device, { frames: 4, steps })];
    other.replay.restore(empty);
    expect([other.replay.size, contents(other.replay)]).toEqual([0, []]);
    play(fresh.env, [fresh.replay, other.replay], fresh.random, 12);
    expect(contents(other.replay)).toEqual(contents(fresh.replay));
  }
});

test.each<[keyof ReplayState["facts"], PlayedOptions, string]>([
  ["slots", { capacity: 60 }, "got 30, expected 40"],
  ["count", { count: 3 }, "got 3, expected 2"],
  ["frameSize", { shape: [2, 2, 1] }, "got 4, expected 8"],
  ["frameType", { kind: "float" }, "got float32, expected uint8"],
  ["actionSize", { actions: BOX }, "got 2, expected 1"],
  ["nStep", { nStep: 2 }, "got 2, expected 1"],
  ["frames", { frames: 2 }, "got 2, expected 1"],
  ["prioritized", { prioritized: { alpha: 1, epsilon: 1 } }, "got true, expected false"],
])("a memory of another %s is refused", (name, options, text) => {
  const state = played(device, options).replay.save();
  expect(() => played(device).replay.restore(state)).toThrow(
    expect.objectContaining({
      code: "FOREIGN_STATE",
      message: `replay: the saved memory has another ${name} (${text})`,
    }),
  );
});
