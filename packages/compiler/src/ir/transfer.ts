/** What the operators make of ranges. */
import type { BinaryOp, UnaryOp } from "./ir.js";
import { fits, hasZero, isNone, NONE, type Range, wholes } from "./range.js";

const INF = Number.POSITIVE_INFINITY;
const INT_MIN = -2147483648;
const INT_MAX = 2147483647;
const UINT_MAX = 4294967295;

/** The range of `fn(a)`. */
export function unaryRange(fn: UnaryOp, a: Range): Range {
  if (isNone(a)) return NONE;
  switch (fn) {
    case "neg":
      return { ...a, lo: -a.hi + 0, hi: -a.lo + 0, negZero: hasZero(a) };
    case "bitnot": {
      const i = int32(a);
      return wholes(~i.hi, ~i.lo);
    }
    case "floor":
      return { ...a, lo: Math.floor(a.lo), hi: Math.floor(a.hi), whole: true };
    case "ceil":
      return rounded(a, Math.ceil(a.lo), Math.ceil(a.hi));
    case "trunc":
      return rounded(a, Math.trunc(a.lo), Math.trunc(a.hi));
    case "round":
      return rounded(a, Math.floor(a.lo), Math.ceil(a.hi));
    case "abs": {
      const most = Math.max(Math.abs(a.lo), Math.abs(a.hi));
      const least = hasZero(a) ? 0 : Math.min(Math.abs(a.lo), Math.abs(a.hi));
      return { ...a, lo: least, hi: most, negZero: false };
    }
    case "sign":
      return { ...a, lo: Math.sign(a.lo) + 0, hi: Math.sign(a.hi) + 0, whole: true };
    case "sqrt":
      return {
        lo: Math.sqrt(Math.max(0, a.lo)),
        hi: Math.sqrt(Math.max(0, a.hi)),
        whole: false,
        nan: a.nan || a.lo < 0,
        negZero: a.negZero,
      };
    case "fround":
      return { ...a, lo: Math.fround(a.lo), hi: Math.fround(a.hi), negZero: a.negZero || a.lo < 0 };
    case "clz32":
      return wholes(0, 32);
    default:
      return fn satisfies never;
  }
}

/** Rounding upwards can make -0 of what is between -1 and 0. */
function rounded(a: Range, lo: number, hi: number): Range {
  const negZero = a.negZero || (!a.whole && a.lo < 0 && a.hi > -1);
  return { lo: lo + 0, hi: hi + 0, whole: true, nan: a.nan, negZero };
}

/** The range of `fn(a, b)`. */
export function binaryRange(fn: BinaryOp, a: Range, b: Range): Range {
  if (isNone(a) || isNone(b)) return NONE;
  switch (fn) {
    case "add":
      return added(a, b);
    case "sub":
      return added(a, { ...b, lo: -b.hi, hi: -b.lo, negZero: hasZero(b) });
    case "mul":
      return multiplied(a, b);
    case "div":
      return divided(a, b);
    case "rem":
      return remainder(a, b);
    case "min":
      return extreme(a, b, Math.min);
    case "max":
      return extreme(a, b, Math.max);
    default:
      return bitRange(fn, int32(a), int32(b), a, b);
  }
}

function added(a: Range, b: Range): Range {
  const opposite = (a.hi === INF && b.lo === -INF) || (a.lo === -INF && b.hi === INF);
  const lo = a.lo + b.lo;
  const hi = a.hi + b.hi;
  return {
    lo: Number.isNaN(lo) ? -INF : lo,
    hi: Number.isNaN(hi) ? INF : hi,
    whole: a.whole && b.whole,
    nan: a.nan || b.nan || opposite,
    negZero: a.negZero && b.negZero, // x + -x is +0
  };
}

function multiplied(a: Range, b: Range): Range {
  const corners = [a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi];
  const isBad = corners.some(Number.isNaN);
  const infinite = !isFiniteRange(a) || !isFiniteRange(b);
  const zeros = infinite && (hasZero(a) || hasZero(b));
  const known = corners.map((corner) => (Number.isNaN(corner) ? 0 : corner));
  return {
    lo: isBad ? -INF : Math.min(...known) + 0,
    hi: isBad ? INF : Math.max(...known) + 0,
    whole: a.whole && b.whole,
    nan: a.nan || b.nan || zeros,
    negZero: negativeZero(a, b),
  };
}

/** Whether a product or quotient can be -0: a zero and a negative sign, or a tiny negative. */
function negativeZero(a: Range, b: Range): boolean {
  const signs = (a.lo < 0 || a.negZero) !== (b.lo < 0 || b.negZero);
  const both = (a.lo < 0 || a.negZero) && (b.lo < 0 || b.negZero);
  if (!signs && !both) return false;
  if (a.negZero || b.negZero) return true;
  if (!a.whole || !b.whole) return true;
  return (hasZero(a) && b.lo < 0) || (hasZero(b) && a.lo < 0);
}

function divided(a: Range, b: Range): Range {
  const nan =
    a.nan || b.nan || (hasZero(a) && hasZero(b)) || (!isFiniteRange(a) && !isFiniteRange(b));
  const negZero = a.lo < 0 || a.negZero || b.lo < 0 || b.negZero;
  if (hasZero(b)) return { lo: -INF, hi: INF, whole: false, nan, negZero };
  const corners = [a.lo / b.lo, a.lo / b.hi, a.hi / b.lo, a.hi / b.hi];
  if (corners.some(Number.isNaN)) return { lo: -INF, hi: INF, whole: false, nan, negZero };
  const [lo, hi] = [Math.min(...corners), Math.max(...corners)];
  return { lo: lo + 0, hi: hi + 0, whole: false, nan, negZero };
}

function remainder(a: Range, b: Range): Range {
  const most = Math.max(Math.abs(b.lo), Math.abs(b.hi));
  const bound = a.whole && b.whole ? most - 1 : most;
  return {
    lo: a.lo < 0 ? Math.max(a.lo, -bound) : 0,
    hi: a.hi > 0 ? Math.min(a.hi, bound) : 0,
    whole: a.whole && b.whole,
    nan: a.nan || b.nan || hasZero(b) || !isFiniteRange(a),
    negZero: a.lo < 0 || a.negZero,
  };
}

function extreme(a: Range, b: Range, pick: (x: number, y: number) => number): Range {
  return {
    lo: pick(a.lo, b.lo),
    hi: pick(a.hi, b.hi),
    whole: a.whole && b.whole,
    nan: a.nan || b.nan,
    negZero: negZeroOfExtreme(a, b, pick),
  };
}

/** `max` gives -0 only where both can be at most -0, `min` where one can. */
function negZeroOfExtreme(a: Range, b: Range, pick: (x: number, y: number) => number): boolean {
  if (!Object.is(pick(0, -0), 0)) {
    return (a.negZero && b.hi >= 0) || (b.negZero && a.hi >= 0);
  }
  return (a.negZero && (b.lo < 0 || b.negZero)) || (b.negZero && (a.lo < 0 || a.negZero));
}

/** What ToInt32 makes of it. */
export function int32(a: Range): Range {
  const safe = a.lo >= INT_MIN && a.hi <= INT_MAX;
  if (!safe) return wholes(INT_MIN, INT_MAX);
  const lo = Math.trunc(a.lo) + 0;
  const hi = Math.trunc(a.hi) + 0;
  return a.nan ? wholes(Math.min(lo, 0), Math.max(hi, 0)) : wholes(lo, hi);
}

function bitRange(fn: BinaryOp, a: Range, b: Range, rawA: Range, rawB: Range): Range {
  const shift = b.lo === b.hi ? b.lo & 31 : -1;
  switch (fn) {
    case "bitand": {
      if (a.lo >= 0 || b.lo >= 0) {
        const hi = a.lo >= 0 && b.lo >= 0 ? Math.min(a.hi, b.hi) : a.lo >= 0 ? a.hi : b.hi;
        return wholes(0, hi);
      }
      return wholes(INT_MIN, INT_MAX);
    }
    case "bitor":
    case "bitxor": {
      if (fn === "bitor" && b.lo === 0 && b.hi === 0) return a;
      if (a.lo < 0 || b.lo < 0) return wholes(INT_MIN, INT_MAX);
      return wholes(0, mask(Math.max(a.hi, b.hi)));
    }
    case "shl":
      return shifted(a, shift);
    case "shr":
      return shift < 0
        ? wholes(Math.min(a.lo, 0), Math.max(a.hi, 0))
        : wholes(a.lo >> shift, a.hi >> shift);
    case "ushr":
      return unsignedShift(a, shift, rawA);
    default:
      return imulRange(a, b, rawA, rawB);
  }
}

/** The smallest 2^k - 1 that is not below `value`. */
function mask(value: number): number {
  return value === 0 ? 0 : 2 ** (32 - Math.clz32(value)) - 1;
}

function shifted(a: Range, shift: number): Range {
  if (shift < 0) return wholes(INT_MIN, INT_MAX);
  const [lo, hi] = [a.lo * 2 ** shift, a.hi * 2 ** shift];
  return lo >= INT_MIN && hi <= INT_MAX ? wholes(lo, hi) : wholes(INT_MIN, INT_MAX);
}

function unsignedShift(a: Range, shift: number, raw: Range): Range {
  if (shift < 0) return wholes(0, UINT_MAX);
  if (a.lo >= 0) return wholes(a.lo >>> shift, a.hi >>> shift);
  if (shift === 0 && fits(raw, 0, UINT_MAX)) return wholes(raw.lo, raw.hi);
  return wholes(0, UINT_MAX >>> shift);
}

function imulRange(a: Range, b: Range, rawA: Range, rawB: Range): Range {
  const product = multiplied(rawA, rawB);
  const small = fits({ ...product, negZero: false }, INT_MIN, INT_MAX);
  const exact = small && Math.abs(a.lo) <= INT_MAX && Math.abs(b.lo) <= INT_MAX;
  return exact ? wholes(product.lo, product.hi) : wholes(INT_MIN, INT_MAX);
}

function isFiniteRange(a: Range): boolean {
  return a.lo > -INF && a.hi < INF;
}
