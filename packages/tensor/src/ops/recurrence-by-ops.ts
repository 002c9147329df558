/**
 * recurrence-by-ops: gru, lstm and minGruScan step by step, made of ops that a tape can follow.
 *
 * Slow. It is what a gradient is computed by when it is to be differentiated itself: the fused
 * kernels' gradient is on no tape. The equations are at the heads of gru.ts, lstm.ts, minGruScan.ts.
 */
import { grad } from "../autograd/value-and-grad.js";
import type { Tensor } from "../tensor.js";
import { add, mul, sub } from "./binary.js";
import { greaterEqual } from "./compare.js";
import { concat, stack } from "./concat.js";
import { linear } from "./linear.js";
import type { RecurrentWeights } from "./recurrence.js";
import { sum } from "./reduce.js";
import { slice } from "./slice.js";
import { unsqueeze } from "./squeeze.js";
import { sigmoid, tanh } from "./unary.js";
import { where } from "./where.js";

/** The gradient of `compute` by the operands, where dy is that of its result; can be followed. */
export function gradientByOps(
  operands: readonly Tensor[],
  dy: Tensor,
  compute: () => Tensor,
): Tensor[] {
  return grad(() => sum(mul(compute(), dy)), operands);
}

/** The output of gru, [T, B, H]. */
export function gruByOps(x: Tensor, h0: Tensor, w: RecurrentWeights, reset?: Tensor): Tensor {
  const projected = linear(x, w.weightIh, w.biasIh); // [T, B, 3H]
  return overSteps(projected.shape[0], h0, (h, t) => {
    const before = afterReset(h, t, reset);
    const [pr, pz, pn] = blocks(slice(projected, t), 3);
    const [ar, az, an] = blocks(linear(before, w.weightHh, w.biasHh), 3);
    const update = sigmoid(add(pz, az));
    const fresh = tanh(add(pn, mul(sigmoid(add(pr, ar)), an)));
    return add(fresh, mul(update, sub(before, fresh)));
  });
}

/** The states of lstm: all h, then the last c, [T + 1, B, H]. */
export function lstmByOps(
  x: Tensor,
  h0: Tensor,
  c0: Tensor,
  w: RecurrentWeights,
  reset?: Tensor,
): Tensor {
  const projected = linear(x, w.weightIh, w.biasIh); // [T, B, 4H]
  let cell = c0;
  const outputs = overSteps(projected.shape[0], h0, (h, t) => {
    const product = linear(afterReset(h, t, reset), w.weightHh, w.biasHh);
    const [i, f, g, o] = blocks(add(slice(projected, t), product), 4);
    const kept = mul(sigmoid(f), afterReset(cell, t, reset));
    cell = add(kept, mul(sigmoid(i), tanh(g)));
    return mul(sigmoid(o), tanh(cell));
  });
  return concat([outputs, unsqueeze(cell, 0)]);
}

/** The output of minGruScan, [T, B, H]. */
export function minGruByOps(gate: Tensor, candidate: Tensor, h0: Tensor, reset?: Tensor): Tensor {
  const z = sigmoid(gate);
  const fresh = where(greaterEqual(candidate, 0), add(candidate, 0.5), sigmoid(candidate));
  return overSteps(gate.shape[0], h0, (h, t) => {
    const before = afterReset(h, t, reset);
    return add(before, mul(slice(z, t), sub(slice(fresh, t), before)));
  });
}

function overSteps(steps: number, h0: Tensor, step: (h: Tensor, t: number) => Tensor): Tensor {
  if (steps === 0) return slice(unsqueeze(h0, 0), [0, 0]);
  const states: Tensor[] = [];
  for (let t = 0; t < steps; t++) states.push(step(states.at(-1) ?? h0, t));
  return stack(states);
}

function afterReset(state: Tensor, t: number, reset: Tensor | undefined): Tensor {
  return reset === undefined ? state : where(unsqueeze(slice(reset, t), 1), 0, state);
}

/** The blocks of columns of [B, count * H]. */
function blocks(x: Tensor, count: number): Tensor[] {
  const units = x.shape[1] / count;
  return Array.from({ length: count }, (_, i) => slice(x, null, [i * units, (i + 1) * units]));
}
