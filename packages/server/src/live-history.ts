/**
 * What the boards did in their current episodes, from the start, so that a viewer that comes late
 * or missed something gets a whole episode, and how the episode before it ended. Bounded: a few
 * episodes per board.
 */
import type { LiveBoard } from "@carom/runs/formats";

/** Longest episode that is followed, in bytes of actions; beyond it a board is not shown. */
const maxActions = 4 << 20;
const firstCapacity = 1024;
/** Ended episodes of a board that are kept at most, and their bytes of actions. */
const maxEnded = 4;
const maxEndedActions = 64 << 10;
/** What a board costs in a frame beside its actions, in bytes, generously. */
const recordBytes = 24;

interface Track {
  readonly env: number;
  readonly episode: number;
  readonly seed: number;
  actions: Uint8Array;
  length: number;
}

interface Board {
  readonly current: Track;
  /** Episodes before, the newest first: viewers that are in one of them may lack its end. */
  readonly ended: readonly Track[];
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
}

/** The current episodes of the boards, in the order in which they were first published. */
export class LiveHistory {
  private readonly boards: Map<number, Board> = new Map();
  /** Of viewers that have all of the first so many boards. */
  private readonly ends: Map<number, Cursors> = new Map();

  /** Takes in what a board did (copied). False if something before it is missing. */
  add(board: LiveBoard): boolean {
    this.ends.clear();
    const { current: known, ended = [] } = this.boards.get(board.env) ?? {};
    const isNew = known?.episode !== board.episode || known?.seed !== board.seed;
    if (board.from === 0 && isNew) {
      this.boards.set(board.env, { current: trackOf(board), ended: kept(known, ended) });
      return true;
    }
    if (known === undefined || isNew || board.from > known.length) {
      this.boards.delete(board.env);
      return false;
    }
    append(known, board.actions.subarray(known.length - board.from));
    if (known.length > maxActions) this.boards.delete(board.env);
    return true;
  }

  /** Forgets all boards but the first `count`; whether there were more. */
  trim(count: number): boolean {
    const more = [...this.boards.keys()].slice(count);
    if (more.length > 0) this.ends.clear();
    for (const env of more) this.boards.delete(env);
    return more.length > 0;
  }

  /** Boards there are. */
  get size(): number {
    return this.boards.size;
  }

  /** What a viewer lacks of the first `count` boards, at most about `budget` bytes of it. */
  missing(count: number, cursors: Cursors, budget: number): Missing {
    const pieces: LiveBoard[] = [];
    let room = budget;
    for (const [env, { current, ended }] of [...this.boards].slice(0, count)) {
      const cursor = cursors.get(env);
      const left = ended.filter((track) => isOf(track, cursor));
      for (const track of [...left, current]) {
        const piece = pieceOf(track, cursor, room);
        if (piece === undefined) continue;
        pieces.push(piece);
        room -= piece.actions.length + recordBytes;
        if (room <= 0) return { boards: pieces, next: after(cursors, pieces) };
      }
    }
    return { boards: pieces, next: this.end(count) };
  }

  /** Of those that have everything: one for all of them, so that what they get next is one for all too. */
  private end(count: number): Cursors {
    let end = this.ends.get(count);
    if (end === undefined) {
      const currents = [...this.boards.values()].slice(0, count).map(({ current }) => current);
      end = new Map(
        currents.map(({ env, episode, seed, length }) => [env, { episode, seed, sent: length }]),
      );
      this.ends.set(count, end);
    }
    return end;
  }
}

function trackOf({ env, episode, seed, actions }: LiveBoard): Track {
  const track = { env, episode, seed, actions: new Uint8Array(firstCapacity), length: 0 };
  append(track, actions);
  return track;
}

/** Ended episodes that are kept when one more has ended: the newest one, and others while they are small. */
function kept(last: Track | undefined, before: readonly Track[]): readonly Track[] {
  if (last === undefined) return before;
  const tracks: Track[] = [{ ...last, actions: last.actions.slice(0, last.length) }];
  let bytes = last.length;
  for (const track of before.slice(0, maxEnded - 1)) {
    bytes += track.length;
    if (bytes > maxEndedActions) break;
    tracks.push(track);
  }
  return tracks;
}

/** Whether a viewer is in an episode. */
function isOf(track: Track, cursor: BoardCursor | undefined): boolean {
  return track.episode === cursor?.episode && track.seed === cursor.seed;
}

/** What a viewer lacks of an episode, at most `room` bytes of it. */
function pieceOf(
  track: Track,
  cursor: BoardCursor | undefined,
  room: number,
): LiveBoard | undefined {
  const reset = !isOf(track, cursor);
  const from = reset || cursor === undefined ? 0 : cursor.sent;
  if (!reset && from >= track.length) return undefined;
  const { env, episode, seed } = track;
  const actions = track.actions.subarray(from, Math.min(track.length, from + room));
  return { env, episode, seed, from, actions, reset };
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
