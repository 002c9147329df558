/**
 * Replays: an episode as {game, variant, version, seed, actions}, which re-simulates everything
 * else, with checksums that tell whether it still does. Making one, and its bytes:
 *
 *   "CRRP"  u8 format = 1  u8 bits per action  u16 0  u32 header length
 *   header: ASCII JSON {game, variant, version, seed, length, return, meta}
 *   actions, packed from the low bit of each byte
 *   checksums, u32 each
 *   u32 hash of all the bytes before
 *
 * Little-endian. Decoding trusts nothing: what it returns has the types and sizes that it claims.
 * Not here: playing one (replay-player.ts), storing many (@carom/runs).
 */
import { EnvError } from "./errors.js";
import type { Game, GameDefinition } from "./game.js";
import { checksum } from "./state.js";

/** What a replay's `meta` may hold: facts for people, e.g. the run and when it was played. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** One episode, complete. */
export interface Replay {
  /** Version of the format. */
  readonly format: 1;
  /** Id of the game. */
  readonly game: string;
  /** Its rule set. */
  readonly variant: string;
  /** Version of the rules; a replay plays only on its own. */
  readonly version: number;
  /** Seed of the game's generator. */
  readonly seed: number;
  /** One byte per decision. */
  readonly actions: Uint8Array;
  /** Number of decisions. */
  readonly length: number;
  /** Sum of the rewards. */
  readonly return: number;
  /** Checksums of the state before decisions 0, 64, 128, ... and, last, at the end. */
  readonly checksums: Uint32Array;
  /** Facts for people. */
  readonly meta: Json;
}

/** The part of an EpisodeRecord that a replay is made from. */
export interface PlayedEpisode {
  /** Seed of the game's generator. */
  readonly seed: number;
  /** One byte per decision. */
  readonly actions: Uint8Array;
}

/** Decisions from one checksum to the next. */
export const CHECKSUM_EVERY = 64;

const MAGIC = 0x50525243; // "CRRP"
const HEAD_BYTES = 12;
const MAX_HEADER_BYTES = 1 << 20;
const MAX_LENGTH = 1 << 28;

/**
 * Re-simulates an episode to fill in what a replay adds. Throws EnvError EPISODE_OVER if it ends
 * before its actions do.
 */
export function makeReplay(
  episode: PlayedEpisode,
  definition: GameDefinition,
  options: { readonly variant?: string; readonly meta?: Json } = {},
): Replay {
  const game = definition.create(options.variant);
  const { id, variant, version } = game.spec;
  const actions = episode.actions.slice();
  const checksums = new Uint32Array(checksumCount(actions.length));
  game.seed(episode.seed);
  game.reset();
  let total = 0;
  for (let step = 0; step < actions.length; step++) {
    if (step % CHECKSUM_EVERY === 0) checksums[step / CHECKSUM_EVERY] = checksum(game);
    total += game.step(actions[step]);
  }
  checksums[checksums.length - 1] = checksum(game);
  return {
    format: 1,
    game: id,
    variant,
    version,
    seed: episode.seed,
    actions,
    length: actions.length,
    return: total,
    checksums,
    meta: options.meta ?? null,
  };
}

/** How many checksums a replay of `length` decisions has. */
export function checksumCount(length: number): number {
  return Math.ceil(length / CHECKSUM_EVERY) + 1;
}

/**
 * A game as the replay needs it, at the episode's start. Throws EnvError REPLAY_FOREIGN for another
 * game or version.
 */
export function startReplay(replay: Replay, definition: GameDefinition): Game {
  const known = definition.id === replay.game && definition.variants.includes(replay.variant);
  const game = known ? definition.create(replay.variant) : undefined;
  const spec = game?.spec;
  if (!game || spec?.version !== replay.version) {
    const expected = spec ? `${spec.id}/${spec.variant} version ${spec.version}` : definition.id;
    const got = `${replay.game}/${replay.variant} version ${replay.version}`;
    throw new EnvError(
      "REPLAY_FOREIGN",
      `replay: of another game (got ${got}, expected ${expected})`,
    );
  }
  const limit = spec.actions.kind === "discrete" ? spec.actions.names.length : 0;
  const wrong = replay.actions.findIndex((action) => action >= limit);
  if (wrong >= 0) {
    const got = `${replay.actions[wrong]} at decision ${wrong}`;
    throw new EnvError(
      "REPLAY_FOREIGN",
      `replay: no such action (got ${got}, expected below ${limit})`,
    );
  }
  game.seed(replay.seed);
  game.reset();
  return game;
}

/** A replay as bytes. Throws EnvError INVALID_ARGUMENT if its parts do not fit together. */
export function encodeReplay(replay: Replay): Uint8Array<ArrayBuffer> {
  const { game, variant, version, seed, length, meta } = replay;
  if (replay.actions.length !== length || replay.checksums.length !== checksumCount(length)) {
    const got = `${replay.actions.length} actions, ${replay.checksums.length} checksums`;
    const expected = `${length} and ${checksumCount(length)}`;
    throw new EnvError("INVALID_ARGUMENT", `replay: incomplete (got ${got}, expected ${expected})`);
  }
  const header = toAscii(
    JSON.stringify({ game, variant, version, seed, length, return: replay.return, meta }),
  );
  const bits = bitsFor(replay.actions);
  const packedBytes = Math.ceil((length * bits) / 8);
  const end = HEAD_BYTES + header.length + packedBytes + 4 * replay.checksums.length;
  const bytes = new Uint8Array(end + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, 1);
  view.setUint8(5, bits);
  view.setUint32(8, header.length, true);
  for (let i = 0; i < header.length; i++) bytes[HEAD_BYTES + i] = header.charCodeAt(i);
  let at = HEAD_BYTES + header.length;
  packBits(replay.actions, bits, bytes.subarray(at, at + packedBytes));
  at += packedBytes;
  for (let i = 0; i < replay.checksums.length; i++) {
    view.setUint32(at + 4 * i, replay.checksums[i], true);
  }
  view.setUint32(end, hashBytes(bytes.subarray(0, end)), true);
  return bytes;
}

/** The replay that `encodeReplay` wrote. Throws EnvError REPLAY_CORRUPT for anything else. */
export function decodeReplay(bytes: Uint8Array): Replay {
  if (bytes.length < HEAD_BYTES + 4) throw corrupt(`${bytes.length} bytes are too few`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw corrupt("it does not begin with CRRP");
  if (view.getUint8(4) !== 1) throw corrupt(`unknown format (got ${view.getUint8(4)}, expected 1)`);
  const end = bytes.length - 4;
  if (view.getUint32(end, true) !== hashBytes(bytes.subarray(0, end))) {
    throw corrupt("its hash does not match its bytes");
  }
  const bits = view.getUint8(5);
  const headerLength = view.getUint32(8, true);
  if (bits < 1 || bits > 8 || view.getUint16(6, true) !== 0) throw corrupt("invalid action width");
  if (headerLength > MAX_HEADER_BYTES || HEAD_BYTES + headerLength > end) {
    throw corrupt(`invalid header length (got ${headerLength})`);
  }
  const header = decodeHeader(bytes.subarray(HEAD_BYTES, HEAD_BYTES + headerLength));
  const { length } = header;
  const packedBytes = Math.ceil((length * bits) / 8);
  const at = HEAD_BYTES + headerLength + packedBytes;
  const checksums = new Uint32Array(checksumCount(length));
  if (at + 4 * checksums.length !== end) {
    throw corrupt(`invalid size (got ${end + 4}, expected ${at + 4 * checksums.length + 4})`);
  }
  for (let i = 0; i < checksums.length; i++) checksums[i] = view.getUint32(at + 4 * i, true);
  const actions = unpackBits(bytes.subarray(HEAD_BYTES + headerLength, at), bits, length);
  return { format: 1, ...header, actions, checksums };
}

function decodeHeader(bytes: Uint8Array): Omit<Replay, "format" | "actions" | "checksums"> {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  const header = parseObject(text);
  const { game, variant, version, seed, length, return: total, meta } = header;
  if (typeof game !== "string" || typeof variant !== "string") throw corrupt("invalid game");
  if (!isCount(version)) throw corrupt(`invalid version (got ${version})`);
  if (!isCount(seed)) throw corrupt(`invalid seed (got ${seed})`);
  if (!isCount(length) || length > MAX_LENGTH) throw corrupt(`invalid length (got ${length})`);
  if (typeof total !== "number" || !Number.isFinite(total)) throw corrupt("invalid return");
  return { game, variant, version, seed, length, return: total, meta: meta ?? null };
}

function parseObject(text: string): Record<string, Json> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt("its header is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw corrupt("its header is not an object");
  }
  return value as Record<string, Json>;
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** JSON text with every character beyond ASCII escaped. */
function toAscii(json: string): string {
  return json.replace(
    /[\u0080-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The bits that the largest action needs, at least 1. */
function bitsFor(actions: Uint8Array): number {
  let largest = 1;
  for (const action of actions) if (action > largest) largest = action;
  return 32 - Math.clz32(largest);
}

function packBits(values: Uint8Array, bits: number, out: Uint8Array): void {
  for (let i = 0; i < values.length; i++) {
    const at = i * bits;
    const shifted = values[i] << (at & 7);
    out[at >>> 3] |= shifted;
    if (shifted > 255) out[(at >>> 3) + 1] |= shifted >>> 8;
  }
}

function unpackBits(packed: Uint8Array, bits: number, count: number): Uint8Array {
  const values = new Uint8Array(count);
  const mask = (1 << bits) - 1;
  for (let i = 0; i < count; i++) {
    const at = i * bits;
    const pair = packed[at >>> 3] | ((packed[(at >>> 3) + 1] ?? 0) << 8);
    values[i] = (pair >>> (at & 7)) & mask;
  }
  return values;
}

/** FNV-1a, 32 bits: tells damage, not malice. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function corrupt(what: string): EnvError {
  return new EnvError("REPLAY_CORRUPT", `replay: cannot be read: ${what}`);
}
