/**
 * The losses of DQN as pure functions of tensors. All take what the online network says of the actions
 * that were taken, and a target that counts as a constant.
 *
 *   values     y = R + d Q'(s', a*)                    mean of w huber(Q(s, a) - y)
 *   atoms      m = projection of R + d z on the atoms   mean of w KL(m || p(s, a))
 *   quantiles  y_j = R + d theta'_j(s', a*)             mean of w sum_i mean_j |tau_i - (u < 0)| huber(u) / kappa,
 *                                                      u = y_j - theta_i(s, a)
 *
 * R is the n-step return, d = gamma^n or 0 after the end, Q', z, theta' the target network's, w weights.
 * Mnih et al. 2015; Bellemare et al. 2017, https://arxiv.org/abs/1707.06887, algorithm 1; Dabney et al.
 * 2018, https://arxiv.org/abs/1710.10044, algorithm 1.
 * Legend: B batch, A actions, N atoms or quantiles.
 */
import { quantileHuber } from "@carom/nn";
import { dqnLoss, gather, scatterAdd, type Tensor, takeAlongLast, zeros } from "@carom/tensor";
import { maskLogits } from "../heads/masking.js";

/** What a loss reads of a batch; every tensor `[B]`. */
export interface ReturnBatch {
  /** The actions that were taken, int32. */
  readonly action: Tensor;
  /** n-step returns without what comes after, R. */
  readonly reward: Tensor;
  /** What the value of the next observation counts, d. */
  readonly discount: Tensor;
  /** Weight of each sample, w. */
  readonly weight: Tensor;
}

/** What a loss gives. */
export interface QLoss {
  /** `[]` */
  readonly loss: Tensor;
  /** How wrong each sample was, `[B]`, for priorities; without gradient. */
  readonly error: Tensor;
  /** Q(s, a) of the actions that were taken, `[B]`; without gradient. */
  readonly value: Tensor;
}

/** The best action of each row of values `[B, A]`, int32 `[B]`; `mask` bool `[B, A]`, true where allowed. */
export function bestActions(values: Tensor, mask?: Tensor): Tensor {
  return maskLogits(values, mask).argmax(-1);
}

/** Of outputs `[B, A]` or `[B, A, N]` those of one action per row: `[B]` or `[B, N]`. */
export function ofActions(output: Tensor, action: Tensor): Tensor {
  if (output.rank === 2) return takeAlongLast(output, action);
  const [batch, , outputs] = output.shape;
  const index = action.reshape([batch, 1, 1]).expand([batch, 1, outputs]);
  return gather(output, index, 1).reshape([batch, outputs]);
}

/** Huber loss of values `q` `[B, A]` against R + d next, `next` `[B]`; delta Infinity: half the square. */
export function valueLoss(q: Tensor, next: Tensor, batch: ReturnBatch, delta: number): QLoss {
  const { action, weight } = batch;
  const target = batch.discount.mul(next).add(batch.reward); // [B]
  const { loss, tdError } = dqnLoss({ q, action, target, weight }, { delta });
  return { loss, error: tdError, value: tdError.add(target) };
}

/**
 * Divergence of the distribution of logits `[B, A, N]` from the projected one of `nextLogits` `[B, N]`;
 * `support` `[N]` are the returns of the atoms.
 */
export function categoricalLoss(
  logits: Tensor,
  nextLogits: Tensor,
  support: Tensor,
  batch: ReturnBatch,
): QLoss {
  const taken = ofActions(logits, batch.action).logSoftmax(-1); // [B, N]
  const target = project(nextLogits.softmax(-1), support, batch).detach(); // [B, N]
  const entropy = target.mul(target.maximum(tiny).log()).sum(-1); // [B], negative
  const divergence = entropy.sub(target.mul(taken).sum(-1)); // [B]
  return {
    loss: divergence.mul(batch.weight).mean(),
    error: divergence.detach(),
    value: taken.detach().exp().mul(support).sum(-1),
  };
}

/** What probabilities are taken for in logarithms where they are 0: 0 log 0 = 0. */
const tiny = 1e-30;

/**
 * The distribution of R + d Z over the atoms, for Z with probabilities `[B, N]` over them: each moved
 * atom's probability goes to its two neighbours, the nearer the more. Every row keeps its sum.
 */
export function project(
  probabilities: Tensor,
  support: Tensor,
  { reward, discount }: Pick<ReturnBatch, "reward" | "discount">,
): Tensor {
  const [batch, atoms] = probabilities.shape;
  const low = support.slice(0); // []
  const spacing = support
    .slice(atoms - 1)
    .sub(low)
    .div(atoms - 1);
  const moved = support.mul(discount.unsqueeze(1)).add(reward.unsqueeze(1)); // [B, N]
  const place = moved
    .sub(low)
    .div(spacing)
    .clamp(0, atoms - 1); // [B, N], in atoms
  const below = place.floor();
  const upper = probabilities.mul(place.sub(below)); // what goes to the atom above
  const lower = probabilities.sub(upper); // on an atom exactly: all of it
  const index = below.cast("int32");
  const none = zeros([batch, atoms], { device: probabilities.device });
  const left = scatterAdd(none, index, lower, 1);
  return scatterAdd(left, index.add(1).minimum(atoms - 1), upper, 1);
}

/** Quantile regression of `quantiles` `[B, A, N]` on R + d next, `next` `[B, N]`. */
export function quantileLoss(
  quantiles: Tensor,
  next: Tensor,
  batch: ReturnBatch,
  kappa: number,
): QLoss {
  const taken = ofActions(quantiles, batch.action); // [B, N]
  const target = next.mul(batch.discount.unsqueeze(1)).add(batch.reward.unsqueeze(1)); // [B, N]
  const value = taken.detach().mean(-1); // [B]
  return {
    loss: quantileHuber(taken, target.detach(), { kappa, weights: batch.weight }),
    error: value.sub(target.mean(-1)),
    value,
  };
}
