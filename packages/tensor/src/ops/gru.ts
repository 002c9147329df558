/**
 * gru: a gated recurrent unit (Cho et al. 2014; PyTorch's nn.GRU, one layer) over all steps of a
 * sequence, with resets inside it.
 *
 *   x [T, B, I]   h0 [B, H]   weightIh [3H, I]   weightHh [3H, H]   biasIh, biasHh [3H]
 *   -> output [T, B, H], h [B, H] (the last of output)
 *
 *   r, z, n: the three blocks of rows of the weights, in this order
 *   h = 0 where reset_t
 *   r = sigmoid(x_t Wr^T + br + h Ur^T + cr)    z = sigmoid(x_t Wz^T + bz + h Uz^T + cz)
 *   n = tanh(x_t Wn^T + bn + r (h Un^T + cn))   h' = (1 - z) n + z h
 *
 * Two backend ops: `linear` for the inputs of all steps, then `gruSequence`. Gradients flow to x, h0
 * and the weights, back through all steps, and stop at resets. Calls of one step
 * each give the same as one call with all steps, up to the rounding of the products (1e-6).
 */
import { type GradientRule, type GradNode, record, taped, withTape } from "../autograd/tape.js";
import type { Flag } from "../op-params.js";
import type { Tensor } from "../tensor.js";
import { differentiatedAgain, empty } from "./dispatch.js";
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
import { gradientByOps, gruByOps } from "./recurrence-by-ops.js";

/** Result of {@link gru} and {@link minGruScan}. */
export interface GruResult {
  /** The state after every step, [T, B, H]. */
  output: Tensor;
  /** The state after the last step, [B, H]; a view of `output`. */
  h: Tensor;
}

const gruRule: GradientRule<RecurrentParams> = {
  op: "gru",
  backward(dy, node) {
    const [x, h0, weightIh, weightHh, output, gates] = [0, 1, 2, 3, 4, 5].map((i) => node.saved(i));
    if (differentiatedAgain(dy, node)) return composed(dy, node);
    const { device, dtype } = dy;
    const [steps, batch, units] = output.shape;
    const dprojected = empty(device, dtype, [steps, batch, 3 * units]);
    const dgates = empty(device, dtype, [steps, batch, 3 * units]);
    const previous = empty(device, dtype, output.shape);
    const dh0 = empty(device, dtype, h0.shape);
    const inputs = [dy, output, gates, h0, weightHh];
    const { reset } = node.params;
    if (reset === 1) inputs.push(node.saved(6));
    prepared(
      inputs,
      inputs.map(() => isContiguous),
      (ready) => {
        const outputs = [dprojected, dgates, previous, dh0];
        device.backend.run("gruSequenceBackward", ready, outputs, { reset });
      },
    );
    const { dx, dweightIh, dweightHh, dbiases } = weightGradients(
      node,
      { x: 0, weightIh: 2, weightHh: 3 },
      { x, weightIh, previous, dprojected, dgates },
    );
    return [dx, dh0, dweightIh, dweightHh, ...dbiases];
  },
};

/** The same, slowly, by ops. */
function composed(dy: Tensor, node: GradNode<RecurrentParams>): Tensor[] {
  const [x, h0, weightIh, weightHh] = [0, 1, 2, 3].map((i) => node.saved(i));
  const { biases, reset } = node.params;
  const [biasIh, biasHh] = biases.map((given, i) => (given ? node.saved(7 + i) : undefined));
  const operands = [x, h0, weightIh, weightHh, biasIh, biasHh].filter((y) => y !== undefined);
  return gradientByOps(operands, dy, () => {
    const weights = { weightIh, weightHh, biasIh, biasHh };
    return gruByOps(x, h0, weights, reset === 1 ? node.saved(6) : undefined);
  });
}

/**
 * A gated recurrent unit over x [T, B, I] from the state h0 [B, H]; see the head of ops/gru.ts for
 * the equations. Float, one dtype; `reset` bool [T, B] zeroes the state before a step.
 */
export function gru(
  x: Tensor,
  h0: Tensor,
  weights: RecurrentWeights,
  options: RecurrentOptions = {},
): GruResult {
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  const { reset } = options;
  checkSequence("gru", x, "x");
  checkState("gru", x, h0, "h0");
  checkWeights("gru", x, h0.shape[1], 3, { weightIh, weightHh, biasIh, biasHh });
  checkReset("gru", x, reset);
  const projected = withTape(undefined, () => linear(x, weightIh, biasIh)); // [T, B, 3H]
  const [steps, batch] = x.shape;
  const output = empty(x.device, x.dtype, [steps, batch, h0.shape[1]]);
  const biases = [biasIh, biasHh].filter((bias) => bias !== undefined);
  const followed = [x, h0, weightIh, weightHh, ...biases];
  const gates = followed.some(taped)
    ? empty(x.device, x.dtype, [steps, batch, 4 * h0.shape[1]])
    : undefined;
  const inputs = [projected, h0, weightHh, biasHh, reset].filter((input) => input !== undefined);
  const flag: Flag = reset === undefined ? 0 : 1;
  prepared(
    inputs,
    inputs.map(() => isContiguous),
    (ready) => {
      const outputs = gates === undefined ? [output] : [output, gates];
      const params = { bias: biasHh === undefined ? 0 : 1, reset: flag } as const;
      x.device.backend.run("gruSequence", ready, outputs, params);
    },
  );
  if (gates !== undefined) {
    record(
      output,
      gruRule,
      followed,
      [x, h0, weightIh, weightHh, output, gates, reset, biasIh, biasHh],
      {
        reset: flag,
        biases: [biasIh !== undefined, biasHh !== undefined],
      },
    );
  }
  projected.dispose();
  gates?.dispose();
  return { output, h: lastState(output, steps, h0) };
}
