/**
 * lstmSequence: the recurrent part of a long short-term memory (Hochreiter and Schmidhuber 1997).
 *
 *   projected [T, B, 4H]   h0, c0 [B, H]   weight [4H, H]   bias [4H] (may be absent)
 *   reset bool [T, B] (may be absent)   ->   states [T + 1, B, H] (h after each step, then the last
 *   c), gates [T, B, 5H] (if wanted)
 *
 *   h = c = 0 where reset        (i, f, g, o) = projected + h weight^T + bias, squashed
 *   c' = f c + i g        h' = o tanh(c')        gates: i, f, g, o, c'
 *
 *   backward: dy [T + 1, B, H] and the values above -> dgates [T, B, 4H] (of projected), previous (h
 *   before each step) [T, B, H], dh0, dc0 [B, H]
 */
import { assign, elements, sigmoid } from "./gru.js";
import type { RefView } from "./views.js";

interface Flags {
  bias?: number;
  reset: number;
}

export function lstmSequenceKernel(inputs: RefView[], outputs: RefView[], flags: Flags): void {
  const [steps, batch] = inputs[0].shape;
  const units = inputs[1].shape[1];
  const [projected, h, c, weight] = inputs.slice(0, 4).map(elements);
  const bias = flags.bias === 1 ? elements(inputs[4]) : new Float64Array(4 * units);
  const reset = flags.reset === 1 ? elements(inputs[inputs.length - 1]) : undefined;
  const states = new Float64Array((steps + 1) * batch * units);
  const gates = new Float64Array(steps * batch * 5 * units);
  for (let row = 0; row < steps * batch; row++) {
    const b = row % batch;
    const state = h.subarray(b * units, (b + 1) * units);
    const cell = c.subarray(b * units, (b + 1) * units);
    if (reset?.[row]) for (const x of [state, cell]) x.fill(0);
    const before = state.slice();
    const input = (gate: number, j: number) => {
      const g = gate * units + j;
      let total = projected[row * 4 * units + g] + bias[g];
      for (let k = 0; k < units; k++) total += before[k] * weight[g * units + k];
      return total;
    };
    for (let j = 0; j < units; j++) {
      const [i, f, o] = [0, 1, 3].map((gate) => sigmoid(input(gate, j)));
      const g = Math.tanh(input(2, j));
      cell[j] = f * cell[j] + i * g;
      state[j] = o * Math.tanh(cell[j]);
      states[row * units + j] = state[j];
      [i, f, g, o, cell[j]].forEach((value, at) => {
        gates[(row * 5 + at) * units + j] = value;
      });
    }
  }
  states.set(c, steps * batch * units);
  assign(outputs[0], states);
  if (outputs.length > 1) assign(outputs[1], gates);
}

export function lstmSequenceBackwardKernel(
  inputs: RefView[],
  outputs: RefView[],
  flags: Flags,
): void {
  const [steps, batch] = inputs[2].shape;
  const units = inputs[3].shape[1];
  const [dy, states, gates, h0, c0, weight] = inputs.slice(0, 6).map(elements);
  const reset = flags.reset === 1 ? elements(inputs[6]) : undefined;
  const dgates = new Float64Array(steps * batch * 4 * units);
  const previous = new Float64Array(steps * batch * units);
  const dh = new Float64Array(batch * units);
  const dc = dy.slice(steps * batch * units);
  for (let row = steps * batch - 1; row >= 0; row--) {
    const b = row % batch;
    const carry = dh.subarray(b * units, (b + 1) * units);
    for (let j = 0; j < units; j++) {
      const [i, f, g, o, cell] = [0, 1, 2, 3, 4].map((at) => gates[(row * 5 + at) * units + j]);
      const lane = b * units + j;
      const first = row < batch;
      const h = first ? h0[lane] : states[(row - batch) * units + j];
      const c = first ? c0[lane] : gates[((row - batch) * 5 + 4) * units + j];
      const out = Math.tanh(cell);
      const d = dy[row * units + j] + carry[j];
      const dcell = dc[lane] + d * o * (1 - out * out);
      const df = reset?.[row] ? 0 : dcell * c * f * (1 - f);
      const all = [dcell * g * i * (1 - i), df, dcell * i * (1 - g * g), d * out * o * (1 - o)];
      all.forEach((value, at) => {
        dgates[(row * 4 + at) * units + j] = value;
      });
      previous[row * units + j] = reset?.[row] ? 0 : h;
      dc[lane] = reset?.[row] ? 0 : dcell * f;
    }
    carry.fill(0);
    for (let j = 0; j < units && !reset?.[row]; j++) {
      for (let g = 0; g < 4 * units; g++) {
        carry[j] += dgates[row * 4 * units + g] * weight[g * units + j];
      }
    }
  }
  [dgates, previous, dh, dc].forEach((values, i) => {
    assign(outputs[i], values);
  });
}
