/** unary: elementwise functions of one input, in double precision, rounded on the store. */
import { erf } from "./special.js";
import { positions, type RefView } from "./views.js";

/** One function per op name. */
export const unaryFunctions = {
  neg: (x: number): number => -x,
  abs: (x: number): number => Math.abs(x),
  exp: (x: number): number => Math.exp(x),
  log: (x: number): number => Math.log(x),
  sqrt: (x: number): number => Math.sqrt(x),
  tanh: (x: number): number => Math.tanh(x),
  sigmoid: (x: number): number => 1 / (1 + Math.exp(-x)),
  relu: (x: number): number => Math.max(x, 0),
  sign: (x: number): number => Math.sign(x),
  square: (x: number): number => x * x,
  reciprocal: (x: number): number => 1 / x,
  floor: (x: number): number => Math.floor(x),
  ceil: (x: number): number => Math.ceil(x),
  round: (x: number): number => roundHalfEven(x),
  rsqrt: (x: number): number => 1 / Math.sqrt(x),
  log1p: (x: number): number => Math.log1p(x),
  expm1: (x: number): number => Math.expm1(x),
  sin: (x: number): number => Math.sin(x),
  cos: (x: number): number => Math.cos(x),
  erf: (x: number): number => erf(x),
  isNaN: (x: number): number => (Number.isNaN(x) ? 1 : 0),
  isFinite: (x: number): number => (Number.isFinite(x) ? 1 : 0),
  logicalNot: (x: number): number => (x === 0 ? 1 : 0),
};

/** The nearest integer; halves go to the even neighbour. */
function roundHalfEven(x: number): number {
  const up = Math.round(x); // halves go up
  return Math.abs(x % 1) === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

/** x -> out, same shape. */
export function unary(f: (x: number) => number): (inputs: RefView[], outputs: RefView[]) => void {
  return ([x], [out]) => {
    const from = positions(x);
    const to = positions(out);
    for (let i = 0; i < to.length; i++) out.data[to[i]] = f(x.data[from[i]]);
  };
}
