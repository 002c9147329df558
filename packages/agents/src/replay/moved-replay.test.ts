/** Saved memories that move between host and device: transitions stay what they are. */
import { scope, tensor } from "@carom/tensor";
import { openTestedDevice } from "@carom/tensor/testing";
import { afterAll, describe, expect, test } from "vitest";
import { type BothOptions, BothPlayed } from "../../test/replay/both-played.js";
import { batchOf, type Content, contents } from "../../test/replay/contents.js";
import { DISCRETE } from "../../test/replay/played.js";
import type { DeviceReplay } from "./device-replay.js";
import { toDeviceReplay } from "./moved-to-device.js";
import { toHostReplay } from "./moved-to-host.js";
import { factsOf, restoreDeviceReplay, saveDeviceReplay } from "./saved-device-replay.js";

const device = openTestedDevice({ threads: 1 });
afterAll(() => device.dispose());

/** A transition, what is allowed after it, and its priority. */
type Moved = Omit<Content, "slot"> & {
  readonly nextAllowed: readonly number[] | undefined;
  readonly priority: number;
};

/** Observations differ, so each tells which transition it is. */
function byObservation(all: readonly Moved[]): Map<string, Moved> {
  return new Map(all.map((one) => [one.observation.join(), one]));
}

/** What a memory on the device can hand out. */
function onDevice(replay: DeviceReplay): Moved[] {
  const { rows, count, nStep, frames } = replay;
  const [head, first] = [replay.head.item(), replay.first.item()];
  const low = Math.max(first, head - rows + frames.layout.frames);
  const steps = Array.from({ length: head - nStep + 1 - low }, (_, i) => low + i);
  const slots = steps.flatMap((step) =>
    Array.from({ length: count }, (_, game) => (step % rows) * count + game),
  );
  expect(replay.size).toBe(slots.length);
  const table = replay.priorities?.table.toTypedArray();
  return scope(() => {
    const batch = replay.batchOf(tensor(Int32Array.from(slots), { device }));
    const rowsOf = (values: ArrayLike<number>) =>
      slots.map((_, i) => {
        const size = values.length / slots.length;
        return Array.from({ length: size }, (_, k) => values[i * size + k]);
      });
    const observation = rowsOf(batch.observation.toTypedArray());
    const next = rowsOf(batch.nextObservation.toTypedArray());
    const action = rowsOf(batch.action.toTypedArray());
    const allowed = rowsOf(batch.nextAllowed?.toTypedArray() ?? []);
    const [reward, discount] = [batch.reward.toTypedArray(), batch.discount.toTypedArray()];
    return slots.map((slot, i) => ({
      ...{ observation: observation[i], action: action[i] },
      ...{ reward: reward[i], discount: discount[i], priority: table?.[slot] ?? 1 },
      nextObservation: discount[i] === 0 ? undefined : next[i],
      nextAllowed: discount[i] === 0 ? undefined : allowed[i],
    }));
  });
}

/** What the memories on the host can hand out. */
function onHost({ host, hostMasks }: BothPlayed): Moved[] {
  const priorities = host.save().priorities;
  const places = new Map<number, number>();
  const { heads, filled } = host.save();
  let at = 0;
  const slots = host.capacity / filled.length;
  for (const [game, length] of filled.entries()) {
    for (let back = length - 1; back >= 0; back--, at++) {
      places.set(game * slots + ((heads[game] - back + slots) % slots), at);
    }
  }
  return contents(host).map(({ slot, ...rest }) => {
    hostMasks.load(new Int32Array(host.batch).fill(slot));
    const allowed = scope(() => hostMasks.nextAllowed().toTypedArray());
    const nextAllowed = Array.from(allowed.subarray(0, allowed.length / host.batch));
    return {
      ...rest,
      nextAllowed: rest.discount === 0 ? undefined : nextAllowed,
      priority: priorities[places.get(slot) ?? -1] ?? 1,
    };
  });
}

/** Gives all transitions of both memories priorities that follow from their rewards. */
function judge(both: BothPlayed): void {
  const { own, host } = both;
  if (own.priorities === undefined) return;
  host.sample();
  const errors = Float32Array.from(batchOf(host), ({ reward }) => Math.abs(reward));
  host.updatePriorities(errors);
  const slots = both.slots().own.toSorted((a, b) => a - b);
  scope(() => {
    const index = tensor(Int32Array.from(slots), { device });
    own.updatePriorities(index, own.batchOf(index).reward);
  });
}

const cases: [string, BothOptions, number][] = [
  ["one step", { count: 3 }, 9],
  ["a ring that has wrapped", { nStep: 3, count: 3 }, 77],
  ["stacks by priority", { frames: 3, nStep: 2, alpha: 0.6 }, 11],
  [
    "stacks in a ring that has wrapped, by priority",
    { frames: 4, nStep: 2, alpha: 0.6, rows: 25 },
    95,
  ],
  ["bytes", { frames: 2, kind: "bytes", actions: DISCRETE }, 60],
  ["floats", { kind: "float", shape: [5] }, 48],
];

describe.each(cases)("%s", (_, wanted, steps) => {
  const options = { ...wanted, factor: 1 };

  function played(): BothPlayed {
    const both = new BothPlayed(device, options);
    both.play(steps);
    judge(both);
    both.play(2);
    return both;
  }

  test("from the device to the host", () => {
    const [both, there] = [played(), new BothPlayed(device, options)];
    const { replay, masks } = toHostReplay(saveDeviceReplay(both.own));
    there.host.restore(replay);
    if (masks) there.hostMasks.restore(masks);
    const before = byObservation(onDevice(both.own));
    const after = onHost(there);
    const kept = after.filter(({ observation }) => before.has(observation.join()));
    for (const one of kept) expect(one).toEqual(before.get(one.observation.join()));
    expect(kept.length).toBeGreaterThan(0.5 * before.size);
    // The host has those whose episodes have ended within a window as well, with the largest priority.
    expect(after.length - kept.length).toBeLessThanOrEqual((both.own.nStep - 1) * both.own.count);
    there.env.restore(both.env.save());
    there.play(30);
    for (const memory of [both, there]) memory.dispose();
  });

  test("from the host to the device", () => {
    const [both, there] = [played(), new BothPlayed(device, options)];
    const memory = { replay: both.host.save(), masks: both.hostMasks.save() };
    restoreDeviceReplay(there.own, toDeviceReplay(memory, factsOf(there.own)));
    const before = byObservation(onHost(both));
    const after = onDevice(there.own);
    for (const one of after) {
      const wanted = before.get(one.observation.join());
      expect(one).toEqual({ ...wanted, priority: Math.fround(wanted?.priority ?? 0) });
    }
    expect(after.length).toBeGreaterThan(0.4 * before.size);
    there.env.restore(both.env.save());
    there.play(30);
    for (const memory of [both, there]) memory.dispose();
  });
});

test("another memory is refused", () => {
  const [one, other] = [2, 3].map((nStep) => new BothPlayed(device, { nStep, factor: 1 }));
  one.play(9);
  const memory = { replay: one.host.save(), masks: one.hostMasks.save() };
  expect(() => toDeviceReplay(memory, factsOf(other.own))).toThrow(
    "replay: the saved memory has another nStep (got 2, expected 3)",
  );
  for (const both of [one, other]) both.dispose();
});
