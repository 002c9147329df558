/** dqnLoss: weighted Huber loss of the values of taken actions, its errors and its gradient. */
import { TensorError } from "../../errors.js";
import type { OpParams } from "../../op-params.js";
import { positions, type RefView, rowPositions } from "./views.js";

export function dqnLossKernel(
  [q, action, target, weight]: RefView[],
  [loss, tdError, dq]: RefView[],
  { delta }: OpParams["dqnLoss"],
): void {
  const { at, rows, length } = rowPositions(q);
  const bound = delta === 0 ? Infinity : delta;
  const toError = positions(tdError);
  const toGradient = positions(dq);
  const read = (view: RefView) => Array.from(positions(view), (i) => view.data[i]);
  const [actions, targets] = [read(action), read(target)];
  const weights = weight && read(weight);
  let total = 0;
  for (let b = 0; b < rows; b++) {
    const taken = actions[b];
    if (taken < 0 || taken >= length) throw outOfRange(taken, b, length);
    const error = q.data[at[b * length + taken]] - targets[b];
    const size = Math.abs(error);
    const factor = weights?.[b] ?? 1;
    total += factor * (size <= bound ? error ** 2 / 2 : bound * (size - bound / 2));
    tdError.data[toError[b]] = error;
    for (let a = 0; a < length; a++) dq.data[toGradient[b * length + a]] = 0;
    const slope = Math.min(Math.max(error, -bound), bound);
    dq.data[toGradient[b * length + taken]] = (factor * slope) / rows;
  }
  loss.data[positions(loss)[0]] = total / rows;
}

function outOfRange(action: number, row: number, length: number): TensorError {
  const range = `(got ${action} at position ${row}, expected 0..${length - 1})`;
  return new TensorError("INVALID_ARGUMENT", "dqnLoss", `index out of range ${range}`);
}
