/**
 * Which slot holds what: one ring of slots per game, and which slots can be sampled.
 *
 * Slot `game * S + place` belongs to `game`. Its frame is what the game showed; its kind says what came of
 * the action taken there. The head of a ring is the slot of the game's present observation: it has a frame,
 * and no action yet. An episode lies in a ring like this (g goes on, x terminated, c cut):
 *
 *   g g g x | g g c f | g g h        f: the final observation of a cut episode, h: the head
 *
 * f and h are no transitions. The ring holds the newest `filled` slots, the head included. Documented
 * exclusions, besides f and h: the newest n - 1 transitions of an episode that goes on (their window of n
 * steps is not complete), and the oldest ones in a ring that has wrapped where the frames of their stack
 * are overwritten (at most frames - 1).
 *
 * Not here: frames, rewards, random numbers.
 */
import { AgentError } from "../errors.js";

/** What a slot holds. */
export const Kind = {
  /** No transition: never written, the head, or a frame that others need. */
  none: 0,
  /** The episode goes on: the next slot holds the next observation. */
  goesOn: 1,
  /** The rules ended the episode: there is no next observation. */
  terminated: 2,
  /** A limit cut the episode: the next slot holds its final observation. */
  truncated: 3,
} as const;

/** Told when slots begin and cease to be ready. */
export interface ReadyWatcher {
  /** The slot can be sampled from now on. */
  ready(slot: number): void;
  /** The slot cannot be sampled any more. */
  gone(slot: number): void;
}

/** A ring per game. */
export class Rings {
  /** Games. */
  readonly count: number;
  /** Slots per game, S. */
  readonly slots: number;
  /** Frames in a stack. */
  readonly frames: number;
  /** Steps of a return, n. */
  readonly nStep: number;
  /** Per slot, see {@link Kind}. */
  readonly kinds: Uint8Array;
  /** Per slot: how many frames of its episode lie before it, at most frames - 1. */
  readonly ages: Uint8Array;
  /** Per slot: 1 where it can be sampled. */
  readonly isReady: Uint8Array;
  /** Per game: place of the head in its ring. */
  readonly heads: Int32Array;
  /** Per game: slots in use, the head included. */
  readonly filled: Int32Array;
  /** Per game: the newest transitions of the present episode that are not ready yet. */
  readonly pending: Int32Array;
  /** Slots that are ready. */
  size = 0;
  private readonly moves: Float64Array; // per game: how often its head has moved
  private readonly watcher: ReadyWatcher | undefined;

  /** @throws AgentError BAD_VALUE when a ring is too short to hold a window and its stacks. */
  constructor(
    count: number,
    slots: number,
    frames: number,
    nStep: number,
    watcher?: ReadyWatcher | undefined,
  ) {
    checkSlots(slots, { count, nStep, frames });
    this.count = count;
    this.slots = slots;
    this.frames = frames;
    this.nStep = nStep;
    this.watcher = watcher;
    this.kinds = new Uint8Array(count * slots);
    this.ages = new Uint8Array(count * slots);
    this.isReady = new Uint8Array(count * slots);
    this.heads = new Int32Array(count);
    this.filled = new Int32Array(count);
    this.pending = new Int32Array(count);
    this.moves = new Float64Array(count);
  }

  /** The slot of the game's present observation. */
  head(game: number): number {
    return game * this.slots + this.heads[game];
  }

  /** The slot after `slot` in its ring. */
  after(slot: number): number {
    return (slot + 1) % this.slots === 0 ? slot + 1 - this.slots : slot + 1;
  }

  /** The slot `steps` (less than S) before `slot` in its ring. */
  before(slot: number, steps: number): number {
    return slot - steps + (steps > slot % this.slots ? this.slots : 0);
  }

  /** How many slots `slot` lies before the head of its ring, 0 to S - 1. */
  distance(slot: number): number {
    const ahead = this.heads[Math.floor(slot / this.slots)] - (slot % this.slots);
    return ahead < 0 ? ahead + this.slots : ahead;
  }

  /** A number that the slot's content alone has: it changes when the slot is overwritten. */
  serial(slot: number): number {
    return this.moves[Math.floor(slot / this.slots)] - this.distance(slot);
  }

  /** Starts the ring at its head, which now has a frame. */
  start(game: number): void {
    const head = this.head(game);
    this.filled[game] = 1;
    this.kinds[head] = Kind.none;
    this.ages[head] = 0;
  }

  /** Moves the head of a ring on by one slot, which loses what it held; the age is the new head's. */
  advance(game: number, age: number): number {
    this.heads[game] = (this.heads[game] + 1) % this.slots;
    this.moves[game]++;
    const head = this.head(game);
    if (this.filled[game] < this.slots) this.filled[game]++;
    else this.forget(head);
    this.kinds[head] = Kind.none;
    this.ages[head] = Math.min(age, this.frames - 1);
    return head;
  }

  /**
   * Counts the transition that has just been stored in `slot`, and makes those ready whose windows it
   * completes. Called when the head has moved on to the game's next observation.
   */
  settle(game: number, slot: number): void {
    this.pending[game]++;
    const hasEnded = this.kinds[slot] !== Kind.goesOn;
    const least = hasEnded ? 0 : this.nStep - 1;
    for (; this.pending[game] > least; this.pending[game]--) {
      this.makeReady(this.before(slot, this.pending[game] - 1));
    }
  }

  /** Whether the slot can be sampled, by the definition: slow, for restoring and for tests. */
  canSample(slot: number): boolean {
    const { filled, kinds, ages, slots } = this;
    const distance = this.distance(slot);
    const game = Math.floor(slot / slots);
    if (distance + ages[slot] >= filled[game] || kinds[slot] === Kind.none) return false;
    let at = slot;
    for (let step = 1; step < this.nStep && kinds[at] === Kind.goesOn; step++) {
      at = this.after(at);
      if (kinds[at] === Kind.none) return false;
    }
    return true;
  }

  /** Works out anew which slots are ready, after kinds, ages, heads and fillings were restored. */
  recount(canSample: (slot: number) => boolean): void {
    for (let slot = 0; slot < this.isReady.length; slot++) {
      if (this.isReady[slot] === 1) this.makeGone(slot);
      if (canSample(slot)) this.makeReady(slot);
    }
  }

  /** Lets a slot be sampled from now on, until it or a frame that it needs is overwritten. */
  makeReady(slot: number): void {
    this.isReady[slot] = 1;
    this.size++;
    this.watcher?.ready(slot);
  }

  /** The slot is about to be overwritten: neither it nor what needs its frame can be sampled. */
  private forget(slot: number): void {
    if (this.isReady[slot] === 1) this.makeGone(slot);
    let later = slot;
    for (let steps = 1; steps < this.frames; steps++) {
      later = this.after(later);
      if (this.isReady[later] === 1 && this.ages[later] >= steps) this.makeGone(later);
    }
  }

  private makeGone(slot: number): void {
    this.isReady[slot] = 0;
    this.size--;
    this.watcher?.gone(slot);
  }
}

/** Refuses rings that are too short to hold a window and its stacks. @throws AgentError BAD_VALUE */
export function checkSlots(
  slots: number,
  {
    count,
    nStep,
    frames,
  }: { readonly count: number; readonly nStep: number; readonly frames: number },
): void {
  const least = nStep + 2 * frames;
  if (slots >= least) return;
  throw new AgentError(
    "BAD_VALUE",
    `replay: the capacity is too small (got ${slots} slots for each of ${count} games, expected at least ${least})`,
  );
}
