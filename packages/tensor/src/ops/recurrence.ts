/**
 * recurrence: what gru, lstm and minGruScan share: checks of sequences, states, weights and resets.
 */
import type { GradNode } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import type { Flag } from "../op-params.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import {
  checkAlive,
  checkDtype,
  checkFloat,
  checkRank,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
} from "./dispatch.js";
import { product } from "./matmul.js";
import { transpose } from "./permute.js";
import { sum } from "./reduce.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";

/** Weights of {@link gru} (G = 3) and {@link lstm} (G = 4), laid out as in PyTorch. */
export interface RecurrentWeights {
  /** Of the inputs, [G * H, I]. */
  weightIh: Tensor;
  /** Of the state, [G * H, H]. */
  weightHh: Tensor;
  /** [G * H] */
  biasIh?: Tensor | undefined;
  /** [G * H] */
  biasHh?: Tensor | undefined;
}

/** Options of {@link gru}, {@link lstm} and {@link minGruScan}. */
export interface RecurrentOptions {
  /** bool [T, B]: where the state is zeroed before the step (the first step of an episode). */
  reset?: Tensor | undefined;
}

/** Checks a state [B, H] beside a sequence [T, B, ...]. */
export function checkState(op: string, sequence: Tensor, state: Tensor, name: string): void {
  checkOperand(op, sequence, state);
  checkRank(op, state, 2, name);
  if (state.shape[0] !== sequence.shape[1]) {
    throw new ShapeError(
      op,
      `${name} has the wrong batch (got ${name} ${formatShape(state.shape)} for a sequence ` +
        `${formatShape(sequence.shape)}, expected [${sequence.shape[1]},H])`,
    );
  }
}

/** Checks a sequence [T, B, ...]. */
export function checkSequence(op: string, x: Tensor, name: string): void {
  checkAlive(op, x);
  checkFloat(op, x, name);
  checkRank(op, x, 3, name);
}

/** Checks weights of `gates` gates for x [T, B, I] and H units. */
export function checkWeights(
  op: string,
  x: Tensor,
  units: number,
  gates: number,
  weights: RecurrentWeights,
): void {
  const rows = gates * units;
  for (const [name, w] of Object.entries(weights) as [string, Tensor | undefined][]) {
    if (w === undefined) continue;
    checkOperand(op, x, w);
    const columns = name === "weightIh" ? [x.shape[2]] : name === "weightHh" ? [units] : [];
    checkShapeIs(op, w, [rows, ...columns], name);
  }
}

/** Checks `reset` beside a sequence [T, B, ...]. */
export function checkReset(op: string, x: Tensor, reset: Tensor | undefined): void {
  if (reset === undefined) return;
  checkAlive(op, reset);
  checkSameDevice(op, x, reset);
  checkDtype(op, reset, "bool", "reset");
  checkShapeIs(op, reset, x.shape.slice(0, 2), "reset");
}

function checkOperand(op: string, like: Tensor, x: Tensor): void {
  checkAlive(op, x);
  checkSameDevice(op, like, x);
  checkSameDtype(op, like, x);
}

/** Whether a tensor is dense in row-major order. */
export function isContiguous(x: Tensor): boolean {
  return x.isContiguous;
}

/** What the gradient of a recurrent op needs to know besides its saved values. */
export interface RecurrentParams {
  readonly reset: Flag;
  /** Whether biasIh and biasHh are among the operands, in this order, after the other ones. */
  readonly biases: readonly [ih: boolean, hh: boolean];
}

/** Gradients by the weights of the inputs and of the state, and by the inputs; as needed. */
export function weightGradients(
  node: GradNode<RecurrentParams>,
  at: { x: number; weightIh: number; weightHh: number },
  values: { x: Tensor; weightIh: Tensor; previous: Tensor; dprojected: Tensor; dgates: Tensor },
): { dx?: Tensor; dweightIh?: Tensor; dweightHh?: Tensor; dbiases: (Tensor | undefined)[] } {
  const { x, weightIh, previous } = values;
  const rowsOf = (y: Tensor) => reshape(y, [y.shape[0] * y.shape[1], y.shape[2]]);
  const dprojected = rowsOf(values.dprojected); // [T * B, G * H]
  const dgates = values.dgates === values.dprojected ? dprojected : rowsOf(values.dgates);
  const { biases } = node.params;
  const first = Math.max(at.x, at.weightIh, at.weightHh) + 1;
  const kinds = [dprojected, dgates].filter((_, i) => biases[i]);
  const totals = new Map<Tensor, Tensor>();
  const dbiases = kinds.map((d, i) => {
    if (!node.needs(first + i)) return undefined;
    const total = totals.get(d) ?? sum(d, 0);
    totals.set(d, total);
    return total;
  });
  return {
    ...(node.needs(at.x) && { dx: reshape(product(dprojected, weightIh), x.shape) }),
    ...(node.needs(at.weightIh) && { dweightIh: product(transpose(dprojected), rowsOf(x)) }),
    ...(node.needs(at.weightHh) && { dweightHh: product(transpose(dgates), rowsOf(previous)) }),
    dbiases,
  };
}

/** The state after the last of some steps; what it was before if there are none. A view. */
export function lastState(output: Tensor, steps: number, before: Tensor): Tensor {
  return steps === 0 ? slice(before, null) : slice(output, steps - 1);
}
