/**
 * How large to draw a board: the largest size at which its edges fall on whole pixels.
 *
 * At a scale of 0.69 a wall of bricks loses every third gap. Among the sizes that fit, those are preferred at which
 * rounding to pixels distorts the distances between edges least, and of those the largest. Works for any game, because the edges are read from
 * what the game draws.
 */
import { FIELDS, Kind, type PrimitiveList } from "./primitives.js";

/** Smallest share of the possible size that is given up for clean edges. */
const SHRINK = 0.82;
/** What size is worth against even lengths, both as shares. */
const SIZE_WEIGHT = 0.5;
/** What it costs, on the scale of `roughness`, if all lengths of a kind vanish. */
const VANISHED = 0.3;
/** Above this many pixels per board unit, rounding no longer shows. */
const FINE = 6;

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

/**
 * Device pixels per board unit for a board in a space of `width` x `height` device pixels.
 * The result times the board's width is a whole number.
 */
export function fitScale(
  board: { width: number; height: number },
  space: { width: number; height: number },
  edges: Edges,
): number {
  const limit = Math.min(space.width / board.width, space.height / board.height);
  const most = Math.max(1, Math.floor(limit * board.width));
  if (limit > FINE) return most / board.width;
  const least = Math.max(1, Math.ceil(most * SHRINK));
  let best = most;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let pixels = most; pixels >= least; pixels--) {
    const scale = pixels / board.width;
    const cost = roughness(edges, scale) + SIZE_WEIGHT * (1 - pixels / most);
    if (cost < bestCost - 1e-9) {
      best = pixels;
      bestCost = cost;
    }
  }
  return best / board.width;
}

/**
 * How unevenly lengths come out when edges are rounded to pixels: 0 is perfect, 1 as bad as can be. Distances between
 * neighbouring edges that are equal on the board (all gaps, all bricks) should be equal on the screen, and not vanish.
 */
export function roughness(edges: Edges, scale: number): number {
  return (unevenness(edges.x, scale) + unevenness(edges.y, scale)) / 2;
}

function unevenness(edges: readonly number[], scale: number): number {
  const groups = new Map<number, { count: number; least: number; most: number }>();
  for (let i = 1; i < edges.length; i++) {
    const length = Math.round((edges[i] - edges[i - 1]) * 1000) / 1000;
    const pixels = Math.round(edges[i] * scale) - Math.round(edges[i - 1] * scale);
    const group = groups.get(length) ?? { count: 0, least: pixels, most: pixels };
    const { count, least, most } = group;
    const next = { count: count + 1, least: Math.min(least, pixels), most: Math.max(most, pixels) };
    groups.set(length, next);
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
  let bestScale = 0;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = Math.floor((space.width - gap * (columns - 1)) / columns);
    const cellHeight = Math.floor((space.height - gap * (rows - 1)) / rows);
    const scale = Math.min(cellWidth / board.width, (cellHeight - caption) / board.height);
    if (scale <= bestScale) continue;
    bestScale = scale;
    best = { columns, rows, cellWidth, cellHeight };
  }
  return best;
}
