/**
 * What the board games for two share: their specs, and runs of equal stones on a board with a border.
 *
 * They also share these rules. Player 0 begins and the two take turns; `player` changes with every
 * decision, also with the last one. A reward is that of the player who has just moved: 1 for a win, 0
 * otherwise, and -1 where the move ended the game in the other's favour. An action that is not allowed
 * loses at once. Nothing is left to chance, so seeds make no difference.
 *
 * Observations are planes of zeros and ones, [rows, columns, planes], seen by the player to move.
 *
 * Not here: how boards look (wood.ts), and the games.
 */
import type { GameSpec } from "../../game.js";

/** Facts in which the board games' specs differ. */
export interface BoardFacts {
  readonly id: string;
  readonly variant: string;
  readonly title: string;
  readonly actions: readonly string[];
  readonly rows: number;
  readonly columns: number;
  /** How many planes the observation has. */
  readonly planes: number;
  /** Height of the picture in cells, where it is not `rows`. */
  readonly height?: number;
  readonly maxSteps: number;
  readonly keys?: Readonly<Record<string, number>>;
}

/** The spec of a board game. */
export function boardSpec(facts: BoardFacts): GameSpec {
  const { id, variant, title, actions, rows, columns, planes, maxSteps } = facts;
  const size = rows * columns * planes;
  return {
    id,
    variant,
    version: 1,
    title,
    actions: { kind: "discrete", names: actions },
    observation: {
      size,
      shape: [rows, columns, planes],
      whole: true,
      low: new Array<number>(size).fill(0),
      high: new Array<number>(size).fill(1),
    },
    board: { width: columns, height: facts.height ?? rows },
    decisionsPerSecond: 2,
    maxSteps,
    maxScore: 1,
    players: 2,
    waits: true,
    ...(facts.keys ? { keys: facts.keys } : {}),
  };
}

/** Names of a board's points by rows from the top: a letter per column, rows numbered from below. */
export function pointNames(side: number, letters: string): string[] {
  return Array.from({ length: side * side }, (_, point) => {
    return `${letters[point % side]}${side - Math.floor(point / side)}`;
  });
}

/**
 * How many stones like the one at `cell` follow it without a gap, a `stride` of cells apart. The board
 * has a border of empty cells, so that no run leaves it.
 */
export function stonesBeyond(board: Uint8Array, cell: number, stride: number): number {
  const stone = board[cell];
  let count = 0;
  for (let next = cell + stride; board[next] === stone; next += stride) count += 1;
  return count;
}

/** Length of the run of equal stones through `cell`, itself included. */
export function runThrough(board: Uint8Array, cell: number, stride: number): number {
  return 1 + stonesBeyond(board, cell, stride) + stonesBeyond(board, cell, -stride);
}
