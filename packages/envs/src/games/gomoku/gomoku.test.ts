import { expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { nextBelow, seedRandom } from "../../random.js";
import { checksum } from "../../state.js";
import { legalActions, named, picture, playAtRandom, playNamed } from "../../testing/boards.js";
import { Gomoku, gomoku } from "./gomoku.js";

const LINES = [
  [1, 0],
  [0, 1],
  [1, 1],
  [-1, 1],
];

test.each(["15", "9"])("the board of %s keeps the contract of games", (variant) => {
  expect(checkGame(gomoku, { variant, steps: 20_000 }).failures).toEqual([]);
});

function fresh(variant = "9"): Gomoku {
  const game = new Gomoku(variant);
  game.reset();
  return game;
}

/** The rows from the top: x black, o white, . empty, from the game's own observation. */
function rows(game: Gomoku): string[] {
  const seen = new Float32Array(game.spec.observation.size);
  game.observe(seen, 0);
  const [own, other] = game.player === 0 ? ["x", "o"] : ["o", "x"];
  return Array.from({ length: game.side }, (_, y) =>
    Array.from({ length: game.side }, (_, x) => {
      const at = 4 * (y * game.side + x);
      return seen[at] === 1 ? own : seen[at + 1] === 1 ? other : ".";
    }).join(""),
  );
}

/** Whether `letter` has five in a row anywhere, seen crossing by crossing. */
function hasFive(board: string[], letter: string): boolean {
  const is = (x: number, y: number): boolean => board[y]?.[x] === letter;
  return board.some((row, y) =>
    [...row].some((_, x) =>
      LINES.some(([dx, dy]) => [0, 1, 2, 3, 4].every((i) => is(x + i * dx, y + i * dy))),
    ),
  );
}

test("crossings are named by column and row, black begins, and players take turns", () => {
  const game = fresh();
  expect([named(game, "A9"), named(game, "I1"), named(fresh("15"), "O1")]).toEqual([0, 80, 224]);
  expect(playNamed(game, "A9 I1 E5")).toBe(0);
  expect(picture(game)).toEqual([
    "x........",
    ".........",
    ".........",
    ".........",
    "....X....",
    ".........",
    ".........",
    ".........",
    "........o",
  ]);
  expect([game.player, game.terminated, legalActions(game).length]).toEqual([1, false, 78]);
});

test("planes: own stones, the other's, the last one, and whether black is to move", () => {
  const game = fresh();
  const seen = new Float32Array(4 * 81);
  const plane = (k: number): number[] => {
    game.observe(seen, 0);
    return Array.from({ length: 81 }, (_, i) => i).filter((i) => seen[4 * i + k] === 1);
  };
  expect([plane(0), plane(1), plane(2), plane(3).length]).toEqual([[], [], [], 81]);
  playNamed(game, "A9 B9 C9");
  expect([plane(0), plane(1), plane(2), plane(3)]).toEqual([[1], [0, 2], [2], []]);
  playNamed(game, "D9");
  expect([plane(0), plane(1), plane(2), plane(3).length]).toEqual([[0, 2], [1, 3], [3], 81]);
});

test("every line of five on the board wins, whichever of its stones comes last; four do not", () => {
  let lines = 0;
  for (let start = 0; start < 81; start++) {
    for (const [dx, dy] of LINES) {
      const [x, y] = [start % 9, Math.floor(start / 9)];
      if (x + 4 * dx > 8 || x + 4 * dx < 0 || y + 4 * dy > 8) continue;
      lines += 1;
      const line = [0, 1, 2, 3, 4].map((i) => (y + i * dy) * 9 + x + i * dx);
      for (const last of line) {
        const game = fresh();
        const rewards = line
          .filter((action) => action !== last)
          .map((action) => {
            game.player = 1;
            return game.step(action);
          });
        expect([rewards, game.terminated]).toEqual([[0, 0, 0, 0], false]);
        game.player = 1;
        expect([game.step(last), game.terminated, legalActions(game)]).toEqual([1, true, []]);
      }
    }
  }
  expect(lines).toBe(2 * 9 * 5 + 2 * 5 * 5);
});

test("six in a row win too", () => {
  const game = fresh();
  expect(playNamed(game, "A9 A1 B9 A2 C9 A3 E9 A4 F9 B1 D9")).toBe(1);
  expect(picture(game)[0]).toBe("XXXXXX...");
});

test("a line does not go on beyond the edge", () => {
  const game = fresh();
  expect(playNamed(game, "G5 A1 H5 C1 I5 E1 A4 G1 B4")).toBe(0);
  expect(picture(game).slice(4, 6)).toEqual(["......xxx", "xX......."]);
  expect(game.terminated).toBe(false);
});

test("a crossing that is taken is not allowed, and loses at once", () => {
  const game = fresh();
  expect(playNamed(game, "E5 E5")).toBe(-1);
  expect([game.terminated, picture(game)[4]]).toEqual([true, "....X...."]);
});

test("a full board without five in a row is a draw", () => {
  const game = fresh();
  let reward = 0;
  for (let row = 0; row < 9; row++) {
    for (let column = 0; column < 9; column++) {
      expect(game.terminated).toBe(false);
      game.player = ((column >> 1) + row) % 2;
      reward = game.step(9 * row + column);
    }
  }
  expect(rows(game).slice(0, 2)).toEqual(["xxooxxoox", "ooxxooxxo"]);
  expect([reward, game.terminated]).toEqual([0, true]);
});

test.each([
  ["9", 100],
  ["15", 40],
])(
  "%s: over %i games at random it ends when, and only when, a look at the whole board says so",
  (variant, episodes) => {
    const random = new Uint32Array(4);
    seedRandom(random, 5);
    const game = new Gomoku(variant);
    const ends = [0, 0];
    for (let episode = 0; episode < episodes; episode++) {
      game.reset();
      let reward = 0;
      while (!game.terminated) {
        const actions = legalActions(game);
        const free = [...rows(game).join("")].flatMap((letter, i) => (letter === "." ? i : []));
        expect(actions).toEqual(free);
        const mover = game.player;
        reward = game.step(actions[nextBelow(random, actions.length)]);
        const board = rows(game);
        const won = hasFive(board, mover === 0 ? "x" : "o");
        expect([reward, game.terminated]).toEqual([
          won ? 1 : 0,
          won || !board.join("").includes("."),
        ]);
      }
      ends[reward] += 1;
    }
    expect(ends[1]).toBeGreaterThan(episodes / 2);
  },
);

test("a click means the free crossing next to it", () => {
  const game = fresh("15");
  playNamed(game, "H8");
  const clicks = [
    [0.1, 0.9],
    [14.6, 14.4],
    [7.5, 7.5],
    [15, 3],
    [3, -0.1],
  ];
  expect(clicks.map(([x, y]) => game.actionAt(x, y))).toEqual([0, 224, -1, -1, -1]);
});

test("golden game: seed 2", () => {
  const game = new Gomoku("15");
  const { moves, reward, mover } = playAtRandom(game, 2);
  expect([moves, reward, mover, checksum(game)]).toMatchInlineSnapshot(`
    [
      71,
      1,
      0,
      2380055870,
    ]
  `);
  expect(picture(game)).toMatchInlineSnapshot(`
    [
      "..o.x.o....x..o",
      "........x..x.x.",
      ".......x.o.....",
      "o.o..x....o....",
      "oox.....o...o.o",
      ".......ox..xxx.",
      ".x..o.x.oxoxx..",
      "..ox......o.o..",
      "o....o...o.o...",
      "xX.ox.....x.xxx",
      "..Xo....oo.xox.",
      "...X........o..",
      "....X.xo....xx.",
      "o....X.x.o.o.o.",
      "..x...........o",
    ]
  `);
});
