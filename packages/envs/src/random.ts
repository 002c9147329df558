/**
 * The generator that games draw from: xoshiro128** (Blackman and Vigna 2018, "Scrambled linear
 * pseudorandom number generators") as plain functions over a `Uint32Array(4)` that is a field of
 * the game, so that copying a game's fields copies its randomness. Integer arithmetic only: the
 * same bits on every engine and on the GPU.
 *
 * Not here: which seed a game gets (key.ts).
 */

/** Fills `state` (4 words) from a seed: any non-negative safe integer. */
export function seedRandom(state: Uint32Array, seed: number): void {
  let low = seed >>> 0;
  let high = Math.floor(seed / 4294967296) >>> 0;
  for (let i = 0; i < 4; i++) {
    low = (low + 0x9e3779b9) >>> 0;
    high = mixWord((high ^ low) >>> 0);
    state[i] = mixWord((low ^ Math.imul(high, 0x85ebca6b)) >>> 0);
  }
  if ((state[0] | state[1] | state[2] | state[3]) === 0) state[0] = 1;
}

/** The next 32 random bits, 0 to 2^32 - 1. */
export function nextUint32(state: Uint32Array): number {
  const s1 = state[1];
  const scaled = Math.imul(s1, 5);
  const result = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0;
  const s2 = state[2] ^ state[0];
  const s3 = state[3] ^ s1;
  state[1] = s1 ^ s2;
  state[0] = state[0] ^ s3;
  state[2] = s2 ^ (s1 << 9);
  state[3] = (s3 << 11) | (s3 >>> 21);
  return result;
}

/** A number in [0, 1), a multiple of 2^-32. */
export function nextFloat(state: Uint32Array): number {
  return nextUint32(state) * 2.3283064365386963e-10;
}

/** An integer in [0, count), count at most 2^21; uneven by less than count / 2^32. */
export function nextBelow(state: Uint32Array, count: number): number {
  return Math.floor(nextUint32(state) * count * 2.3283064365386963e-10);
}

/** A bijection of 32-bit words without visible structure (the finaliser of MurmurHash3). */
function mixWord(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
