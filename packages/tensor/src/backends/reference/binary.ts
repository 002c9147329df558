/** binary: elementwise functions of two inputs of equal shape (the caller expands them). */
import { positions, type RefView } from "./views.js";

/** Arithmetic, one function per op name. */
export const binaryFunctions = {
  add: (a: number, b: number): number => a + b,
  sub: (a: number, b: number): number => a - b,
  mul: (a: number, b: number): number => a * b,
  div: (a: number, b: number): number => a / b,
  // The engine's ** says 1 ** NaN = NaN; C and NumPy say 1.
  pow: (a: number, b: number): number => (a === 1 || b === 0 ? 1 : a ** b),
  mod: (a: number, b: number): number => remainder(a, b),
  floorDivide: (a: number, b: number): number => {
    const rest = a % b;
    const quotient = Math.round((a - rest) / b);
    return b === 0 ? a / b : rest !== 0 && rest < 0 !== b < 0 ? quotient - 1 : quotient;
  },
  logicalAnd: (a: number, b: number): number => (a !== 0 && b !== 0 ? 1 : 0),
  logicalOr: (a: number, b: number): number => (a !== 0 || b !== 0 ? 1 : 0),
  logicalXor: (a: number, b: number): number => ((a !== 0) !== (b !== 0) ? 1 : 0),
  minimum: (a: number, b: number): number => Math.min(a, b),
  maximum: (a: number, b: number): number => Math.max(a, b),
};

/** What is left of a after whole multiples of b, with b's sign. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/** Comparisons, one function per op name; 1 for true. */
export const compareFunctions = {
  equal: (a: number, b: number): number => (a === b ? 1 : 0),
  notEqual: (a: number, b: number): number => (a !== b ? 1 : 0),
  less: (a: number, b: number): number => (a < b ? 1 : 0),
  lessEqual: (a: number, b: number): number => (a <= b ? 1 : 0),
  greater: (a: number, b: number): number => (a > b ? 1 : 0),
  greaterEqual: (a: number, b: number): number => (a >= b ? 1 : 0),
};

type Kernel = (inputs: RefView[], outputs: RefView[]) => void;

/** a, b -> out, all of one shape. */
export function binary(f: (a: number, b: number) => number): Kernel {
  return ([a, b], [out]) => {
    const fromA = positions(a);
    const fromB = positions(b);
    const to = positions(out);
    for (let i = 0; i < to.length; i++) out.data[to[i]] = f(a.data[fromA[i]], b.data[fromB[i]]);
  };
}

/** Like {@link binary}, with int32 products modulo 2^32. */
export const mulKernel: Kernel = ([a, b], [out]) => {
  const product = out.dtype === "int32" ? Math.imul : binaryFunctions.mul;
  binary(product)([a, b], [out]);
};

/** Like {@link binary}; int32 powers modulo 2^32, rounded towards 0 for negative exponents. */
export const powKernel: Kernel = ([a, b], [out]) => {
  binary(out.dtype === "int32" ? integerPow : binaryFunctions.pow)([a, b], [out]);
};

function integerPow(a: number, b: number): number {
  if (b < 0) return Math.trunc(1 / a ** (b % 2 === 0 ? 2 : 1));
  let result = 1;
  let base = a;
  for (let left = b; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}
