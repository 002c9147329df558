/**
 * scaledDotProductAttention: softmax(q k^T * scale + mask) v (Vaswani et al. 2017).
 *
 *   q [..., L, D]   k [..., S, D]   v [..., S, E]   mask [..., L, S]   ->   y [..., L, E]
 *
 * Leading dimensions (batch, heads) broadcast. A bool mask says which keys may be attended to, a
 * float mask is added to the scores. `causal`: query i sees keys 0..i only. A query that sees no
 * key gives 0.
 */

import { arange } from "../creation.js";
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { broadcastShape, formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { add, div, mul, sub } from "./binary.js";
import { lessEqual } from "./compare.js";
import { detach } from "./copy.js";
import { checkAlive, checkFloat, checkSameDevice, checkSameDtype } from "./dispatch.js";
import { max, sum } from "./reduce.js";
import { unsqueeze } from "./squeeze.js";
import { exp, finite } from "./unary.js";
import { where } from "./where.js";

/** Options of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  /** bool: true where a query may attend to a key; float: added to the scores. [..., L, S]. */
  mask?: Tensor;
  /** Whether query i sees keys 0..i only. Default false. */
  causal?: boolean;
  /** Factor of the scores. Default 1 / sqrt(D). */
  scale?: number;
}

/** Scaled dot-product attention. Float, one dtype. */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const { mask, causal = false } = options;
  check(q, k, v, mask);
  const { scale = 1 / Math.sqrt(Math.max(1, q.shape[q.rank - 1])) } = options;
  return scope(() => {
    const products = mul(unsqueeze(q, -2), unsqueeze(k, -3)); // [..., L, S, D]
    let scores = mul(sum(products, -1), scale); // [..., L, S]
    if (mask !== undefined) {
      scores = mask.dtype === "bool" ? where(mask, scores, -Infinity) : add(scores, mask);
    }
    if (causal) scores = where(below(q, k), scores, -Infinity);
    const top = max(detach(scores), -1, { keepdims: true });
    const weights = exp(sub(scores, where(finite(top), top, 0)));
    const total = sum(weights, -1, { keepdims: true }); // [..., L, 1]
    const shares = div(weights, where(total.equal(0), 1, total));
    return sum(mul(unsqueeze(shares, -1), unsqueeze(v, -3)), -2); // [..., L, E]
  });
}

/** bool [L, S]: key index <= query index. */
function below(q: Tensor, k: Tensor): Tensor {
  const { device } = q;
  const rows = arange(0, q.shape[q.rank - 2], 1, { device, dtype: "int32" });
  const columns = arange(0, k.shape[k.rank - 2], 1, { device, dtype: "int32" });
  return lessEqual(columns, unsqueeze(rows, 1));
}

function check(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | undefined): void {
  const op = "scaledDotProductAttention";
  for (const x of [q, k, v]) {
    checkAlive(op, x);
    checkFloat(op, x, "q");
    checkSameDevice(op, q, x);
    checkSameDtype(op, q, x);
  }
  const shapes = `q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)}`;
  const fits =
    Math.min(q.rank, k.rank, v.rank) >= 2 &&
    q.shape[q.rank - 1] === k.shape[k.rank - 1] &&
    k.shape[k.rank - 2] === v.shape[v.rank - 2];
  if (!fits) {
    throw new ShapeError(
      op,
      `shapes do not fit (got ${shapes}, expected [...,L,D], [...,S,D] and [...,S,E])`,
    );
  }
  const lead = leading(op, [q, k, v]);
  if (mask === undefined) return;
  checkAlive(op, mask);
  checkSameDevice(op, q, mask);
  if (mask.dtype !== "bool") checkSameDtype(op, q, mask);
  const scores = [...lead, q.shape[q.rank - 2], k.shape[k.rank - 2]];
  if (broadcastShape(op, mask.shape, scores).length !== scores.length) {
    throw new ShapeError(op, `mask has too many dimensions (got ${formatShape(mask.shape)})`);
  }
}

/** What the dimensions before the last two broadcast to. */
function leading(op: string, operands: readonly Tensor[]): Shape {
  return operands
    .map(({ shape }): Shape => shape.slice(0, -2))
    .reduce((all, shape) => broadcastShape(op, all, shape));
}
