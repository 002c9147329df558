/**
 * How Go looks: the board, and below it a band with the two players and a button to pass. The rules
 * are in go.ts.
 */
import type { Canvas } from "../../game.js";
import { drawDot, drawStone, drawWood } from "../boards/wood.js";
import type { Go } from "./go.js";
import { SIDE } from "./points.js";

/** Height of the band below the board. */
export const BAND = 1;
const DARK = 0x3a2a18;
const LIGHT = 0xf0e2c4;
const FADED = 0x7d6646;
const BUTTON = 0x8a5a2b;
/** By player: their territory, and their stone in the band. */
export const TERRITORY: Uint32Array = Uint32Array.of(0x303038, 0xfffaf0);
const MARGIN = 0.15;
/** The button: its left edge and width, and its word in letters of 3 x 5 bits, by rows. */
const BUTTON_X = 3.4;
const BUTTON_WIDTH = 2.2;
const PIXEL = 0.1;
const WORD = Uint16Array.of(
  0b110101110100100,
  0b010101111101101,
  0b011100010001110,
  0b011100010001110,
);

/** Whether a place of the board, in its units, is on the button that passes. */
export function onPassButton(x: number, y: number): boolean {
  const across = x >= BUTTON_X && x < BUTTON_X + BUTTON_WIDTH;
  return across && y >= SIDE + MARGIN && y < SIDE + BAND - MARGIN;
}

/** Paints one Go board; once two passes have ended the game, also what each player owns. */
export function drawGo(game: Go, canvas: Canvas): void {
  drawWood(canvas, SIDE);
  for (let point = 0; point < SIDE * SIDE; point++) {
    const stone = game.board[point];
    const owner = game.owner[point];
    const [x, y] = [(point % SIDE) + 0.5, Math.floor(point / SIDE) + 0.5];
    if (stone !== 0) drawStone(canvas, x, y, stone - 1);
    else if (owner === 1 || owner === 2) {
      canvas.rect(x - 0.14, y - 0.14, 0.28, 0.28, TERRITORY[owner - 1]);
    }
    if (point === game.last) drawDot(canvas, x, y, stone - 1);
  }
  canvas.rect(0, SIDE, SIDE, BAND, DARK);
  drawPlayer(game, canvas, 0, 0.6);
  drawPlayer(game, canvas, 1, SIDE - 0.6);
  drawButton(canvas, game.terminated, game.passes > 0);
}

/** A player's stone, lit at their turn; beside it their captures, or after two passes their area. */
function drawPlayer(game: Go, canvas: Canvas, player: number, x: number): void {
  const y = SIDE + BAND / 2;
  const turn = !game.terminated && game.player === player;
  canvas.circle(x, y, turn ? 0.4 : 0.34, turn ? LIGHT : FADED);
  canvas.circle(x, y, 0.33, DARK);
  canvas.circle(x, y, 0.3, TERRITORY[player]);
  const value = game.passes === 2 ? game.area[player] : game.captured[player];
  const width = 0.33 * (value < 10 ? 1 : value < 100 ? 2 : 3);
  const left = player === 0 ? x + 0.6 : x - 0.6 - width;
  canvas.digits(left, y - 0.22, 0.44, value, turn || game.passes === 2 ? LIGHT : FADED);
}

/** The button that passes; it has a frame while the other has just passed. */
function drawButton(canvas: Canvas, over: boolean, passed: boolean): void {
  const [top, height] = [SIDE + MARGIN, BAND - 2 * MARGIN];
  if (passed && !over) canvas.rect(BUTTON_X, top, BUTTON_WIDTH, height, LIGHT);
  const color = over ? DARK : BUTTON;
  canvas.rect(BUTTON_X + 0.05, top + 0.05, BUTTON_WIDTH - 0.1, height - 0.1, color);
  const left = BUTTON_X + (BUTTON_WIDTH - 15 * PIXEL) / 2;
  for (let i = 0; i < 15 * WORD.length; i++) {
    const letter = Math.floor(i / 15);
    const bit = i % 15;
    if (((WORD[letter] >> (14 - bit)) & 1) === 0) continue;
    const x = left + (4 * letter + (bit % 3)) * PIXEL;
    const y = top + height / 2 + (Math.floor(bit / 3) - 2.5) * PIXEL;
    canvas.rect(x, y, PIXEL, PIXEL, over ? FADED : LIGHT);
  }
}
