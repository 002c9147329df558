/** The loss of PQN (Gallici et al. 2024, https://arxiv.org/abs/2407.04811, algorithm 1). */
import { dqnLoss, type Tensor } from "@carom/tensor";

/** What the loss is computed from. */
export interface PqnBatch {
  /** Q(s, .) now, `[B, A]`. */
  readonly q: Tensor;
  /** The actions that were taken, int32 `[B]`. */
  readonly action: Tensor;
  /** Their lambda-returns, `[B]`; constants. */
  readonly returns: Tensor;
}

/** The loss and what is reported of it, scalars. */
export interface PqnLoss {
  readonly loss: Tensor;
  /** Mean of Q(s, a) over the actions that were taken; without gradient. */
  readonly qMean: Tensor;
}

/** L = mean (Q(s, a) - G)^2 / 2. */
export function pqnLoss({ q, action, returns }: PqnBatch): PqnLoss {
  const { loss, tdError } = dqnLoss({ q, action, target: returns }, { delta: Infinity });
  return { loss, qMean: tdError.add(returns).mean() }; // td error: Q(s, a) - G, [B]
}
