/**
 * A clip as a GIF: one palette for all pictures, exact where the board has up to 255 colours; of each
 * picture only what changed. Times are rounded to hundredths of a second, each from the beginning, so
 * that they do not drift.
 */
/// <reference path="./gifenc.d.ts" />
import { type Color, GIFEncoder, type Gif, nearestColorIndex, quantize } from "gifenc";
import type { ClipPainter, ClipPlan } from "./clip.js";

/** Most bytes of a GIF. */
export const MOST_GIF_BYTES: number = 48 << 20;
/** Pictures whose colours make the palette. */
const SAMPLES = 24;
/** Most colours; one more stands for "as before". */
const MOST_COLORS = 255;
/** Shortest time that browsers keep to, in hundredths of a second. */
const SHORTEST = 2;

/** Called with the share that is done; awaited, so that a caller can let others work. */
export type Progress = (share: number) => void | Promise<void>;

/** Throws an Error with a sentence for the reader where the file becomes too large. */
export async function makeGif(
  painter: ClipPainter,
  plan: ClipPlan,
  progress: Progress = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = painter;
  const palette = new Palette(paletteOf(painter, plan));
  const gif = GIFEncoder();
  const before = new Uint8Array(width * height);
  const index = new Uint8Array(width * height);
  let pending: { readonly at: number; readonly first: boolean } | undefined;
  const write = (until: number) => {
    if (pending) writePicture(gif, index, { width, height }, palette, { ...pending, until });
  };
  for (const [i, position] of plan.positions.entries()) {
    palette.indicesOf(painter.paint(position), before, i > 0, (next, changed) => {
      if (!changed) return; // the one before stays longer
      write(plan.times[i]);
      index.set(next);
      pending = { at: plan.times[i], first: i === 0 };
    });
    if (gif.bytesView().length > MOST_GIF_BYTES) {
      throw new Error(
        `The GIF is too large: more than ${MOST_GIF_BYTES >> 20} MB. Choose a part of it or a higher speed.`,
      );
    }
    await progress((i + 1) / plan.positions.length);
  }
  write(plan.times[plan.positions.length]);
  gif.finish();
  return gif.bytes();
}

function writePicture(
  gif: Gif,
  index: Uint8Array,
  { width, height }: { width: number; height: number },
  palette: Palette,
  time: { readonly at: number; readonly until: number; readonly first: boolean },
): void {
  const hundredths = Math.round(time.until * 100) - Math.round(time.at * 100);
  gif.writeFrame(index, width, height, {
    ...(time.first ? { palette: palette.colors } : {}),
    ...(time.first ? {} : { transparent: true, transparentIndex: palette.same }),
    delay: 10 * Math.max(SHORTEST, hundredths),
    dispose: 1,
  });
}

/** The colours of a sample of the pictures, all or the best ones. */
function paletteOf(painter: ClipPainter, { positions }: ClipPlan): number[][] {
  const found = new Map<number, number>();
  const every = Math.max(1, Math.floor(positions.length / SAMPLES));
  for (let i = 0; i < positions.length; i += every) {
    const bytes = painter.paint(positions[i]);
    for (let p = 0; p < bytes.length; p += 3) {
      const color = (bytes[p] << 16) | (bytes[p + 1] << 8) | bytes[p + 2];
      found.set(color, (found.get(color) ?? 0) + 1);
    }
  }
  const colors = [...found].sort((a, b) => b[1] - a[1]).map(([color]) => color);
  if (colors.length <= MOST_COLORS) return colors.map((color) => [...split(color)]);
  const rgba = Uint8Array.from(colors.flatMap((color) => [...split(color), 255]));
  return quantize(rgba, MOST_COLORS);
}

function split(color: number): Color {
  return [color >>> 16, (color >>> 8) & 255, color & 255];
}

/** Colours, and which of them stands for which. */
class Palette {
  readonly colors: readonly (readonly number[])[];
  /** The index that stands for "as before". */
  readonly same: number;
  private readonly known = new Map<number, number>();
  private readonly next: { value: Uint8Array } = { value: new Uint8Array(0) };

  constructor(colors: readonly (readonly number[])[]) {
    this.colors = [...colors, [0, 0, 0]];
    this.same = colors.length;
    for (const [i, [r, g, b]] of colors.entries()) this.known.set((r << 16) | (g << 8) | b, i);
  }

  /**
   * Gives the indices of a picture to `take`, those of pixels that are as in `before` marked, and
   * whether any are not; `before` becomes the picture.
   */
  indicesOf(
    bytes: Uint8Array,
    before: Uint8Array,
    marks: boolean,
    take: (indices: Uint8Array, changed: boolean) => void,
  ): void {
    if (this.next.value.length !== before.length) this.next.value = new Uint8Array(before.length);
    const { value: out } = this.next;
    let changed = !marks;
    for (let i = 0, p = 0; i < before.length; i++, p += 3) {
      const index = this.indexOf((bytes[p] << 16) | (bytes[p + 1] << 8) | bytes[p + 2]);
      const isSame = marks && index === before[i];
      out[i] = isSame ? this.same : index;
      if (!isSame) changed = true;
      before[i] = index;
    }
    take(out, changed);
  }

  private indexOf(color: number): number {
    const known = this.known.get(color);
    if (known !== undefined) return known;
    const index = nearestColorIndex(this.colors.slice(0, this.same), split(color));
    this.known.set(color, index);
    return index;
  }
}
