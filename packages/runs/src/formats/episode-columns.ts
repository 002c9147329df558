/**
 * Kept episodes as columns: the binary answer of GET /api/episodes?as=columns, an eighth of the time
 * of its JSON to write and to read, for runs that kept a hundred thousand of them. Little-endian.
 *
 *   header   u8 kind = 2 | u8 version = 1 | u16 0 | u32 episodes | f64 from | f64 next    24 bytes
 *   columns  f64 id | f64 seed | f64 return | f64 steps | f64 env | f64 episode | f64 length |
 *            u8 flags (bit 0: terminated, above it: the reason's number)
 *
 * Each column has all episodes, the next one follows at once.
 */
import { type EpisodeEntry, episodeReasons } from "./episodes.js";
import { FormatError } from "./errors.js";
import type { EpisodesPage } from "./messages.js";

const kindEpisodes = 2;
const columnsVersion = 1;
const headerBytes = 24;
const bytesPerEpisode = 7 * 8 + 1;

/** Bytes of a page. */
export function encodeEpisodeColumns(page: EpisodesPage): Uint8Array<ArrayBuffer> {
  const { episodes } = page;
  const n = episodes.length;
  const bytes = new Uint8Array(headerBytes + n * bytesPerEpisode);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kindEpisodes);
  view.setUint8(1, columnsVersion);
  view.setUint32(4, n, true);
  view.setFloat64(8, page.from, true);
  view.setFloat64(16, page.next, true);
  const flags = headerBytes + 7 * 8 * n;
  for (let i = 0; i < n; i++) {
    const { id, seed, return: sum, steps, env, episode, length, terminated, reason } = episodes[i];
    const put = (c: number, value: number): void =>
      view.setFloat64(headerBytes + 8 * (c * n + i), value, true);
    put(0, Number(id));
    put(1, seed);
    put(2, sum);
    put(3, steps);
    put(4, env);
    put(5, episode);
    put(6, length);
    view.setUint8(flags + i, (terminated ? 1 : 0) | (episodeReasons.indexOf(reason) << 1));
  }
  return bytes;
}

/** The page of some bytes; FormatError if anything is off. */
export function decodeEpisodeColumns(bytes: Uint8Array): EpisodesPage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isOurs =
    bytes.length >= headerBytes &&
    view.getUint8(0) === kindEpisodes &&
    view.getUint8(1) === columnsVersion;
  if (!isOurs) throw new FormatError("episode columns: unknown kind or version, or cut off");
  const n = view.getUint32(4, true);
  const expected = headerBytes + n * bytesPerEpisode;
  if (bytes.length !== expected) {
    throw new FormatError(`episode columns: got ${bytes.length} bytes, expected ${expected}`);
  }
  const from = whole("from", view.getFloat64(8, true));
  const next = whole("next", view.getFloat64(16, true));
  if (next < from) throw new FormatError("episode columns: from is after next");
  const episodes = Array.from({ length: n }, (_, i) => entryAt(view, n, i));
  return { from, next, episodes };
}

function entryAt(view: DataView, n: number, i: number): EpisodeEntry {
  const at = (c: number): number => view.getFloat64(headerBytes + 8 * (c * n + i), true);
  const flags = view.getUint8(headerBytes + 7 * 8 * n + i);
  const reason = episodeReasons[flags >> 1];
  const sum = at(2);
  if (reason === undefined || !Number.isFinite(sum)) {
    throw new FormatError(`episode columns: episode ${i} has a wrong reason or return`);
  }
  return {
    id: String(whole("id", at(0))),
    env: whole("env", at(4)),
    episode: whole("episode", at(5)),
    seed: whole("seed", at(1)),
    length: whole("length", at(6)),
    return: sum,
    terminated: (flags & 1) === 1,
    steps: whole("steps", at(3)),
    reason,
  };
}

function whole(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new FormatError(`episode columns: ${name} is not a whole number (got ${value})`);
}
