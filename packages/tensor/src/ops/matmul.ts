/**
 * matmul: matrix product.
 *
 *   a [M, K]        b [K, N]        ->   y [M, N]
 *   a [..., M, K]   b [..., K, N]   ->   y [..., M, N], the leading dimensions broadcast
 *   A vector on the left counts as [1, K], on the right as [K, 1]; that dimension is dropped again.
 *
 * Gradients: da = dy b^T,  db = a^T dy, each summed over the dimensions in which it was repeated.
 *
 * Transposed operands are read in place and repeated ones are not copied; only a matrix without unit
 * stride in either dimension is. Many rows times one matrix are a single product.
 */
import { sumTo } from "../autograd/sum-to.js";
import { activeTape, type GradientRule, record, taped } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { noParams } from "../op-params.js";
import { broadcastShape, formatShape, reshapeStrides, type Shape } from "../shape.js";
import { type Tensor, viewOf } from "../tensor.js";
import {
  broadcastTo,
  checkAlive,
  checkFloat,
  checkSameDevice,
  checkSameDtype,
  empty,
} from "./dispatch.js";
import { isMatrixLayout, prepared } from "./layout.js";
import { transpose } from "./permute.js";
import { reshape } from "./reshape.js";
import { squeeze, unsqueeze } from "./squeeze.js";

const matmulRule: GradientRule<readonly Shape[]> = {
  op: "matmul",
  backward: (dy, node) => [
    node.needs(0) ? sumTo(matmul(dy, transpose(node.saved(1))), node.params[0]) : undefined,
    node.needs(1) ? rightGradient(node.saved(0), dy, node.params[1]) : undefined,
  ],
};

/** a^T dy; for one matrix on the right of many, the sum over them is part of the product. */
function rightGradient(a: Tensor, dy: Tensor, shape: Shape): Tensor {
  if (shape.length > 2 || a.rank === 2) return sumTo(matmul(transpose(a), dy), shape);
  const [rows, columns] = shape;
  return matmul(transpose(reshape(a, [-1, rows])), reshape(dy, [-1, columns]));
}

/** Matrix product of matrices or vectors, or of stacks of them. Float, one dtype. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkAlive("matmul", a);
  checkAlive("matmul", b);
  checkSameDevice("matmul", a, b);
  checkSameDtype("matmul", a, b);
  checkFloat("matmul", a);
  checkShapes(a, b);
  if (a.rank === 1) {
    return scope(() => squeeze(matmul(unsqueeze(a, 0), b), b.rank === 1 ? -1 : -2));
  }
  if (b.rank === 1) return scope(() => squeeze(matmul(a, unsqueeze(b, 1)), -1));
  const out = product(a, b);
  if (activeTape() === undefined) return out;
  const saved = [taped(b) ? a : undefined, taped(a) ? b : undefined];
  return record(out, matmulRule, [a, b], saved, [a.shape, b.shape]);
}

/** The product of matrices, or stacks of them, whose shapes are known to fit, outside the tape. */
export function product(a: Tensor, b: Tensor): Tensor {
  const isPlain = a.rank === 2 && b.rank === 2;
  if (isPlain && a.dtype === "float32") return plainProduct(a, b);
  return isPlain ? stackedProduct(a, b, []) : (rowsTimesMatrix(a, b) ?? stacked(a, b));
}

function plainProduct(a: Tensor, b: Tensor): Tensor {
  const out = empty(a.device, a.dtype, [a.shape[0], b.shape[1]]);
  prepared([a, b], [isMatrixLayout, isMatrixLayout], (inputs) => {
    a.device.backend.run("matmul", inputs, [out], { accumulate: 0 });
  });
  return out;
}

/** [..., M, K] times one [K, N] as the product of [... * M, K] and [K, N], where `a` lies so. */
function rowsTimesMatrix(a: Tensor, b: Tensor): Tensor | undefined {
  if (b.rank !== 2 || a.size === 0) return undefined;
  const inner = a.shape[a.rank - 1];
  const flat = [a.size / inner, inner];
  const strides = reshapeStrides(a.shape, a.strides, flat);
  if (strides === undefined) return undefined;
  const rows = viewOf(a.storage, flat, strides, a.offset);
  const out = product(rows, b);
  const shaped = reshape(out, [...a.shape.slice(0, -1), b.shape[1]]);
  rows.dispose();
  out.dispose();
  return shaped;
}

function stacked(a: Tensor, b: Tensor): Tensor {
  return stackedProduct(a, b, broadcastShape("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2)));
}

function stackedProduct(a: Tensor, b: Tensor, lead: Shape): Tensor {
  const [rows, columns] = [a.shape[a.rank - 2], b.shape[b.rank - 1]];
  const inner = a.shape[a.rank - 1];
  const out = empty(a.device, a.dtype, [...lead, rows, columns]);
  prepared([a, b], [isMatrixLayout, isMatrixLayout], ([left, right]) => {
    const inputs = [
      broadcastTo("matmul", left, [...lead, rows, inner]),
      broadcastTo("matmul", right, [...lead, inner, columns]),
    ];
    a.device.backend.run("batchedMatmul", inputs, [out], noParams);
  });
  return out;
}

function checkShapes(a: Tensor, b: Tensor): void {
  const inner = b.rank === 1 ? b.shape[0] : b.shape[b.rank - 2];
  if (a.rank >= 1 && b.rank >= 1 && a.shape[a.rank - 1] === inner) return;
  throw new ShapeError(
    "matmul",
    `inner sizes differ (got a ${formatShape(a.shape)} and b ${formatShape(b.shape)}, ` +
      "expected [...,M,K] and [...,K,N])",
  );
}
