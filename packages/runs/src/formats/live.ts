/**
 * The binary live frame: what the boards that are being played did since the last frame. Whole
 * numbers are varints: seven bits a byte, the low ones first.
 *
 *   header  u8 kind = 1 | u8 version = 2 | records | env steps of the run
 *   record  u8 bits per byte of actions (0 to 8), 16 more for a reset
 *           env | episode | seed for a reset, else the bytes of actions before these | n
 *           n bytes of actions, packed to their bits from the low bit of each byte
 *
 * A board is not a picture but a game: whoever knows game, seed and actions plays it again. What an
 * action is in bytes, one or several, only the game knows; so everything here counts bytes. Frames
 * may be lost; `from` tells. Control messages travel as text (messages.ts).
 */
import { bitsFor, packBits, unpackBits } from "./bits.js";
import { FormatError } from "./errors.js";

/** Bytes [from, from + actions.length) of the actions of one environment's current episode. */
export interface LiveBoard {
  readonly env: number;
  readonly episode: number;
  /** Seed of the game for this episode: the receiver seeds, resets and applies the actions. */
  readonly seed: number;
  /** Bytes of the episode's actions before these. */
  readonly from: number;
  /** May end within an action whose rest comes later. */
  readonly actions: Uint8Array;
  /** True if the receiver starts this board anew (then `from` is 0). */
  readonly reset: boolean;
}

/** A board as it arrives: its seed comes with its start. */
export type LivePart = Omit<LiveBoard, "seed"> & {
  /** Undefined where `reset` is false: it is that of the episode under way. */
  readonly seed: number | undefined;
};

/** A frame; `LivePart` is what a decoded one has. */
export interface LiveFrame<Board = LivePart> {
  /** Env steps of the run, all environments together. */
  readonly envSteps: number;
  readonly boards: readonly Board[];
}

const kindLive = 1;
const liveVersion = 2;
const resetFlag = 16;
/** Longest varint: of a number below 2 ** 53. */
const maxVarint = 8;
const maxBytesPerRecord = 0xffff;
const maxRecords = 0xffff;
const maxU32 = 0xffffffff;
const most = Number.MAX_SAFE_INTEGER;

/**
 * Bytes of the frame; a board with more than 65,535 bytes of actions takes several records.
 * FormatError for numbers out of range.
 */
export function encodeLiveFrame(frame: LiveFrame<LiveBoard>): Uint8Array<ArrayBuffer> {
  const records = frame.boards.flatMap(splitBoard);
  if (records.length > maxRecords)
    throw new FormatError(`live frame: too many records (got ${records.length})`);
  const size = records.reduce((sum, r) => sum + 1 + 4 * maxVarint + r.actions.length, 0);
  const out = new Writer(2 + 2 * maxVarint + size);
  out.byte(kindLive);
  out.byte(liveVersion);
  out.varint(records.length);
  out.varint(inRange("envSteps", frame.envSteps, most));
  for (const record of records) writeRecord(out, record);
  return out.taken();
}

/** The frame of some bytes. FormatError if anything is off. */
export function decodeLiveFrame(bytes: Uint8Array): LiveFrame {
  const input = new Reader(bytes);
  const kind = input.byte();
  const version = input.byte();
  if (kind !== kindLive || version !== liveVersion) {
    throw new FormatError(`live frame: unknown kind or version (got ${kind}, ${version})`);
  }
  const count = inRange("records", input.varint(), maxRecords);
  const envSteps = input.varint();
  const boards: LivePart[] = [];
  for (let i = 0; i < count; i++) boards.push(readRecord(input));
  if (input.left > 0) throw new FormatError(`live frame: ${input.left} bytes too many`);
  return { envSteps, boards };
}

function writeRecord(out: Writer, { env, episode, seed, from, actions, reset }: LiveBoard): void {
  const bits = bitsFor(actions);
  out.byte(bits | (reset ? resetFlag : 0));
  out.varint(inRange("env", env, maxU32));
  out.varint(inRange("episode", episode, maxU32));
  inRange("seed", seed, most);
  inRange("from", from, maxU32);
  out.varint(reset ? seed : from);
  out.varint(actions.length);
  packBits(actions, bits, out.room(Math.ceil((actions.length * bits) / 8)));
}

function readRecord(input: Reader): LivePart {
  const head = input.byte();
  const reset = (head & resetFlag) !== 0;
  const bits = head & ~resetFlag;
  const env = inRange("env", input.varint(), maxU32);
  const episode = inRange("episode", input.varint(), maxU32);
  const start = input.varint();
  const n = inRange("n", input.varint(), maxBytesPerRecord);
  if (bits > 8 || (bits === 0) !== (n === 0)) {
    throw new FormatError(`live frame: impossible actions (got ${bits} bits of ${n} bytes)`);
  }
  const actions = unpackBits(input.take(Math.ceil((n * bits) / 8)), bits, n);
  const place = reset ? { seed: start, from: 0 } : { seed: undefined, from: start };
  return { env, episode, actions, reset, ...place, from: inRange("from", place.from, maxU32) };
}

function splitBoard(board: LiveBoard): LiveBoard[] {
  if (board.reset && board.from !== 0)
    throw new FormatError(`live frame: a reset board starts at 0 (got ${board.from})`);
  if (board.actions.length <= maxBytesPerRecord) return [board];
  const parts: LiveBoard[] = [];
  for (let i = 0; i < board.actions.length; i += maxBytesPerRecord) {
    const actions = board.actions.subarray(i, i + maxBytesPerRecord);
    parts.push({ ...board, from: board.from + i, actions, reset: board.reset && i === 0 });
  }
  return parts;
}

/** Bytes one after another; there is room for all. */
class Writer {
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private at = 0;

  constructor(room: number) {
    this.bytes = new Uint8Array(room);
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 128);
    this.byte(rest);
  }

  /** The next `length` bytes, zero, to be written. */
  room(length: number): Uint8Array {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  taken(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.at);
  }
}

/** The same the other way; throws FormatError at the end of the bytes. */
class Reader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    return this.take(1)[0];
  }

  varint(): number {
    let value = 0;
    for (let i = 0; i < maxVarint; i++) {
      const byte = this.byte();
      value += (byte & 127) * 128 ** i;
      if (byte < 128) return inRange("a number", value, most);
    }
    throw new FormatError("live frame: a number is too long");
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new FormatError("live frame: cut off");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

function inRange(name: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new FormatError(
      `live frame: ${name} out of range (got ${value}, expected a whole number up to ${max})`,
    );
  }
  return value;
}
