/**
 * categoricalSample: one action per row of logits, and its log-probability.
 *
 *   logits [B, A]   random state   ->   action int32 [B], logProb [B]
 *
 * Samples by inverting the cumulative distribution with one uniform number per row; greedy takes the
 * most probable action instead. The random state advances in either case. No gradient: compute
 * log-probabilities of stored actions with logSoftmax and takeAlongLast.
 */

import { ShapeError } from "../errors.js";
import type { RandomState } from "../random.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, checkFloat, checkRank, checkSameDevice, empty } from "./dispatch.js";
import { hasDenseRows, hasEvenRows, prepared } from "./layout.js";

/** Options of {@link categoricalSample}. */
export interface SampleOptions {
  /** Take the most probable action (the first of several). Default false. */
  greedy?: boolean;
}

/** What {@link categoricalSample} draws. */
export interface CategoricalDraw {
  /** int32 [B] */
  action: Tensor;
  /** Log-probability of each action, [B]. */
  logProb: Tensor;
}

/** Draws an action per row. `logits` [B, A] need not be normalised. */
export function categoricalSample(
  logits: Tensor,
  random: RandomState,
  options: SampleOptions = {},
): CategoricalDraw {
  checkAlive("categoricalSample", logits);
  checkFloat("categoricalSample", logits, "logits");
  checkRank("categoricalSample", logits, 2, "logits");
  checkAlive("categoricalSample", random.tensor);
  checkSameDevice("categoricalSample", logits, random.tensor);
  const [rows, actions] = logits.shape;
  if (actions === 0) {
    throw new ShapeError(
      "categoricalSample",
      `no actions to choose from (got logits ${formatShape(logits.shape)})`,
    );
  }
  const action = empty(logits.device, "int32", [rows]);
  const logProb = empty(logits.device, logits.dtype, [rows]);
  const greedy = options.greedy ? 1 : 0;
  prepared([logits, random.tensor], [hasEvenRows, hasDenseRows], (inputs) => {
    logits.device.backend.run("categoricalSample", inputs, [action, logProb], { greedy });
  });
  random.tensor.storage.version++;
  return { action, logProb };
}
