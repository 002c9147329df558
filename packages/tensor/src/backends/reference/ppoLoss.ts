/**
 * ppoLoss: the clipped PPO objective with value loss and entropy bonus, and its gradient, in one go.
 *
 * Schulman et al. 2017, eq. 7 and 9, with the value clipping of their code. Inputs and outputs are
 * documented in ops/ppoLoss.ts; the same loss composed of single ops is in test/ops/ppoLoss.test.ts.
 */
import { TensorError } from "../../errors.js";
import { positions, type RefView, rowPositions } from "./views.js";

interface Coefficients {
  clip: number;
  valueClip: number;
  entropyCoef: number;
  valueCoef: number;
  normalize: boolean;
}

/** Log-probabilities and entropy of one row of logits. */
function distribution(logits: readonly number[]): { logs: number[]; entropy: number } {
  const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const logSum = Math.log(logits.reduce((sum, x) => sum + Math.exp(x - highest), 0));
  const logs = logits.map((x) => x - highest - logSum);
  const entropy = -logs.reduce((sum, log) => sum + plogp(log), 0);
  return { logs, entropy };
}

/** p log p, which is 0 at p = 0. */
function plogp(log: number): number {
  return log === -Infinity ? 0 : Math.exp(log) * log;
}

/** Mean and unbiased standard deviation; the latter is 0 for fewer than two values. */
function moments(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** Value loss of one sample, before the factor 1/2, and half its derivative. */
function valueTerm(value: number, old: number, target: number, clip: number): [number, number] {
  const error = value - target;
  if (clip <= 0) return [error ** 2, error];
  const change = value - old;
  const clippedError = old + Math.min(Math.max(change, -clip), clip) - target;
  if (error ** 2 >= clippedError ** 2) return [error ** 2, error];
  return [clippedError ** 2, Math.abs(change) <= clip ? clippedError : 0];
}

/** Policy loss of one sample and its derivative with respect to the log-probability. */
function policyTerm(ratio: number, advantage: number, clip: number): [number, number] {
  const plain = -advantage * ratio;
  const clipped = -advantage * Math.min(Math.max(ratio, 1 - clip), 1 + clip);
  return plain >= clipped ? [plain, plain] : [clipped, 0];
}

function checkActions(actions: readonly number[], count: number): void {
  const row = actions.findIndex((action) => action < 0 || action >= count);
  if (row < 0) return;
  throw new TensorError(
    "INVALID_ARGUMENT",
    "ppoLoss",
    `action out of range (got ${actions[row]} at position ${row}, expected 0..${count - 1})`,
  );
}

const read = (view: RefView): number[] => Array.from(positions(view), (at) => view.data[at]);

export function ppoLossKernel(inputs: RefView[], [stats, dlogits, dvalue]: RefView[]): void {
  const [value, action, oldLogProb, advantage, returns, oldValue, raw] = inputs.slice(1).map(read);
  const coef: Coefficients = {
    clip: raw[0],
    valueClip: raw[1],
    entropyCoef: raw[2],
    valueCoef: raw[3],
    normalize: raw[4] !== 0 && value.length > 1,
  };
  const { at, rows, length } = rowPositions(inputs[0]);
  const { at: toLogits } = rowPositions(dlogits);
  const toValue = positions(dvalue);
  checkActions(action, length);
  const { mean, std } = moments(advantage);
  let [policyLoss, valueLoss, entropySum, kl, clippedCount] = [0, 0, 0, 0, 0];

  for (let b = 0; b < rows; b++) {
    const logits = Array.from({ length }, (_, i) => inputs[0].data[at[b * length + i]]);
    const { logs, entropy } = distribution(logits);
    const logRatio = logs[action[b]] - oldLogProb[b];
    const ratio = Math.exp(logRatio);
    const scaled = coef.normalize ? (advantage[b] - mean) / (std + 1e-8) : advantage[b];
    const [policy, dLogProb] = policyTerm(ratio, scaled, coef.clip);
    const [squared, dv] = valueTerm(value[b], oldValue[b], returns[b], coef.valueClip);

    policyLoss += policy / rows;
    valueLoss += (0.5 * squared) / rows;
    entropySum += entropy / rows;
    kl += (ratio - 1 - logRatio) / rows;
    clippedCount += Math.abs(ratio - 1) > coef.clip ? 1 : 0;
    dvalue.data[toValue[b]] = (coef.valueCoef * dv) / rows;
    for (let i = 0; i < length; i++) {
      const p = Math.exp(logs[i]);
      const fromPolicy = dLogProb * ((i === action[b] ? 1 : 0) - p);
      const fromEntropy = coef.entropyCoef * (plogp(logs[i]) + p * entropy);
      dlogits.data[toLogits[b * length + i]] = (fromPolicy + fromEntropy) / rows;
    }
  }

  const loss = policyLoss + coef.valueCoef * valueLoss - coef.entropyCoef * entropySum;
  const clipFraction = clippedCount / rows;
  const figures = [loss, policyLoss, valueLoss, entropySum, kl, clipFraction, mean, std];
  const toStats = positions(stats);
  for (let i = 0; i < figures.length; i++) stats.data[toStats[i]] = figures[i];
}
