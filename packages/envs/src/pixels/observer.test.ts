import { expect, test } from "vitest";
import { games } from "../registry.js";
import { Counter } from "../testing/counter.js";
import { fingerprint, paintedFrames } from "../testing/painted-frames.js";
import { PixelCanvas } from "./canvas.js";
import { pixelObserver } from "./observer.js";

const { spec } = new Counter();

test("the usual picture is 84 x 84 bytes of grey, others are as asked for", () => {
  expect(pixelObserver(spec).spec).toEqual({ size: 7056, shape: [84, 84, 1], dtype: "uint8" });
  expect(pixelObserver(spec, { width: 30, height: 20, color: "rgb" }).spec).toEqual({
    size: 1800,
    shape: [20, 30, 3],
    dtype: "uint8",
  });
});

test("writes its own row, all of it, and the same bytes wherever the row lies", () => {
  const game = new Counter();
  game.reset();
  for (const color of ["gray", "rgb"] as const) {
    const observer = pixelObserver(spec, { width: 9, height: 7, color });
    const { size } = observer.spec;
    const rows = [0, 255].map((filler) => {
      const out = new Uint8Array(new SharedArrayBuffer(size + 8)).fill(filler);
      observer.observe(game, out, 5);
      expect([...out.subarray(0, 5), ...out.subarray(5 + size)]).toEqual(Array(8).fill(filler));
      return out.slice(5, 5 + size);
    });
    const alone = new Uint8Array(size);
    observer.observe(game, alone, 0);
    expect(rows).toEqual([alone, alone]);
    expect(new Set(alone).size).toBeGreaterThan(1);
  }
});

test("a picture that does not fit into the array is refused", () => {
  const observer = pixelObserver(spec, { width: 4, height: 4 });
  const game = new Counter();
  expect(() => observer.observe(game, new Uint8Array(20), 5)).toThrow(
    "pixels: no room for the picture (got 20 bytes, expected 16 from 5)",
  );
  expect(() => observer.observe(game, new Uint8Array(20), -1)).toThrow("no room for the picture");
});

test("sizes and choices that do not exist are refused", () => {
  for (const size of [0, -1, 2.5, 4097, Number.NaN]) {
    expect(() => pixelObserver(spec, { width: size })).toThrow(
      `pixels: invalid width (got ${size}, expected a whole number from 1 to 4096)`,
    );
    expect(() => new PixelCanvas(spec.board, { height: size })).toThrow("pixels: invalid height");
  }
  const read = (text: string) => JSON.parse(text);
  expect(() => pixelObserver(spec, read('{ "color": "blue" }'))).toThrow(
    'pixels: invalid color (got "blue", expected "gray" or "rgb")',
  );
  expect(() => pixelObserver(spec, read('{ "fit": "cover" }'))).toThrow(
    'pixels: invalid fit (got "cover", expected "fill" or "letterbox")',
  );
});

test("painting changes nothing in the game and needs nothing from earlier pictures", () => {
  const game = new Counter();
  game.reset();
  const observer = pixelObserver(spec, { width: 10, height: 10 });
  const early = new Uint8Array(100);
  observer.observe(game, early, 0);
  game.step(0);
  const later = new Uint8Array(100);
  observer.observe(game, later, 0);
  expect(later).not.toEqual(early);
  game.reset();
  observer.observe(game, later, 0);
  expect(later).toEqual(early);
});

/**
 * By game and variant. What a game looks like is what agents that learn from pixels see: a change
 * here asks for a new version of the game.
 */
const PRINTS: Readonly<Record<string, string>> = {
  "breakout/classic": "d67236c9",
  "breakout/puffer": "970cc271",
  "pong/classic": "baeb8e7a",
  "catch/classic": "59574c3e",
  "snake/classic": "f94477fc",
  "flappy/classic": "bc0f3703",
  "tetris/classic": "a0cb3e59",
  "2048/classic": "e97bf134",
  "frozenlake/slippery": "c86b83f9",
  "frozenlake/slippery-8x8": "e643d005",
  "frozenlake/dry": "4c221c65",
  "frozenlake/dry-8x8": "0e342f2b",
  "deepsea/10": "cddc7566",
  "deepsea/20": "66e1d150",
  "deepsea/30": "d76d9487",
  "mini-breakout/classic": "acca59ac",
  "mini-freeway/classic": "c94bcc80",
  "mini-asterix/classic": "dc13a54d",
  "mini-invaders/classic": "38cac078",
  "mini-seaquest/classic": "5132bff2",
  "cartpole/classic": "b9c3b054",
  "mountaincar/classic": "fb284879",
  "mountaincar-continuous/classic": "6dd88f9f",
  "acrobot/classic": "c43ff1c2",
  "pendulum/classic": "07c20e38",
  "tictactoe/classic": "21e9088a",
  "connect4/classic": "5cde364e",
  "gomoku/15": "38685681",
  "gomoku/9": "7f826f15",
  "go/9": "f542fc6d",
};

test("games look as they have always looked", () => {
  const prints = games.flatMap((game) =>
    game.variants
      .map((variant) => [`${game.id}/${variant}`, game, variant] as const)
      .filter(([name]) => name in PRINTS)
      .map(([name, , variant]) => [name, fingerprint(paintedFrames(game, variant))]),
  );
  expect(Object.fromEntries(prints)).toEqual(PRINTS);
});
