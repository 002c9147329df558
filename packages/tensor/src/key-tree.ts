/**
 * key-tree: names for random streams. A stream's key is two uint32 words; each step down the tree is
 * Philox4x32-10 with the parent's words as the cipher's key and, as its counter, the hashed label
 * (two words) and the index (two words). The first two words of the block are the child's.
 *
 * The games' package derives the keys of environments in the same way: equal paths give equal words,
 * which a test in either package holds to the same numbers.
 */
import { philoxBlock } from "./backends/reference/philox.js";

/** Two uint32 words that name a random stream. */
export type KeyWords = readonly [number, number];

/** Words of the root of the tree of a seed, a non-negative safe integer. */
export function rootKey(seed: number): KeyWords {
  return step([0, 0], [0, 0], seed);
}

/** Words of the key named `label` and `index` (a non-negative safe integer) below `parent`. */
export function childKey(parent: KeyWords, label: string, index: number): KeyWords {
  return step(parent, hashLabel(label), index);
}

function step([k0, k1]: KeyWords, [low, high]: KeyWords, index: number): KeyWords {
  const block = new Uint32Array(4);
  philoxBlock(k0, k1, [low, high, index >>> 0, Math.floor(index / 2 ** 32)], block);
  return [block[0], block[1]];
}

/** 64 bits of a label: two hashes of FNV-1a's form over its UTF-16 code units. */
function hashLabel(label: string): KeyWords {
  let low = 0x811c9dc5;
  let high = 0x2f0b4c47;
  for (let i = 0; i < label.length; i++) {
    low = Math.imul(low ^ label.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ label.charCodeAt(i), 0x5bd1e995);
    high ^= high >>> 15;
  }
  return [low >>> 0, high >>> 0];
}
