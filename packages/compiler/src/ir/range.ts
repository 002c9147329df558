/**
 * What is known of a number: its bounds, whether it is whole, whether it can be NaN or -0. Bounds are
 * doubles computed with the operation itself, whose rounding is monotone, so they hold exactly.
 */
import type { Element } from "./ir.js";

/** Facts about a number. `lo > hi`: no value at all but, perhaps, NaN. */
export interface Range {
  readonly lo: number;
  readonly hi: number;
  /** Every value but NaN and the infinities is an integer. */
  readonly whole: boolean;
  readonly nan: boolean;
  /** Whether -0 is possible. */
  readonly negZero: boolean;
}

const INF = Number.POSITIVE_INFINITY;

/** Any number. */
export const ANY: Range = { lo: -INF, hi: INF, whole: false, nan: true, negZero: true };
/** No number: code that never runs. */
export const NONE: Range = { lo: INF, hi: -INF, whole: true, nan: false, negZero: false };
/** Where booleans stand. */
export const BOOLEAN: Range = { lo: 0, hi: 1, whole: true, nan: false, negZero: false };

/** Whole numbers from `lo` to `hi`, without -0. */
export function wholes(lo: number, hi: number): Range {
  return { lo, hi, whole: true, nan: false, negZero: false };
}

/** Exactly this number. */
export function exactly(value: number): Range {
  if (Number.isNaN(value)) return { ...NONE, nan: true };
  const whole = Number.isInteger(value) || !Number.isFinite(value);
  return { lo: value, hi: value, whole, nan: false, negZero: Object.is(value, -0) };
}

/** What an element of an array can be. */
export function elementRange(element: Element): Range {
  switch (element) {
    case "i8":
      return wholes(-128, 127);
    case "u8":
    case "c8":
      return wholes(0, 255);
    case "i16":
      return wholes(-32768, 32767);
    case "u16":
      return wholes(0, 65535);
    case "i32":
      return wholes(-2147483648, 2147483647);
    case "u32":
      return wholes(0, 4294967295);
    case "f32":
    case "f64":
      return ANY;
    default:
      return element satisfies never;
  }
}

/** Either of two. */
export function join(a: Range, b: Range): Range {
  if (a === b) return a;
  return {
    lo: Math.min(a.lo, b.lo),
    hi: Math.max(a.hi, b.hi),
    whole: a.whole && b.whole,
    nan: a.nan || b.nan,
    negZero: a.negZero || b.negZero,
  };
}

/** Whether two say the same. */
export function same(a: Range, b: Range): boolean {
  return (
    a.lo === b.lo &&
    a.hi === b.hi &&
    a.whole === b.whole &&
    a.nan === b.nan &&
    a.negZero === b.negZero
  );
}

/** Whether nothing is possible. */
export function isNone(a: Range): boolean {
  return a.lo > a.hi && !a.nan;
}

/** Whether it is an integer of the given bounds and can be kept as one. */
export function fits(a: Range, lo: number, hi: number): boolean {
  return a.whole && !a.nan && !a.negZero && a.lo >= lo && a.hi <= hi;
}

/** Whether it can be kept in an `int`. */
export function isInt(a: Range): boolean {
  return fits(a, -2147483648, 2147483647);
}

/** Whether it can be kept in an `unsigned`. */
export function isUnsigned(a: Range): boolean {
  return fits(a, 0, 4294967295);
}

const STEPS: readonly number[] = [
  -INF,
  -2147483648,
  -1,
  0,
  255,
  65535,
  2147483647,
  4294967295,
  INF,
];

/** `next`, which contains `before`, with bounds that move in few steps: what makes loops converge. */
export function widen(before: Range, next: Range): Range {
  const hi = next.hi > before.hi ? (STEPS.find((step) => step >= next.hi) ?? INF) : next.hi;
  const lo = next.lo < before.lo ? (STEPS.findLast((step) => step <= next.lo) ?? -INF) : next.lo;
  return { ...next, lo, hi };
}

/** Whether 0 of either sign is possible. */
export function hasZero(a: Range): boolean {
  return a.lo <= 0 && a.hi >= 0;
}
