/**
 * gruSequence: the recurrent part of a gated recurrent unit (Cho et al. 2014), all steps.
 *
 *   projected [T, B, 3H]   h0 [B, H]   weight [3H, H]   bias [3H] (may be absent)
 *   reset bool [T, B] (may be absent)   ->   output [T, B, H], gates [T, B, 4H] (if wanted)
 *
 *   h = 0 where reset        (ar, az, an) = h weight^T + bias
 *   r = sigmoid(pr + ar)   z = sigmoid(pz + az)   n = tanh(pn + r an)   h' = (1 - z) n + z h
 *   gates: r, z, n, an
 *
 *   backward: dy [T, B, H] and the values above -> dprojected, dgates (of ar, az, an) [T, B, 3H],
 *   previous (h before each step) [T, B, H], dh0 [B, H]
 */
import { positions, type RefView } from "./views.js";

interface Flags {
  bias?: number;
  reset: number;
}

/** 1 / (1 + exp(-x)). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The elements of a view in row-major order, as numbers. */
export function elements(view: RefView): Float64Array {
  return Float64Array.from(positions(view), (at) => view.data[at]);
}

/** Writes the elements of a view in row-major order. */
export function assign(view: RefView, values: Float64Array): void {
  positions(view).forEach((at, i) => {
    view.data[at] = values[i];
  });
}

export function gruSequenceKernel(inputs: RefView[], outputs: RefView[], flags: Flags): void {
  const [steps, batch] = inputs[0].shape;
  const units = inputs[1].shape[1];
  const [projected, h, weight] = inputs.slice(0, 3).map(elements);
  const bias = flags.bias === 1 ? elements(inputs[3]) : new Float64Array(3 * units);
  const reset = flags.reset === 1 ? elements(inputs[inputs.length - 1]) : undefined;
  const output = new Float64Array(steps * batch * units);
  const gates = new Float64Array(4 * output.length);
  for (let row = 0; row < steps * batch; row++) {
    const b = row % batch;
    const state = h.subarray(b * units, (b + 1) * units);
    if (reset?.[row]) state.fill(0);
    const before = state.slice();
    const a = (g: number) => {
      let total = bias[g];
      for (let k = 0; k < units; k++) total += before[k] * weight[g * units + k];
      return total;
    };
    for (let j = 0; j < units; j++) {
      const p = row * 3 * units + j;
      const r = sigmoid(projected[p] + a(j));
      const z = sigmoid(projected[p + units] + a(units + j));
      const inner = a(2 * units + j);
      const n = Math.tanh(projected[p + 2 * units] + r * inner);
      state[j] = (1 - z) * n + z * before[j];
      output[row * units + j] = state[j];
      [r, z, n, inner].forEach((value, i) => {
        gates[(row * 4 + i) * units + j] = value;
      });
    }
  }
  assign(outputs[0], output);
  if (outputs.length > 1) assign(outputs[1], gates);
}

export function gruSequenceBackwardKernel(
  inputs: RefView[],
  outputs: RefView[],
  flags: Flags,
): void {
  const [steps, batch, units] = inputs[1].shape;
  const [dy, output, gates, h0, weight] = inputs.slice(0, 5).map(elements);
  const reset = flags.reset === 1 ? elements(inputs[5]) : undefined;
  const dprojected = new Float64Array(steps * batch * 3 * units);
  const dgates = dprojected.slice();
  const previous = new Float64Array(steps * batch * units);
  const dh = new Float64Array(batch * units);
  for (let row = steps * batch - 1; row >= 0; row--) {
    const b = row % batch;
    const carry = dh.subarray(b * units, (b + 1) * units);
    const last = row < batch ? h0.subarray(b * units) : output.subarray((row - batch) * units);
    for (let j = 0; j < units; j++) {
      const [r, z, n, inner] = [0, 1, 2, 3].map((i) => gates[(row * 4 + i) * units + j]);
      const before = reset?.[row] ? 0 : last[j];
      const d = dy[row * units + j] + carry[j];
      const dn = d * (1 - z) * (1 - n * n);
      const dr = dn * inner * r * (1 - r);
      const dz = d * (before - n) * z * (1 - z);
      [dr, dz, dn].forEach((value, i) => {
        dprojected[(row * 3 + i) * units + j] = value;
        dgates[(row * 3 + i) * units + j] = i === 2 ? value * r : value;
      });
      previous[row * units + j] = before;
      carry[j] = d * z;
    }
    for (let j = 0; j < units; j++) {
      for (let g = 0; g < 3 * units; g++) {
        carry[j] += dgates[row * 3 * units + g] * weight[g * units + j];
      }
    }
    if (reset?.[row]) carry.fill(0);
  }
  [dprojected, dgates, previous, dh].forEach((values, i) => {
    assign(outputs[i], values);
  });
}
