/**
 * dqnLoss: Huber loss between the values of the actions that were taken and their targets (Mnih et
 * al. 2015), weighted by sample, in one op that also computes the gradient on the way.
 *
 *   q [B, A]   action int32 [B]   target [B]   weight [B]?   ->   loss [], tdError [B]
 *
 *   tdError[b] = q[b, action[b]] - target[b]
 *   loss = mean of weight[b] huber(tdError[b]),  huber(e) = e^2 / 2 where |e| <= delta,
 *                                                           delta (|e| - delta / 2) beyond
 *
 * Gradient: with respect to q only, weight[b] clamp(tdError[b], -delta, delta) / B at the action of
 * each row, 0 elsewhere. tdError is for priorities and logging and carries none.
 */
import { activeTape, type GradientRule, record, taped } from "../autograd/tape.js";
import { ShapeError, TensorError } from "../errors.js";
import { scope } from "../lifetime.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./binary.js";
import {
  checkAlive,
  checkDtype,
  checkFloat,
  checkRank,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  empty,
  firstOrderOnly,
  scaled,
} from "./dispatch.js";
import { hasDenseRows, isAnyLayout, prepared } from "./layout.js";

/** Operands of {@link dqnLoss}. */
export interface DqnLossInputs {
  /** Value of every action: `[B, A]`, float. */
  q: Tensor;
  /** The actions that were taken: `[B]`, int32. */
  action: Tensor;
  /** What their values should be: `[B]`. It counts as a constant. */
  target: Tensor;
  /** Weight of each sample: `[B]`. Default: 1 each. It counts as a constant. */
  weight?: Tensor;
}

/** Options of {@link dqnLoss}. */
export interface DqnLossOptions {
  /** Where the Huber loss turns from a parabola into a line; Infinity: never. Default 1. */
  delta?: number;
}

/** Result of {@link dqnLoss}. */
export interface DqnLoss {
  /** The loss, `[]`. */
  loss: Tensor;
  /** Value minus target, `[B]`; without gradient. */
  tdError: Tensor;
}

const dqnRule: GradientRule<undefined> = {
  op: "dqnLoss",
  // The forward kernel computed the gradient; what remains is the factor from above, usually 1.
  backward(dy, node) {
    firstOrderOnly("dqnLoss", dy, node);
    return [scaled(dy, node.saved(0), mul)];
  },
};

const anyLayouts = [hasDenseRows, isAnyLayout, isAnyLayout, isAnyLayout];

/**
 * Huber loss of taken values against targets.
 *
 * @throws ShapeError, DtypeError for operands that do not fit; a TensorError for an action out of
 * range.
 */
export function dqnLoss(inputs: DqnLossInputs, options: DqnLossOptions = {}): DqnLoss {
  const { q, action, target, weight } = inputs;
  const { delta = 1 } = options;
  check(inputs, delta);
  const { device, dtype } = q;
  return scope(() => {
    const loss = empty(device, dtype, []);
    const tdError = empty(device, dtype, action.shape); // [B]
    const dq = empty(device, dtype, q.shape); // [B, A]
    const operands = weight === undefined ? [q, action, target] : [q, action, target, weight];
    prepared(operands, anyLayouts, (ready) => {
      // Infinity cannot be told from a mistake at the native boundary; 0 stands for it.
      const bound = delta === Infinity ? 0 : delta;
      device.backend.run("dqnLoss", ready, [loss, tdError, dq], { delta: bound });
    });
    if (activeTape() !== undefined && taped(q)) record(loss, dqnRule, [q], [dq], undefined);
    return { loss, tdError };
  });
}

function check({ q, action, target, weight }: DqnLossInputs, delta: number): void {
  checkAlive("dqnLoss", q);
  checkFloat("dqnLoss", q, "q");
  checkRank("dqnLoss", q, 2, "q");
  const rows = [q.shape[0]];
  checkRow("dqnLoss", q, action, rows, "action");
  checkRow("dqnLoss", q, target, rows, "target");
  if (weight !== undefined) checkRow("dqnLoss", q, weight, rows, "weight");
  if (q.size === 0) {
    throw new ShapeError("dqnLoss", `the batch is empty (got q ${formatShape(q.shape)})`);
  }
  if (!(delta > 0)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "dqnLoss",
      `delta is not valid (got ${delta}, expected a positive number)`,
    );
  }
}

function checkRow(op: string, q: Tensor, x: Tensor, rows: readonly number[], name: string): void {
  checkAlive(op, x);
  checkSameDevice(op, q, x);
  if (name === "action") checkDtype(op, x, "int32", name);
  else checkSameDtype(op, q, x);
  checkShapeIs(op, x, rows, name);
}
