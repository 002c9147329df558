/**
 * Replays: an episode as {game, variant, version, seed, actions}, which re-simulates everything
 * else, with checksums that tell whether it still does. Making one, and its bytes:
 *
 *   "CRRP"  u8 format = 1  u8 bits per action byte  u16 0  u32 header length
 *   header: ASCII JSON {game, variant, version, seed, length, width, return, meta, pictures}; no width
 *   where it is 1, no pictures where there are none
 *   actions, `width` bytes per decision, each packed to its bits from the low bit of each byte
 *   checksums, u32 each
 *   pictures (pictures/pictures.ts)
 *   u32 hash of all the bytes before
 *
 * Little-endian. Decoding trusts nothing: what it returns has the types and sizes that it claims.
 * Not here: playing one (replay-player.ts), storing many (@carom/runs).
 */
import { EnvError } from "./errors.js";
import { type ActionSpace, forFirstPlayer, type Game, type GameDefinition } from "./game.js";
import { bitsFor, packBits, unpackBits } from "./pack-bits.js";
import {
  decodePictures,
  PictureRecorder,
  pictureBytes,
  pictureFacts,
  pictureSize,
  type ReplayPictures,
} from "./pictures/pictures.js";
import { actionBytes, actionProblem, actionReader } from "./spaces.js";
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
  /** `width` bytes per decision, as `actionWriter` of spaces.ts stores them. */
  readonly actions: Uint8Array;
  /** Bytes per decision: 1 for discrete actions. */
  readonly width: number;
  /** Number of decisions. */
  readonly length: number;
  /** Sum of the rewards; in a game for two as the first player counts them. */
  readonly return: number;
  /** Checksums of the state before decisions 0, 64, 128, ... and, last, at the end. */
  readonly checksums: Uint32Array;
  /** Facts for people. */
  readonly meta: Json;
  /** What the game drew, for those who have other rules of it or none. */
  readonly pictures?: ReplayPictures;
}

/** The part of an EpisodeRecord that a replay is made from. */
export interface PlayedEpisode {
  /** Seed of the game's generator. */
  readonly seed: number;
  /** The decisions as bytes, `actionBytes` of the game's actions each. */
  readonly actions: Uint8Array;
}

/** Decisions from one checksum to the next. */
export const CHECKSUM_EVERY = 64;

const MAGIC = 0x50525243; // "CRRP"
const HEAD_BYTES = 12;
const MAX_HEADER_BYTES = 1 << 20;
/** Largest length and width, and largest product of both. */
const MAX_LENGTH = 1 << 28;

/** Options of makeReplay. */
export interface ReplayOptions {
  /** Rule set of the game (default: the game's own). */
  readonly variant?: string;
  /** Facts for people (default: none). */
  readonly meta?: Json;
  /** Whether to record pictures as well (default: no). */
  readonly pictures?: boolean;
}

/**
 * Re-simulates an episode to fill in what a replay adds. Throws EnvError EPISODE_OVER if it ends
 * before its actions do, UNSUPPORTED where the game does not run in this process, INVALID_ARGUMENT
 * where the bytes are no whole number of decisions.
 */
export function makeReplay(
  episode: PlayedEpisode,
  definition: GameDefinition,
  options: ReplayOptions = {},
): Replay {
  assertPlayable(definition);
  const game = definition.create(options.variant);
  const { id, variant, version } = game.spec;
  const actions = episode.actions.slice();
  const width = actionBytes(game.spec.actions);
  const length = decisionsIn(actions, width);
  const read = actionReader(game.spec.actions);
  const checksums = new Uint32Array(checksumCount(length));
  game.seed(episode.seed);
  game.reset();
  const recorder = options.pictures ? new PictureRecorder(game, length) : undefined;
  let total = 0;
  for (let step = 0; step < length; step++) {
    recorder?.look(step, total);
    if (step % CHECKSUM_EVERY === 0) checksums[step / CHECKSUM_EVERY] = checksum(game);
    const mover = game.player;
    total += forFirstPlayer(mover, game.step(read(actions, step * width)));
  }
  checksums[checksums.length - 1] = checksum(game);
  recorder?.look(length, total);
  const pictures = recorder?.taken();
  return {
    format: 1,
    game: id,
    variant,
    version,
    seed: episode.seed,
    actions,
    width,
    length,
    return: total,
    checksums,
    meta: options.meta ?? null,
    ...(pictures ? { pictures } : {}),
  };
}

/** How many checksums a replay of `length` decisions has. */
export function checksumCount(length: number): number {
  return Math.ceil(length / CHECKSUM_EVERY) + 1;
}

/**
 * A game as the replay needs it, at the episode's start; every action of the replay is one of the
 * game's. Throws EnvError REPLAY_FOREIGN for another game or version, UNSUPPORTED where the game
 * does not run in this process.
 */
export function startReplay(replay: Replay, definition: GameDefinition): Game {
  assertPlayable(definition);
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
  assertActions(replay, spec.actions);
  game.seed(replay.seed);
  game.reset();
  return game;
}

/** Throws EnvError REPLAY_FOREIGN at the first decision that is no action of the space. */
function assertActions({ actions, width, length }: Replay, space: ActionSpace): void {
  const expected = actionBytes(space);
  if (width !== expected) {
    throw new EnvError(
      "REPLAY_FOREIGN",
      `replay: actions of another kind (got ${width} bytes per decision, expected ${expected})`,
    );
  }
  const read = actionReader(space);
  for (let step = 0; step < length; step++) {
    const problem = actionProblem(space, read(actions, step * width));
    if (problem === "") continue;
    throw new EnvError("REPLAY_FOREIGN", `replay: no such action at decision ${step} ${problem}`);
  }
}

/** Throws EnvError UNSUPPORTED where episodes of the game cannot be played again. */
function assertPlayable(definition: GameDefinition): void {
  if (!definition.remote) return;
  throw new EnvError(
    "UNSUPPORTED",
    `replay: an episode cannot be played again where its game runs in another process (got ${definition.id}, expected a game of this process)`,
  );
}

/** How many decisions of `width` bytes there are. Throws EnvError INVALID_ARGUMENT. */
function decisionsIn(actions: Uint8Array, width: number): number {
  if (actions.length % width === 0) return actions.length / width;
  throw new EnvError(
    "INVALID_ARGUMENT",
    `replay: no whole number of decisions (got ${actions.length} bytes, expected a multiple of ${width})`,
  );
}

/** A replay as bytes. Throws EnvError INVALID_ARGUMENT if its parts do not fit together. */
export function encodeReplay(replay: Replay): Uint8Array<ArrayBuffer> {
  assertComplete(replay);
  const header = encodeHeader(replay);
  const bits = bitsFor(replay.actions);
  const packedBytes = Math.ceil((replay.actions.length * bits) / 8);
  const pictures = replay.pictures ? pictureBytes(replay.pictures) : new Uint8Array(0);
  const beforePictures = HEAD_BYTES + header.length + packedBytes + 4 * replay.checksums.length;
  const end = beforePictures + pictures.length;
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
  bytes.set(pictures, beforePictures);
  view.setUint32(end, hashBytes(bytes.subarray(0, end)), true);
  return bytes;
}

/** Throws EnvError INVALID_ARGUMENT where actions or checksums are missing or too many. */
function assertComplete({ actions, width, length, checksums }: Replay): void {
  if (actions.length === length * width && checksums.length === checksumCount(length)) return;
  const got = `${actions.length} action bytes, ${checksums.length} checksums`;
  const expected = `${length * width} and ${checksumCount(length)}`;
  throw new EnvError("INVALID_ARGUMENT", `replay: incomplete (got ${got}, expected ${expected})`);
}

/** `width` is left out where it is 1: so it was before there were other widths. */
function encodeHeader(replay: Replay): string {
  const { game, variant, version, seed, length, width, meta } = replay;
  const size = width === 1 ? { length } : { length, width };
  const pictures = replay.pictures ? { pictures: pictureFacts(replay.pictures) } : {};
  return toAscii(
    JSON.stringify({
      ...{ game, variant, version, seed, ...size, return: replay.return, meta, ...pictures },
    }),
  );
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
  const headerBytes = bytes.subarray(HEAD_BYTES, HEAD_BYTES + headerLength);
  const { pictures: facts, ...header } = decodeHeader(headerBytes);
  const { length, width } = header;
  const packedBytes = Math.ceil((length * width * bits) / 8);
  const at = HEAD_BYTES + headerLength + packedBytes;
  const checksums = new Uint32Array(checksumCount(length));
  const pictureStart = at + 4 * checksums.length;
  const expected = pictureStart + (facts === undefined ? 0 : pictureSize(facts));
  if (expected !== end) throw corrupt(`invalid size (got ${end + 4}, expected ${expected + 4})`);
  for (let i = 0; i < checksums.length; i++) checksums[i] = view.getUint32(at + 4 * i, true);
  const actions = unpackBits(bytes.subarray(HEAD_BYTES + headerLength, at), bits, length * width);
  const replay = { format: 1 as const, ...header, actions, checksums };
  if (facts === undefined) return replay;
  const pictures = decodePictures(facts, bytes.subarray(pictureStart, end), length);
  return { ...replay, pictures };
}

/** What a header says, that of its pictures as it is. */
type Header = Omit<Replay, "format" | "actions" | "checksums" | "pictures"> & {
  readonly pictures: Json | undefined;
};

function decodeHeader(bytes: Uint8Array): Header {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  const header = parseObject(text);
  const { game, variant, version, seed, length, width = 1, return: total, meta, pictures } = header;
  if (typeof game !== "string" || typeof variant !== "string") throw corrupt("invalid game");
  if (!isCount(version)) throw corrupt(`invalid version (got ${version})`);
  if (!isCount(seed)) throw corrupt(`invalid seed (got ${seed})`);
  if (!isCount(length) || length > MAX_LENGTH) throw corrupt(`invalid length (got ${length})`);
  if (!isCount(width) || width < 1 || width > MAX_LENGTH || length * width > MAX_LENGTH) {
    throw corrupt(`invalid width (got ${width})`);
  }
  if (typeof total !== "number" || !Number.isFinite(total)) throw corrupt("invalid return");
  const facts = { game, variant, version, seed, length, width, return: total };
  return { ...facts, meta: meta ?? null, pictures };
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

/** FNV-1a, 32 bits: tells damage, not malice. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function corrupt(what: string): EnvError {
  return new EnvError("REPLAY_CORRUPT", `replay: cannot be read: ${what}`);
}
