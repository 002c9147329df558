/**
 * A saved memory of the device as the host has it, so that a run whose games lived on a GPU goes on with games on the
 * processor.
 *
 *   device  rows of all games, oldest first; final frames lie apart
 *   host    a list of slots per game, oldest first; the final observation of a cut episode has a slot of its own
 *
 * Transitions stay what they are. The host has no room for the oldest ones of games that were cut: they are forgotten.
 * The generator begins anew.
 * Legend: R rows, n games. Not here: the way back (moved-to-device.ts).
 */
import { type ActionArray, seedRandom } from "@carom/envs";
import type { RandomWords, TypedArray } from "@carom/tensor";
import { Kind } from "./rings.js";
import type { DeviceReplayState } from "./saved-device-replay.js";
import { blockLength, type ReplayState } from "./saved-replay.js";

/** What a memory on the host is saved as: transitions, and the masks beside them. */
export interface HostMemory {
  readonly replay: ReplayState;
  readonly masks: ReplayState | null;
}

/** The blocks of a column, one after another. */
export function joined(blocks: readonly TypedArray[]): TypedArray {
  if (blocks.length === 1) return blocks[0];
  const length = blocks.reduce((sum, block) => sum + block.length, 0);
  const all = new (blocks[0].constructor as new (length: number) => TypedArray)(length);
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}

/** A slot of a game's list: the row that it comes from, or that it is the final frame of. */
interface Slot {
  readonly row: number;
  readonly isFinal: boolean;
}

/** A saved memory of the device as the host has it. */
export function toHostReplay(state: DeviceReplayState): HostMemory {
  const rows = new SavedRows(state);
  const lists = Array.from({ length: state.facts.count }, (_, game) => rows.slotsOf(game));
  const { masked, frames, frameSize } = state.facts;
  const table = { values: rows.table, finals: rows.finals, size: frameSize, frames };
  const replay = hostState(rows, lists, table);
  if (masked === 0) return { replay, masks: null };
  const finals = new Uint8Array(rows.finals.length * masked).fill(1); // more than there are
  const masks = { values: rows.column("masks"), finals, size: masked, frames: 1 };
  return { replay, masks: hostState(rows, lists, masks) };
}

/** What is shown: rows `[R * n, size]`, and those after cuts. */
interface Shown {
  readonly values: TypedArray;
  readonly finals: TypedArray;
  readonly size: number;
  readonly frames: number;
}

/** The rows of a saved memory of the device, by place: row * n + game. */
class SavedRows {
  readonly state: DeviceReplayState;
  readonly table: TypedArray;
  readonly finals: TypedArray;
  /** Step of row 0. */
  readonly from: number;
  private readonly terminated: TypedArray;
  private readonly truncated: TypedArray;
  private readonly ages: TypedArray | undefined;
  private readonly count: number;
  private readonly rows: number;

  constructor(state: DeviceReplayState) {
    this.state = state;
    this.count = state.facts.count;
    this.terminated = this.column("terminated");
    this.truncated = this.column("truncated");
    this.ages = state.facts.frames > 1 ? this.column("ages") : undefined;
    this.rows = this.truncated.length / this.count;
    this.from = state.head + 1 - this.rows;
    this.table = this.column("table");
    this.finals = this.column("finals");
  }

  column(name: string): TypedArray {
    return joined(this.state.columns[name]);
  }

  /** The newest slots of a game that the host has room for, oldest first. */
  slotsOf(game: number): Slot[] {
    const slots: Slot[] = [];
    for (let row = 0; row < this.rows; row++) {
      slots.push({ row, isFinal: false });
      if (this.kind({ row, isFinal: false }, game) !== Kind.truncated) continue;
      slots.push({ row, isFinal: true });
    }
    return slots.slice(-this.state.facts.rows);
  }

  kind({ row, isFinal }: Slot, game: number): number {
    const at = row * this.count + game;
    if (isFinal || row === this.rows - 1) return Kind.none;
    if (this.terminated[at] !== 0) return Kind.terminated;
    return this.truncated[at] !== 0 ? Kind.truncated : Kind.goesOn;
  }

  age({ row, isFinal }: Slot, game: number, frames: number): number {
    const age = this.ages?.[row * this.count + game] ?? 0;
    return Math.min(frames - 1, isFinal ? age + 1 : age);
  }

  /** Where the final frame of a cut lies in `finals`, in frames. */
  finalPlace(row: number, game: number): number {
    const { longest, finals } = this.state.facts;
    return (Math.floor((this.from + row) / longest) % finals) * this.count + game;
  }
}

function hostState(rows: SavedRows, lists: readonly Slot[][], shown: Shown): ReplayState {
  const { facts, largest, random } = rows.state;
  const { count, nStep, prioritized } = facts;
  const all = lists.flatMap((slots, game) => slots.map((slot) => ({ ...slot, game })));
  const places = all.map(({ row, game }) => row * count + game);
  const [rewards, actions] = [rows.column("rewards"), rows.column("actions") as ActionArray];
  const actionSize = actions.length / rewards.length;
  const kinds = lists.map((slots, game) => slots.map((slot) => rows.kind(slot, game)));
  const ages = lists.map((slots, game) => slots.map((slot) => rows.age(slot, game, shown.frames)));
  const pending = kinds.map((list) => pendingOf(list, nStep));
  const priorities = prioritized ? rows.column("priorities") : [];
  const isReady = lists.flatMap((slots, game) =>
    slots.map((_, i) => {
      const isComplete = i < slots.length - 1 - pending[game];
      return isComplete && kinds[game][i] !== Kind.none && ages[game][i] <= i;
    }),
  );
  const frames = all.map(({ row, isFinal, game }, i) =>
    isFinal
      ? { from: shown.finals, at: rows.finalPlace(row, game) }
      : { from: shown.values, at: places[i] },
  );
  return {
    random: generatorOf(random),
    largest,
    facts: {
      ...{ count, slots: facts.rows, nStep, frames: shown.frames, prioritized },
      ...{ frameSize: shown.size, frameType: typeOf(shown.values) },
      ...{ actionSize, actionType: actions instanceof Int32Array ? "int32" : "float32" },
    },
    heads: Int32Array.from(lists, (slots) => slots.length - 1),
    filled: Int32Array.from(lists, (slots) => slots.length),
    pending: Int32Array.from(pending),
    kinds: Uint8Array.from(kinds.flat()),
    ages: Uint8Array.from(ages.flat()),
    rewards: Float32Array.from(places, (at, i) => (all[i].isFinal ? 0 : rewards[at])),
    actions: pickRows(actions, places, actionSize),
    priorities: prioritized
      ? Float64Array.from(places, (at, i) => (isReady[i] ? priorities[at] || largest : 0))
      : new Float64Array(0),
    blocks: blocksOf(frames, shown),
  };
}

/** The newest transitions of a running episode whose windows are not complete; the last slot is the head. */
function pendingOf(kinds: readonly number[], nStep: number): number {
  let pending = 0;
  while (pending < nStep - 1 && kinds[kinds.length - 2 - pending] === Kind.goesOn) pending++;
  return pending;
}

/** Words of a generator of the host that follow from the device's. */
export function generatorOf(random: RandomWords): Uint32Array {
  const words = new Uint32Array(4);
  seedRandom(words, random[0] + random[2]);
  return words;
}

function typeOf(values: TypedArray): "uint8" | "float32" {
  return values instanceof Uint8Array ? "uint8" : "float32";
}

/** Rows of `size` values, one after another. */
export function pickRows<T extends TypedArray>(
  from: T,
  places: readonly number[],
  size: number,
): T {
  const rows = new (from.constructor as new (length: number) => T)(places.length * size);
  for (const [i, at] of places.entries()) {
    rows.set(from.subarray(at * size, (at + 1) * size), i * size);
  }
  return rows;
}

/** Frames in the blocks in which the host saves them. */
function blocksOf(
  frames: readonly { readonly from: TypedArray; readonly at: number }[],
  { size, values }: Shown,
): (Uint8Array | Float32Array)[] {
  const length = blockLength(size);
  return Array.from({ length: Math.ceil(frames.length / length) }, (_, block) => {
    const some = frames.slice(block * length, (block + 1) * length);
    const type = values instanceof Uint8Array ? Uint8Array : Float32Array;
    const rows = new type(some.length * size);
    for (const [i, { from, at }] of some.entries()) {
      rows.set(from.subarray(at * size, (at + 1) * size), i * size);
    }
    return rows;
  });
}
