/**
 * ppoLoss: clipped policy loss, value loss and entropy bonus of PPO (Schulman et al. 2017), in one
 * op that also computes the gradient on the way.
 *
 *   logits [B, A]   value [B]   action int32 [B]   oldLogProb, advantage, returns, oldValue [B]
 *   -> loss [], stats [8]
 *
 *   r      = exp(logProb(action) - oldLogProb)
 *   A      = advantage, or (advantage - mean) / (std + 1e-8) over the batch
 *   policy = mean max(-A r, -A clip(r, 1 - clip, 1 + clip))
 *   value  = 1/2 mean (v - R)^2, or with value clipping
 *            1/2 mean max((v - R)^2, (oldValue + clip(v - oldValue, +-valueClip) - R)^2)
 *   loss   = policy + valueCoef * value - entropyCoef * mean entropy
 *
 * Gradients: with respect to logits and value only. stats is for logging and carries none.
 * std is the unbiased one; a batch of one is not normalised.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { type DType, isFloat } from "../dtype.js";
import { noParams } from "../op-params.js";
import type { Tensor } from "../tensor.js";
import { viewOf } from "../tensor.js";
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

/** Coefficients of {@link ppoLoss}. */
export interface PpoCoefficients {
  /** Half-width of the trust region of r around 1. */
  clip: number;
  /** Half-width within which the value may move from oldValue; 0 turns value clipping off. */
  valueClip: number;
  /** Weight of the mean entropy (subtracted). */
  entropyCoef: number;
  /** Weight of the value loss. */
  valueCoef: number;
  /** Normalise advantages over the batch. */
  normalizeAdvantage: boolean;
}

/** Operands of {@link ppoLoss}. */
export interface PpoLossInputs {
  /** [B, A], rows may be strided (a slice of merged heads). */
  logits: Tensor;
  /** [B], may be strided. */
  value: Tensor;
  /** int32 [B]. */
  action: Tensor;
  /** [B] */
  oldLogProb: Tensor;
  /** [B] */
  advantage: Tensor;
  /** [B] */
  returns: Tensor;
  /** [B] */
  oldValue: Tensor;
  /** [8], see {@link ppoCoefficients}; a tensor, so that a recording can be given new ones. */
  coefficients: Tensor;
}

/** Names of the entries of `stats`, in order. */
export const ppoStats: readonly [
  "loss",
  "policyLoss",
  "valueLoss",
  "entropy",
  "approxKl",
  "clipFraction",
  "advantageMean",
  "advantageStd",
] = [
  "loss",
  "policyLoss",
  "valueLoss",
  "entropy",
  "approxKl",
  "clipFraction",
  "advantageMean",
  "advantageStd",
];

/** The contents of a `coefficients` tensor. */
export function ppoCoefficients(coefficients: PpoCoefficients): Float32Array {
  const { clip, valueClip, entropyCoef, valueCoef, normalizeAdvantage } = coefficients;
  return Float32Array.of(
    clip,
    valueClip,
    entropyCoef,
    valueCoef,
    normalizeAdvantage ? 1 : 0,
    0,
    0,
    0,
  );
}

const ppoRule: GradientRule<undefined> = {
  op: "ppoLoss",
  // The forward kernel computed both gradients; what remains is the factor from above, usually 1.
  backward(dy, node) {
    firstOrderOnly("ppoLoss", dy, node);
    return [
      node.needs(0) ? scaled(dy, node.saved(0), mul) : undefined,
      node.needs(1) ? scaled(dy, node.saved(1), mul) : undefined,
    ];
  },
};

/** Result of {@link ppoLoss}. */
export interface PpoLoss {
  /** The loss, []. */
  loss: Tensor;
  /** Its figures, [8], in the order of {@link ppoStats}. */
  stats: Tensor;
}

/** The PPO loss of one minibatch and its figures (see {@link ppoStats}). */
export function ppoLoss(inputs: PpoLossInputs): PpoLoss {
  const { logits, value, action, oldLogProb, advantage, returns, oldValue, coefficients } = inputs;
  const dtype = check(inputs);
  const { device } = logits;
  const [batch, actions] = logits.shape;
  const stats = empty(device, dtype, [8]);
  // Side by side, so that for merged heads they are the gradient of the heads as they lie.
  const both = empty(device, dtype, [batch, actions + 1]); // [B, A + 1]
  const dlogits = viewOf(both.storage, [batch, actions], [actions + 1, 1], 0); // [B, A]
  const dvalue = viewOf(both.storage, [batch], [actions + 1], actions); // [B]
  const operands = [logits, value, action, oldLogProb, advantage, returns, oldValue, coefficients];
  const tests = operands.map((x) =>
    x === logits || x === coefficients ? hasDenseRows : isAnyLayout,
  );
  prepared(operands, tests, (ready) => {
    device.backend.run("ppoLoss", ready, [stats, dlogits, dvalue], noParams);
  });
  const loss = viewOf(stats.storage, [], [], 0);
  if (activeTape() !== undefined) {
    record(loss, ppoRule, [logits, value], [dlogits, dvalue], undefined);
  }
  for (const temporary of [both, dlogits, dvalue]) temporary.dispose();
  return { loss, stats };
}

function check(inputs: PpoLossInputs): DType {
  const { logits } = inputs;
  for (const [name, x] of Object.entries(inputs)) {
    checkAlive("ppoLoss", x);
    checkSameDevice("ppoLoss", logits, x);
    if (name === "action") checkDtype("ppoLoss", x, "int32", name);
    else checkSameDtype("ppoLoss", logits, x);
  }
  checkFloat("ppoLoss", logits, "logits");
  checkRank("ppoLoss", logits, 2, "logits");
  const batch = [logits.shape[0]];
  const { value, action, oldLogProb, advantage, returns, oldValue, coefficients } = inputs;
  const rows = { value, action, oldLogProb, advantage, returns, oldValue };
  for (const [name, x] of Object.entries(rows)) checkShapeIs("ppoLoss", x, batch, name);
  checkShapeIs("ppoLoss", coefficients, [8], "coefficients");
  return isFloat(logits.dtype) ? logits.dtype : "float32";
}
