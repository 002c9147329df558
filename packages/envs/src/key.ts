/**
 * The key tree: every random stream of a run is named by a path from one seed, e.g.
 * `key(7).child("env", 3).child("episode", 12)`. Paths that differ give independent streams, so no
 * stream is ever derived as `seed + i`, and no stream depends on how much another has drawn.
 *
 * Each step down is Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
 * 3"): the parent's words are the cipher's key, the hashed label and the index its counter.
 *
 * Not here: generators that games draw from (random.ts).
 */
import { EnvError } from "./errors.js";

/** A node of the key tree: 64 bits that name one random stream. */
export interface Key {
  /** The key's two unsigned 32-bit words. */
  readonly words: readonly [number, number];
  /** The key named `label` (and `index`, a non-negative safe integer, default 0) below this one. */
  child(label: string, index?: number): Key;
  /** The key as a seed for a game: a non-negative integer below 2^53. */
  toSeed(): number;
}

const TWO_32 = 4294967296;
const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/**
 * The root of the key tree of `seed` (a non-negative safe integer). Throws EnvError
 * INVALID_ARGUMENT.
 */
export function key(seed: number): Key {
  requireIndex(seed, "key: the seed");
  return keyOf(philox(0, 0, 0, 0, seed >>> 0, Math.floor(seed / TWO_32)));
}

/** The key with the given two words, e.g. from a saved state. */
export function keyFromWords(words: readonly [number, number]): Key {
  return keyOf([words[0] >>> 0, words[1] >>> 0]);
}

function keyOf(words: readonly [number, number]): Key {
  return {
    words,
    child(label, index = 0) {
      requireIndex(index, `key: the index of "${label}"`);
      const [low, high] = hashLabel(label);
      return keyOf(philox(words[0], words[1], low, high, index >>> 0, Math.floor(index / TWO_32)));
    },
    toSeed() {
      return (words[0] & 0x1fffff) * TWO_32 + words[1];
    },
  };
}

/** Philox4x32-10 with key (k0, k1) and counter (c0..c3); the first two words of the block. */
export function philox(
  k0: number,
  k1: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
): [number, number] {
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low0 = Math.imul(MULTIPLIER_0, c0);
    const low1 = Math.imul(MULTIPLIER_1, c2);
    c0 = high1 ^ c1 ^ k0;
    c2 = high0 ^ c3 ^ k1;
    c1 = low1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  return [c0 >>> 0, c1 >>> 0];
}

/** The upper 32 bits of the 64-bit product of two unsigned words. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16); // < 2^32
  const carry = (middle & 0xffff) + aLow * bHigh; // < 2^32
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) | 0;
}

/** 64 bits of a label: two FNV-1a hashes with different starts, over its UTF-16 code units. */
function hashLabel(label: string): [number, number] {
  let low = 0x811c9dc5;
  let high = 0x2f0b4c47;
  for (let i = 0; i < label.length; i++) {
    low = Math.imul(low ^ label.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ label.charCodeAt(i), 0x5bd1e995);
    high ^= high >>> 15;
  }
  return [low >>> 0, high >>> 0];
}

function requireIndex(value: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new EnvError(
    "INVALID_ARGUMENT",
    `${what} must be a non-negative safe integer (got ${value})`,
  );
}
