/** Everything that a replay memory can hand out, read through its public surface. */
import { scope } from "@carom/tensor";
import type { Replay } from "../../src/replay/replay.js";
import type { NaiveTransition } from "./naive-replay.js";

/** A transition and the slot that it lies in. */
export interface Content extends NaiveTransition {
  readonly slot: number;
}

/** Every transition that can be sampled, in the order of the slots. */
export function contents(replay: Replay): Content[] {
  const slots = Array.from({ length: replay.capacity }, (_, slot) => slot).filter((slot) =>
    replay.canSample(slot),
  );
  const found: Content[] = [];
  for (let from = 0; from < slots.length; from += replay.batch) {
    const some = slots.slice(from, from + replay.batch);
    const padded = Array.from({ length: replay.batch }, (_, i) => some[i] ?? some[0]);
    replay.load(padded);
    found.push(...batchOf(replay).slice(0, some.length));
  }
  return found;
}

/** The transitions of the batch that was sampled or loaded last. */
export function batchOf(replay: Replay): Content[] {
  return scope(() => {
    const observations = rowsOf(replay.observation().toTypedArray(), replay.batch);
    const nextObservations = rowsOf(replay.nextObservation().toTypedArray(), replay.batch);
    const actions = rowsOf(replay.action.toTypedArray(), replay.batch);
    const rewards = replay.reward.toTypedArray();
    const discounts = replay.discount.toTypedArray();
    return observations.map((observation, i) => ({
      slot: replay.slots[i],
      observation,
      action: actions[i],
      reward: rewards[i],
      discount: discounts[i],
      nextObservation: discounts[i] === 0 ? undefined : nextObservations[i],
    }));
  });
}

function rowsOf(values: ArrayLike<number>, count: number): number[][] {
  const size = values.length / count;
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: size }, (_, i) => values[row * size + i]),
  );
}
