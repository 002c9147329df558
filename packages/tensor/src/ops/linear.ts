/**
 * linear: a fully connected layer, with bias and activation fused into the product.
 *
 *   x [..., I]   weight [O, I]   bias [O]   ->   y [..., O] = activation(x weight^T + bias)
 *
 * Gradients, with dz = dy * activation'(y):
 *   dx = dz weight,  dweight = dz^T x,  dbias = sum of dz over all but the last dimension
 */
import { activeTape, type GradientRule, type GradNode, record, taped } from "../autograd/tape.js";
import { ShapeError, TensorError } from "../errors.js";
import type { ActivationCode } from "../op-params.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul, sub } from "./binary.js";
import { greater } from "./compare.js";
import {
  checkAlive,
  checkFloat,
  checkRank,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  differentiatedAgain,
  empty,
} from "./dispatch.js";
import { hasDenseRows, isMatrixLayout, prepared } from "./layout.js";
import { matmul } from "./matmul.js";
import { transpose } from "./permute.js";
import { sum } from "./reduce.js";
import { reshape } from "./reshape.js";
import { square } from "./unary.js";
import { where } from "./where.js";

/** Activations that can be fused into {@link linear}. */
export type Activation = "none" | "relu" | "tanh";

/** Options of {@link linear}. */
export interface LinearOptions {
  /** Applied to the result. Default "none". */
  activation?: Activation;
}

const codes: { readonly [K in Activation]: ActivationCode } = { none: 0, relu: 1, tanh: 2 };

interface LinearParams {
  readonly activation: ActivationCode;
}

const linearRule: GradientRule<LinearParams> = {
  op: "linear",
  backward(dy, node) {
    const { activation } = node.params;
    const plain = activation === 0 && !node.needs(2);
    const { dz, dbias } = plain ? { dz: dy, dbias: undefined } : beforeActivation(dy, node);
    return [
      node.needs(0) ? matmul(dz, node.saved(1)) : undefined,
      node.needs(1) ? matmul(transpose(dz), node.saved(0)) : undefined,
      dbias,
    ];
  },
};

interface BeforeActivation {
  readonly dz: Tensor;
  readonly dbias: Tensor | undefined;
}

function beforeActivation(dy: Tensor, node: GradNode<LinearParams>): BeforeActivation {
  return differentiatedAgain(dy, node) ? composed(dy, node) : fused(dy, node);
}

/** By ops, which have gradients themselves. */
function composed(dy: Tensor, node: GradNode<LinearParams>): BeforeActivation {
  const { activation } = node.params;
  let dz = dy;
  if (activation === codes.relu) dz = where(greater(node.saved(2), 0), dy, 0);
  if (activation === codes.tanh) dz = mul(dy, sub(1, square(node.saved(2))));
  return { dz, dbias: node.needs(2) ? sum(dz, 0) : undefined };
}

function fused(dy: Tensor, node: GradNode<LinearParams>): BeforeActivation {
  const { activation } = node.params;
  const y = activation === 0 ? dy : node.saved(2);
  const dz = empty(dy.device, dy.dtype, dy.shape); // [B, O]
  const dbias = empty(dy.device, dy.dtype, [dy.shape[1]]); // [O]
  prepared([dy, y], [hasDenseRows, hasDenseRows], (inputs) => {
    dy.device.backend.run("linearBackward", inputs, [dz, dbias], { activation });
  });
  return { dz, dbias: node.needs(2) ? dbias : undefined };
}

/** Fully connected layer. Float, one dtype. A vector `x [I]` gives `[O]`. */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: LinearOptions = {},
): Tensor {
  const { activation = "none" } = options;
  check(x, weight, bias, activation);
  if (x.rank !== 2) return overRows(x, weight, bias, options);
  const out = empty(x.device, x.dtype, [x.shape[0], weight.shape[0]]); // [B, O]
  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  const code = codes[activation];
  prepared(inputs, [isMatrixLayout, isMatrixLayout, hasDenseRows], (ready) => {
    x.device.backend.run("linear", ready, [out], { activation: code });
  });
  if (activeTape() === undefined) return out;
  const saved = [
    taped(weight) ? x : undefined,
    taped(x) ? weight : undefined,
    code === 0 ? undefined : out,
  ];
  return record(out, linearRule, inputs, saved, { activation: code });
}

/** Any rank but 2: the leading dimensions become rows and come back afterwards. */
function overRows(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  options: LinearOptions,
): Tensor {
  const lead = x.shape.slice(0, -1);
  const rows = reshape(x, [lead.reduce((count, size) => count * size, 1), weight.shape[1]]);
  const out = linear(rows, weight, bias, options);
  const result = reshape(out, [...lead, weight.shape[0]]);
  rows.dispose();
  out.dispose();
  return result;
}

function check(x: Tensor, weight: Tensor, bias: Tensor | undefined, activation: Activation): void {
  for (const operand of bias === undefined ? [x, weight] : [x, weight, bias]) {
    checkAlive("linear", operand);
    checkSameDevice("linear", x, operand);
    checkSameDtype("linear", x, operand);
  }
  checkFloat("linear", x);
  checkRank("linear", weight, 2, "weight");
  if (x.rank === 0 || x.shape[x.rank - 1] !== weight.shape[1]) {
    throw new ShapeError(
      "linear",
      `x has the wrong number of features (got x ${formatShape(x.shape)} and weight ` +
        `${formatShape(weight.shape)}, expected x [...,${weight.shape[1]}])`,
    );
  }
  if (bias !== undefined) checkShapeIs("linear", bias, [weight.shape[0]], "bias");
  if (!Object.hasOwn(codes, activation)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "linear",
      `no such activation (got ${activation}, expected none, relu or tanh)`,
    );
  }
}
