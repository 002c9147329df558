/** crossEntropy: loss of each row, reduced, and on demand its gradient by the logits. */
import { TensorError } from "../../errors.js";
import type { OpParams } from "../../op-params.js";
import { positions, type RefView, rowPositions } from "./views.js";

type Settings = OpParams["crossEntropy"];

export function crossEntropyKernel(
  [logits, target]: RefView[],
  [loss, dlogits]: RefView[],
  settings: Settings,
): void {
  const { at, rows, length } = rowPositions(logits);
  const wanted = targetRows(target, rows, length, settings);
  const counted = wanted.filter((row) => row !== undefined).length;
  const toLoss = positions(loss);
  const toGradient = dlogits && positions(dlogits);
  const scale = settings.reduction === 2 ? 1 / counted : 1;
  let total = 0;
  for (let b = 0; b < rows; b++) {
    const x = Array.from({ length }, (_, c) => logits.data[at[b * length + c]]);
    const top = x.reduce((a, c) => Math.max(a, c), -Infinity);
    const logSum = Math.log(x.reduce((sum, value) => sum + Math.exp(value - top), 0));
    const row = wanted[b];
    const weight = row?.reduce((sum, share) => sum + share, 0) ?? 0;
    // A class without any share counts for nothing, even where its logit is -infinity.
    const lost = (share: number, c: number) => share * (top - x[c] + logSum);
    const own = row?.reduce((sum, share, c) => sum + (share === 0 ? 0 : lost(share, c)), 0) ?? 0;
    if (settings.reduction === 0) loss.data[toLoss[b]] = own;
    total += own;
    for (let c = 0; toGradient && c < length; c++) {
      const slope = row === undefined ? 0 : Math.exp(x[c] - top - logSum) * weight - row[c];
      dlogits.data[toGradient[b * length + c]] = slope === 0 ? 0 : slope * scale;
    }
  }
  if (settings.reduction !== 0) loss.data[toLoss[0]] = total * scale;
}

/** The distribution that each row is to have; `undefined` where the row is ignored. */
function targetRows(
  target: RefView,
  rows: number,
  length: number,
  { smoothing, ignoring, ignore }: Settings,
): (number[] | undefined)[] {
  const at = positions(target);
  const smooth = (share: number) => (1 - smoothing) * share + smoothing / length;
  return Array.from({ length: rows }, (_, b) => {
    if (target.dtype !== "int32") {
      return Array.from({ length }, (_, c) => smooth(target.data[at[b * length + c]]));
    }
    const label = target.data[at[b]];
    if (ignoring && label === ignore) return undefined;
    if (label < 0 || label >= length) throw outOfRange(label, b, length);
    return Array.from({ length }, (_, c) => smooth(c === label ? 1 : 0));
  });
}

function outOfRange(label: number, row: number, length: number): TensorError {
  const range = `(got ${label} at position ${row}, expected 0..${length - 1})`;
  return new TensorError("INVALID_ARGUMENT", "crossEntropy", `index out of range ${range}`);
}
