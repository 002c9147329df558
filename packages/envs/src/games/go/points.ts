/**
 * The crossings of Go's board as numbers: which lie beside each other, and the random words of which
 * the hash of a position is made (Zobrist 1970).
 */
import { nextUint32, seedRandom } from "../../random.js";

/** Crossings along each side. */
export const SIDE = 9;
/** Crossings of the board. */
export const POINTS: number = SIDE * SIDE;
/** The action after those of the crossings. */
export const PASS: number = POINTS;
/** Stands for all places off the board; the same number as a pass, and never an action by itself. */
export const EDGE: number = POINTS;
/** Of each crossing the four beside it, EDGE where there is none. */
export const NEIGHBOURS: Uint8Array = Uint8Array.from({ length: 4 * POINTS }, (_, i) =>
  neighbour(i >> 2, i & 3),
);
/**
 * 64 bits for a black stone on each crossing, then for a white one: their low halves, and from HIGH on
 * their high ones.
 */
export const KEYS: Int32Array = randomWords(4 * POINTS);
/** How far in KEYS a high half lies after its low one. */
export const HIGH: number = 2 * POINTS;

function neighbour(point: number, direction: number): number {
  const column = (point % SIDE) + (direction === 0 ? -1 : direction === 1 ? 1 : 0);
  const row = Math.floor(point / SIDE) + (direction === 2 ? -1 : direction === 3 ? 1 : 0);
  const inside = column >= 0 && column < SIDE && row >= 0 && row < SIDE;
  return inside ? row * SIDE + column : EDGE;
}

function randomWords(count: number): Int32Array {
  const state = new Uint32Array(4);
  seedRandom(state, 9 * 9);
  return Int32Array.from({ length: count }, () => nextUint32(state));
}
