/**
 * Smooth motion between two decisions.
 *
 * A game decides perhaps 15 times a second; a screen shows 60 frames or more. Primitives of two
 * successive pictures are paired once (`pair`), then drawn part of the way (`blend`). Only what
 * plausibly moved is blended: same kind, colour and size, and not farther than `REACH` of the
 * board. Everything else (a new ball, a broken brick, a changed score) snaps at the later decision,
 * so a blended picture never shows a thing that neither picture contains. Paused and stepped
 * pictures are never blended.
 */
import { FIELDS, Kind, type PrimitiveList, sameAt } from "./primitives.js";

/**
 * The farthest a primitive may travel in one decision and still be blended, as a share of the
 * board's longer side.
 */
const REACH = 0.3;

/**
 * For each primitive of `from`, the index in `to` of where it went, or -1.
 * @param reach board units, see `reachOf`
 */
export function pair(
  from: PrimitiveList,
  to: PrimitiveList,
  reach: number,
  into: Int32Array,
): Int32Array {
  const pairs = into.length >= from.count ? into : new Int32Array(from.count * 2);
  const taken = new Uint8Array(to.count);
  pairUnmoved(from, to, pairs, taken);
  for (let i = 0; i < from.count; i++) {
    if (pairs[i] !== -1) continue;
    const j = nearest(from, i, to, taken, reach);
    if (j === -1) continue;
    pairs[i] = j;
    taken[j] = 1;
  }
  return pairs;
}

/** The farthest travel that is blended on this board, in board units. */
export function reachOf(board: { width: number; height: number }): number {
  return REACH * Math.max(board.width, board.height);
}

/** Writes into `out` the picture `alpha` (0..1) of the way from `from` to `to`. */
export function blend(
  out: PrimitiveList,
  from: PrimitiveList,
  to: PrimitiveList,
  pairs: Int32Array,
  alpha: number,
): void {
  if (alpha >= 1) {
    out.copyFrom(to);
    return;
  }
  out.copyFrom(from);
  if (alpha <= 0) return;
  for (let i = 0; i < from.count; i++) {
    const j = pairs[i];
    if (j === -1) continue;
    const p = i * FIELDS;
    const q = j * FIELDS;
    const moving = from.kinds[i] === Kind.line ? 4 : 2; // a line moves by both its ends
    for (let f = 0; f < moving; f++) {
      const start = from.fields[p + f];
      out.fields[p + f] = start + (to.fields[q + f] - start) * alpha;
    }
  }
}

/**
 * Pairs what did not change at all. Lists keep their order, so the partner is nearly always the
 * next one.
 */
function pairUnmoved(
  from: PrimitiveList,
  to: PrimitiveList,
  pairs: Int32Array,
  taken: Uint8Array,
): void {
  let next = 0;
  for (let i = 0; i < from.count; i++) {
    pairs[i] = -1;
    for (let k = 0; k < to.count; k++) {
      const j = next + k < to.count ? next + k : next + k - to.count;
      if (taken[j] === 1 || !sameAt(from, i, to, j)) continue;
      pairs[i] = j;
      taken[j] = 1;
      next = j + 1 === to.count ? 0 : j + 1;
      break;
    }
  }
}

/** The closest free primitive of `to` that looks like primitive `i` of `from`, or -1. */
function nearest(
  from: PrimitiveList,
  i: number,
  to: PrimitiveList,
  taken: Uint8Array,
  reach: number,
): number {
  let best = -1;
  let bestDistance = reach;
  for (let j = 0; j < to.count; j++) {
    if (taken[j] === 1 || !looksAlike(from, i, to, j)) continue;
    const distance = travel(from, i, to, j);
    if (distance > bestDistance) continue;
    best = j;
    bestDistance = distance;
  }
  return best;
}

/** Same kind, colour, alpha and size; only the place may differ. */
function looksAlike(a: PrimitiveList, i: number, b: PrimitiveList, j: number): boolean {
  const kind = a.kinds[i];
  if (kind !== b.kinds[j] || a.colors[i] !== b.colors[j] || a.alphas[i] !== b.alphas[j]) {
    return false;
  }
  const p = i * FIELDS;
  const q = j * FIELDS;
  if (kind === Kind.line) return a.fields[p + 4] === b.fields[q + 4];
  return a.fields[p + 2] === b.fields[q + 2] && a.fields[p + 3] === b.fields[q + 3];
}

/** How far a primitive went, in board units: for a line, the end that went farther. */
function travel(a: PrimitiveList, i: number, b: PrimitiveList, j: number): number {
  const p = i * FIELDS;
  const q = j * FIELDS;
  const near = Math.hypot(a.fields[p] - b.fields[q], a.fields[p + 1] - b.fields[q + 1]);
  if (a.kinds[i] !== Kind.line) return near;
  const far = Math.hypot(a.fields[p + 2] - b.fields[q + 2], a.fields[p + 3] - b.fields[q + 3]);
  return Math.max(near, far);
}
