/**
 * scaledDotProductAttention: softmax(q k^T * scale + mask) v (Vaswani et al. 2017).
 *
 *   q [..., L, D]   k [..., S, D]   v [..., S, E]   mask [..., L, S]   ->   y [..., L, E]
 *
 * Leading dimensions (batch, heads) broadcast. A bool mask says which keys may be attended to, a
 * float mask is added to the scores. `causal`: query i sees keys 0..i only. A query that sees no
 * key gives 0.
 *
 * Gradients, with P the softmax and dP = dy v^T:
 *   dv = P^T dy,  dS = P * (dP - sum(dP * P)) * scale,  dq = dS k,  dk = dS^T q
 *
 * Scores are computed block by block and never stored as a whole, forward and backward. Any strides
 * of the leading dimensions and of the rows are read in place; y lies in memory as q does, so that
 * [B, L, H, D] seen as [B, H, L, D] gives [B, L, H, E] without copies. Where the fused form does not
 * reach (second derivatives, a mask with a gradient, heads beyond 256 features) ops are composed.
 */
import { sumTo } from "../autograd/sum-to.js";
import { activeTape, type GradientRule, type GradNode, record, taped } from "../autograd/tape.js";
import type { View } from "../backend.js";
import { arange } from "../creation.js";
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { broadcastShape, denseStrides, formatShape, type Shape, sameShape } from "../shape.js";
import { type Tensor, viewOf } from "../tensor.js";
import { add, div, mul, sub } from "./binary.js";
import { lessEqual } from "./compare.js";
import { detach } from "./copy.js";
import {
  broadcastTo,
  checkAlive,
  checkFloat,
  checkSameDevice,
  checkSameDtype,
  differentiatedAgain,
  empty,
} from "./dispatch.js";
import { hasDenseRows, prepared } from "./layout.js";
import { matmul } from "./matmul.js";
import { transpose } from "./permute.js";
import { max, sum } from "./reduce.js";
import { unsqueeze } from "./squeeze.js";
import { exp, finite } from "./unary.js";
import { where } from "./where.js";

const op = "scaledDotProductAttention";

/** The most features of a head that the kernels take. */
const maxHead = 256;

/** Options of {@link scaledDotProductAttention}. */
export interface AttentionOptions {
  /** bool: true where a query may attend to a key; float: added to the scores. [..., L, S]. */
  mask?: Tensor;
  /** Whether query i sees keys 0..i only. Default false. */
  causal?: boolean;
  /** Factor of the scores. Default 1 / sqrt(D). */
  scale?: number;
}

interface Settings {
  readonly scale: number;
  readonly causal: boolean;
  readonly masked: boolean;
}

const attentionRule: GradientRule<Settings> = {
  op,
  backward: (dy, node) =>
    differentiatedAgain(dy, node) ? composedGradient(dy, node) : fusedGradient(dy, node),
};

/** Scaled dot-product attention. Float, one dtype. */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const { mask, causal = false } = options;
  const depth = q.shape[q.rank - 1] ?? 1;
  const { scale = 1 / Math.sqrt(Math.max(1, depth)) } = options;
  const lead = check(q, k, v, mask);
  const settings = { scale, causal, masked: mask !== undefined };
  const width = v.shape[v.rank - 1];
  if ((mask !== undefined && taped(mask)) || Math.max(depth, width) > maxHead) {
    return scope(() => matmul(composedShares(q, k, mask, settings), v));
  }
  return scope(() => {
    const shape = [...lead, q.shape[q.rank - 2], width];
    const out = emptyLaidOutAs(q, shape);
    const lse = empty(q.device, q.dtype, shape.slice(0, -1));
    prepared([q, k, v], [hasDenseRows, hasDenseRows, hasDenseRows], (ready) => {
      const views = [...withLead(ready, lead), ...maskView(mask, lead, q, k)];
      q.device.backend.run("attention", views, [out, lse], flags(settings));
    });
    if (activeTape() === undefined) return out;
    return record(out, attentionRule, [q, k, v], [q, k, v, out, lse, mask], settings);
  });
}

function fusedGradient(dy: Tensor, node: GradNode<Settings>): Tensor[] {
  const [q, k, v, out, lse] = [0, 1, 2, 3, 4].map((i) => node.saved(i));
  const { masked } = node.params;
  const lead = out.shape.slice(0, -2);
  const mask = masked ? node.saved(5) : undefined;
  const gradients = [q, k, v].map((x) => emptyLaidOutAs(x, [...lead, ...x.shape.slice(-2)]));
  const inputs = [dy, q, k, v, out];
  prepared(
    inputs,
    inputs.map(() => hasDenseRows),
    (ready) => {
      const views = [...withLead(ready, lead), lse, ...maskView(mask, lead, q, k)];
      q.device.backend.run("attentionBackward", views, gradients, flags(node.params));
    },
  );
  return [q, k, v].map((x, i) => sumTo(gradients[i], x.shape));
}

function flags({ scale, causal, masked }: Settings) {
  return { scale, causal: causal ? 1 : 0, masked: masked ? 1 : 0 } as const;
}

// --- layouts ---

/** Matrices [..., rows, columns] as views with the leading dimensions `lead`. */
function withLead(operands: readonly Tensor[], lead: Shape): View[] {
  return operands.map((x) => broadcastTo(op, x, [...lead, ...x.shape.slice(-2)]));
}

/** A mask as a list of no or one view of [...lead, L, S]. */
function maskView(mask: Tensor | undefined, lead: Shape, q: Tensor, k: Tensor): View[] {
  if (mask === undefined) return [];
  return [broadcastTo(op, mask, [...lead, q.shape[q.rank - 2], k.shape[k.rank - 2]])];
}

/** A new tensor whose dimensions but the last lie in memory in the order of x's. */
function emptyLaidOutAs(x: Tensor, shape: Shape): Tensor {
  const last = shape.length - 1;
  const shift = shape.length - x.rank;
  const strideOf = (axis: number) => (axis < shift ? Infinity : x.strides[axis - shift]);
  const order = shape.map((_, axis) => axis).slice(0, last);
  order.sort((a, b) => strideOf(b) - strideOf(a) || a - b);
  const axes = [...order, last];
  const holder = empty(
    x.device,
    x.dtype,
    axes.map((axis) => shape[axis]),
  );
  const dense = denseStrides(holder.shape);
  const strides = shape.map((_, axis) => dense[axes.indexOf(axis)]);
  return viewOf(holder.storage, shape, strides, 0);
}

// --- composed of ops ---

/** Softmax of the scores, [..., L, S]. */
function composedShares(
  q: Tensor,
  k: Tensor,
  mask: Tensor | undefined,
  { scale, causal }: Settings,
): Tensor {
  let scores = mul(matmul(q, transpose(k)), scale);
  if (mask !== undefined) {
    scores = mask.dtype === "bool" ? where(mask, scores, -Infinity) : add(scores, mask);
  }
  if (causal) scores = where(below(q, k), scores, -Infinity);
  const top = max(detach(scores), -1, { keepdims: true });
  const weights = exp(sub(scores, where(finite(top), top, 0)));
  const total = sum(weights, -1, { keepdims: true }); // [..., L, 1]
  return div(weights, where(total.equal(0), 1, total));
}

function composedGradient(dy: Tensor, node: GradNode<Settings>): Tensor[] {
  const [q, k, v] = [0, 1, 2].map((i) => node.saved(i));
  const { scale, masked } = node.params;
  const shares = composedShares(q, k, masked ? node.saved(5) : undefined, node.params);
  const dShares = matmul(dy, transpose(v)); // [..., L, S]
  const along = sum(mul(dShares, shares), -1, { keepdims: true });
  const dScores = mul(mul(shares, sub(dShares, along)), scale);
  return [
    sumTo(matmul(dScores, k), q.shape),
    sumTo(matmul(transpose(dScores), q), k.shape),
    sumTo(matmul(transpose(shares), dy), v.shape),
  ];
}

/** bool [L, S]: key index <= query index. */
function below(q: Tensor, k: Tensor): Tensor {
  const { device } = q;
  const rows = arange(0, q.shape[q.rank - 2], 1, { device, dtype: "int32" });
  const columns = arange(0, k.shape[k.rank - 2], 1, { device, dtype: "int32" });
  return lessEqual(columns, unsqueeze(rows, 1));
}

/** Returns what the leading dimensions broadcast to. */
function check(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | undefined): Shape {
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
  const lead = leading([q, k, v]);
  if (mask === undefined) return lead;
  checkAlive(op, mask);
  checkSameDevice(op, q, mask);
  if (mask.dtype !== "bool") checkSameDtype(op, q, mask);
  const scores = [...lead, q.shape[q.rank - 2], k.shape[k.rank - 2]];
  if (!sameShape(broadcastShape(op, mask.shape, scores), scores)) {
    throw new ShapeError(
      op,
      `mask does not broadcast (got ${formatShape(mask.shape)}, expected ${formatShape(scores)})`,
    );
  }
  return lead;
}

/** What the dimensions before the last two broadcast to. */
function leading(operands: readonly Tensor[]): Shape {
  return operands
    .map(({ shape }): Shape => shape.slice(0, -2))
    .reduce((all, shape) => broadcastShape(op, all, shape));
}
