/**
 * What the boards did in their current episodes, from the start, so that a viewer that comes late
 * or missed something gets a whole episode. Bounded: one episode per board.
 */
import type { LiveBoard } from "@carom/runs/formats";

/** Longest episode that is followed, in bytes of actions; beyond it a board is not shown. */
const maxActions = 4 << 20;
const firstCapacity = 1024;
/** What a board costs in a frame beside its actions, in bytes, generously. */
const recordBytes = 24;

interface Track {
  episode: number;
  seed: number;
  actions: Uint8Array;
  length: number;
}

/** How far a viewer is with a board. */
export interface BoardCursor {
  readonly episode: number;
  readonly seed: number;
  readonly sent: number;
}

/** How far a viewer is, by env. Never changed: viewers that are equally far share one. */
export type Cursors = ReadonlyMap<number, BoardCursor>;

/** Of a viewer that has nothing. */
export const nothingYet: Cursors = new Map();

/** What a viewer lacks. */
export interface Missing {
  /** Views on the history: valid until the next `add`. */
  readonly boards: readonly LiveBoard[];
  /** How far the viewer is with them. */
  readonly next: Cursors;
  /** About the bytes of the boards, a little more than a frame takes for them. */
  readonly bytes: number;
}

/** The current episodes of the boards, in the order in which they were first published. */
export class LiveHistory {
  private readonly tracks: Map<number, Track> = new Map();
  /** Of viewers that have all of the first so many boards. */
  private readonly ends: Map<number, Cursors> = new Map();

  /** Takes in what a board did (copied). False if something before it is missing. */
  add(board: LiveBoard): boolean {
    this.ends.clear();
    const known = this.tracks.get(board.env);
    const isNew = known?.episode !== board.episode || known?.seed !== board.seed;
    if (board.from === 0 && isNew) {
      this.start(board);
      return true;
    }
    if (known === undefined || isNew || board.from > known.length) {
      this.tracks.delete(board.env);
      return false;
    }
    append(known, board.actions.subarray(known.length - board.from));
    if (known.length > maxActions) this.tracks.delete(board.env);
    return true;
  }

  /** Forgets all boards but the first `count`. */
  trim(count: number): void {
    this.ends.clear();
    for (const env of [...this.tracks.keys()].slice(count)) this.tracks.delete(env);
  }

  /** Boards there are. */
  get size(): number {
    return this.tracks.size;
  }

  /** What a viewer lacks of the first `count` boards, at most about `budget` bytes of it. */
  missing(count: number, cursors: Cursors, budget: number): Missing {
    const boards: LiveBoard[] = [];
    let bytes = 0;
    for (const [env, track] of [...this.tracks].slice(0, count)) {
      const cursor = cursors.get(env);
      const isNew = cursor?.episode !== track.episode || cursor?.seed !== track.seed;
      const from = isNew || cursor === undefined ? 0 : cursor.sent;
      if (!isNew && from >= track.length) continue;
      const to = Math.min(track.length, from + budget - bytes);
      const actions = track.actions.subarray(from, to);
      boards.push({ env, episode: track.episode, seed: track.seed, from, actions, reset: isNew });
      bytes += actions.length + recordBytes;
      if (bytes >= budget) return { boards, next: after(cursors, boards), bytes };
    }
    return { boards, next: this.end(count), bytes };
  }

  /** Of those that have everything: one for all of them, so that what they get next is one for all too. */
  private end(count: number): Cursors {
    let end = this.ends.get(count);
    if (end === undefined) {
      const tracks = [...this.tracks].slice(0, count);
      end = new Map(
        tracks.map(([env, { episode, seed, length }]) => [env, { episode, seed, sent: length }]),
      );
      this.ends.set(count, end);
    }
    return end;
  }

  private start({ env, episode, seed, actions }: LiveBoard): void {
    const track = { episode, seed, actions: new Uint8Array(firstCapacity), length: 0 };
    append(track, actions);
    this.tracks.set(env, track);
  }
}

function after(cursors: Cursors, boards: readonly LiveBoard[]): Cursors {
  const next = new Map(cursors);
  for (const { env, episode, seed, from, actions } of boards) {
    next.set(env, { episode, seed, sent: from + actions.length });
  }
  return next;
}

function append(track: Track, actions: Uint8Array): void {
  const length = track.length + actions.length;
  if (length > track.actions.length) {
    const larger = new Uint8Array(Math.max(length, 2 * track.actions.length));
    larger.set(track.actions.subarray(0, track.length));
    track.actions = larger;
  }
  track.actions.set(actions, track.length);
  track.length = length;
}
