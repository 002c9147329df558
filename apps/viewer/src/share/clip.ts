/**
 * A range of an episode as a row of pictures, painted without a screen: what GIF, WebM and PNG files
 * are made of. Runs in workers and in Node.
 */
import { PixelCanvas } from "@carom/envs";
import { Film, type Player } from "../model/film.js";
import { drawOn } from "../model/primitives.js";

/** Which part of an episode, how fast, how large. */
export interface ClipOptions {
  /** First and last decision whose pictures are shown. */
  readonly from: number;
  readonly to: number;
  /** Times real time. */
  readonly speed: number;
  /** Pixels of the longer side of the board. */
  readonly side: number;
  /** Most pictures per second. */
  readonly rate: number;
  /** Whether there are pictures between decisions. */
  readonly smooth: boolean;
}

/** Most pictures of a clip. */
export const MOST_PICTURES = 3000;
/** Seconds for which the last picture of a clip stays, so that it can be seen. */
const LAST_STAYS = 1;

/** What a clip will be. */
export interface ClipPlan {
  readonly width: number;
  readonly height: number;
  /** Places in the episode, in decisions, one for each picture. */
  readonly positions: readonly number[];
  /** Seconds after the beginning at which each picture comes; one more for the end of the last. */
  readonly times: readonly number[];
}

/** By so many pixels per board unit a side may miss a whole number of them: boards on the page are rounded. */
const ROUNDING = 0.02;

/** Pixels of a board whose longer side has about `side`: a whole number per board unit if there is room. */
export function sizeOf(
  board: { readonly width: number; readonly height: number },
  side: number,
): { width: number; height: number } {
  const most = side / Math.max(board.width, board.height);
  const whole = Math.floor(most + ROUNDING);
  const scale = whole >= 1 ? whole : most;
  const even = (length: number) => Math.max(2, 2 * Math.round((length * scale) / 2));
  return { width: even(board.width), height: even(board.height) };
}

/**
 * Throws an Error with a sentence for the reader where the clip would have too many pictures.
 * @param decisionsPerSecond of the game
 */
export function planClip(
  board: { readonly width: number; readonly height: number },
  decisionsPerSecond: number,
  { from, to, speed, side, rate, smooth }: ClipOptions,
): ClipPlan {
  const perSecond = decisionsPerSecond * speed;
  // As many pictures as there are decisions, but no more than the rate; between them if that is smooth.
  const pictureRate = smooth ? rate : Math.min(rate, perSecond);
  const stride = perSecond / pictureRate;
  const count = Math.floor((to - from) / stride + 1e-9) + 1;
  if (count > MOST_PICTURES) {
    throw new Error(
      `The range is too long: ${count} pictures, at most ${MOST_PICTURES}. Choose a part of it or a higher speed.`,
    );
  }
  const positions = Array.from({ length: count }, (_, i) => from + i * stride);
  if (positions[count - 1] < to) positions.push(to);
  const shown = positions.map((position) => (smooth ? position : Math.floor(position)));
  const times = positions.map((position) => (position - from) / perSecond);
  times.push(times[times.length - 1] + LAST_STAYS);
  return { ...sizeOf(board, side), positions: shown, times };
}

/** Paints the pictures of a clip, one after another. */
export class ClipPainter {
  readonly width: number;
  readonly height: number;
  private readonly film: Film;
  private readonly canvas: PixelCanvas;
  private readonly bytes: Uint8Array;

  constructor(player: Player, { width, height }: { width: number; height: number }) {
    this.width = width;
    this.height = height;
    this.film = new Film(player);
    this.canvas = new PixelCanvas(player.game.spec.board, { width, height, color: "rgb" });
    this.bytes = new Uint8Array(3 * width * height);
  }

  /** [height, width, 3] bytes, valid until the next call. */
  paint(position: number): Uint8Array {
    this.film.show(position, true);
    this.canvas.begin(this.bytes, 0);
    drawOn(this.film.picture, this.canvas);
    return this.bytes;
  }
}
