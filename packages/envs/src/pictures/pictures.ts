/**
 * Pictures of an episode that travel with its replay: what the game drew at a few dozen moments, and
 * all that a player needs to know to show them. They are for the day on which the game's rules have
 * changed, or the game is gone: then the actions no longer say what happened, and these still do.
 *
 * In the bytes of a replay: facts in the header, and behind the checksums one float64 per picture,
 * the return up to it, and the drawings (drawing.ts). Not here: showing them (recorded-game.ts).
 */
import { EnvError } from "../errors.js";
import type { ActionSpace, BoardSize, Game } from "../game.js";
import {
  type Drawing,
  DrawingCanvas,
  decodeDrawings,
  encodeDrawings,
  MAX_SHAPES,
} from "./drawing.js";

/** Pictures of an episode: after decisions 0, every, 2 every, ... and, last, at the end. */
export interface ReplayPictures {
  /** Decisions from one picture to the next. */
  readonly every: number;
  /** The game's name for people. */
  readonly title: string;
  /** What its actions were. */
  readonly actions: ActionSpace;
  /** Size of the board that was drawn. */
  readonly board: BoardSize;
  /** Decisions that made one second. */
  readonly decisionsPerSecond: number;
  /** Sum of the rewards up to each picture. */
  readonly returns: Float64Array;
  /** The drawings as bytes. */
  readonly drawings: Uint8Array;
}

/** Most pictures of an episode, the last not counted. */
const MOST = 64;
/** Fewest decisions from one picture to the next. */
const LEAST_EVERY = 8;
const MAX_BYTES = 1 << 26;

/** Decisions from one picture to the next in an episode of `length`: a power of two. */
export function pictureEvery(length: number): number {
  let every = LEAST_EVERY;
  while (every * MOST < length) every *= 2;
  return every;
}

/** How many pictures an episode has. */
export function pictureCount(length: number, every: number): number {
  return Math.ceil(length / every) + 1;
}

/** The picture that stands while a decision is shown: the newest one before it or at it. */
export function pictureAt(step: number, length: number, every: number): number {
  return step >= length ? pictureCount(length, every) - 1 : Math.floor(step / every);
}

/** Draws a game while its episode is played. A game that cannot be drawn has no pictures. */
export class PictureRecorder {
  private readonly game: Game;
  private readonly length: number;
  private readonly every: number;
  private readonly drawings: Drawing[] = [];
  private readonly returns: number[] = [];
  private failed = false;

  constructor(game: Game, length: number) {
    this.game = game;
    this.length = length;
    this.every = pictureEvery(length);
  }

  /** Told of every decision, 0 to the last, and of the end. `total`: sum of the rewards so far. */
  look(step: number, total: number): void {
    if (this.failed || (step % this.every !== 0 && step !== this.length)) return;
    const canvas = new DrawingCanvas();
    try {
      this.game.draw(canvas);
    } catch {
      this.failed = true; // an episode is worth keeping without them
    }
    this.failed ||= canvas.shapes.length > MAX_SHAPES;
    this.drawings.push(canvas.shapes);
    this.returns.push(total);
  }

  /** What was recorded; undefined if not every picture could be. */
  taken(): ReplayPictures | undefined {
    if (this.failed) return undefined;
    const { title, actions, board, decisionsPerSecond } = this.game.spec;
    return {
      ...{ every: this.every, title, actions, decisionsPerSecond },
      board: { width: board.width, height: board.height },
      returns: Float64Array.from(this.returns),
      drawings: encodeDrawings(this.drawings),
    };
  }
}

/** The drawings of a replay's pictures. Throws EnvError REPLAY_CORRUPT. */
export function drawingsOf({ returns, drawings }: ReplayPictures): readonly Drawing[] {
  return decodeDrawings(drawings, returns.length);
}

/** What the header of a replay says of its pictures. */
export function pictureFacts(pictures: ReplayPictures): object {
  const { returns, drawings, ...facts } = pictures;
  return { ...facts, bytes: 8 * returns.length + drawings.length };
}

/** The bytes that go with those facts. */
export function pictureBytes({ returns, drawings }: ReplayPictures): Uint8Array {
  const bytes = new Uint8Array(8 * returns.length + drawings.length);
  const view = new DataView(bytes.buffer);
  returns.forEach((value, i) => {
    view.setFloat64(8 * i, value, true);
  });
  bytes.set(drawings, 8 * returns.length);
  return bytes;
}

/** How many bytes a header says that there are. Throws EnvError REPLAY_CORRUPT. */
export function pictureSize(facts: unknown): number {
  const { bytes } = objectIn(facts);
  if (isWhole(bytes) && bytes <= MAX_BYTES) return bytes;
  throw corrupt(`invalid bytes (got ${bytes})`);
}

/** The pictures of a replay of `length` decisions. Throws EnvError REPLAY_CORRUPT. */
export function decodePictures(facts: unknown, bytes: Uint8Array, length: number): ReplayPictures {
  const { every, title, actions, board, decisionsPerSecond } = objectIn(facts);
  // More pictures than are ever recorded could fill the memory from a few bytes each.
  if (every !== pictureEvery(length)) {
    throw corrupt(`invalid every (got ${every}, expected ${pictureEvery(length)})`);
  }
  if (typeof title !== "string") throw corrupt(`invalid title (got ${title})`);
  if (!isPositive(decisionsPerSecond)) throw corrupt(`invalid rate (got ${decisionsPerSecond})`);
  const { width, height } = objectIn(board);
  if (!isPositive(width) || !isPositive(height)) throw corrupt("invalid board");
  const count = pictureCount(length, every);
  if (bytes.length < 8 * count) throw corrupt("it has too few of them");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const returns = Float64Array.from({ length: count }, (_, i) => view.getFloat64(8 * i, true));
  if (!returns.every(Number.isFinite)) throw corrupt("invalid returns");
  const drawings = bytes.slice(8 * count);
  decodeDrawings(drawings, count);
  const space = decodeActions(actions);
  return {
    ...{ every, title, actions: space, board: { width, height } },
    ...{ decisionsPerSecond, returns, drawings },
  };
}

/** An action space, its parts of the kinds that its type says. */
function decodeActions(value: unknown): ActionSpace {
  const { kind, size, sizes, low, high, names } = objectIn(value);
  const isSize = isWhole(size) && size > 0 && size <= 1 << 16;
  const hasNames = names === undefined || isList(names, (name) => typeof name === "string");
  const isNumber = (one: unknown) => typeof one === "number" && Number.isFinite(one);
  const isKnown =
    (kind === "discrete" && names !== undefined) ||
    (kind === "box" && isSize && isList(low, isNumber) && isList(high, isNumber)) ||
    (kind === "multi-discrete" && isList(sizes, (one) => isWhole(one) && one > 1)) ||
    (kind === "multi-binary" && isSize);
  if (isKnown && hasNames) return value as ActionSpace;
  throw corrupt("invalid actions");
}

function isList(value: unknown, isOne: (one: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isOne);
}

function objectIn(value: unknown): Partial<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw corrupt("invalid facts");
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function corrupt(what: string): EnvError {
  return new EnvError("REPLAY_CORRUPT", `replay: its pictures cannot be read: ${what}`);
}
