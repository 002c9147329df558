/**
 * The saved state of a replay memory: its filled slots, game after game, oldest first within a game.
 *
 * Frames, which may be gigabytes, are cut into blocks of bounded size. Which slots are ready is not saved:
 * it follows from kinds, ages and fillings.
 */
import type { ActionArray } from "@carom/envs";
import { AgentError } from "../errors.js";
import type { Recorder } from "./recorder.js";
import type { Rings } from "./rings.js";
import type { SumTree } from "./sum-tree.js";

/** What a memory must share with a saved one to go on from it. */
export interface ReplayFacts {
  /** Games. */
  readonly count: number;
  /** Slots per game. */
  readonly slots: number;
  /** Values of a frame. */
  readonly frameSize: number;
  /** Type that frames are kept in. */
  readonly frameType: "uint8" | "float32";
  /** Numbers of an action. */
  readonly actionSize: number;
  /** Type of the actions. */
  readonly actionType: "int32" | "float32";
  /** Steps of a return. */
  readonly nStep: number;
  /** Frames in a stack. */
  readonly frames: number;
  /** Whether transitions have priorities. */
  readonly prioritized: boolean;
}

/** The filled slots of all games; M of them. */
export interface SavedTransitions {
  /** What the memory is. */
  readonly facts: ReplayFacts;
  /** Per game: place of the head. */
  readonly heads: Int32Array;
  /** Per game: filled slots. */
  readonly filled: Int32Array;
  /** Per game: transitions that wait for their window. */
  readonly pending: Int32Array;
  /** `[M]`. */
  readonly kinds: Uint8Array;
  /** `[M]`. */
  readonly ages: Uint8Array;
  /** `[M]`. */
  readonly rewards: Float32Array;
  /** `[M * A]`. */
  readonly actions: ActionArray;
  /** `[M]`, or empty where sampling is uniform. */
  readonly priorities: Float64Array;
  /** `[M * F]` in blocks. */
  readonly blocks: readonly (Uint8Array | Float32Array)[];
}

/** A saved replay memory; made of plain values and typed arrays, as `packState` takes. */
export interface ReplayState extends SavedTransitions {
  /** Words of its own generator. */
  readonly random: Uint32Array;
  /** The largest priority so far. */
  readonly largest: number;
}

/** Most values of a block of frames. */
const BLOCK = 2 ** 26;

/** Copies what is filled. */
export function saveTransitions(kept: Recorder, tree: SumTree | undefined): SavedTransitions {
  const { rings, store, actions, width, rewards } = kept;
  const { heads, filled, pending, kinds, ages } = rings;
  const slots = filledSlots(rings);
  return {
    facts: factsOf(kept, tree),
    heads: heads.slice(),
    filled: filled.slice(),
    pending: pending.slice(),
    kinds: pick(kinds, slots, 1),
    ages: pick(ages, slots, 1),
    rewards: pick(rewards, slots, 1),
    actions: pick(actions, slots, width),
    priorities: tree ? Float64Array.from(slots, (slot) => tree.get(slot)) : new Float64Array(0),
    blocks: blocksOf(slots, store.size).map((some) => pick(store.data, some, store.size)),
  };
}

/**
 * Puts back what `saveTransitions` copied.
 *
 * @param isReady which slots can be sampled; asked when all is back but the priorities.
 * @throws AgentError FOREIGN_STATE when it is another memory's.
 */
export function restoreTransitions(
  saved: SavedTransitions,
  kept: Recorder,
  tree: SumTree | undefined,
  isReady: (slot: number) => boolean,
): void {
  checkFacts(saved.facts, factsOf(kept, tree));
  const { rings, store, actions, width, rewards } = kept;
  rings.heads.set(saved.heads);
  rings.filled.set(saved.filled);
  rings.pending.set(saved.pending);
  const slots = filledSlots(rings);
  put(rings.kinds, slots, 1, saved.kinds);
  put(rings.ages, slots, 1, saved.ages);
  put(rewards, slots, 1, saved.rewards);
  put(actions, slots, width, saved.actions);
  for (const [i, some] of blocksOf(slots, store.size).entries()) {
    put(store.data, some, store.size, saved.blocks[i]);
  }
  rings.recount(isReady);
  for (const [i, slot] of slots.entries()) tree?.set(slot, saved.priorities[i]);
}

function factsOf(kept: Recorder, tree: SumTree | undefined): ReplayFacts {
  const { rings, store, actions, width } = kept;
  return {
    count: rings.count,
    slots: rings.slots,
    frameSize: store.size,
    frameType: store.data instanceof Uint8Array ? "uint8" : "float32",
    actionSize: width,
    actionType: actions instanceof Int32Array ? "int32" : "float32",
    nStep: rings.nStep,
    frames: rings.frames,
    prioritized: tree !== undefined,
  };
}

/** Refuses a memory that is another. @throws AgentError FOREIGN_STATE */
export function checkFacts(got: ReplayFacts, expected: ReplayFacts): void {
  for (const name of Object.keys(expected) as (keyof ReplayFacts)[]) {
    if (got[name] === expected[name]) continue;
    throw new AgentError(
      "FOREIGN_STATE",
      `replay: the saved memory has another ${name} (got ${got[name]}, expected ${expected[name]})`,
    );
  }
}

/** The filled slots of all games, oldest first within each. */
export function filledSlots(rings: Rings): Int32Array {
  const { count, filled } = rings;
  const slots = new Int32Array(filled.reduce((sum, some) => sum + some, 0));
  let at = 0;
  for (let game = 0; game < count; game++) {
    for (let back = filled[game] - 1; back >= 0; back--) {
      slots[at++] = rings.before(rings.head(game), back);
    }
  }
  return slots;
}

/** Slots of a block of frames of `size` values. */
export function blockLength(size: number): number {
  return Math.max(1, Math.floor(BLOCK / size));
}

/** The slots in parts whose frames have at most `BLOCK` values together. */
function blocksOf(slots: Int32Array, size: number): Int32Array[] {
  const length = blockLength(size);
  const count = Math.ceil(slots.length / length);
  return Array.from({ length: count }, (_, i) => slots.subarray(i * length, (i + 1) * length));
}

type Values = Uint8Array | Float32Array | Int32Array;

/** The rows of `slots`, `size` values each. */
export function pick<T extends Values>(from: T, slots: Int32Array, size: number): T {
  const rows = new (from.constructor as new (length: number) => T)(slots.length * size);
  for (let i = 0; i < slots.length; i++) {
    const at = slots[i] * size;
    if (size === 1) rows[i] = from[at];
    else rows.set(from.subarray(at, at + size), i * size);
  }
  return rows;
}

/** Writes rows back where `pick` found them. */
export function put(into: Values, slots: Int32Array, size: number, rows: Values): void {
  for (let i = 0; i < slots.length; i++) {
    into.set(rows.subarray(i * size, (i + 1) * size), slots[i] * size);
  }
}
