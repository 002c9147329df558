/**
 * categorical: the distribution over A actions that unnormalised logits [B, A] stand for.
 *
 * Composed of ops, so everything is differentiable with respect to the logits. Sampling is
 * `categoricalSample` of @carom/tensor.
 */
import { logSoftmax, mul, scope, type Tensor, takeAlongLast } from "@carom/tensor";

/** Log-probability of each row's action: logits [B, A], action int32 [B] -> [B]. */
export function categoricalLogProb(logits: Tensor, action: Tensor): Tensor {
  return scope(() => takeAlongLast(logSoftmax(logits), action)); // [B]
}

/** Entropy of each row, in nats: logits [B, A] -> [B]. Logits must be finite. */
export function categoricalEntropy(logits: Tensor): Tensor {
  return scope(() => {
    const logs = logSoftmax(logits); // [B, A]
    return mul(logs.exp(), logs).sum(-1).neg(); // [B]
  });
}
