/**
 * A drawing as data: the list of primitives that a game's `draw` calls made, in painter's order and
 * board units.
 *
 * Games draw into this list instead of into a renderer, so that two frames can be compared, blended
 * and laid out without touching the screen. Columns are typed arrays that grow and are reused;
 * nothing is allocated per frame. Not here: pixels (quads.ts) and renderers (draw/).
 */
import type { Canvas } from "@carom/envs";

/** What a primitive is; decides how its five fields are read. */
export const Kind = {
  /** Fields unused: fills the board. */
  background: 0,
  /** x, y, width, height. */
  rect: 1,
  /** centre x, centre y, radius. */
  circle: 2,
  /** x1, y1, x2, y2, width. */
  line: 3,
  /** x, y, height, value. */
  digits: 4,
} as const;

/** Numbers kept per primitive. */
export const FIELDS = 5;

export class PrimitiveList implements Canvas {
  /** Primitives in the list. */
  count = 0;
  kinds = new Uint8Array(64);
  /** [count, FIELDS] */
  fields = new Float64Array(64 * FIELDS);
  /** 0xRRGGBB each. */
  colors = new Uint32Array(64);
  /** 0..1 each. */
  alphas = new Float32Array(64);

  clear(): void {
    this.count = 0;
  }

  background(color: number): void {
    this.push(Kind.background, color, 1, 0, 0, 0, 0, 0);
  }

  rect(x: number, y: number, w: number, h: number, color: number, alpha = 1): void {
    this.push(Kind.rect, color, alpha, x, y, w, h, 0);
  }

  circle(x: number, y: number, radius: number, color: number, alpha = 1): void {
    this.push(Kind.circle, color, alpha, x, y, radius, 0, 0);
  }

  line(x1: number, y1: number, x2: number, y2: number, width: number, color: number): void {
    this.push(Kind.line, color, 1, x1, y1, x2, y2, width);
  }

  digits(x: number, y: number, height: number, value: number, color: number): void {
    this.push(Kind.digits, color, 1, x, y, height, value, 0);
  }

  /** Makes this list equal to `other`. */
  copyFrom(other: PrimitiveList): void {
    this.reserve(other.count);
    this.count = other.count;
    this.kinds.set(other.kinds.subarray(0, other.count));
    this.fields.set(other.fields.subarray(0, other.count * FIELDS));
    this.colors.set(other.colors.subarray(0, other.count));
    this.alphas.set(other.alphas.subarray(0, other.count));
  }

  /** Adds primitive `i` of another list, with its alpha times `share`. */
  add(other: PrimitiveList, i: number, share = 1): void {
    const [a, b, c, d, e] = other.fields.subarray(i * FIELDS, (i + 1) * FIELDS);
    this.push(other.kinds[i], other.colors[i], other.alphas[i] * share, a, b, c, d, e);
  }

  /** Whether both lists draw the same picture. */
  equals(other: PrimitiveList): boolean {
    if (this.count !== other.count) return false;
    for (let i = 0; i < this.count; i++) if (!sameAt(this, i, other, i)) return false;
    return true;
  }

  private push(
    kind: number,
    color: number,
    alpha: number,
    a: number,
    b: number,
    c: number,
    d: number,
    e: number,
  ): void {
    const i = this.count;
    this.reserve(i + 1);
    this.kinds[i] = kind;
    this.colors[i] = color;
    this.alphas[i] = alpha;
    const at = i * FIELDS;
    this.fields[at] = a;
    this.fields[at + 1] = b;
    this.fields[at + 2] = c;
    this.fields[at + 3] = d;
    this.fields[at + 4] = e;
    this.count = i + 1;
  }

  private reserve(count: number): void {
    if (count <= this.kinds.length) return;
    const capacity = Math.max(count, this.kinds.length * 2);
    const { kinds, fields, colors, alphas } = this;
    this.kinds = new Uint8Array(capacity);
    this.fields = new Float64Array(capacity * FIELDS);
    this.colors = new Uint32Array(capacity);
    this.alphas = new Float32Array(capacity);
    this.kinds.set(kinds);
    this.fields.set(fields);
    this.colors.set(colors);
    this.alphas.set(alphas);
  }
}

/** Whether primitive `i` of `a` and primitive `j` of `b` are the same in every respect. */
export function sameAt(a: PrimitiveList, i: number, b: PrimitiveList, j: number): boolean {
  if (a.kinds[i] !== b.kinds[j] || a.colors[i] !== b.colors[j] || a.alphas[i] !== b.alphas[j]) {
    return false;
  }
  const p = i * FIELDS;
  const q = j * FIELDS;
  for (let f = 0; f < FIELDS; f++) if (a.fields[p + f] !== b.fields[q + f]) return false;
  return true;
}

/** Draws a list on another canvas. */
export function drawOn(list: PrimitiveList, canvas: Canvas): void {
  for (let i = 0; i < list.count; i++) {
    const [a, b, c, d, e] = list.fields.subarray(i * FIELDS, (i + 1) * FIELDS);
    const color = list.colors[i];
    switch (list.kinds[i]) {
      case Kind.background:
        canvas.background(color);
        break;
      case Kind.rect:
        canvas.rect(a, b, c, d, color, list.alphas[i]);
        break;
      case Kind.circle:
        canvas.circle(a, b, c, color, list.alphas[i]);
        break;
      case Kind.line:
        canvas.line(a, b, c, d, e, color);
        break;
      default:
        canvas.digits(a, b, c, d, color);
    }
  }
}
