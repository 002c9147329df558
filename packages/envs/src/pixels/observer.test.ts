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
  "breakout/classic": "942b1617",
  "breakout/puffer": "62e8f2f1",
  "pong/classic": "baeb8e7a",
  "catch/classic": "5bff8feb",
  "snake/classic": "f9a641e9",
  "flappy/classic": "d4fe9154",
  "tetris/classic": "a0cb3e59",
  "2048/classic": "e97bf134",
  "frozenlake/slippery": "c86b83f9",
  "frozenlake/slippery-8x8": "e643d005",
  "frozenlake/dry": "4c221c65",
  "frozenlake/dry-8x8": "0e342f2b",
  "deepsea/10": "fbdb7f86",
  "deepsea/20": "66e1d150",
  "deepsea/30": "37fffcaa",
  "mini-breakout/classic": "2822a68e",
  "mini-freeway/classic": "183172d4",
  "mini-asterix/classic": "1a2fa2a9",
  "mini-invaders/classic": "38cac078",
  "mini-seaquest/classic": "5132bff2",
  "cartpole/classic": "48cd4b4e",
  "mountaincar/classic": "197f0ccd",
  "mountaincar-continuous/classic": "82dc4cc0",
  "acrobot/classic": "227ea802",
  "pendulum/classic": "97a4c05f",
  "tictactoe/classic": "21e9088a",
  "connect4/classic": "e9295f2b",
  "gomoku/15": "32f53201",
  "gomoku/9": "e3fd0283",
  "go/9": "c8f99f1f",
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
