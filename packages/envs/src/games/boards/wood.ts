/**
 * How games on the crossings of a wooden board look: a unit per crossing, stones in black (player 0)
 * and white (player 1). Colours and shapes only.
 */
import type { Canvas } from "../../game.js";

/** Colours of the wood, of its grain and of the lines. */
export const WOOD = 0xdcb26a;
export const GRAIN = 0xc99a50;
export const LINES = 0x6b4a22;
/** By player: the stone, its outline, the light on it, and the dot on the last one. */
export const STONES: Uint32Array = Uint32Array.of(0x26262c, 0xf4f1ea);
export const OUTLINES: Uint32Array = Uint32Array.of(0x0d0d10, 0x8f8672);
export const LIGHTS: Uint32Array = Uint32Array.of(0x4a4a55, 0xffffff);
export const DOTS: Uint32Array = Uint32Array.of(0xff7a6b, 0xc4352b);

/** The empty board of `side` x `side` crossings, with star points. */
export function drawWood(canvas: Canvas, side: number): void {
  canvas.background(WOOD);
  for (let stripe = 0; stripe < 2 * side; stripe++) {
    const width = 0.05 + 0.04 * ((stripe * 7) % 5);
    canvas.rect(0.5 * stripe + 0.06 * ((stripe * 3) % 4), 0, width, side, GRAIN, 0.18);
  }
  for (let i = 0; i < side; i++) {
    canvas.line(i + 0.5, 0.5, i + 0.5, side - 0.5, 0.035, LINES);
    canvas.line(0.5, i + 0.5, side - 0.5, i + 0.5, 0.035, LINES);
  }
  const edge = side > 11 ? 3 : 2;
  const middle = (side - 1) / 2;
  canvas.circle(middle + 0.5, middle + 0.5, 0.09, LINES);
  for (let corner = 0; corner < 4; corner++) {
    const column = corner % 2 === 0 ? edge : side - 1 - edge;
    const row = corner < 2 ? edge : side - 1 - edge;
    canvas.circle(column + 0.5, row + 0.5, 0.09, LINES);
  }
}

/** A stone of `player` around (x, y), with its shadow. */
export function drawStone(canvas: Canvas, x: number, y: number, player: number): void {
  canvas.circle(x + 0.02, y + 0.04, 0.46, 0x000000, 0.22);
  canvas.circle(x, y, 0.45, OUTLINES[player]);
  canvas.circle(x, y, 0.42, STONES[player]);
  canvas.circle(x - 0.13, y - 0.15, 0.13, LIGHTS[player], 0.6);
}

/** The dot on the stone that was played last. */
export function drawDot(canvas: Canvas, x: number, y: number, player: number): void {
  canvas.circle(x, y, 0.14, DOTS[player]);
}
