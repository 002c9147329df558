/**
 * A saved memory of the host as a device has it, so that a run whose games lived on the processor goes on with games on
 * a GPU: moved-to-host.ts, the other way round.
 *
 * Rows are of all games, so what is older than the shortest of the games' lists is forgotten. The generator begins anew.
 * Legend: R rows, n games, K rows of final frames.
 */
import type { RandomWords, TypedArray } from "@carom/tensor";
import { type HostMemory, joined, pickRows } from "./moved-to-host.js";
import { Kind } from "./rings.js";
import type { DeviceReplayFacts, DeviceReplayState } from "./saved-device-replay.js";
import { checkFacts, type ReplayState } from "./saved-replay.js";

/**
 * See the head of the file.
 *
 * @param facts of the memory that is to go on
 * @throws AgentError FOREIGN_STATE where they are others
 */
export function toDeviceReplay(
  { replay, masks }: HostMemory,
  facts: DeviceReplayFacts,
): DeviceReplayState {
  const { rows: slotsPerGame, count: games, frameSize, frames, nStep, prioritized } = facts;
  const shared = { count: games, slots: slotsPerGame, frameSize, frames, nStep, prioritized };
  checkFacts(replay.facts, { ...replay.facts, ...shared });
  const lists = listsOf(replay);
  const rows = Math.min(facts.rows, ...lists.map((slots) => slots.length));
  const newest = lists.map((slots) => slots.slice(-rows));
  const slots = Array.from({ length: rows }, (_, row) => newest.map((list) => list[row])).flat();
  const head = rows - 1;
  const { finals, first } = finalsOf(replay, newest, facts);
  const isPlayed = slots.map((_, at) => at < head * facts.count);
  const bytes = (kind: number): Uint8Array =>
    Uint8Array.from(slots, (slot, at) => Number(isPlayed[at] && replay.kinds[slot] === kind));
  const isReady = (row: number): boolean => row >= first && row <= head - facts.nStep;
  const ages = Int32Array.from(slots, (slot) => replay.ages[slot]);
  // What lies before `first` is there for its frames, if it is needed at all.
  const from = Math.max(0, first - facts.frames + 1) * facts.count;
  const columns: Record<string, TypedArray> = {
    actions: pickRows(replay.actions, slots, replay.facts.actionSize),
    rewards: pickRows(replay.rewards, slots, 1),
    terminated: bytes(Kind.terminated),
    truncated: bytes(Kind.truncated),
    ...(masks && { masks: pickRows(joined(masks.blocks), slots, masks.facts.frameSize) }),
    table: pickRows(joined(replay.blocks), slots, facts.frameSize),
    ...(facts.frames > 1 && { ages }),
    ...(facts.prioritized && {
      priorities: Float32Array.from(slots, (slot, at) =>
        isReady(Math.floor(at / facts.count)) ? replay.priorities[slot] : 0,
      ),
    }),
  };
  const kept = Object.entries(columns).map(([name, values]) => {
    return [name, [values.subarray((from * values.length) / slots.length)]];
  });
  return {
    facts,
    ...{ head, first, random: wordsOf(replay.random), largest: replay.largest },
    age: facts.frames > 1 ? ages.slice(-facts.count) : new Int32Array(0),
    columns: { ...Object.fromEntries(kept), finals: [finals] },
  };
}

/** A generator of the device whose words follow from one of the host. */
export function wordsOf(random: Uint32Array): RandomWords {
  return [random[0], random[1], 0, 0];
}

/** Per game the slots of its transitions, oldest first, and the head; places in the saved arrays. */
function listsOf({ filled, kinds }: ReplayState): number[][] {
  let end = 0;
  return Array.from(filled, (length) => {
    const from = end;
    end += length;
    const slots = Array.from({ length }, (_, i) => from + i);
    return slots.filter((slot) => kinds[slot] !== Kind.none || slot === end - 1);
  });
}

/**
 * The final frames of cut episodes `[K * n, F]`, and the first row whose transitions are whole: before it stacks lack
 * frames, or a second cut within one row of finals (games that failed) has taken the place of the first.
 */
function finalsOf(
  replay: ReplayState,
  lists: readonly number[][],
  { finals: rows, count, frameSize, longest, frames }: DeviceReplayFacts,
): { readonly finals: TypedArray; readonly first: number } {
  const shown = joined(replay.blocks);
  const finals = new (shown.constructor as new (length: number) => TypedArray)(
    rows * count * frameSize,
  );
  let first = 0;
  for (const [game, slots] of lists.entries()) {
    const taken = new Set<number>();
    if (replay.ages[slots[0]] > 0) first = Math.max(first, frames - 1);
    for (let row = slots.length - 2; row >= 0; row--) {
      const slot = slots[row];
      if (replay.kinds[slot] !== Kind.truncated) continue;
      const place = Math.floor(row / longest) % rows;
      if (taken.has(place)) {
        first = Math.max(first, row + 1);
        break;
      }
      taken.add(place);
      const frame = shown.subarray((slot + 1) * frameSize, (slot + 2) * frameSize);
      finals.set(frame, (place * count + game) * frameSize);
    }
  }
  return { finals, first };
}
