import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { nextBelow, seedRandom } from "../../random.js";
import { checksum } from "../../state.js";
import { countPaths, legalActions, playAtRandom } from "../../testing/boards.js";
import { asText } from "../../text-canvas.js";
import { ConnectFour, connectFour } from "./connect-four.js";

test("keeps the contract of games", () => {
  expect(checkGame(connectFour).failures).toEqual([]);
});

/** Plays columns, 1 to 7 from the left; the rewards. */
function play(columns: string): { game: ConnectFour; rewards: number[] } {
  const game = new ConnectFour();
  game.reset();
  return { game, rewards: [...columns].map((column) => game.step(Number(column) - 1)) };
}

/** The six rows from the top: x player 0, o player 1, . empty, from the game's own observation. */
function rows(game: ConnectFour): string[] {
  const seen = new Float32Array(84);
  game.observe(seen, 0);
  const [own, other] = game.player === 0 ? ["x", "o"] : ["o", "x"];
  const letters = Array.from({ length: 42 }, (_, cell) => {
    return seen[2 * cell] === 1 ? own : seen[2 * cell + 1] === 1 ? other : ".";
  });
  return [0, 7, 14, 21, 28, 35].map((at) => letters.slice(at, at + 7).join(""));
}

/** Whether `letter` has four in a row anywhere, seen cell by cell. */
function hasFour(board: string[], letter: string): boolean {
  const is = (x: number, y: number): boolean => board[y]?.[x] === letter;
  const lines = [
    [1, 0],
    [0, 1],
    [1, 1],
    [-1, 1],
  ];
  return board.some((row, y) =>
    [...row].some((_, x) =>
      lines.some(([dx, dy]) => [0, 1, 2, 3].every((i) => is(x + i * dx, y + i * dy))),
    ),
  );
}

test("discs fall onto what lies in their column, the players in turn", () => {
  const { game, rewards } = play("4434");
  expect(rows(game).slice(3)).toEqual(["...o...", "...o...", "..xx..."]);
  expect([rewards, game.player, game.terminated]).toEqual([[0, 0, 0, 0], 0, false]);
});

test("the player to move sees own discs first, rows from the top", () => {
  const { game } = play("1");
  const seen = new Float32Array(86).fill(9);
  game.observe(seen, 1);
  expect([...seen.keys()].filter((i) => seen[i] === 1)).toEqual([1 + 2 * 35 + 1]);
  game.step(6);
  game.observe(seen, 1);
  expect([...seen.keys()].filter((i) => seen[i] === 1)).toEqual([1 + 2 * 35, 1 + 2 * 41 + 1]);
});

test.each([
  ["a row", "1122334", ["ooo....", "xxxx..."]],
  ["a column", "1212121", ["x......", "xo.....", "xo.....", "xo....."]],
  ["a rising diagonal", "12234334744", ["...x...", "..xo...", ".xoo...", "xoox..x"]],
  ["a falling diagonal", "76654554144", ["...x...", "...ox..", "...oox.", "x..xoox"]],
])("%s of four wins", (_, columns, bottom) => {
  const { game, rewards } = play(columns);
  expect(rows(game).slice(6 - bottom.length)).toEqual(bottom);
  expect(rewards).toEqual([...rewards.slice(1).fill(0), 1]);
  expect([game.terminated, legalActions(game)]).toEqual([true, []]);
});

test("every line of four on the board wins, whichever of its discs comes last", () => {
  let lines = 0;
  const steps = [
    [1, 0],
    [0, 1],
    [1, 1],
    [-1, 1],
  ];
  for (let cell = 0; cell < 42; cell++) {
    for (const [dx, dy] of steps) {
      const [x, y] = [cell % 7, Math.floor(cell / 7)];
      if (x + 3 * dx > 6 || x + 3 * dx < 0 || y + 3 * dy > 5) continue;
      lines += 1;
      for (let last = 0; last < 4; last++) {
        const game = new ConnectFour();
        game.reset();
        for (let i = 0; i < 4; i++) {
          if (i !== last) game.board[(y + i * dy + 1) * 8 + x + i * dx + 1] = 1;
        }
        game.heights[x + last * dx] = 5 - (y + last * dy);
        expect([game.step(x + last * dx), game.terminated]).toEqual([1, true]);
      }
    }
  }
  expect(lines).toBe(69);
});

test("three and a fourth beyond the edge are no four", () => {
  const { game, rewards } = play("5162731");
  expect(rows(game).slice(4)).toEqual(["x......", "ooo.xxx"]);
  expect([rewards.at(-1), game.terminated]).toEqual([0, false]);
});

test("a full column is not allowed, and loses at once", () => {
  const { game } = play("111111");
  expect(legalActions(game)).toEqual([1, 2, 3, 4, 5, 6]);
  const before = rows(game);
  expect([game.step(0), game.terminated, rows(game)]).toEqual([-1, true, before]);
});

test("a full board without four in a row is a draw", () => {
  const { game, rewards } = play("564364675266367345441425115123321272513777");
  expect(rows(game).join("")).not.toContain(".");
  expect([rewards.length, rewards.at(-1), game.terminated]).toEqual([42, 0, true]);
  expect([hasFour(rows(game), "x"), hasFour(rows(game), "o")]).toEqual([false, false]);
});

test("as many games of 1 to 8 moves as are known to exist", () => {
  const paths = [1, 2, 3, 4, 5, 6, 7, 8].map((depth) => countPaths(() => new ConnectFour(), depth));
  expect(paths).toEqual([7, 49, 343, 2401, 16807, 117649, 823536, 5673234]);
});

test("over 1000 games at random it ends when, and only when, a look at the whole board says so", () => {
  const random = new Uint32Array(4);
  seedRandom(random, 5);
  const game = new ConnectFour();
  const ends = [0, 0];
  for (let episode = 0; episode < 1000; episode++) {
    game.reset();
    let reward = 0;
    while (!game.terminated) {
      const actions = legalActions(game);
      const open = [...rows(game)[0]].flatMap((letter, column) => (letter === "." ? column : []));
      expect(actions).toEqual(open);
      const mover = game.player;
      reward = game.step(actions[nextBelow(random, actions.length)]);
      const board = rows(game);
      const won = hasFour(board, mover === 0 ? "x" : "o");
      expect([reward, game.terminated]).toEqual([
        won ? 1 : 0,
        won || !board.join("").includes("."),
      ]);
    }
    ends[reward] += 1;
  }
  expect(ends[0]).toBeGreaterThan(0);
  expect(ends[1]).toBeGreaterThan(900);
});

test("a click means the column under it, where it is not full", () => {
  const { game } = play("111111");
  const clicks = [
    [3.5, 0.2],
    [6.99, 6.9],
    [0.5, 3],
    [7, 3],
    [-0.1, 3],
  ];
  expect(clicks.map(([x, y]) => game.actionAt(x, y))).toEqual([3, 6, -1, -1, -1]);
});

test("the picture: discs, the last one, columns that are open, and the winning four", () => {
  const letters = {
    3105481: ".",
    2049689: ".",
    1382953: ".",
    15026253: "r",
    11020849: "r",
    16240198: "y",
    13081118: "y",
    16767446: "R",
    8018438: "Y",
    16777215: "=",
  };
  const show = (columns: string): string[] => {
    return asText(play(columns).game, { cellWidth: 1, cellHeight: 1, letters }).split("\n");
  };
  expect(show("44")).toMatchInlineSnapshot(`
    [
      "rrrrrrr",
      ".......",
      ".......",
      ".......",
      ".......",
      "...Y...",
      "...r...",
    ]
  `);
  expect(show("1122334")).toMatchInlineSnapshot(`
    [
      ".......",
      ".......",
      ".......",
      ".......",
      ".......",
      "yyy....",
      "====...",
    ]
  `);
});

test("golden game: seed 3", () => {
  const game = new ConnectFour();
  const { moves, reward, mover } = playAtRandom(game, 3);
  expect([moves, reward, mover, rows(game), checksum(game)]).toMatchInlineSnapshot(`
    [
      23,
      1,
      0,
      [
        "x..o...",
        "o..o...",
        "o..x...",
        "o.xox..",
        "x.xooxx",
        "oxoxxox",
      ],
      1645362844,
    ]
  `);
});
