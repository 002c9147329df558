import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { Tetris, tetris } from "./tetris.js";

const [nothing, left, right, turn, turnBack, soft, hard] = [0, 1, 2, 3, 4, 5, 6];
const [I, O, T] = [0, 1, 2];

test("keeps the contract of games", () => {
  expect(checkGame(tetris).failures).toEqual([]);
});

function fresh(piece: number, seed = 1): Tetris {
  const game = new Tetris();
  game.seed(seed);
  game.reset();
  return Object.assign(game, { piece, y: piece === I ? -1 : 0 });
}

/** Filled cells of the board and, as *, of the falling piece; rows from `from` on. */
function picture(game: Tetris, from = 0): string[] {
  const seen = new Float32Array(407);
  game.observe(seen, 0);
  return Array.from({ length: 20 - from }, (_, row) =>
    Array.from({ length: 10 }, (_, x) => {
      const cell = (row + from) * 10 + x;
      return seen[200 + cell] === 1 ? "*" : seen[cell] === 1 ? "#" : ".";
    }).join(""),
  );
}

test("the seven pieces as they appear", () => {
  const shapes = [0, 1, 2, 3, 4, 5, 6].map((piece) => picture(fresh(piece)).slice(0, 2));
  expect(shapes.map((rows) => rows.map((row) => row.slice(3, 7)).join(" "))).toEqual([
    "**** ....",
    ".**. .**.",
    ".*.. ***.",
    ".**. **..",
    "**.. .**.",
    "*... ***.",
    "..*. ***.",
  ]);
});

test("turning right three times is turning left once; four times is nothing; O never changes", () => {
  for (const piece of [0, 1, 2, 3, 4, 5, 6]) {
    const [game, other] = [fresh(piece), fresh(piece)];
    for (const one of [game, other]) one.y = 8;
    const before = picture(game);
    for (let i = 0; i < 3; i++) game.step(turn);
    other.step(turnBack);
    other.y = game.y;
    expect(picture(game)).toEqual(picture(other));
    game.step(turn);
    game.y = 8;
    expect(picture(game)).toEqual(before);
  }
});

test("the piece falls by itself after every third decision, and by a soft drop at once", () => {
  const game = fresh(T);
  const heights = [nothing, nothing, nothing, nothing, soft, soft].map((action) => {
    game.step(action);
    return game.y;
  });
  expect(heights).toEqual([0, 0, 1, 1, 2, 3]);
});

test("the walls stop it, and a turn beside them moves it in", () => {
  const game = fresh(I);
  game.y = 5;
  game.step(turn);
  for (let i = 0; i < 8; i++) game.step(right);
  expect(picture(game)[game.y].indexOf("*")).toBe(9);
  game.step(turn);
  expect(picture(game).join("").split("*")).toHaveLength(5);
  for (let i = 0; i < 12; i++) game.step(left);
  expect(game.x).toBe(0);
});

test.each([
  [1, 1],
  [2, 3],
  [3, 5],
  [4, 8],
])("%i rows at once give %i, and what is above comes down", (rows, reward) => {
  const game = fresh(I);
  for (let row = 20 - rows; row < 20; row++) {
    for (let x = 0; x < 9; x++) game.board[row * 10 + x] = 1;
  }
  game.board[(19 - rows) * 10] = 2;
  game.y = 3;
  game.step(turn);
  for (let i = 0; i < 8; i++) game.step(right);
  expect(game.step(hard)).toBe(reward);
  expect(game.lines).toBe(rows);
  expect(game.board[190]).toBe(2);
  expect(game.board.filter((cell) => cell > 0)).toHaveLength(1 + 4 - rows);
});

test("every bag of seven holds each piece once", () => {
  const game = fresh(O);
  game.seed(4);
  game.reset();
  const seen = [game.piece];
  for (let i = 0; i < 20; i++) {
    seen.push(game.next);
    game.board.fill(0);
    game.step(hard);
  }
  for (let at = 0; at < 21; at += 7) {
    expect([...seen.slice(at, at + 7)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  }
});

test("it ends when a new piece does not fit", () => {
  const game = fresh(O);
  let pieces = 0;
  while (!game.terminated) {
    game.step(hard);
    pieces++;
  }
  expect(pieces).toBeGreaterThan(6);
  expect(pieces).toBeLessThan(30);
});
