/**
 * minGruScan: the recurrence of minGRU (Feng et al. 2024), all steps, one after the other.
 *
 *   gate, candidate [T, B, H]   h0 [B, H]   reset bool [T, B] (may be absent)   ->   output [T, B, H]
 *
 *   h = 0 where reset        z = sigmoid(gate)        h' = (1 - z) h + z g(candidate)
 *   g(x) = x >= 0 ? x + 1/2 : sigmoid(x)
 *
 *   backward: dy [T, B, H] and the values above -> dgate, dcandidate [T, B, H], dh0 [B, H]
 */
import { assign, elements, sigmoid } from "./gru.js";
import type { RefView } from "./views.js";

interface Flags {
  reset: number;
}

const fresh = (x: number): number => (x >= 0 ? x + 0.5 : sigmoid(x));
const freshSlope = (x: number): number => (x >= 0 ? 1 : sigmoid(x) * (1 - sigmoid(x)));

export function minGruScanKernel(inputs: RefView[], [output]: RefView[], flags: Flags): void {
  const [gate, candidate, h] = inputs.slice(0, 3).map(elements);
  const reset = flags.reset === 1 ? elements(inputs[3]) : undefined;
  const units = output.shape[2];
  const states = gate.map((x, at) => {
    const lane = at % h.length;
    const z = sigmoid(x);
    const before = reset?.[Math.floor(at / units)] ? 0 : h[lane];
    h[lane] = (1 - z) * before + z * fresh(candidate[at]);
    return h[lane];
  });
  assign(output, states);
}

export function minGruScanBackwardKernel(
  inputs: RefView[],
  outputs: RefView[],
  flags: Flags,
): void {
  const [dy, gate, candidate, output, h0] = inputs.slice(0, 5).map(elements);
  const reset = flags.reset === 1 ? elements(inputs[5]) : undefined;
  const units = inputs[0].shape[2];
  const lanes = h0.length;
  const [dgate, dcandidate] = [dy.slice(), dy.slice()];
  const dh = new Float64Array(lanes);
  for (let at = dy.length - 1; at >= 0; at--) {
    const cut = reset?.[Math.floor(at / units)];
    const z = sigmoid(gate[at]);
    const before = cut ? 0 : at < lanes ? h0[at] : output[at - lanes];
    const d = dy[at] + dh[at % lanes];
    dgate[at] = d * (fresh(candidate[at]) - before) * z * (1 - z);
    dcandidate[at] = d * z * freshSlope(candidate[at]);
    dh[at % lanes] = cut ? 0 : d * (1 - z);
  }
  [dgate, dcandidate, dh].forEach((values, i) => {
    assign(outputs[i], values);
  });
}
