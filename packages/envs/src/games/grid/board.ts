/**
 * What the grid games share: a board of 10 x 10 cells whose observation says of each cell, by zeros
 * and ones, what is there (channels last: a plane is every n-th value), and how cells are drawn.
 *
 * The games follow the prose rules of MinAtar (Young and Tian 2019) and ramp up their difficulty as it
 * does. Its sticky actions (the action before is repeated with probability 0.1) are a wrapper's
 * business, not the games'.
 */
import type { Canvas, GameSpec, ObservationSpec } from "../../game.js";

/** Cells along each side. */
export const SIDE = 10;
/** Cells of a plane. */
export const CELLS: number = SIDE * SIDE;

/** Facts in which the grid games' specs differ. */
export interface GridFacts {
  readonly id: string;
  readonly variant: string;
  readonly title: string;
  readonly actions: readonly string[];
  /** Names of the planes. */
  readonly planes: readonly string[];
  readonly maxSteps: number;
  /** The action of each key. */
  readonly keys: Readonly<Record<string, number>>;
}

/** The spec of a grid game. */
export function gridSpec(facts: GridFacts): GameSpec {
  const { id, variant, title, actions, planes, maxSteps, keys } = facts;
  const size = planes.length * CELLS;
  const observation: ObservationSpec = {
    size,
    shape: [SIDE, SIDE, planes.length],
    whole: true,
    low: new Array<number>(size).fill(0),
    high: new Array<number>(size).fill(1),
  };
  return {
    id,
    variant,
    version: 1,
    title,
    actions: { kind: "discrete", names: actions },
    observation,
    board: { width: SIDE, height: SIDE },
    decisionsPerSecond: 10,
    maxSteps,
    keys,
  };
}

/** Fills a cell of the board. */
export function drawCell(canvas: Canvas, x: number, y: number, color: number, alpha = 1): void {
  canvas.rect(x + 0.05, y + 0.05, 0.9, 0.9, color, alpha);
}
