/**
 * A drawing as bytes: the calls that a game's `draw` made, so that the picture can be shown again
 * without the game. A drawing is written as what differs from the one before:
 *
 *   varint number of shapes, then operations until there are so many:
 *     n << 1            the next n shapes of the drawing before
 *     5 << 1 | 1        go to another place in the drawing before: varint, zigzag, from here
 *     6 << 1 | 1        the next shape before with other numbers: a byte of bits says which, then they
 *     k << 1 | 1        a shape of kind k, in the place of one: three bytes of colour, its numbers
 *     (k + 8) << 1 | 1  the same with an alpha behind the colour
 *   a number is a varint: of eighths, zigzag, doubled; or 1 and a float32
 *
 * Not here: which moments of an episode are drawn (pictures.ts).
 */
import { EnvError } from "../errors.js";
import type { Canvas } from "../game.js";

/** Numbers of each kind of shape: background, rect, circle, line, digits. */
const ARITY: readonly number[] = [0, 4, 3, 5, 4];
const JUMP = 5;
const CHANGE = 6;
/** Where the numbers of a shape begin. */
const NUMBERS = 3;
const WITH_ALPHA = 8;
/** Shapes before and behind the expected place among which an equal one is looked for. */
const REACH = 96;
/** Those among which it is looked for where the shape at the expected place may have moved. */
const NEAR = 8;
/** Most shapes of a drawing. */
export const MAX_SHAPES: number = 1 << 16;
/** Parts of a board unit that numbers are kept to where they are whole numbers of them. */
const PARTS = 8;
const LARGEST_PART = 1 << 28;

/** One call: kind, colour, alpha, and the numbers of its kind. */
export type Shape = readonly number[];

/** What a game drew, in the order in which it did. */
export type Drawing = readonly Shape[];

/** A canvas that keeps what is drawn on it; shapes that are nowhere are left out. */
export class DrawingCanvas implements Canvas {
  /** What was drawn so far. */
  readonly shapes: Shape[] = [];

  background(color: number): void {
    this.keep([0, color, 1]);
  }

  rect(x: number, y: number, width: number, height: number, color: number, alpha = 1): void {
    this.keep([1, color, alpha, x, y, width, height]);
  }

  circle(x: number, y: number, radius: number, color: number, alpha = 1): void {
    this.keep([2, color, alpha, x, y, radius]);
  }

  line(x1: number, y1: number, x2: number, y2: number, width: number, color: number): void {
    this.keep([3, color, 1, x1, y1, x2, y2, width]);
  }

  digits(x: number, y: number, height: number, value: number, color: number): void {
    this.keep([4, color, 1, x, y, height, value]);
  }

  private keep(shape: Shape): void {
    if (shape.every((number) => Number.isFinite(Math.fround(number)))) this.shapes.push(shape);
  }
}

/** Draws a drawing again. */
export function drawAgain(drawing: Drawing, canvas: Canvas): void {
  for (const [kind, color, alpha, a, b, c, d, e] of drawing) {
    if (kind === 0) canvas.background(color);
    else if (kind === 1) canvas.rect(a, b, c, d, color, alpha);
    else if (kind === 2) canvas.circle(a, b, c, color, alpha);
    else if (kind === 3) canvas.line(a, b, c, d, e, color);
    else canvas.digits(a, b, c, d, color);
  }
}

/** Drawings as bytes, each as what differs from the one before. */
export function encodeDrawings(drawings: readonly Drawing[]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  let before: Drawing = [];
  for (const drawing of drawings) {
    encodeDrawing(out, drawing, before);
    before = drawing;
  }
  return out.taken();
}

function encodeDrawing(out: ByteWriter, drawing: Drawing, before: Drawing): void {
  out.varint(drawing.length);
  let place = 0; // in the drawing before
  let i = 0;
  while (i < drawing.length) {
    const reach = isAlike(drawing[i], before[place]) ? NEAR : REACH;
    const found = placeOf(drawing[i], before, place, reach);
    if (found < 0) {
      encodeShape(out, drawing[i++], before[place++]);
      continue;
    }
    if (found !== place) {
      out.varint((JUMP << 1) | 1);
      out.varint(zigzag(found - place));
    }
    let run = 1;
    while (i + run < drawing.length && isSame(drawing[i + run], before[found + run])) run++;
    out.varint(run << 1);
    place = found + run;
    i += run;
  }
}

/** Where an equal shape is in the drawing before, the expected place first; -1 if it is not within `reach`. */
function placeOf(shape: Shape, before: Drawing, place: number, reach: number): number {
  for (let away = 0; away <= reach; away++) {
    if (isSame(shape, before[place + away])) return place + away;
    if (isSame(shape, before[place - away])) return place - away;
  }
  return -1;
}

/** Whether two shapes differ in their numbers at most. */
function isAlike(a: Shape, b: Shape | undefined): boolean {
  return b !== undefined && a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}

function isSame(a: Shape, b: Shape | undefined): boolean {
  if (b === undefined || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function encodeShape(out: ByteWriter, shape: Shape, before: Shape | undefined): void {
  const [kind, color, alpha, ...numbers] = shape;
  if (before && isAlike(shape, before)) {
    const isOther = numbers.map((number, i) => number !== before[NUMBERS + i]);
    out.varint((CHANGE << 1) | 1);
    out.byte(isOther.reduce((bits, other, i) => (other ? bits | (1 << i) : bits), 0));
    for (const [i, number] of numbers.entries()) if (isOther[i]) out.number(number);
    return;
  }
  const isClear = alpha !== 1;
  out.varint(((isClear ? kind + WITH_ALPHA : kind) << 1) | 1);
  out.byte(color >>> 16);
  out.byte(color >>> 8);
  out.byte(color);
  if (isClear) out.number(alpha);
  for (const number of numbers) out.number(number);
}

/** The `count` drawings that `encodeDrawings` wrote. Throws EnvError REPLAY_CORRUPT for any other bytes. */
export function decodeDrawings(bytes: Uint8Array, count: number): Drawing[] {
  const input = new ByteReader(bytes);
  const drawings: Drawing[] = [];
  let before: Drawing = [];
  for (let i = 0; i < count; i++) {
    before = decodeDrawing(input, before);
    drawings.push(before);
  }
  if (!input.isAtEnd) throw corrupt("bytes are left over");
  return drawings;
}

function decodeDrawing(input: ByteReader, before: Drawing): Drawing {
  const length = input.varint();
  if (length > MAX_SHAPES) throw corrupt(`too many shapes (got ${length})`);
  const drawing: Shape[] = [];
  let place = 0;
  while (drawing.length < length) {
    const code = input.varint();
    if ((code & 1) === 0) {
      const run = before.slice(place, place + (code >>> 1));
      if (run.length === 0 || run.length !== code >>> 1 || drawing.length + run.length > length) {
        throw corrupt("shapes that are not there");
      }
      drawing.push(...run);
      place += run.length;
    } else if (code >>> 1 === JUMP) {
      place += unzigzag(input.varint());
      if (before[place] === undefined) throw corrupt("a place that is not there");
    } else if (code >>> 1 === CHANGE) {
      drawing.push(changeShape(input, before[place++]));
    } else {
      drawing.push(decodeShape(input, code >>> 1));
      place++;
    }
  }
  return drawing;
}

function changeShape(input: ByteReader, before: Shape | undefined): Shape {
  if (before === undefined) throw corrupt("a shape that is not there");
  const bits = input.byte();
  return before.map((number, i) =>
    (bits >> (i - NUMBERS)) & 1 && i >= NUMBERS ? input.number() : number,
  );
}

function decodeShape(input: ByteReader, code: number): Shape {
  const kind = code & (WITH_ALPHA - 1);
  const arity = code < 2 * WITH_ALPHA ? ARITY[kind] : undefined;
  if (arity === undefined) throw corrupt(`an unknown shape (got ${code})`);
  const color = (input.byte() << 16) | (input.byte() << 8) | input.byte();
  const shape = [kind, color, code >= WITH_ALPHA ? input.number() : 1];
  for (let i = 0; i < arity; i++) shape.push(input.number());
  return shape;
}

/** Small numbers of either sign as small numbers without one. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}

class ByteWriter {
  private bytes = new Uint8Array(1024);
  private readonly float = new DataView(new ArrayBuffer(4));
  private length = 0;

  byte(value: number): void {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = value;
  }

  varint(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  number(value: number): void {
    const parts = value * PARTS;
    if (Number.isInteger(parts) && Math.abs(parts) < LARGEST_PART) {
      this.varint(2 * zigzag(parts));
      return;
    }
    this.varint(1);
    this.float.setFloat32(0, value, true);
    for (let i = 0; i < 4; i++) this.byte(this.float.getUint8(i));
  }

  taken(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }
}

class ByteReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  byte(): number {
    if (this.isAtEnd) throw corrupt("it ends too early");
    return this.bytes[this.at++];
  }

  varint(): number {
    let value = 0;
    for (let place = 1; place < 2 ** 35; place *= 128) {
      const byte = this.byte();
      value += (byte & 127) * place;
      if (byte < 128) return value;
    }
    throw corrupt("a number is too long");
  }

  number(): number {
    const code = this.varint();
    if (code !== 1) return unzigzag(Math.floor(code / 2)) / PARTS;
    if (this.at + 4 > this.bytes.length) throw corrupt("it ends too early");
    this.at += 4;
    const value = this.view.getFloat32(this.at - 4, true);
    if (!Number.isFinite(value)) throw corrupt(`a shape is nowhere (got ${value})`);
    return value;
  }
}

function corrupt(what: string): EnvError {
  return new EnvError("REPLAY_CORRUPT", `replay: its pictures cannot be read: ${what}`);
}
