/**
 * einsum: sums of products, written by naming the axes.
 *
 *   einsum("ij,jk->ik", a, b)          a matrix product
 *   einsum("bqd,bkd->bqk", q, k)       scores of attention
 *   einsum("...ij->...ji", x)          a transpose
 *   einsum("ii", x)                    a trace
 *
 * A letter is an axis, `...` any number of leading axes that broadcast. Axes that the part after
 * `->` does not name are summed; without `->` the result has the axes named once, in alphabetical
 * order, after those of `...`. A letter twice in one operand takes its diagonal.
 *
 * Operands are contracted from left to right, each time by one matmul over stacks of matrices, or by
 * one mul where nothing is summed; axes that only one operand has are summed before. Gradients and
 * second derivatives are those of the ops. Conventions are NumPy's and PyTorch's.
 */
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { elementCount, formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./binary.js";
import { diagonal } from "./diagonal.js";
import { checkAlive, checkFloat, checkSameDevice, checkSameDtype } from "./dispatch.js";
import { type Equation, parseEquation } from "./equation.js";
import { matmul } from "./matmul.js";
import { permute } from "./permute.js";
import { sum } from "./reduce.js";
import { reshape } from "./reshape.js";

/** A tensor whose axes have names. */
interface Term {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/**
 * The sum of products that `equation` describes, e.g. `"bij,bjk->bik"`; one operand per part before
 * `->`. Float, one dtype. Errors name the equation and the axis.
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  for (const x of operands) {
    checkAlive("einsum", x);
    checkFloat("einsum", x);
    checkSameDevice("einsum", operands[0], x);
    checkSameDtype("einsum", operands[0], x);
  }
  const parsed = parseEquation(
    equation,
    operands.map(({ shape }) => shape),
  );
  return scope(() => contracted(parsed, operands));
}

function contracted({ inputs, output }: Equation, operands: readonly Tensor[]): Tensor {
  const terms = operands.map((x, i) => distinct({ x, labels: inputs[i] }));
  const neededAfter = (i: number) =>
    new Set([...output, ...terms.slice(i + 1).flatMap(({ labels }) => labels)]);
  let total = reduced(terms[0], neededAfter(0));
  for (let i = 1; i < terms.length; i++) {
    const needed = neededAfter(i);
    const next = reduced(terms[i], new Set([...needed, ...total.labels]));
    total = multiplied(total, next, needed);
  }
  return permute(
    total.x,
    output.map((label) => total.labels.indexOf(label)),
  );
}

/** Every label once: the diagonal of those that come twice. */
function distinct(term: Term): Term {
  const { x, labels } = term;
  const first = labels.findIndex((label, i) => labels.indexOf(label, i + 1) >= 0);
  if (first < 0) return term;
  const label = labels[first];
  const second = labels.indexOf(label, first + 1);
  const rest = labels.filter((_, i) => i !== first && i !== second);
  return distinct({ x: diagonal(x, { rows: first, columns: second }), labels: [...rest, label] });
}

/** Summed over the labels that nothing else needs. */
function reduced(term: Term, needed: ReadonlySet<string>): Term {
  const { x, labels } = term;
  const axes = labels.flatMap((label, i) => (needed.has(label) ? [] : [i]));
  if (axes.length === 0) return term;
  return { x: sum(x, axes), labels: labels.filter((label) => needed.has(label)) };
}

/** The product of two terms, summed over the labels of both that are not needed. */
function multiplied(a: Term, b: Term, needed: ReadonlySet<string>): Term {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => needed.has(label));
  const inner = shared.filter((label) => !needed.has(label));
  const left = reduced(a, new Set([...needed, ...shared]));
  const onlyA = left.labels.filter((label) => !shared.includes(label));
  const onlyB = b.labels.filter((label) => !shared.includes(label));
  const labels = [...batch, ...onlyA, ...onlyB];
  if (inner.length === 0) {
    const x = reshape(ordered(left, [...batch, ...onlyA]), [
      ...sizes(left, [...batch, ...onlyA]),
      ...onlyB.map(() => 1),
    ]);
    const y = reshape(ordered(b, [...batch, ...onlyB]), [
      ...sizes(b, batch),
      ...onlyA.map(() => 1),
      ...sizes(b, onlyB),
    ]);
    return { x: mul(x, y), labels };
  }
  const [rows, depth, columns] = [sizes(left, onlyA), sizes(left, inner), sizes(b, onlyB)];
  const x = reshape(ordered(left, [...batch, ...onlyA, ...inner]), [
    ...sizes(left, batch),
    elementCount(rows),
    elementCount(depth),
  ]);
  const y = reshape(ordered(b, [...batch, ...inner, ...onlyB]), [
    ...sizes(b, batch),
    elementCount(depth),
    elementCount(columns),
  ]);
  const product = matmul(x, y);
  return { x: reshape(product, [...product.shape.slice(0, -2), ...rows, ...columns]), labels };
}

function ordered({ x, labels }: Term, wanted: readonly string[]): Tensor {
  return permute(
    x,
    wanted.map((label) => labels.indexOf(label)),
  );
}

function sizes({ x, labels }: Term, wanted: readonly string[]): number[] {
  return wanted.map((label) => x.shape[labels.indexOf(label)]);
}

/** The product of each element of `a` with each of `b`: `[M]` and `[N]` give `[M, N]`. */
export function outer(a: Tensor, b: Tensor): Tensor {
  checkVectors("outer", a, b);
  return scope(() => mul(reshape(a, [a.size, 1]), b));
}

/** The sum of the products of two vectors of one size. */
export function dot(a: Tensor, b: Tensor): Tensor {
  checkVectors("dot", a, b);
  if (a.size !== b.size) {
    throw new ShapeError(
      "dot",
      `sizes differ (got ${formatShape(a.shape)} and ${formatShape(b.shape)}, expected equal ones)`,
    );
  }
  return matmul(a, b);
}

function checkVectors(op: string, a: Tensor, b: Tensor): void {
  checkAlive(op, a);
  checkAlive(op, b);
  if (a.rank === 1 && b.rank === 1) return;
  throw new ShapeError(
    op,
    `needs two vectors (got ${formatShape(a.shape)} and ${formatShape(b.shape)}, expected [M] and [N])`,
  );
}
