/**
 * convolution: the three products that a convolution is made of, each the gradient of another.
 *
 *   convolve   x [N, C, H, W], weight [O, C/groups, kh, kw]  ->  y [N, O, P, Q]
 *   spread     y, weight  ->  x       (the gradient of convolve in x: a transposed convolution)
 *   weigh      x, y  ->  weight       (its gradient in the weight)
 *
 * All three are linear in both operands, and the gradients of each are the other two, so second
 * derivatives need nothing else:
 *
 *   convolve   dx = spread(dy, weight)     dweight = weigh(x, dy)      dbias = sum of dy
 *   spread     dy = convolve(dx, weight)   dweight = weigh(dx, y)      dbias = sum of dx
 *   weigh      dx = spread(y, dweight)     dy = convolve(x, dweight)
 *
 * The gradient of convolve with its activation is one kernel where no second derivative is asked
 * for. Not here: options and checks of what users call (conv2d.ts, convTranspose2d.ts).
 */
import { activeTape, type GradientRule, type GradNode, record, taped } from "../autograd/tape.js";
import type { ActivationCode, ConvParams, Flag } from "../op-params.js";
import type { Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul, sub } from "./binary.js";
import { greater } from "./compare.js";
import { cast } from "./copy.js";
import { empty, emptyImages } from "./dispatch.js";
import { hasDenseRows, prepared } from "./layout.js";
import { sum } from "./reduce.js";
import { square } from "./unary.js";

interface ConvolveParams {
  readonly conv: ConvParams;
  readonly activation: ActivationCode;
  /** What an element of a uint8 x counts. */
  readonly scale: number;
  readonly xShape: Shape;
  readonly weightShape: Shape;
}

const convolveRule: GradientRule<ConvolveParams> = {
  op: "conv2d",
  backward: (dy, node) =>
    activeTape() === undefined ? convolveBackward(dy, node) : composedBackward(dy, node),
};

/** One kernel for all that is needed. */
function convolveBackward(dy: Tensor, node: GradNode<ConvolveParams>): (Tensor | undefined)[] {
  const { conv, activation, scale, xShape, weightShape } = node.params;
  const { device, dtype } = dy;
  const dx = node.needs(0) ? emptyImages(device, dtype, xShape) : undefined;
  const dweight = node.needs(1) ? empty(device, dtype, weightShape) : undefined;
  const dbias = node.needs(2) ? empty(device, dtype, [dy.shape[1]]) : undefined;
  // Of an operand that is not read, only the shape matters: the gradient itself stands in for it.
  const x = dweight === undefined ? (dx ?? emptyImages(device, dtype, xShape)) : node.saved(0);
  const weight = dx === undefined ? (dweight ?? empty(device, dtype, weightShape)) : node.saved(1);
  const y = activation === 0 ? dy : node.saved(2);
  const wanted = [dx, dweight, dbias];
  const outputs = wanted.filter((output) => output !== undefined);
  const flag = (output: Tensor | undefined): Flag => (output === undefined ? 0 : 1);
  device.backend.run("conv2dBackward", [x, weight, y, dy], outputs, {
    ...conv,
    activation,
    scale,
    dx: flag(dx),
    dweight: flag(dweight),
    dbias: flag(dbias),
  });
  return wanted;
}

/** The same of ops, for an outer tape to follow. */
function composedBackward(dy: Tensor, node: GradNode<ConvolveParams>): (Tensor | undefined)[] {
  const { conv, activation, scale, xShape, weightShape } = node.params;
  const dz = beforeActivation(dy, activation, () => node.saved(2));
  return [
    node.needs(0) ? spread(dz, node.saved(1), undefined, conv, xShape) : undefined,
    node.needs(1) ? weigh(node.saved(0), dz, conv, weightShape, scale) : undefined,
    node.needs(2) ? sum(dz, [0, 2, 3]) : undefined,
  ];
}

function beforeActivation(dy: Tensor, activation: ActivationCode, y: () => Tensor): Tensor {
  if (activation === 1) return mul(dy, cast(greater(y(), 0), dy.dtype));
  if (activation === 2) return mul(dy, sub(1, square(y())));
  return dy;
}

/** y = activation(x * weight + bias), `size` being the height and width of y. */
export function convolve(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  conv: ConvParams,
  size: readonly [number, number],
  activation: ActivationCode = 0,
  scale = 1,
): Tensor {
  const out = emptyImages(x.device, weight.dtype, [x.shape[0], weight.shape[0], ...size]);
  const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
  prepared(inputs, [() => true, () => true, hasDenseRows], (ready) => {
    x.device.backend.run("conv2d", ready, [out], { ...conv, activation, scale });
  });
  if (activeTape() === undefined) return out;
  const saved = [
    taped(weight) ? x : undefined,
    taped(x) ? weight : undefined,
    activation === 0 ? undefined : out,
  ];
  const params = { conv, activation, scale, xShape: x.shape, weightShape: weight.shape };
  return record(out, convolveRule, inputs, saved, params);
}

const spreadRule: GradientRule<{ conv: ConvParams; size: [number, number]; weightShape: Shape }> = {
  op: "convTranspose2d",
  backward(dx, node) {
    const { conv, size, weightShape } = node.params;
    return [
      node.needs(0) ? convolve(dx, node.saved(1), undefined, conv, size) : undefined,
      node.needs(1) ? weigh(dx, node.saved(0), conv, weightShape) : undefined,
      node.needs(2) ? sum(dx, [0, 2, 3]) : undefined,
    ];
  },
};

/** The transposed product; `shape` is that of the result, `[N, C, H, W]`. */
export function spread(
  y: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  conv: ConvParams,
  shape: Shape,
): Tensor {
  const out = emptyImages(y.device, y.dtype, shape);
  const inputs = bias === undefined ? [y, weight] : [y, weight, bias];
  prepared(inputs, [() => true, () => true, hasDenseRows], (ready) => {
    y.device.backend.run("convTranspose2d", ready, [out], conv);
  });
  if (activeTape() === undefined) return out;
  const saved = [taped(weight) ? y : undefined, taped(y) ? weight : undefined];
  const size: [number, number] = [y.shape[2], y.shape[3]];
  return record(out, spreadRule, inputs, saved, { conv, size, weightShape: weight.shape });
}

interface WeighParams {
  readonly conv: ConvParams;
  readonly scale: number;
  readonly xShape: Shape;
  readonly size: readonly [number, number];
}

const weighRule: GradientRule<WeighParams> = {
  op: "conv2dWeight",
  backward(dweight, node) {
    const { conv, scale, xShape, size } = node.params;
    return [
      node.needs(0) ? spread(node.saved(1), dweight, undefined, conv, xShape) : undefined,
      node.needs(1) ? convolve(node.saved(0), dweight, undefined, conv, size, 0, scale) : undefined,
    ];
  },
};

/** The sum over images and pixels of x times y, of the shape of a weight. */
export function weigh(
  x: Tensor,
  y: Tensor,
  conv: ConvParams,
  weightShape: Shape,
  scale = 1,
): Tensor {
  const out = empty(y.device, y.dtype, weightShape);
  y.device.backend.run("conv2dWeight", [x, y], [out], { ...conv, scale });
  if (activeTape() === undefined) return out;
  const saved = [taped(y) ? x : undefined, taped(x) ? y : undefined];
  const size: [number, number] = [y.shape[2], y.shape[3]];
  return record(out, weighRule, [x, y], saved, { conv, scale, xShape: x.shape, size });
}
