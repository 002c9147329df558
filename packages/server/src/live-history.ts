/**
 * What the boards did in their current episodes, from the start, so that a viewer that comes late
 * or missed something gets a whole episode. Bounded: one episode per board.
 */
import type { LiveBoard } from "@carom/runs/formats";

/** Longest episode that is followed, in bytes of actions; beyond it a board is not shown. */
const maxActions = 4 << 20;
const firstCapacity = 1024;
/** What a board costs in a frame beside its actions, in bytes, generously. */
export const recordBytes = 24;

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

/** The current episodes of the boards, in the order in which they were first published. */
export class LiveHistory {
  private readonly tracks: Map<number, Track> = new Map();

  /** Takes in what a board did (copied). False if something before it is missing. */
  add(board: LiveBoard): boolean {
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
    for (const env of [...this.tracks.keys()].slice(count)) this.tracks.delete(env);
  }

  /** Boards there are. */
  get size(): number {
    return this.tracks.size;
  }

  /**
   * What a viewer lacks of the first `count` boards, at most about `budget` bytes of it; `cursors`
   * (by env) says what it has. Views on the history: valid until the next `add`.
   */
  missing(count: number, cursors: ReadonlyMap<number, BoardCursor>, budget: number): LiveBoard[] {
    const boards: LiveBoard[] = [];
    let left = budget;
    for (const [env, track] of [...this.tracks].slice(0, count)) {
      const cursor = cursors.get(env);
      const isNew = cursor?.episode !== track.episode || cursor?.seed !== track.seed;
      const from = isNew || cursor === undefined ? 0 : cursor.sent;
      if (!isNew && from >= track.length) continue;
      const actions = track.actions.subarray(from, Math.min(track.length, from + left));
      boards.push({ env, episode: track.episode, seed: track.seed, from, actions, reset: isNew });
      left -= actions.length + recordBytes;
      if (left <= 0) break;
    }
    return boards;
  }

  private start({ env, episode, seed, actions }: LiveBoard): void {
    const track = { episode, seed, actions: new Uint8Array(firstCapacity), length: 0 };
    append(track, actions);
    this.tracks.set(env, track);
  }
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
