/**
 * How large to draw a board, and where on the pixel grid: so that what is equal on the board is
 * equal on the screen.
 *
 * At a scale of 0.69 a wall of bricks loses every third gap. Among the sizes that fit, those are
 * preferred at which rounding to pixels distorts the distances between edges least, and of those
 * the largest; a shift by a part of a pixel can save gaps that would vanish. A thumbnail too small
 * for that keeps exact edges, which the renderer smooths. Works for any game, because the edges are
 * read from what the game draws.
 */
import { FIELDS, Kind, type PrimitiveList } from "./primitives.js";

/** Smallest share of the possible size that is given up for clean edges. */
const SHRINK = 0.82;
/** What size is worth against even lengths, both as shares. */
const SIZE_WEIGHT = 0.5;
/** What it costs, on the scale of `roughness`, if all lengths of a kind vanish. */
const VANISHED = 0.5;
/** Shifts that are tried, in parts of a pixel. */
const SHIFTS: readonly number[] = Array.from({ length: 8 }, (_, i) => i / 8);
/** Above this many pixels per board unit, rounding no longer shows. */
const FINE = 6;
/**
 * Below this many pixels per board unit, edges are smoothed where rounding them is more uneven than
 * `ROUGH`.
 */
const SMALL = 0.75;
const ROUGH = 0.1;

/** Distinct x and y edges of the rectangles in a drawing, ascending, in board units. */
export interface Edges {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The edges of a drawing. Boards without rectangles have none: any scale does. */
export function edgesOf(list: PrimitiveList): Edges {
  const x = new Set<number>();
  const y = new Set<number>();
  for (let i = 0; i < list.count; i++) {
    if (list.kinds[i] !== Kind.rect) continue;
    const [left, top, w, h] = list.fields.subarray(i * FIELDS, i * FIELDS + 4);
    x.add(left).add(left + w);
    y.add(top).add(top + h);
  }
  return { x: ascending(x), y: ascending(y) };
}

function ascending(values: Set<number>): number[] {
  return [...values].sort((a, b) => a - b);
}

/** How a board is put on pixels. */
export interface Fit {
  /** Device pixels per board unit; times the board's width it is a whole number. */
  readonly scale: number;
  /** Added before rounding to pixels, 0 to 1. */
  readonly shiftX: number;
  readonly shiftY: number;
  /** Whether edges are rounded to pixels; else they are drawn where they are, and smoothed. */
  readonly crisp: boolean;
}

/** The best way to show a board in a space of `width` x `height` device pixels. */
export function fitBoard(
  board: { readonly width: number; readonly height: number },
  space: { readonly width: number; readonly height: number },
  edges: Edges,
): Fit {
  const limit = Math.min(space.width / board.width, space.height / board.height);
  const most = Math.max(1, Math.floor(limit * board.width));
  const largest = { scale: most / board.width, shiftX: 0, shiftY: 0, crisp: true };
  if (limit > FINE) return largest;
  const least = Math.max(1, Math.ceil(most * SHRINK));
  let best: Fit = largest;
  let bestCost = Number.POSITIVE_INFINITY;
  let roughness = 0;
  for (let pixels = most; pixels >= least; pixels--) {
    const scale = pixels / board.width;
    const x = bestShift(edges.x, scale);
    const y = bestShift(edges.y, scale);
    const rough = (x.cost + y.cost) / 2;
    const cost = rough + SIZE_WEIGHT * (1 - pixels / most);
    if (cost > bestCost - 1e-9) continue;
    best = { scale, shiftX: x.shift, shiftY: y.shift, crisp: true };
    bestCost = cost;
    roughness = rough;
  }
  return limit < SMALL && roughness > ROUGH ? { ...largest, crisp: false } : best;
}

function bestShift(edges: readonly number[], scale: number): { shift: number; cost: number } {
  let best = { shift: 0, cost: unevenness(edges, scale, 0) };
  for (const shift of SHIFTS) {
    const cost = unevenness(edges, scale, shift);
    if (cost < best.cost - 1e-9) best = { shift, cost };
  }
  return best;
}

/**
 * How unevenly lengths come out when edges are rounded to pixels: 0 is perfect, 1 as bad as can be.
 * Distances between neighbouring edges that are equal on the board (all gaps, all bricks) should be
 * equal on the screen, and not vanish.
 */
export function unevenness(edges: readonly number[], scale: number, shift: number): number {
  const groups = new Map<number, { count: number; least: number; most: number }>();
  for (let i = 1; i < edges.length; i++) {
    const length = Math.round((edges[i] - edges[i - 1]) * 1000) / 1000;
    const pixels = Math.round(edges[i] * scale + shift) - Math.round(edges[i - 1] * scale + shift);
    const group = groups.get(length) ?? { count: 0, least: pixels, most: pixels };
    group.count++;
    group.least = Math.min(group.least, pixels);
    group.most = Math.max(group.most, pixels);
    groups.set(length, group);
  }
  let sum = 0;
  for (const [length, { count, least, most }] of groups) {
    const spread = Math.min(1, (most - least) / (length * scale));
    sum += count * (least === 0 ? Math.max(VANISHED, spread) : spread);
  }
  return edges.length < 2 ? 0 : sum / (edges.length - 1);
}

/** A way to lay `count` boards out: columns, rows, and the size of a cell in CSS pixels. */
export interface GridLayout {
  readonly columns: number;
  readonly rows: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

/**
 * The grid that shows `count` boards largest in a given space.
 * @param caption height kept free under each board, CSS pixels
 */
export function gridLayout(
  count: number,
  board: { width: number; height: number },
  space: { width: number; height: number },
  gap: number,
  caption: number,
): GridLayout {
  let best: GridLayout = { columns: 1, rows: count, cellWidth: 0, cellHeight: 0 };
  let bestValue = 0;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = Math.floor((space.width - gap * (columns - 1)) / columns);
    const cellHeight = Math.floor((space.height - gap * (rows - 1)) / rows);
    const scale = Math.min(cellWidth / board.width, (cellHeight - caption) / board.height);
    // A grid without holes looks better than slightly larger boards.
    const value = scale * (count / (columns * rows));
    if (value <= bestValue) continue;
    bestValue = value;
    best = { columns, rows, cellWidth, cellHeight };
  }
  return best;
}
