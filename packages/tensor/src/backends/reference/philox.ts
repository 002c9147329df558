/**
 * philox: Philox4x32-10, the counter-based generator of Salmon et al. 2011 ("Parallel random
 * numbers: as easy as 1, 2, 3"). A pure function of key and counter, bit-equal on every backend.
 *
 * A random op reads `state` = {keyLo, keyHi, counterLo, counterHi} (uint32 words stored as int32).
 * Its block i uses the counter words (i, 0, counterLo, counterHi) and gives four 32-bit lanes. After
 * the op the 64-bit counter is one higher, so the next op draws from other blocks.
 */
import type { RefView } from "./views.js";

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;
const rounds = 10;

/** High 32 bits of the 64-bit product of two uint32. */
function high(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/** Writes the four lanes of one block into `out`. */
export function philoxBlock(
  keyLow: number,
  keyHigh: number,
  counter: readonly [number, number, number, number],
  out: Uint32Array,
): void {
  let [a, b, c, d] = counter;
  let k0 = keyLow >>> 0;
  let k1 = keyHigh >>> 0;
  for (let round = 0; round < rounds; round++) {
    const high0 = high(multiplier0, a);
    const high1 = high(multiplier1, c);
    const low0 = Math.imul(multiplier0, a) >>> 0;
    const low1 = Math.imul(multiplier1, c) >>> 0;
    a = (high1 ^ b ^ k0) >>> 0;
    b = low1;
    c = (high0 ^ d ^ k1) >>> 0;
    d = low0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
}

/** The first `count` lanes that an op draws from `state`. Does not advance it. */
export function drawLanes(state: RefView, count: number): Uint32Array {
  const words = stateWords(state);
  const out = new Uint32Array(Math.ceil(count / 4) * 4);
  for (let block = 0; block * 4 < count; block++) {
    const counter = [block, 0, words[2], words[3]] as const;
    philoxBlock(words[0], words[1], counter, out.subarray(block * 4, block * 4 + 4));
  }
  return out;
}

/** Moves `state` on to the next op's blocks. */
export function advance(state: RefView): void {
  const step = state.strides[0];
  const low = (state.data[state.offset + 2 * step] >>> 0) + 1;
  state.data[state.offset + 2 * step] = low | 0;
  if (low > 0xffffffff) state.data[state.offset + 3 * step] += 1;
}

/** A lane as a float in [0, 1): its upper 24 bits. */
export function toUniform(lane: number): number {
  return (lane >>> 8) * 2 ** -24;
}

function stateWords(state: RefView): [number, number, number, number] {
  const word = (i: number) => state.data[state.offset + i * state.strides[0]] >>> 0;
  return [word(0), word(1), word(2), word(3)];
}
