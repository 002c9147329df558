/**
 * The ten digits on a grid 3 wide and 5 high, as horizontal runs of cells, so that a score is drawn
 * with a few rectangles and needs no font; pixel observations show the same ones. Digits are `WIDTH` cells wide and `ADVANCE` cells apart.
 */
import { digitRows } from "@carom/envs";

/** Cells across a digit. */
export const WIDTH = 3;
/** Cells down a digit. */
export const HEIGHT = 5;
/** Cells from one digit to the next. */
export const ADVANCE = 4;

/** A rectangle of cells: column, row, width, height. */
export type Run = readonly [column: number, row: number, width: number, height: number];

/** The rectangles of each digit 0 to 9; they do not overlap, so digits can be drawn translucent. */
export const digitRuns: readonly (readonly Run[])[] = digitRows.map(runsOf);

/** Decimal digits of a number as a game means it: whole, not negative. */
export function digitsOf(value: number): readonly number[] {
  const whole = Math.max(0, Math.floor(value));
  return Array.from(String(Number.isSafeInteger(whole) ? whole : 0), Number);
}

/** Runs of set cells; a run that repeats in the next row becomes one taller rectangle. */
function runsOf(rows: readonly number[]): readonly Run[] {
  const runs: [number, number, number, number][] = [];
  rows.forEach((bits, row) => {
    for (const [column, width] of spansOf(bits)) {
      const above = runs.find((r) => r[0] === column && r[2] === width && r[1] + r[3] === row);
      if (above) above[3]++;
      else runs.push([column, row, width, 1]);
    }
  });
  return runs;
}

/** Stretches of set bits in a row: column and width. */
function spansOf(bits: number): readonly (readonly [column: number, width: number])[] {
  const spans: [number, number][] = [];
  for (let column = 0; column < WIDTH; column++) {
    if ((bits & (1 << (WIDTH - 1 - column))) === 0) continue;
    const last = spans.at(-1);
    if (last && last[0] + last[1] === column) last[1]++;
    else spans.push([column, 1]);
  }
  return spans;
}
