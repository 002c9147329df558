/** How a picture of a game is to look, checked; and the observation that it makes. */
import { EnvError } from "../errors.js";
import type { BoardSize, ObservationSpec } from "../game.js";
import type { Window } from "./outline.js";

/** How a game becomes a picture. */
export interface PixelOptions {
  /** Pixels from left to right, 1 to 4096 (default 84). */
  readonly width?: number;
  /** Pixels from top to bottom, 1 to 4096 (default 84). */
  readonly height?: number;
  /** One channel of grey (the default) or three of red, green and blue. */
  readonly color?: "gray" | "rgb";
  /**
   * Whether the board is stretched to fill the picture (the default, as the usual preprocessing of
   * Atari games does) or keeps its proportions, with black bars at two sides.
   */
  readonly fit?: "fill" | "letterbox";
}

/** The options with their defaults. */
export interface PixelFormat {
  /** Pixels from left to right. */
  readonly width: number;
  /** Pixels from top to bottom. */
  readonly height: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
  /** Stretched, or with black bars at two sides. */
  readonly fit: "fill" | "letterbox";
}

const USUAL_SIZE = 84;
const LARGEST_SIZE = 4096;

/** Checks the options. Throws EnvError INVALID_ARGUMENT. */
export function pixelFormat(options: PixelOptions = {}): PixelFormat {
  return {
    width: checkedSize("width", options.width ?? USUAL_SIZE),
    height: checkedSize("height", options.height ?? USUAL_SIZE),
    channels: checkedChoice("color", options.color ?? "gray", ["gray", "rgb"]) === "gray" ? 1 : 3,
    fit: checkedChoice("fit", options.fit ?? "fill", ["fill", "letterbox"]),
  };
}

/** What a policy sees: [height, width, channels] bytes. */
export function pixelSpec({ width, height, channels }: PixelFormat): ObservationSpec {
  return {
    size: width * height * channels,
    shape: [height, width, channels],
    dtype: "uint8",
  };
}

/** Where the board lies in the picture: all of it, or the middle, to whole pixels. */
export function boardWindow({ width, height, fit }: PixelFormat, board: BoardSize): Window {
  if (fit === "fill") return { left: 0, top: 0, right: width, bottom: height };
  const scale = Math.min(width / board.width, height / board.height);
  const across = Math.max(1, Math.floor(board.width * scale + 0.5));
  const down = Math.max(1, Math.floor(board.height * scale + 0.5));
  const left = (width - across) >> 1;
  const top = (height - down) >> 1;
  return { left, top, right: left + across, bottom: top + down };
}

function checkedSize(name: string, size: number): number {
  if (Number.isInteger(size) && size >= 1 && size <= LARGEST_SIZE) return size;
  const expected = `a whole number from 1 to ${LARGEST_SIZE}`;
  throw new EnvError(
    "INVALID_ARGUMENT",
    `pixels: invalid ${name} (got ${size}, expected ${expected})`,
  );
}

function checkedChoice<T extends string>(name: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  const expected = known.map((one) => `"${one}"`).join(" or ");
  throw new EnvError(
    "INVALID_ARGUMENT",
    `pixels: invalid ${name} (got "${value}", expected ${expected})`,
  );
}
