import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { checksum } from "../../state.js";
import { legalActions, playAtRandom } from "../../testing/boards.js";
import { asText } from "../../text-canvas.js";
import { TicTacToe, ticTacToe } from "./tic-tac-toe.js";

test("keeps the contract of games", () => {
  expect(checkGame(ticTacToe).failures).toEqual([]);
});

function play(...actions: number[]): { game: TicTacToe; rewards: number[] } {
  const game = new TicTacToe();
  game.reset();
  return { game, rewards: actions.map((action) => game.step(action)) };
}

/** Nine letters by rows: x crosses, o noughts, . free, from the game's own observation. */
function rows(game: TicTacToe): string[] {
  const seen = new Float32Array(18);
  game.observe(seen, 0);
  const [own, other] = game.player === 0 ? ["x", "o"] : ["o", "x"];
  const letters = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((cell) => {
    return seen[2 * cell] === 1 ? own : seen[2 * cell + 1] === 1 ? other : ".";
  });
  return [0, 3, 6].map((at) => letters.slice(at, at + 3).join(""));
}

test("crosses begin, and players take turns", () => {
  const { game, rewards } = play(4, 0, 8);
  expect(rows(game)).toEqual(["o..", ".x.", "..x"]);
  expect([rewards, game.player, game.terminated]).toEqual([[0, 0, 0], 1, false]);
  expect(legalActions(game)).toEqual([1, 2, 3, 5, 6, 7]);
});

test("the player to move sees own marks first", () => {
  const { game } = play(4, 0);
  const seen = new Float32Array(20);
  game.observe(seen, 1);
  expect([...seen.keys()].filter((i) => seen[i] === 1)).toEqual([1 + 2 * 0 + 1, 1 + 2 * 4]);
  game.step(8);
  game.observe(seen, 1);
  expect([...seen.keys()].filter((i) => seen[i] === 1)).toEqual([1, 1 + 2 * 4 + 1, 1 + 2 * 8 + 1]);
});

test.each([
  ["a row", [3, 0, 4, 1, 5], ["oo.", "xxx", "..."]],
  ["a column", [2, 0, 5, 1, 8], ["oox", "..x", "..x"]],
  ["the falling diagonal", [0, 1, 4, 2, 8], ["xoo", ".x.", "..x"]],
  ["the rising diagonal", [6, 0, 4, 1, 2], ["oox", ".x.", "x.."]],
])("%s of three wins", (_, actions, board) => {
  const { game, rewards } = play(...actions);
  expect(rows(game)).toEqual(board);
  expect([rewards, game.terminated, legalActions(game)]).toEqual([[0, 0, 0, 0, 1], true, []]);
});

test("noughts win for themselves", () => {
  const { game, rewards } = play(0, 3, 1, 4, 8, 5);
  expect([rows(game), rewards.at(-1)]).toEqual([["xx.", "ooo", "..x"], 1]);
});

test("a full board without three in a row is a draw", () => {
  const { game, rewards } = play(0, 1, 2, 4, 3, 5, 7, 6, 8);
  expect([rows(game), rewards.at(-1), game.terminated]).toEqual([["xox", "xoo", "oxx"], 0, true]);
});

test("the last free cell can win", () => {
  const { game, rewards } = play(0, 1, 2, 3, 4, 5, 7, 6, 8);
  expect([rows(game), rewards.at(-1), game.terminated]).toEqual([["xox", "oxo", "oxx"], 1, true]);
});

test("a cell that is taken loses at once and changes no mark", () => {
  const { game, rewards } = play(4, 4);
  expect([rows(game), rewards, game.terminated]).toEqual([["...", ".x.", "..."], [0, -1], true]);
});

test("the tree of all games has 255168 leaves: 131184 won by crosses, 77904 by noughts, 46080 drawn", () => {
  const spare = Array.from({ length: 10 }, () => new TicTacToe());
  const ends = [0, 0, 0];
  const visit = (game: TicTacToe, depth: number): void => {
    for (const action of legalActions(game)) {
      const child = spare[depth];
      child.copyFrom(game);
      const reward = child.step(action);
      if (child.terminated) ends[reward === 0 ? 2 : game.player] += 1;
      else visit(child, depth + 1);
    }
  };
  spare[0].reset();
  visit(spare[0], 1);
  expect(ends).toEqual([131184, 77904, 46080]);
});

test("a click means the free cell under it", () => {
  const { game } = play(4);
  const clicks = [
    [0.5, 0.5],
    [2.99, 1.01],
    [1.5, 1.5],
    [3, 0],
    [0, -0.1],
  ];
  expect(clicks.map(([x, y]) => game.actionAt(x, y))).toEqual([0, 5, -1, -1, -1]);
});

test("keys: digits by rows, the number pad as it lies", () => {
  const { keys = {} } = ticTacToe.create().spec;
  expect([keys["Digit1"], keys["Digit9"], keys["Numpad7"], keys["Numpad3"]]).toEqual([0, 8, 0, 8]);
  expect(Object.keys(keys).length).toBe(18);
});

test("the picture shows crosses, noughts, and the winning line", () => {
  const { game } = play(4, 0, 2, 1, 6);
  const letters = { 2308443: "x", 12600111: "o", 14925962: ".", 13624228: "=", 9069620: "+" };
  expect(
    asText(game, { cellWidth: 0.25, cellHeight: 0.25, letters }).split("\n"),
  ).toMatchInlineSnapshot(`
    [
      "....+...+==x",
      "....+...+xx=",
      "....+...+xx=",
      "....+...+==x",
      "++++++++++++",
      "....+xx=+...",
      "....+xx=+...",
      "....+==x+...",
      "++++++++++++",
      "=xx=+...+...",
      "=xx=+...+...",
      "x==x+...+...",
    ]
  `);
});

test("golden game: seed 1", () => {
  const game = new TicTacToe();
  const { moves, reward, mover } = playAtRandom(game, 1);
  expect([moves, reward, mover, rows(game), checksum(game)]).toMatchInlineSnapshot(`
    [
      8,
      1,
      1,
      [
        "oo.",
        "xox",
        "xox",
      ],
      2453653229,
    ]
  `);
});
