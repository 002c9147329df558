/**
 * reduce: sum, mean, prod, any, all, max, min, argmax, argmin over the trailing dimensions of a view.
 *
 * x of rank r, the last `trailing` dimensions reduced -> out, dense, with the elements of the rest.
 * Max and min of a group with a NaN are NaN; argmax and argmin then are the position of the first.
 */
import { positions, type RefView } from "./views.js";

interface Trailing {
  trailing: number;
}

type Kernel = (inputs: RefView[], outputs: RefView[], params: Trailing) => void;

/** Calls `fold` with the values of each group and stores what it returns. */
function reduction(fold: (values: Float64Array) => number): Kernel {
  return ([x], [out], { trailing }) => {
    const from = positions(x);
    const to = positions(out);
    const group = x.shape.slice(x.shape.length - trailing).reduce((n, size) => n * size, 1);
    const values = new Float64Array(group);
    for (let i = 0; i < to.length; i++) {
      for (let j = 0; j < group; j++) values[j] = x.data[from[i * group + j]];
      out.data[to[i]] = fold(values);
    }
  };
}

const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

export const sumKernel: Kernel = reduction(total);
export const meanKernel: Kernel = reduction((values) => total(values) / values.length);
export const maxKernel: Kernel = reduction((values) => values.reduce((a, b) => Math.max(a, b)));
export const minKernel: Kernel = reduction((values) => values.reduce((a, b) => Math.min(a, b)));

export const prodKernel: Kernel = (inputs, outputs, params) => {
  const times = outputs[0].dtype === "int32" ? Math.imul : (a: number, b: number) => a * b;
  reduction((values) => values.reduce(times, 1))(inputs, outputs, params);
};

export const anyKernel: Kernel = reduction((values) => (values.some((x) => x !== 0) ? 1 : 0));
export const allKernel: Kernel = reduction((values) => (values.every((x) => x !== 0) ? 1 : 0));

/** The first position that no other beats; the first NaN beats all. */
function position(better: (a: number, b: number) => boolean): Kernel {
  return reduction((values) => {
    let best = 0;
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) return i;
      if (better(values[i], values[best])) best = i;
    }
    return best;
  });
}

export const argmaxKernel: Kernel = position((a, b) => a > b);
export const argminKernel: Kernel = position((a, b) => a < b);
