/**
 * lstm: a long short-term memory (Hochreiter and Schmidhuber 1997; PyTorch's nn.LSTM, one layer)
 * over all steps of a sequence, with resets inside it.
 *
 *   x [T, B, I]   h, c [B, H]   weightIh [4H, I]   weightHh [4H, H]   biasIh, biasHh [4H]
 *   -> output [T, B, H], h [B, H] (the last of output), c [B, H]
 *
 *   i, f, g, o: the four blocks of rows of the weights, in this order
 *   h = c = 0 where reset_t
 *   (i, f, g, o) = x_t W^T + b + h U^T + d, g through tanh, the others through sigmoid
 *   c' = f c + i g        h' = o tanh(c')
 *
 * Two backend ops: `linear` for the inputs of all steps, then `lstmSequence`. Gradients flow to x, h,
 * c and the weights, back through all steps, and stop at resets. Calls of one step
 * each give the same as one call with all steps, up to the rounding of the products (1e-6).
 */
import { type GradientRule, type GradNode, record, taped, withTape } from "../autograd/tape.js";
import type { Flag } from "../op-params.js";
import type { Tensor } from "../tensor.js";
import { checkShapeIs, differentiatedAgain, empty } from "./dispatch.js";
import { prepared } from "./layout.js";
import { linear } from "./linear.js";
import {
  checkReset,
  checkSequence,
  checkState,
  checkWeights,
  isContiguous,
  lastState,
  type RecurrentOptions,
  type RecurrentParams,
  type RecurrentWeights,
  weightGradients,
} from "./recurrence.js";
import { gradientByOps, lstmByOps } from "./recurrence-by-ops.js";
import { slice } from "./slice.js";

/** State of an {@link lstm}. */
export interface LstmState {
  /** What goes out and comes back in, [B, H]. */
  h: Tensor;
  /** The cell, [B, H]. */
  c: Tensor;
}

/** Result of {@link lstm}. */
export interface LstmResult extends LstmState {
  /** h after every step, [T, B, H]. */
  output: Tensor;
}

/** Of `states` [T + 1, B, H]: the outputs of all steps, then the last cell. */
const lstmRule: GradientRule<RecurrentParams> = {
  op: "lstm",
  backward(dy, node) {
    if (differentiatedAgain(dy, node)) return composed(dy, node);
    const [x, h0, c0, weightIh, weightHh] = [0, 1, 2, 3, 4].map((i) => node.saved(i));
    const [states, gates] = [node.saved(5), node.saved(6)];
    const { device, dtype } = dy;
    const [steps, batch] = gates.shape;
    const units = h0.shape[1];
    const dgates = empty(device, dtype, [steps, batch, 4 * units]);
    const previous = empty(device, dtype, [steps, batch, units]);
    const dh0 = empty(device, dtype, h0.shape);
    const dc0 = empty(device, dtype, h0.shape);
    const inputs = [dy, states, gates, h0, c0, weightHh];
    const { reset } = node.params;
    if (reset === 1) inputs.push(node.saved(7));
    prepared(
      inputs,
      inputs.map(() => isContiguous),
      (ready) => {
        device.backend.run("lstmSequenceBackward", ready, [dgates, previous, dh0, dc0], { reset });
      },
    );
    const { dx, dweightIh, dweightHh, dbiases } = weightGradients(
      node,
      { x: 0, weightIh: 3, weightHh: 4 },
      { x, weightIh, previous, dprojected: dgates, dgates },
    );
    return [dx, dh0, dc0, dweightIh, dweightHh, ...dbiases];
  },
};

/** The same, slowly, by ops. */
function composed(dy: Tensor, node: GradNode<RecurrentParams>): Tensor[] {
  const [x, h0, c0, weightIh, weightHh] = [0, 1, 2, 3, 4].map((i) => node.saved(i));
  const { biases, reset } = node.params;
  const [biasIh, biasHh] = biases.map((given, i) => (given ? node.saved(8 + i) : undefined));
  const operands = [x, h0, c0, weightIh, weightHh, biasIh, biasHh].filter((y) => y !== undefined);
  return gradientByOps(operands, dy, () => {
    const weights = { weightIh, weightHh, biasIh, biasHh };
    return lstmByOps(x, h0, c0, weights, reset === 1 ? node.saved(7) : undefined);
  });
}

/**
 * A long short-term memory over x [T, B, I] from the state h, c [B, H]; see the head of ops/lstm.ts
 * for the equations. Float, one dtype; `reset` bool [T, B] zeroes the state before a step.
 */
export function lstm(
  x: Tensor,
  state: LstmState,
  weights: RecurrentWeights,
  options: RecurrentOptions = {},
): LstmResult {
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  const { h: h0, c: c0 } = state;
  const { reset } = options;
  checkSequence("lstm", x, "x");
  checkState("lstm", x, h0, "h");
  checkState("lstm", x, c0, "c");
  checkShapeIs("lstm", c0, h0.shape, "c");
  checkWeights("lstm", x, h0.shape[1], 4, { weightIh, weightHh, biasIh, biasHh });
  checkReset("lstm", x, reset);
  const projected = withTape(undefined, () => linear(x, weightIh, biasIh)); // [T, B, 4H]
  const [steps, batch] = x.shape;
  const units = h0.shape[1];
  const states = empty(x.device, x.dtype, [steps + 1, batch, units]);
  const biases = [biasIh, biasHh].filter((bias) => bias !== undefined);
  const followed = [x, h0, c0, weightIh, weightHh, ...biases];
  const gates = followed.some(taped)
    ? empty(x.device, x.dtype, [steps, batch, 5 * units])
    : undefined;
  const inputs = [projected, h0, c0, weightHh, biasHh, reset].filter((y) => y !== undefined);
  const flag: Flag = reset === undefined ? 0 : 1;
  prepared(
    inputs,
    inputs.map(() => isContiguous),
    (ready) => {
      const outputs = gates === undefined ? [states] : [states, gates];
      const params = { bias: biasHh === undefined ? 0 : 1, reset: flag } as const;
      x.device.backend.run("lstmSequence", ready, outputs, params);
    },
  );
  if (gates !== undefined) {
    const saved = [x, h0, c0, weightIh, weightHh, states, gates, reset, biasIh, biasHh];
    record(states, lstmRule, followed, saved, {
      reset: flag,
      biases: [biasIh !== undefined, biasHh !== undefined],
    });
  }
  const output = slice(states, [0, steps]);
  const result = { output, h: lastState(output, steps, h0), c: slice(states, steps) };
  for (const temporary of [projected, gates, states]) temporary?.dispose();
  return result;
}
