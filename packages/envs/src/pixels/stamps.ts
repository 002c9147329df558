/**
 * Coverage of discs that come again and again: the holes of a board, its stones, the fields of a grid.
 * A disc is known by its size and by where its centre lies within a pixel. It is kept when it comes for
 * the second time, so what moves costs no more than before; whether it was kept does not show in a
 * picture, since both ways compute the same numbers.
 */
import { addDisc } from "./disc.js";
import { Outline } from "./outline.js";
import { ONE, type Raster } from "./raster.js";

/** Longest side of a kept disc's frame, in pixels. */
export const STAMP_SIDE = 48;
/** Places for discs; two that fall on one push each other out. */
const SLOTS = 64;
const CELLS = STAMP_SIDE * STAMP_SIDE;

/** A disc in a frame of whole pixels around it. */
export interface FramedDisc {
  /** Centre, from the frame's corner. */
  x: number;
  y: number;
  /** Radii across and down. */
  a: number;
  b: number;
  /** Sides of the frame. */
  width: number;
  height: number;
}

/** Discs that are kept. */
export class Stamps {
  private readonly keys = new Float64Array(4 * SLOTS); // [slot, (x, y, a, b)]
  private readonly isKept = new Uint8Array(SLOTS);
  private readonly covers = new Uint16Array(CELLS * SLOTS); // [slot, row, column], 0 to ONE
  private readonly outline = new Outline({
    left: 0,
    top: 0,
    right: STAMP_SIDE,
    bottom: STAMP_SIDE,
  });
  // What the outline paints into: the cells of one slot.
  private base = 0;
  /** @internal */ readonly width: number = STAMP_SIDE;
  /** @internal */ mixOne(cell: number, cover: number): void {
    this.covers[this.base + cell] = cover;
  }

  /** Paints a disc whose frame's first cell is `pixel`; false if it comes for the first time. */
  paint(disc: FramedDisc, raster: Raster, pixel: number): boolean {
    const slot = slotOf(disc);
    if (!this.isKnown(slot, disc)) return false;
    this.base = slot * CELLS;
    if (this.isKept[slot] === 0) this.keep(slot, disc);
    for (let row = 0; row < disc.height; row++) {
      this.paintRow(raster, this.base + row * STAMP_SIDE, disc.width, pixel + row * raster.width);
    }
    return true;
  }

  /** Whether the slot is this disc's; from now on it is. */
  private isKnown(slot: number, { x, y, a, b }: FramedDisc): boolean {
    const { keys } = this;
    const at = 4 * slot;
    if (keys[at] === x && keys[at + 1] === y && keys[at + 2] === a && keys[at + 3] === b)
      return true;
    keys[at] = x;
    keys[at + 1] = y;
    keys[at + 2] = a;
    keys[at + 3] = b;
    this.isKept[slot] = 0;
    return false;
  }

  private keep(slot: number, { x, y, a, b }: FramedDisc): void {
    this.covers.fill(0, this.base, this.base + CELLS);
    addDisc(this.outline, x, y, a, b);
    this.outline.paint(this, 1, 0, 0);
    this.isKept[slot] = 1;
  }

  /** `width` cells from `from` onto the pixels from `at`. */
  private paintRow(raster: Raster, from: number, width: number, at: number): void {
    const { covers } = this;
    let column = 0;
    while (column < width) {
      const cover = covers[from + column];
      if (cover === ONE) {
        const first = column;
        while (column < width && covers[from + column] === ONE) column += 1;
        raster.solid(at + first, at + column);
        continue;
      }
      if (cover > 0) raster.mixOne(at + column, cover);
      column += 1;
    }
  }
}

/** Discs of a picture that lie differently within their pixels rarely share a slot. */
function slotOf({ x, y, a }: FramedDisc): number {
  const mixed = Math.imul(x * 1024, 0x9e3779b1) ^ Math.imul(y * 1024, 0x85ebca6b);
  return ((mixed ^ Math.imul(a * 64, 0xc2b2ae35)) >>> 16) % SLOTS;
}
