/**
 * matmul: matrix product.
 *
 *   a [M, K]   b [K, N]   ->   y [M, N]
 *   A vector on the left counts as [1, K], on the right as [K, 1]; that dimension is dropped again.
 *
 * Gradients: da = dy b^T,  db = a^T dy.
 *
 * Transposed operands are read in place; other layouts are copied first. Not here: batches.
 */
import { activeTape, type GradientRule, record, taped } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, checkFloat, checkSameDevice, checkSameDtype, empty } from "./dispatch.js";
import { isMatrixLayout, prepared } from "./layout.js";
import { transpose } from "./permute.js";
import { squeeze, unsqueeze } from "./squeeze.js";

const matmulRule: GradientRule<undefined> = {
  op: "matmul",
  backward: (dy, node) => [
    node.needs(0) ? matmul(dy, transpose(node.saved(1))) : undefined,
    node.needs(1) ? matmul(transpose(node.saved(0)), dy) : undefined,
  ],
};

/** Matrix product of two matrices or vectors. Float, one dtype. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkAlive("matmul", a);
  checkAlive("matmul", b);
  checkSameDevice("matmul", a, b);
  checkSameDtype("matmul", a, b);
  checkFloat("matmul", a);
  checkShapes(a, b);
  if (a.rank === 1) return withRow(a, b);
  if (b.rank === 1) return withColumn(a, b);
  const out = product(a, b);
  if (activeTape() === undefined) return out;
  const saved = [taped(b) ? a : undefined, taped(a) ? b : undefined];
  return record(out, matmulRule, [a, b], saved, undefined);
}

/** The product of two matrices whose shapes are known to fit, outside the tape. */
export function product(a: Tensor, b: Tensor): Tensor {
  const out = empty(a.device, a.dtype, [a.shape[0], b.shape[1]]);
  prepared([a, b], [isMatrixLayout, isMatrixLayout], (inputs) => {
    a.device.backend.run("matmul", inputs, [out], { accumulate: 0 });
  });
  return out;
}

function checkShapes(a: Tensor, b: Tensor): void {
  const ranks = a.rank >= 1 && a.rank <= 2 && b.rank >= 1 && b.rank <= 2;
  if (ranks && a.shape[a.rank - 1] === b.shape[0]) return;
  throw new ShapeError(
    "matmul",
    `inner sizes differ (got a ${formatShape(a.shape)} and b ${formatShape(b.shape)}, ` +
      "expected [M,K] and [K,N])",
  );
}

function withRow(a: Tensor, b: Tensor): Tensor {
  const row = unsqueeze(a, 0);
  const out = matmul(row, b);
  const result = squeeze(out, 0);
  row.dispose();
  out.dispose();
  return result;
}

function withColumn(a: Tensor, b: Tensor): Tensor {
  const column = unsqueeze(b, 1);
  const out = matmul(a, column);
  const result = squeeze(out, 1);
  column.dispose();
  out.dispose();
  return result;
}
