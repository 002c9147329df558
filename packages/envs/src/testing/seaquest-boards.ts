/** Boards of Mini Seaquest as text, for its tests: read into a game and written from what it shows. */
import { MiniSeaquest } from "../games/grid/mini-seaquest.js";

/** What a slot of the game can hold. */
const kinds = { "-": 1, "*": 2, F: 3, U: 4, D: 5 };
/** Letters of the planes: front, back, shot, trail, enemy shot, fish, submarine, gauges, diver. */
const LETTERS = "Ss-~*FUodD";
/** Which letter shows where several are in a cell: the last of these. */
const ORDER = "~sSod-*FUD";

/**
 * A sea with these rows; the others are empty. S is the front of the submarine, s its back; F fish,
 * U enemy submarines and D divers come from where ~ is; shots - fly where S faces, shots * towards S.
 * Everything moves in the next decision.
 */
export function sea(
  rows: Readonly<Record<number, string>>,
  state: Partial<MiniSeaquest> = {},
): MiniSeaquest {
  const game = new MiniSeaquest();
  game.seed(1);
  game.reset();
  game.surfaced = false;
  for (const [y, row] of Object.entries(rows)) placeRow(game, Number(y), row);
  return Object.assign(game, state);
}

/** Puts what a row shows where it is; see `sea`. */
export function placeRow(game: MiniSeaquest, y: number, row: string): void {
  const front = row.indexOf("S");
  if (front >= 0) {
    const facing = row[front - 1] === "s" ? 1 : -1;
    Object.assign(game, { x: front, y, facing });
  }
  [...row].forEach((letter, x) => {
    const kind = kinds[letter as keyof typeof kinds];
    if (kind === undefined) return;
    const slot = game.kind.indexOf(0);
    game.kind[slot] = kind;
    game.thingX[slot] = x;
    game.thingY[slot] = y;
    game.direction[slot] = row[x - 1] === "~" ? 1 : -1;
    if (letter === "-") game.direction[slot] = game.facing;
    if (letter === "*") game.direction[slot] = Math.sign(front - x);
    game.moveWait[slot] = 0;
    game.shotWait[slot] = 10;
  });
}

/** The observation as text, a line per row. */
export function picture(game: MiniSeaquest): string[] {
  const values = new Float32Array(game.spec.observation.size);
  game.observe(values, 0);
  const has = (letter: string, x: number, y: number) =>
    values[(y * 10 + x) * 10 + LETTERS.indexOf(letter)] === 1;
  return Array.from({ length: 10 }, (_, y) =>
    Array.from({ length: 10 }, (_, x) =>
      [...ORDER].reduce((shown, letter) => (has(letter, x, y) ? letter : shown), "."),
    ).join(""),
  );
}
