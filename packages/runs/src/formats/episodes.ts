/**
 * One line of episodes/index.jsonl: an episode that was kept, and why.
 * Not here: the replay itself (@carom/envs decodes it) and the choice of what to keep
 * (src/keep.ts).
 */
import { count, finite, flag, objectOf, oneOf, text } from "./check.js";
import { FormatError } from "./errors.js";
import type { JsonValue } from "./json.js";

/**
 * Why an episode was kept; "chosen" is for callers with reasons of their own (an evaluation, a
 * demonstration that a person played).
 */
export type EpisodeReason = "first" | "best" | "worst" | "newest" | "chosen";

/** All reasons. */
export const episodeReasons: readonly EpisodeReason[] = [
  "first",
  "best",
  "worst",
  "newest",
  "chosen",
];

/** What is known of an episode when it ends. */
export interface EpisodeFacts {
  /** Number of the environment. */
  readonly env: number;
  /** Number of the episode within its environment, from 0. */
  readonly episode: number;
  /** Seed of the game. */
  readonly seed: number;
  /** Decisions. */
  readonly length: number;
  /** Sum of rewards, undiscounted. */
  readonly return: number;
  /** True if the game ended, false if the time limit did. */
  readonly terminated: boolean;
  /** Env steps of the run, all environments together, when it ended. */
  readonly steps: number;
}

/** A kept episode as the viewer sees it. */
export interface EpisodeEntry extends EpisodeFacts {
  /** Name within the run: decimal digits. */
  readonly id: string;
  readonly reason: EpisodeReason;
}

/** A line of the index: the entry and where its replay lies. */
export interface StoredEpisode extends EpisodeEntry {
  /** Number of the pack file. */
  readonly pack: number;
  /** Bytes before the replay in the pack. */
  readonly offset: number;
  /** Length of the replay in bytes. */
  readonly bytes: number;
  /** CRC-32 of the replay. */
  readonly crc: number;
}

/** True for the name of an episode: 1 to 15 digits. */
export function isEpisodeId(id: string): boolean {
  return /^[0-9]{1,15}$/.test(id);
}

/** Checks the fields of an entry; unknown fields are dropped. */
export function decodeEpisodeEntry(value: JsonValue): EpisodeEntry {
  const what = "episode";
  const o = objectOf(what, value);
  const id = text(what, o, "id");
  if (!isEpisodeId(id))
    throw new FormatError(`episode: id is not a number (got "${id.slice(0, 20)}")`);
  return {
    id,
    env: count(what, o, "env"),
    episode: count(what, o, "episode"),
    seed: count(what, o, "seed"),
    length: count(what, o, "length"),
    return: finite(what, o, "return"),
    terminated: flag(what, o, "terminated"),
    steps: count(what, o, "steps"),
    reason: oneOf(what, o, "reason", episodeReasons),
  };
}

/** As `decodeEpisodeEntry`, with the place of the replay. */
export function decodeStoredEpisode(value: JsonValue): StoredEpisode {
  const what = "episode";
  const o = objectOf(what, value);
  const entry = decodeEpisodeEntry(value);
  const crc = count(what, o, "crc");
  if (crc > 0xffffffff) throw new FormatError("episode: crc is not a CRC-32");
  // Field by field: of a spread object of this size a hundred thousand take seconds.
  return {
    id: entry.id,
    env: entry.env,
    episode: entry.episode,
    seed: entry.seed,
    length: entry.length,
    return: entry.return,
    terminated: entry.terminated,
    steps: entry.steps,
    reason: entry.reason,
    pack: count(what, o, "pack"),
    offset: count(what, o, "offset"),
    bytes: count(what, o, "bytes"),
    crc,
  };
}
