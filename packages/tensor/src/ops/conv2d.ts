/**
 * conv2d: two-dimensional cross-correlation with a border of zeros, as torch.nn.functional.conv2d.
 *
 *   x [N, C, H, W]   weight [O, C/groups, kh, kw]   bias [O]   ->   y [N, O, P, Q]
 *   P = floor((H + 2 padding - dilation (kh - 1) - 1) / stride) + 1, Q alike with W and kw.
 *
 * Bias and activation are fused into the product. y is channels-last in memory; x may have any
 * layout, channels-last being the fastest. A uint8 x counts `inputScale` per step and is converted
 * as it is read.
 *
 * Gradients, with dz = dy * activation'(y):
 *   dx = transposed convolution of dz with weight
 *   dweight = correlation of x with dz
 *   dbias = sum of dz over N, P, Q
 */
import { ShapeError, TensorError } from "../errors.js";
import type { ActivationCode } from "../op-params.js";
import { checkInteger, formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { convolve } from "./convolution.js";
import {
  checkAlive,
  checkFloat,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
} from "./dispatch.js";
import type { Activation } from "./linear.js";
import { checkImages, type Pair, pair, windowedSize } from "./windows.js";

/** Options of {@link conv2d}. Each of the sizes is one number or `[height, width]`. */
export interface Conv2dOptions {
  /** Pixels between neighbouring windows. Default 1. */
  stride?: Pair;
  /** Zeros on every side, or "same" for as many as keep the size (stride 1 only). Default 0. */
  padding?: Pair | "same";
  /** Pixels between neighbouring taps of a window. Default 1. */
  dilation?: Pair;
  /** Channels and filters are cut into this many groups that do not see each other. Default 1. */
  groups?: number;
  /** Applied to the result. Default "none". */
  activation?: Activation;
  /** What one step of a uint8 `x` counts, e.g. 1 / 255. Default 1; for uint8 only. */
  inputScale?: number;
}

const codes: { readonly [K in Activation]: ActivationCode } = { none: 0, relu: 1, tanh: 2 };

/**
 * Convolution of `x [N,C,H,W]`, float or uint8, with `weight [O,C/groups,kh,kw]` and `bias [O]`.
 * Zeros around the image; no flip of the weight (cross-correlation). Gives `[N,O,P,Q]`.
 */
export function conv2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: Conv2dOptions = {},
): Tensor {
  const { activation = "none", groups = 1, inputScale = 1 } = options;
  checkConvolution("conv2d", x, weight, bias, groups);
  if (x.shape[1] !== weight.shape[1] * groups || weight.shape[0] % groups !== 0) {
    throw new ShapeError(
      "conv2d",
      `channels do not fit (got x ${formatShape(x.shape)} and weight ${formatShape(weight.shape)} ` +
        `in ${groups} groups, expected x [N,${weight.shape[1] * groups},H,W])`,
    );
  }
  if (bias !== undefined) checkShapeIs("conv2d", bias, [weight.shape[0]], "bias");
  if (!Object.hasOwn(codes, activation)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "conv2d",
      `no such activation (got ${activation}, expected none, relu or tanh)`,
    );
  }
  if (inputScale !== 1 && x.dtype !== "uint8") {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "conv2d",
      `inputScale is for uint8 (got ${inputScale} for x of ${x.dtype}, expected 1)`,
    );
  }
  const { conv, border, windows } = geometry(weight, options, groups);
  const size = windowedSize("conv2d", x, windows, border);
  return convolve(x, weight, bias, conv, size, codes[activation], inputScale);
}

function geometry(weight: Tensor, options: Conv2dOptions, groups: number) {
  const { stride = 1, padding = 0, dilation = 1 } = options;
  const [kernelH, kernelW] = weight.shape.slice(2);
  const [strideH, strideW] = pair("conv2d", "stride", stride, 1);
  const [dilationH, dilationW] = pair("conv2d", "dilation", dilation, 1);
  if (padding === "same" && (strideH !== 1 || strideW !== 1)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "conv2d",
      `padding "same" needs stride 1 (got ${formatShape([strideH, strideW])})`,
    );
  }
  const [top, left] =
    padding === "same"
      ? [(dilationH * (kernelH - 1)) / 2, (dilationW * (kernelW - 1)) / 2]
      : pair("conv2d", "padding", padding, 0);
  const [padTop, padLeft] = [Math.floor(top), Math.floor(left)];
  const steps = { strideH, strideW, padTop, padLeft, dilationH, dilationW };
  const border: [number, number] = [2 * top, 2 * left];
  return { conv: { ...steps, groups }, border, windows: { ...steps, kernelH, kernelW } };
}

/** What both directions check of their operands; x may be uint8 in conv2d. */
export function checkConvolution(
  op: "conv2d" | "convTranspose2d",
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  groups: number,
): void {
  for (const operand of bias === undefined ? [x, weight] : [x, weight, bias]) {
    checkAlive(op, operand);
    checkSameDevice(op, x, operand);
    if (operand !== x || op !== "conv2d" || x.dtype !== "uint8")
      checkSameDtype(op, weight, operand);
  }
  checkFloat(op, weight, "weight");
  checkImages(op, x);
  if (weight.rank !== 4 || weight.shape[2] === 0 || weight.shape[3] === 0) {
    throw new ShapeError(
      op,
      `weight has the wrong shape (got ${formatShape(weight.shape)}, expected four dimensions)`,
    );
  }
  checkInteger(op, "groups", groups, 1);
}
