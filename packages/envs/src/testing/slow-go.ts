/**
 * Go on 9 x 9 by its rules and nothing else, for the tests of the fast one: boards are strings of 81
 * letters, groups and regions are found anew each time, and earlier boards are kept in a set.
 */

const SIDE = 9;
const KOMI = 7.5;
/** Letters of the two players. */
const LETTERS = ["x", "o"];

/** What a stone would do. */
export type Outcome =
  | { readonly kind: "taken" }
  | { readonly kind: "suicide" }
  | { readonly kind: "repeats"; readonly captures: number }
  | { readonly kind: "allowed"; readonly board: string; readonly captures: number };

export class SlowGo {
  board: string = ".".repeat(SIDE * SIDE);
  player = 0;
  passes = 0;
  captured: [number, number] = [0, 0];
  readonly earlier: Set<string> = new Set([".".repeat(SIDE * SIDE)]);

  /** What a stone of the player to move on `point` would do. */
  outcome(point: number): Outcome {
    if (this.board[point] !== ".") return { kind: "taken" };
    const [own, other] = [LETTERS[this.player], LETTERS[1 - this.player]];
    let board = put(this.board, [point], own);
    let captures = 0;
    for (const beside of neighbours(point)) {
      if (board[beside] !== other) continue;
      const group = groupAt(board, beside);
      if (touches(board, group, ".")) continue;
      board = put(board, group, ".");
      captures += group.length;
    }
    if (!touches(board, groupAt(board, point), ".")) return { kind: "suicide" };
    if (this.earlier.has(board)) return { kind: "repeats", captures };
    return { kind: "allowed", board, captures };
  }

  /** Plays an allowed move; 81 passes. */
  play(action: number): void {
    if (action === SIDE * SIDE) {
      this.passes += 1;
    } else {
      const outcome = this.outcome(action);
      if (outcome.kind !== "allowed") throw new Error(`${action} is not allowed: ${outcome.kind}`);
      this.board = outcome.board;
      this.captured[this.player] += outcome.captures;
      this.earlier.add(this.board);
      this.passes = 0;
    }
    this.player = 1 - this.player;
  }

  /** Stones and surrounded crossings of a player. */
  area(player: number): number {
    const [own, other] = [LETTERS[player], LETTERS[1 - player]];
    return Array.from({ length: SIDE * SIDE }, (_, point) => point).filter((point) => {
      if (this.board[point] !== ".") return this.board[point] === own;
      const region = groupAt(this.board, point);
      return touches(this.board, region, own) && !touches(this.board, region, other);
    }).length;
  }

  /** Who wins if the game ends here. */
  winner(): number {
    return this.area(0) > this.area(1) + KOMI ? 0 : 1;
  }
}

function neighbours(point: number): number[] {
  const column = point % SIDE;
  const found: number[] = [];
  if (column > 0) found.push(point - 1);
  if (column < SIDE - 1) found.push(point + 1);
  if (point >= SIDE) found.push(point - SIDE);
  if (point < SIDE * (SIDE - 1)) found.push(point + SIDE);
  return found;
}

function put(board: string, points: readonly number[], letter: string): string {
  const letters = [...board];
  for (const point of points) letters[point] = letter;
  return letters.join("");
}

/** All crossings connected to `point` with the same letter. */
function groupAt(board: string, point: number, found: number[] = []): number[] {
  found.push(point);
  for (const beside of neighbours(point)) {
    if (board[beside] === board[point] && !found.includes(beside)) groupAt(board, beside, found);
  }
  return found;
}

/** Whether a group has `letter` beside it. */
function touches(board: string, group: readonly number[], letter: string): boolean {
  return group.some((point) => neighbours(point).some((beside) => board[beside] === letter));
}
