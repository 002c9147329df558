import { describe, expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { checksum } from "../../state.js";
import { legalActions, named, picture, playAtRandom, playNamed } from "../../testing/boards.js";
import { Go, go } from "./go.js";
import { PASS } from "./points.js";

test("keeps the contract of games", () => {
  expect(checkGame(go, { steps: 20_000 }).failures).toEqual([]);
});

/**
 * A game in which the stones of a picture were put down by rows, one by one; x black, o white. Rows
 * below those of the picture are empty. `last` comes after the others.
 */
function position(rows: string[], toMove: "black" | "white", last?: string): Go {
  const game = new Go();
  game.reset();
  const stones = [...rows.join("")].flatMap((letter, point) =>
    letter === "." ? [] : [{ point, player: letter === "x" ? 0 : 1 }],
  );
  const late = last === undefined ? -1 : named(game, last);
  const order = [
    ...stones.filter((s) => s.point !== late),
    ...stones.filter((s) => s.point === late),
  ];
  for (const { point, player } of order) {
    game.player = player;
    expect(game.step(point)).toBe(0);
  }
  expect(board(game).slice(0, rows.length)).toEqual(rows);
  game.player = toMove === "black" ? 0 : 1;
  return game;
}

/** The nine rows of the picture that the game draws, without a mark on the last stone. */
function board(game: Go): string[] {
  return picture(game, { 3158072: "b", 16775920: "w" })
    .slice(0, 9)
    .map((row) => row.toLowerCase());
}

function allows(game: Go, name: string): boolean {
  return legalActions(game).includes(named(game, name));
}

describe("stones", () => {
  test("black begins, players take turns, the last stone is marked", () => {
    const game = new Go();
    game.reset();
    expect(legalActions(game).length).toBe(82);
    playNamed(game, "A9 J1 E5");
    expect(picture(game).slice(0, 9)).toEqual([
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
    expect([game.player, game.terminated, legalActions(game).length]).toEqual([1, false, 79]);
  });

  test("a taken crossing is not allowed, and loses at once", () => {
    const game = new Go();
    game.reset();
    expect(playNamed(game, "E5 E5")).toBe(-1);
    expect([game.terminated, legalActions(game)]).toEqual([true, []]);
  });

  test("a stone without liberties is captured", () => {
    const game = position([".x.......", "xo.......", ".x......."], "black");
    expect(playNamed(game, "C8")).toBe(0);
    expect(board(game).slice(0, 3)).toEqual([".x.......", "x.x......", ".x......."]);
    expect([...game.captured]).toEqual([1, 0]);
  });

  test("a chain is captured as a whole, in the corner with two stones", () => {
    const game = position(["oo.......", "ox.......", "x........"], "black");
    playNamed(game, "C9");
    expect(board(game).slice(0, 3)).toEqual(["..x......", ".x.......", "x........"]);
    expect([...game.captured]).toEqual([3, 0]);
  });

  test("one stone captures several chains", () => {
    const game = position(["xo.ox....", ".xox.....", "..x......"], "black");
    playNamed(game, "C9");
    expect(board(game).slice(0, 3)).toEqual(["x.x.x....", ".x.x.....", "..x......"]);
    expect([...game.captured]).toEqual([3, 0]);
  });

  test("snapback: the chain that took a stone is itself taken", () => {
    const game = position(["..ox.....", "ooox.....", "xxx......"], "black");
    playNamed(game, "B9 A9");
    expect(board(game).slice(0, 3)).toEqual(["o.ox.....", "ooox.....", "xxx......"]);
    expect(playNamed(game, "B9")).toBe(0);
    expect(board(game).slice(0, 3)).toEqual([".x.x.....", "...x.....", "xxx......"]);
    expect([...game.captured]).toEqual([5, 1]);
  });
});

describe("suicide", () => {
  test("of one stone is not allowed", () => {
    const game = position([".x.......", "x........"], "white");
    expect(allows(game, "A9")).toBe(false);
    expect(playNamed(game, "A9")).toBe(-1);
    expect([game.terminated, board(game).slice(0, 2)]).toEqual([true, [".x.......", "x........"]]);
  });

  test("of a chain is not allowed", () => {
    const game = position([".ox......", "oox......", "xx......."], "white");
    expect(allows(game, "A9")).toBe(false);
  });

  test("the other player may fill the same crossing, and captures by it", () => {
    const game = position([".ox......", "oox......", "xx......."], "black");
    playNamed(game, "A9");
    expect(board(game).slice(0, 3)).toEqual(["x.x......", "..x......", "xx......."]);
  });

  test("a move without a liberty of its own is allowed where it captures", () => {
    const game = position([".xo......", "xoo......", "o........"], "white");
    expect(allows(game, "A9")).toBe(true);
    playNamed(game, "A9");
    expect(board(game).slice(0, 3)).toEqual(["o.o......", ".oo......", "o........"]);
  });

  test("a move that joins a chain with another liberty is allowed", () => {
    const game = position([".ox......", "o.x......", "xx......."], "white");
    expect(allows(game, "A9")).toBe(true);
  });
});

describe("superko", () => {
  test("ko: the stone that took one is not taken back at once, but after a move elsewhere", () => {
    const game = position([".xo......", "xo.o.....", ".xo......"], "black");
    playNamed(game, "C8");
    expect(board(game).slice(0, 3)).toEqual([".xo......", "x.xo.....", ".xo......"]);
    expect(allows(game, "B8")).toBe(false);
    playNamed(game, "J1 J9");
    expect(playNamed(game, "B8")).toBe(0);
    expect(board(game)[1]).toBe("xo.o.....");
    expect(allows(game, "C8")).toBe(false);
  });

  test("a pass does not lift the ko", () => {
    const game = position([".xo......", "xo.o.....", ".xo......"], "black");
    playNamed(game, "C8 pass");
    game.player = 1;
    expect(allows(game, "B8")).toBe(false);
    expect(playNamed(game, "B8")).toBe(-1);
  });

  test("triple ko: five captures go round, the sixth would bring the first board back", () => {
    const blackHolds = [".xo......", "x.xo.....", ".xo......"];
    const whiteHolds = [".xo......", "xo.o.....", ".xo......"];
    const game = position([...blackHolds, ...blackHolds, ...whiteHolds], "white");
    const before = board(game);
    for (const name of ["B8", "C2", "B5", "C8", "B2"]) {
      expect([name, allows(game, name)]).toEqual([name, true]);
      playNamed(game, name);
    }
    expect(board(game)).not.toEqual(before);
    expect(allows(game, "C5")).toBe(false);
    playNamed(game, "J9 J1");
    expect(allows(game, "C5")).toBe(true);
  });

  test("sending two stones and taking one back is a repetition", () => {
    const game = position([".o.o.....", "xxoo....."], "white");
    playNamed(game, "A9 C9");
    expect(board(game).slice(0, 2)).toEqual(["..xo.....", "xxoo....."]);
    expect(allows(game, "B9")).toBe(false);
    playNamed(game, "J1 J9");
    expect(allows(game, "B9")).toBe(true);
  });

  test("a repetition by taking a chain that lies on two sides of the crossing", () => {
    const game = position(["o.o......", "..o......", "ooo......"], "black");
    playNamed(game, "B8 pass A8 pass B9");
    expect(board(game).slice(0, 3)).toEqual([".xo......", "xxo......", "ooo......"]);
    expect(allows(game, "A9")).toBe(false);
    playNamed(game, "J1 J9");
    expect(allows(game, "A9")).toBe(true);
  });

  test("a move that captures nothing can be a repetition, too", () => {
    const game = position(["oo.o.....", "xxoo....."], "black", "B9");
    playNamed(game, "C9 B9 pass");
    expect(board(game).slice(0, 2)).toEqual([".o.o.....", "xxoo....."]);
    expect(allows(game, "A9")).toBe(false);
    playNamed(game, "J1 J9");
    expect(allows(game, "A9")).toBe(true);
  });

  test("a repetition on a crossing where both colours have lost stones since", () => {
    const game = position(["oox.o....", ".xoxo....", "oooo....."], "black");
    playNamed(game, "A8 B9 A9");
    expect(board(game).slice(0, 2)).toEqual(["x.x.o....", "xxoxo...."]);
    playNamed(game, "B9 B8");
    expect(board(game).slice(0, 2)).toEqual([".ox.o....", ".xoxo...."]);
    expect(allows(game, "A9")).toBe(false);
    playNamed(game, "J1 J9");
    expect(allows(game, "A9")).toBe(true);
  });
});

describe("the end", () => {
  test("two passes in a row end the game, and only in a row", () => {
    const game = new Go();
    game.reset();
    playNamed(game, "E5 pass C3 pass");
    expect(game.terminated).toBe(false);
    game.step(PASS);
    expect([game.terminated, legalActions(game)]).toEqual([true, []]);
  });

  const wall = "....xo...";
  test.each([
    ["45 to 36: black wins by 1.5", [...Array(9).fill(wall)], [45, 36], 0],
    ["44 to 37: white wins by 0.5", ["...xo....", ...Array(8).fill(wall)], [44, 37], 1],
  ])("komi, %s", (_, rows, area, winner) => {
    for (const first of ["black", "white"] as const) {
      const game = position(rows, first);
      expect(game.step(PASS)).toBe(0);
      const mover = game.player;
      expect(game.step(PASS)).toBe(mover === winner ? 1 : -1);
      expect([...game.area]).toEqual(area);
    }
  });

  test("an empty board is nobody's, so white wins by komi", () => {
    const game = new Go();
    game.reset();
    expect([game.step(PASS), game.step(PASS), ...game.area]).toEqual([0, 1, 0, 0]);
  });

  test("seki: the liberty that both share is nobody's, all stones count", () => {
    const rows = [".xxx.ooo.", "xxxxxoooo", "oooooxxxx", ...Array(6).fill("....ox...")];
    const game = position(rows, "black");
    expect([allows(game, "E9"), allows(game, "J9"), allows(game, "A9")]).toEqual([
      true,
      false,
      true,
    ]);
    expect(playNamed(game, "pass pass")).toBe(1);
    expect([...game.area]).toEqual([37, 43]);
    expect(board(game)).toEqual([
      "bxxx.ooow",
      "xxxxxoooo",
      "oooooxxxx",
      ...Array(6).fill("wwwwoxbbb"),
    ]);
  });

  test("stones that could be captured count as alive, and their surroundings as nobody's", () => {
    const game = position(["...x.....", "...x.....", "xxxx.....", "........."], "white");
    playNamed(game, "A9 pass pass");
    expect([...game.area]).toEqual([6 + 81 - 12, 1]);
  });
});

test("planes: own, other's, one liberty, two liberties, last, the other passed, white is to move", () => {
  const game = position(["xo.......", ".x......."], "white", "B8");
  const plane = (k: number): number[] => {
    const seen = new Float32Array(7 * 81);
    game.observe(seen, 0);
    return Array.from({ length: 81 }, (_, i) => i).filter((i) => seen[7 * i + k] === 1);
  };
  const all = Array.from({ length: 81 }, (_, i) => i);
  expect([0, 1, 2, 3, 4, 5, 6].map(plane)).toEqual([[1], [0, 10], [0, 1], [], [10], [], all]);
  playNamed(game, "pass");
  expect([0, 1, 2, 3, 4, 5, 6].map(plane)).toEqual([[0, 10], [1], [0, 1], [], [], all, []]);
  playNamed(game, "C8");
  expect([plane(3), plane(5)]).toEqual([[], []]);
  playNamed(game, "J1");
  expect([plane(3), plane(4), plane(5)]).toEqual([[80], [80], []]);
});

test("a click means the crossing next to it where a stone is allowed, the button below passes", () => {
  const game = position([".x.......", "x........"], "white");
  const clicks = [
    [8.9, 8.1],
    [0.5, 0.5],
    [1.5, 0.5],
    [4.5, 9.5],
    [0.5, 9.5],
    [9, 4],
    [-0.1, 4],
  ];
  expect(clicks.map(([x, y]) => game.actionAt(x, y))).toEqual([80, -1, -1, PASS, -1, -1, -1]);
});

test("golden game: seed 4", () => {
  const game = new Go();
  const { moves, reward, mover } = playAtRandom(game, 4);
  expect([
    moves,
    reward,
    mover,
    ...game.area,
    ...game.captured,
    checksum(game),
  ]).toMatchInlineSnapshot(`
    [
      233,
      -1,
      0,
      38,
      32,
      81,
      64,
      2789870808,
    ]
  `);
  expect(board(game)).toMatchInlineSnapshot(`
    [
      "oxx.xo.oo",
      ".xxoxxxxx",
      "oxoxxxxx.",
      "xxoxxbxoo",
      ".oooxxxox",
      "oowoxxoox",
      "oooxx.xox",
      ".x..ooxxx",
      ".o.oowoox",
    ]
  `);
});
