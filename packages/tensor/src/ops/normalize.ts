/**
 * normalize: what layerNorm, rmsNorm and groupNorm share. Each group of each sample is shifted and
 * scaled to mean 0 (when centred) and variance 1, then each channel scaled and shifted.
 *
 *   x [N, G, K, S]   weight, bias [G K]   ->   y [N, G, K, S]   (groups of K channels, S positions)
 *   y = xhat * weight + bias,  xhat = (x - mean) * rstd,  rstd = 1 / sqrt(mean((x - mean)^2) + eps)
 *
 * Gradients, with g = dy * weight and means over a group:
 *   dx = rstd * (g - mean(g) - xhat * mean(g * xhat)), without mean(g) when not centred
 *   dweight = sum of dy * xhat, dbias = sum of dy, over samples and positions
 *
 * Under a further tape the gradient is composed of ops, so that it has a gradient itself.
 */
import {
  activeTape,
  type GradientRule,
  type GradNode,
  record,
  withTape,
} from "../autograd/tape.js";
import type { View } from "../backend.js";
import { ShapeError, TensorError } from "../errors.js";
import { scope } from "../lifetime.js";
import { denseStrides, formatShape, type Shape, sameShape } from "../shape.js";
import { type Tensor, viewOf } from "../tensor.js";
import { add, div, mul, sub } from "./binary.js";
import {
  checkAlive,
  checkFloat,
  checkSameDevice,
  checkSameDtype,
  differentiatedAgain,
  empty,
} from "./dispatch.js";
import { hasUnitStride, isAnyLayout, isDenseLayout, prepared } from "./layout.js";
import { mean, sum } from "./reduce.js";
import { reshape } from "./reshape.js";
import { sqrt, square } from "./unary.js";

/** How an op normalises. */
export interface Normalization {
  /** x as [N, G, K, S]. */
  readonly split: Shape;
  readonly eps: number;
  readonly centred: boolean;
}

interface Saved extends Normalization {
  readonly hasWeight: boolean;
}

const normalizeRule: GradientRule<Saved> = {
  op: "normalize",
  backward(dy, node) {
    return differentiatedAgain(dy, node) ? composedGradient(dy, node) : fusedGradient(dy, node);
  },
};

/** Normalises x; weight and bias hold one element per channel. */
export function normalize(
  x: Tensor,
  weight: Tensor | undefined,
  bias: Tensor | undefined,
  how: Normalization,
): Tensor {
  const affine = [weight, bias].filter((p) => p !== undefined);
  return scope(() => {
    const { out, mean, rstd } = withTape(undefined, () => fusedForward(x, weight, bias, how));
    if (activeTape() === undefined) return out;
    const params = { ...how, hasWeight: weight !== undefined };
    return record(out, normalizeRule, [x, ...affine], [x, mean, rstd, weight], params);
  });
}

function fusedForward(
  x: Tensor,
  weight: Tensor | undefined,
  bias: Tensor | undefined,
  { split, eps, centred }: Normalization,
): { out: Tensor; mean: Tensor; rstd: Tensor } {
  const x4 = reshape(x, split);
  const along = directionOf([x4]);
  const out = emptyAs(x, split, along);
  const mean = empty(x.device, x.dtype, split.slice(0, 2));
  const rstd = empty(x.device, x.dtype, split.slice(0, 2));
  const affine = [weight, bias].filter((p) => p !== undefined).map((p) => reshape(p, [p.size]));
  const given = { weight: flag(weight !== undefined), bias: flag(bias !== undefined) };
  prepared(
    [x4, ...affine],
    [(t) => hasUnitStride(t, along), isDenseLayout, isDenseLayout],
    (inputs) => {
      const outputs = [out.view, mean, rstd];
      x.device.backend.run("normalize", inputs, outputs, { eps, centred: flag(centred), ...given });
    },
  );
  return { out: out.tensor, mean, rstd };
}

function fusedGradient(dy: Tensor, node: GradNode<Saved>): (Tensor | undefined)[] {
  const { split, centred, hasWeight } = node.params;
  const x = node.saved(0);
  const affine = node.inputs.slice(1).some((input) => input !== undefined);
  const channels = split[1] * split[2];
  const sums = affine ? [0, 1].map(() => empty(x.device, x.dtype, [channels])) : [];
  const weight = hasWeight ? [reshape(node.saved(3), [channels])] : [];
  const [dy4, x4] = [reshape(dy, split), reshape(x, split)];
  const along = directionOf([dy4, x4]);
  const dx = emptyAs(x, split, along);
  const fits = (t: Tensor) => hasUnitStride(t, along);
  const inputs = [dy4, x4, node.saved(1), node.saved(2), ...weight];
  prepared(inputs, [fits, fits, isAnyLayout, isAnyLayout, isDenseLayout], (ready) => {
    const flags = { centred: flag(centred), weight: flag(hasWeight), affine: flag(affine) };
    x.device.backend.run("normalizeBackward", ready, [dx.view, ...sums], flags);
  });
  return [dx.tensor, ...shaped(node, sums)];
}

/** The sums of weight and bias as the gradients of those that are given. */
function shaped(node: GradNode<Saved>, sums: readonly Tensor[]): (Tensor | undefined)[] {
  const gradients = node.params.hasWeight ? sums : sums.slice(1);
  return node.inputs.slice(1).map((input, i) => input && reshape(gradients[i], input.shape));
}

/** The same as ops, from x alone. */
function composedGradient(dy: Tensor, node: GradNode<Saved>): (Tensor | undefined)[] {
  const { split, centred, eps, hasWeight } = node.params;
  const [, groups, channels] = split;
  const axes = [2, 3];
  const x = reshape(node.saved(0), split);
  const c = centred ? sub(x, mean(x, axes, { keepdims: true })) : x;
  const deviation = sqrt(add(mean(square(c), axes, { keepdims: true }), eps));
  const xhat = div(c, deviation);
  const d = reshape(dy, split);
  const g = hasWeight ? mul(d, reshape(node.saved(3), [groups, channels, 1])) : d;
  const along = mul(xhat, mean(mul(g, xhat), axes, { keepdims: true }));
  const kept = centred ? sub(sub(g, mean(g, axes, { keepdims: true })), along) : sub(g, along);
  const dx = reshape(div(kept, deviation), node.saved(0).shape);
  const affine = node.inputs.slice(1).some((input) => input !== undefined);
  return [dx, ...shaped(node, affine ? [sum(mul(d, xhat), [0, 3]), sum(d, [0, 3])] : [])];
}

/** Checks x and, where given, weight and bias of shape `affine`. */
export function checkNormalized(
  op: string,
  x: Tensor,
  affine: Shape,
  parameters: Readonly<Record<string, Tensor | undefined>>,
  eps: number,
): void {
  checkAlive(op, x);
  checkFloat(op, x);
  for (const [name, operand] of Object.entries(parameters)) {
    if (operand === undefined) continue;
    checkAlive(op, operand);
    checkSameDevice(op, x, operand);
    checkSameDtype(op, x, operand);
    if (!sameShape(operand.shape, affine)) {
      throw new ShapeError(
        op,
        `${name} has the wrong shape (got ${formatShape(operand.shape)}, ` +
          `expected ${formatShape(affine)} for x ${formatShape(x.shape)})`,
      );
    }
  }
  if (!(eps >= 0 && Number.isFinite(eps))) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      op,
      `eps is not valid (got ${eps}, expected a number >= 0)`,
    );
  }
}

// --- layouts: a kernel reads runs of elements along S, or along K where channels lie innermost ---

/** 2 if runs of these [N, G, K, S] go along K, else 3. */
function directionOf(operands: readonly Tensor[]): number {
  if (operands[0].shape[3] === 1) return 2;
  return operands.every((x) => hasUnitStride(x, 2) && !hasUnitStride(x, 3)) ? 2 : 3;
}

/** A new tensor of x's shape, channels innermost where runs go along them, and the kernel's view. */
function emptyAs(x: Tensor, split: Shape, along: number): { tensor: Tensor; view: View } {
  const { device, dtype } = x;
  const [samples, groups, channels, spots] = split;
  const whole = (tensor: Tensor, strides: readonly number[]) => {
    const view = { handle: tensor.handle, dtype, offset: 0, shape: split, strides };
    return { tensor, view };
  };
  if (along === 3 || spots === 1) return whole(empty(device, dtype, x.shape), denseStrides(split));
  const [, all, ...rest] = x.shape;
  const holder = empty(device, dtype, [samples, ...rest, all]); // [N, ..., C]
  const last = holder.strides.slice(1, -1);
  const tensor = viewOf(holder.storage, x.shape, [holder.strides[0], 1, ...last], 0);
  return whole(tensor, [groups * channels * spots, channels, 1, groups * channels]);
}

/** A switch as a parameter. */
export const flag = (on: boolean): 0 | 1 => (on ? 1 : 0);
