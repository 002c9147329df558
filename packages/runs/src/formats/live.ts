/**
 * The binary live frame: what the boards that are being played did since the last frame.
 * Little-endian.
 *
 *   header  u8 kind = 1 | u8 version = 1 | u16 records | f64 env steps of the run    12 bytes
 *   record  u32 env | u32 episode | f64 seed | u32 from | u16 n | u8 reset | u8 0     24 bytes
 *           n bytes of actions, then zeros up to a multiple of 4
 *
 * A board is not a picture but a game: whoever knows game, seed and actions plays it again. What an
 * action is in bytes, one or several, only the game knows; so everything here counts bytes. Frames
 * may be lost; `from` tells. Control messages travel as text (messages.ts).
 */
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

/** A decoded frame. */
export interface LiveFrame {
  /** Env steps of the run, all environments together. */
  readonly envSteps: number;
  readonly boards: readonly LiveBoard[];
}

const kindLive = 1;
const liveVersion = 1;
const headerBytes = 12;
const recordBytes = 24;
const maxBytesPerRecord = 0xffff;
const maxRecords = 0xffff;
const maxU32 = 0xffffffff;

/** Bytes of a board's records inside a frame, by the bytes of its actions. */
export function liveBoardBytes(actions: number): number {
  const records = Math.max(1, Math.ceil(actions / maxBytesPerRecord));
  const rest = actions - (records - 1) * maxBytesPerRecord;
  return (records - 1) * (recordBytes + pad4(maxBytesPerRecord)) + recordBytes + pad4(rest);
}

/**
 * Bytes of the frame; a board with more than 65,535 bytes of actions takes several records.
 * FormatError for numbers out of range.
 */
export function encodeLiveFrame(frame: LiveFrame): Uint8Array<ArrayBuffer> {
  const records = frame.boards.flatMap(splitBoard);
  if (records.length > maxRecords)
    throw new FormatError(`live frame: too many records (got ${records.length})`);
  const size = records.reduce((sum, r) => sum + recordBytes + pad4(r.actions.length), headerBytes);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kindLive);
  view.setUint8(1, liveVersion);
  view.setUint16(2, records.length, true);
  view.setFloat64(4, inRange("envSteps", frame.envSteps, Number.MAX_SAFE_INTEGER), true);
  let at = headerBytes;
  for (const record of records) at = writeRecord(view, bytes, at, record);
  return bytes;
}

/**
 * The frame of some bytes. `actions` are views on the bytes, not copies. FormatError if anything is
 * off.
 */
export function decodeLiveFrame(bytes: Uint8Array): LiveFrame {
  if (bytes.length < headerBytes)
    throw new FormatError(`live frame: too short (got ${bytes.length} bytes)`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== kindLive || view.getUint8(1) !== liveVersion) {
    throw new FormatError(
      `live frame: unknown kind or version (got ${view.getUint8(0)}, ${view.getUint8(1)})`,
    );
  }
  const count = view.getUint16(2, true);
  const envSteps = wholeNumber("envSteps", view.getFloat64(4, true));
  const boards: LiveBoard[] = [];
  let at = headerBytes;
  for (let i = 0; i < count; i++) {
    const board = readRecord(view, bytes, at);
    boards.push(board);
    at += recordBytes + pad4(board.actions.length);
  }
  if (at !== bytes.length) throw new FormatError(`live frame: ${bytes.length - at} bytes too many`);
  return { envSteps, boards };
}

function writeRecord(view: DataView, bytes: Uint8Array, at: number, board: LiveBoard): number {
  const { actions } = board;
  view.setUint32(at, inRange("env", board.env, maxU32), true);
  view.setUint32(at + 4, inRange("episode", board.episode, maxU32), true);
  view.setFloat64(at + 8, inRange("seed", board.seed, Number.MAX_SAFE_INTEGER), true);
  view.setUint32(at + 16, inRange("from", board.from, maxU32), true);
  view.setUint16(at + 20, actions.length, true);
  view.setUint8(at + 22, board.reset ? 1 : 0);
  bytes.set(actions, at + recordBytes);
  return at + recordBytes + pad4(actions.length);
}

function readRecord(view: DataView, bytes: Uint8Array, at: number): LiveBoard {
  if (at + recordBytes > bytes.length) throw new FormatError("live frame: cut off inside a record");
  const n = view.getUint16(at + 20, true);
  if (at + recordBytes + pad4(n) > bytes.length)
    throw new FormatError("live frame: cut off inside the actions");
  const reset = view.getUint8(at + 22);
  const from = view.getUint32(at + 16, true);
  if (reset > 1 || (reset === 1 && from !== 0))
    throw new FormatError("live frame: a reset board starts at 0");
  return {
    env: view.getUint32(at, true),
    episode: view.getUint32(at + 4, true),
    seed: wholeNumber("seed", view.getFloat64(at + 8, true)),
    from,
    actions: bytes.subarray(at + recordBytes, at + recordBytes + n),
    reset: reset === 1,
  };
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

function pad4(n: number): number {
  return (n + 3) & ~3;
}

function inRange(name: string, value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new FormatError(
      `live frame: ${name} out of range (got ${value}, expected a whole number up to ${max})`,
    );
  }
  return value;
}

function wholeNumber(name: string, value: number): number {
  return inRange(name, value, Number.MAX_SAFE_INTEGER);
}
