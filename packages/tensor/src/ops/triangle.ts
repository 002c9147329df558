/**
 * tril, triu: a matrix, or a stack of them, with zeros above or below a diagonal.
 *
 *   x [..., M, N]   ->   y [..., M, N],  tril keeps j - i <= diagonal, triu keeps j - i >= diagonal
 *
 * Gradient: the same triangle of dy.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import type { Flag } from "../op-params.js";
import { checkInteger, elementCount, formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, empty } from "./dispatch.js";
import { reshape } from "./reshape.js";

interface Part {
  upper: Flag;
  diagonal: number;
}

const triangleRule: GradientRule<Part> = {
  op: "triangle",
  backward: (dy, node) => [stackTriangle(dy, node.params)],
};

/**
 * The lower triangle of the last two dimensions, zero where `j - i > diagonal` (default 0; negative
 * diagonals lie below the main one). Any dtype; of `ones` in bool it is the mask of causal attention.
 */
export function tril(x: Tensor, diagonal = 0): Tensor {
  return triangle("tril", x, { upper: 0, diagonal });
}

/** The upper triangle of the last two dimensions, zero where `j - i < diagonal` (default 0). */
export function triu(x: Tensor, diagonal = 0): Tensor {
  return triangle("triu", x, { upper: 1, diagonal });
}

function triangle(op: string, x: Tensor, part: Part): Tensor {
  checkAlive(op, x);
  checkInteger(op, "diagonal", part.diagonal, -(2 ** 31), 2 ** 31 - 1);
  if (x.rank < 2) {
    throw new ShapeError(op, `needs a matrix (got ${formatShape(x.shape)}, expected [...,M,N])`);
  }
  const batch = elementCount(x.shape.slice(0, -2));
  const flat = [batch, ...x.shape.slice(-2)];
  return scope(() => reshape(stackTriangle(reshape(x, flat), part), x.shape));
}

function stackTriangle(x: Tensor, part: Part): Tensor {
  const out = empty(x.device, x.dtype, x.shape);
  x.device.backend.run("triangle", [x], [out], part);
  return activeTape() === undefined ? out : record(out, triangleRule, [x], [], part);
}
