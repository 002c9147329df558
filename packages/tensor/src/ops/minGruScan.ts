/**
 * minGruScan: the recurrence of minGRU (Feng et al. 2024, "Were RNNs all we needed?") over all steps
 * of a sequence, with resets inside it. Its gates do not depend on the state, so that the steps are
 * a linear scan, and all products can be made before it.
 *
 *   gate, candidate [T, B, H]   h0 [B, H]   ->   output [T, B, H], h [B, H] (the last of output)
 *
 *   h = 0 where reset_t
 *   z = sigmoid(gate_t)        h' = (1 - z) h + z g(candidate_t)
 *   g(x) = x >= 0 ? x + 1/2 : sigmoid(x), which keeps a state positive, as in the paper's appendix
 *
 * The recurrence is computed as it stands, not through logarithms: every step is an average, so
 * nothing overflows. Few lanes (B * H) and many steps are scanned in chunks of steps side by side;
 * then, and only then, calls of one step each differ from one call with all steps by rounding.
 * Gradients flow to gate, candidate and h0, and stop at resets.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import type { Flag } from "../op-params.js";
import { type Tensor, viewOf } from "../tensor.js";
import {
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  differentiatedAgain,
  empty,
} from "./dispatch.js";
import type { GruResult } from "./gru.js";
import { hasDenseRows, prepared } from "./layout.js";
import {
  checkReset,
  checkSequence,
  checkState,
  isContiguous,
  lastState,
  type RecurrentOptions,
} from "./recurrence.js";
import { gradientByOps, minGruByOps } from "./recurrence-by-ops.js";

interface ScanParams {
  readonly reset: Flag;
}

const scanRule: GradientRule<ScanParams> = {
  op: "minGruScan",
  backward(dy, node) {
    const [gate, candidate, output, h0] = [0, 1, 2, 3].map((i) => node.saved(i));
    const reset = node.params.reset === 1 ? node.saved(4) : undefined;
    if (differentiatedAgain(dy, node)) {
      const compute = () => minGruByOps(gate, candidate, h0, reset);
      return gradientByOps([gate, candidate, h0], dy, compute);
    }
    const { device, dtype } = dy;
    const [steps, batch, units] = output.shape;
    // Side by side, so that for halves of one tensor they are the gradient of it as they lie.
    const both = empty(device, dtype, [steps, batch, 2 * units]);
    const strides = [batch * 2 * units, 2 * units, 1];
    const dgate = viewOf(both.storage, output.shape, strides, 0);
    const dcandidate = viewOf(both.storage, output.shape, strides, steps * batch === 0 ? 0 : units);
    both.dispose();
    const dh0 = empty(device, dtype, h0.shape);
    const inputs = [dy, gate, candidate, output, h0];
    if (reset !== undefined) inputs.push(reset);
    const tests = inputs.map((_, i) => (i === 1 || i === 2 ? hasEvenRows : isContiguous));
    prepared(inputs, tests, (ready) => {
      device.backend.run("minGruScanBackward", ready, [dgate, dcandidate, dh0], node.params);
    });
    return [dgate, dcandidate, dh0];
  },
};

/** Whether rows are dense and evenly spaced over both leading dimensions. */
function hasEvenRows(x: Tensor): boolean {
  const [steps, batch] = x.shape;
  const even = steps <= 1 || batch <= 1 || x.strides[0] === batch * x.strides[1];
  return hasDenseRows(x) && even;
}

/**
 * The scan of a minGRU over gate and candidate [T, B, H] from the state h0 [B, H]; see the head of
 * ops/minGruScan.ts for the equations. Float, one dtype; `reset` bool [T, B] zeroes the state before
 * a step. gate and candidate may be halves of one product.
 */
export function minGruScan(
  gate: Tensor,
  candidate: Tensor,
  h0: Tensor,
  options: RecurrentOptions = {},
): GruResult {
  const { reset } = options;
  checkSequence("minGruScan", gate, "gate");
  checkSequence("minGruScan", candidate, "candidate");
  checkSameDevice("minGruScan", gate, candidate);
  checkSameDtype("minGruScan", gate, candidate);
  checkShapeIs("minGruScan", candidate, gate.shape, "candidate");
  checkState("minGruScan", gate, h0, "h0");
  checkShapeIs("minGruScan", h0, gate.shape.slice(1), "h0");
  checkReset("minGruScan", gate, reset);
  const output = empty(gate.device, gate.dtype, gate.shape);
  const inputs = reset === undefined ? [gate, candidate, h0] : [gate, candidate, h0, reset];
  const flag: Flag = reset === undefined ? 0 : 1;
  const tests = inputs.map((_, i) => (i < 2 ? hasEvenRows : isContiguous));
  prepared(inputs, tests, (ready) => {
    gate.device.backend.run("minGruScan", ready, [output], { reset: flag });
  });
  if (activeTape() !== undefined) {
    const saved = [gate, candidate, output, h0, reset];
    record(output, scanRule, [gate, candidate, h0], saved, { reset: flag });
  }
  return { output, h: lastState(output, gate.shape[0], h0) };
}
