/**
 * A picture being painted: bytes of grey or of red, green and blue, channels last, somewhere inside a
 * larger array. Coverage is an integer from 0 to ONE, so mixing a colour in is exact up to the
 * rounding to a byte, and the same in every engine.
 *
 * Here: runs of pixels and upright rectangles. Not here: shapes with slanted edges (outline.ts) and
 * board units (canvas.ts).
 */

/** Full coverage, and the length of a pixel's side in the units of `box`. */
export const ONE = 32768;
const SHIFT = 15;
const HALF = 16384;
/** Bytes from which one `fill` is faster than a loop. */
const WORTH_A_FILL = 16;
/** Pixels of a long run that are written one by one; copies of them make the rest. */
const SEED = 64;

/** The grey of 0xRRGGBB: luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, rounded. */
export function greyOf(color: number): number {
  const [red, green, blue] = [(color >> 16) & 255, (color >> 8) & 255, color & 255];
  return (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
}

/** Paints into bytes that belong to the caller. */
export class Raster {
  /** Pixels from left to right, and from top to bottom. */
  readonly width: number;
  readonly height: number;
  /** Bytes per pixel: 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
  private bytes: Uint8Array = new Uint8Array(0);
  private start = 0;
  // The ink: grey alone, or all three.
  private color = 0;
  private grey = 0;
  private red = 0;
  private green = 0;
  private blue = 0;

  constructor(width: number, height: number, channels: 1 | 3) {
    this.width = width;
    this.height = height;
    this.channels = channels;
  }

  /** From now on paints into the `width * height * channels` bytes of `out` from `at`. */
  paintInto(out: Uint8Array, at: number): void {
    this.bytes = out;
    this.start = at;
  }

  /** Colour of what follows, 0xRRGGBB. */
  ink(color: number): void {
    if (color === this.color) return;
    this.color = color;
    if (this.channels === 1) {
      this.grey = greyOf(color);
      return;
    }
    this.red = (color >> 16) & 255;
    this.green = (color >> 8) & 255;
    this.blue = color & 255;
  }

  /** Covers the pixels from index `from` up to `to`. */
  solid(from: number, to: number): void {
    const { bytes, channels } = this;
    const start = this.start + channels * from;
    const end = this.start + channels * to;
    const seeded = Math.min(end, start + channels * SEED);
    if (channels === 3) {
      const { red, green, blue } = this;
      for (let i = start; i < seeded; i += 3) {
        bytes[i] = red;
        bytes[i + 1] = green;
        bytes[i + 2] = blue;
      }
    } else if (to - from < WORTH_A_FILL) {
      const { grey } = this;
      for (let i = start; i < end; i++) bytes[i] = grey;
    } else {
      bytes.fill(this.grey, start, seeded);
    }
    if (seeded < end) this.repeat(start, seeded, end);
  }

  /** Repeats the bytes from `start` up to `seeded` as far as `end`: each copy doubles them. */
  private repeat(start: number, seeded: number, end: number): void {
    for (let done = seeded - start; done < end - start; done *= 2) {
      this.bytes.copyWithin(start + done, start, Math.min(start + done, end - done));
    }
  }

  /** Mixes the ink into the pixels from index `from` up to `to`; `cover` is 0 to ONE. */
  mix(from: number, to: number, cover: number): void {
    const { bytes } = this;
    const kept = ONE - cover;
    if (this.channels === 1) {
      const added = Math.imul(this.grey, cover) + HALF;
      for (let i = this.start + from; i < this.start + to; i++) {
        bytes[i] = (Math.imul(bytes[i], kept) + added) >> SHIFT;
      }
      return;
    }
    const red = Math.imul(this.red, cover) + HALF;
    const green = Math.imul(this.green, cover) + HALF;
    const blue = Math.imul(this.blue, cover) + HALF;
    const end = this.start + 3 * to;
    for (let i = this.start + 3 * from; i < end; i += 3) {
      bytes[i] = (Math.imul(bytes[i], kept) + red) >> SHIFT;
      bytes[i + 1] = (Math.imul(bytes[i + 1], kept) + green) >> SHIFT;
      bytes[i + 2] = (Math.imul(bytes[i + 2], kept) + blue) >> SHIFT;
    }
  }

  /** Mixes the ink into one pixel. */
  mixOne(pixel: number, cover: number): void {
    if (this.channels !== 1) {
      this.mix(pixel, pixel + 1, cover);
      return;
    }
    const { bytes } = this;
    const i = this.start + pixel;
    bytes[i] = (Math.imul(bytes[i], ONE - cover) + Math.imul(this.grey, cover) + HALF) >> SHIFT;
  }

  /**
   * A rectangle by its edges, in 1/ONE of a pixel and inside the picture: each pixel takes the ink by
   * the share of it that is covered, times `opacity` (0 to ONE).
   */
  box(left: number, top: number, right: number, bottom: number, opacity: number): void {
    if (!(right > left && bottom > top)) return;
    const { width } = this;
    let first = left >> SHIFT;
    let end = ((right - 1) >> SHIFT) + 1;
    // Columns covered in part are mixed in on their own; `first` to `end` is what lies between.
    let atStart = Math.min(right, (first + 1) << SHIFT) - left;
    let atEnd = end - first > 1 ? right - ((end - 1) << SHIFT) : ONE;
    if (atStart < ONE) first += 1;
    else atStart = 0;
    if (atEnd < ONE) end -= 1;
    else atEnd = 0;
    const endRow = ((bottom - 1) >> SHIFT) + 1;
    let row = top >> SHIFT;
    while (row < endRow) {
      const at = Math.imul(row, width);
      const height = Math.min(bottom, (row + 1) << SHIFT) - Math.max(top, row << SHIFT);
      const cover = (Math.imul(height, opacity) + HALF) >> SHIFT;
      row += 1;
      if (cover === ONE && end - first === width) {
        // Whole rows follow each other without a gap.
        row = bottom >> SHIFT;
        this.solid(at, Math.imul(row, width));
        continue;
      }
      if (cover === ONE) this.solid(at + first, at + end);
      else this.mix(at + first, at + end, cover);
      if (atStart > 0) this.mixOne(at + first - 1, (Math.imul(cover, atStart) + HALF) >> SHIFT);
      if (atEnd > 0) this.mixOne(at + end, (Math.imul(cover, atEnd) + HALF) >> SHIFT);
    }
  }
}
