/**
 * The ten digits on a grid 3 cells wide and 5 high, as the upright edges of their strokes: what
 * outline.ts paints from.
 */

/** Rows of each digit 0 to 9, top to bottom; bit 2 is the left of three cells. The viewer draws them too. */
export const digitRows: readonly (readonly number[])[] = [
  [0b111, 0b101, 0b101, 0b101, 0b111],
  [0b010, 0b110, 0b010, 0b010, 0b111],
  [0b111, 0b001, 0b111, 0b100, 0b111],
  [0b111, 0b001, 0b111, 0b001, 0b111],
  [0b101, 0b101, 0b111, 0b001, 0b001],
  [0b111, 0b100, 0b111, 0b001, 0b111],
  [0b111, 0b100, 0b111, 0b101, 0b111],
  [0b111, 0b001, 0b010, 0b010, 0b010],
  [0b111, 0b101, 0b111, 0b101, 0b111],
  [0b111, 0b101, 0b111, 0b001, 0b111],
];
const WIDTH = 3;

/** Cells down a digit. */
export const DIGIT_HEIGHT = 5;
/** Cells from one digit to the next. */
export const DIGIT_ADVANCE = 4;

/**
 * The edges of each digit, three numbers each: column, row where it starts, row where it ends. Edges
 * go down where a stroke begins and up where it ends.
 */
export const digitEdges: readonly Uint8Array[] = digitRows.map((rows) => {
  const edges: number[] = [];
  for (let column = 0; column <= WIDTH; column++) addEdges(rows, column, edges);
  return Uint8Array.from(edges);
});

/** Appends the edges between the cells of `column` and those to their left. */
function addEdges(rows: readonly number[], column: number, edges: number[]): void {
  let begun = 0;
  for (let row = 1; row <= DIGIT_HEIGHT; row++) {
    const turn = turnAt(rows[begun], column);
    if (row < DIGIT_HEIGHT && turnAt(rows[row], column) === turn) continue;
    if (turn > 0) edges.push(column, begun, row);
    if (turn < 0) edges.push(column, row, begun);
    begun = row;
  }
}

/** 1 where a stroke begins at the left side of a cell, -1 where one ends there, else 0. */
function turnAt(bits: number, column: number): number {
  const cell = (bits >> (WIDTH - 1 - column)) & (column < WIDTH ? 1 : 0);
  const before = column > 0 ? (bits >> (WIDTH - column)) & 1 : 0;
  return cell - before;
}
