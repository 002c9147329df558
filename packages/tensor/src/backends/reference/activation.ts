/**
 * activation: functions with a parameter of their own or a fused gradient, in double precision.
 *
 *   forward   x -> out          backward   dy, x -> dx = dy * slope(x)
 */
import { erf, normalCdf } from "./special.js";
import { positions, type RefView } from "./views.js";

interface Activation {
  readonly value: (x: number, a: number) => number;
  readonly slope: (x: number, a: number) => number;
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
/** Twice the argument of gelu's tanh. */
const bend = (x: number): number => 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
const bendSlope = (x: number): number => 2 * Math.sqrt(2 / Math.PI) * (1 + 0.134145 * x * x);
const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** One pair of functions per op name. */
export const activations: Readonly<
  Record<"leakyRelu" | "elu" | "gelu" | "silu" | "softplus", Activation>
> = {
  leakyRelu: {
    value: (x, slope) => (x > 0 ? x : x * slope),
    slope: (x, slope) => (x > 0 ? 1 : slope),
  },
  elu: {
    value: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
    slope: (x, alpha) => (x > 0 ? 1 : alpha * Math.exp(x)),
  },
  gelu: {
    value: (x, tanh) => x * (tanh ? logistic(bend(x)) : normalCdf(x)),
    slope(x, tanh) {
      if (!tanh) return 0.5 + 0.5 * erf(x * Math.SQRT1_2) + x * density(x);
      const s = logistic(bend(x));
      return s + x * s * (1 - s) * bendSlope(x);
    },
  },
  silu: {
    value: (x) => x / (1 + Math.exp(-x)),
    slope: (x) => logistic(x) * (1 + x * (1 - logistic(x))),
  },
  softplus: {
    value: (x, threshold) =>
      x > threshold ? x : Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    slope: (x, threshold) => (x > threshold ? 1 : logistic(x)),
  },
};

type Kernel = (inputs: RefView[], outputs: RefView[], params: { a: number }) => void;

/** x -> out. */
export function activation({ value }: Activation): Kernel {
  return ([x], [out], { a }) => {
    const from = positions(x);
    const to = positions(out);
    for (let i = 0; i < to.length; i++) out.data[to[i]] = value(x.data[from[i]], a);
  };
}

/** dy, x -> dx. */
export function activationBackward({ slope }: Activation): Kernel {
  return ([dy, x], [dx], { a }) => {
    const fromDy = positions(dy);
    const from = positions(x);
    const to = positions(dx);
    for (let i = 0; i < to.length; i++) {
      dx.data[to[i]] = dy.data[fromDy[i]] * slope(x.data[from[i]], a);
    }
  };
}
