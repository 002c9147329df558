/**
 * convTranspose2d: what the gradient of a convolution does, as an op; it enlarges images.
 *
 *   x [N, C, H, W]   weight [C, O/groups, kh, kw]   bias [O]   ->   y [N, O, P, Q]
 *   P = (H - 1) stride - 2 padding + dilation (kh - 1) + outputPadding + 1, Q alike.
 *
 * Gradients: dx = conv2d(dy, weight), dweight = correlation of dy with x, dbias = sum of dy. As
 * torch.nn.functional.conv_transpose2d.
 */
import { ShapeError, TensorError } from "../errors.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkConvolution } from "./conv2d.js";
import { spread } from "./convolution.js";
import { checkShapeIs } from "./dispatch.js";
import { type Pair, pair } from "./windows.js";

/** Options of {@link convTranspose2d}. Each of the sizes is one number or `[height, width]`. */
export interface ConvTranspose2dOptions {
  /** Pixels of y between neighbouring pixels of x. Default 1. */
  stride?: Pair;
  /** Pixels taken away from every side of y. Default 0. */
  padding?: Pair;
  /** Pixels added at the bottom and at the right; less than stride or dilation. Default 0. */
  outputPadding?: Pair;
  /** Pixels between neighbouring taps of a window. Default 1. */
  dilation?: Pair;
  /** Channels and filters are cut into this many groups that do not see each other. Default 1. */
  groups?: number;
}

/**
 * Transposed convolution of `x [N,C,H,W]` with `weight [C,O/groups,kh,kw]` and `bias [O]`. Float,
 * one dtype. Gives `[N,O,P,Q]`.
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: ConvTranspose2dOptions = {},
): Tensor {
  const op = "convTranspose2d";
  const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
  checkConvolution(op, x, weight, bias, groups);
  if (x.shape[1] !== weight.shape[0] || x.shape[1] % groups !== 0) {
    throw new ShapeError(
      op,
      `channels do not fit (got x ${formatShape(x.shape)} and weight ${formatShape(weight.shape)} ` +
        `in ${groups} groups, expected x [N,${weight.shape[0]},H,W])`,
    );
  }
  const filters = weight.shape[1] * groups;
  if (bias !== undefined) checkShapeIs(op, bias, [filters], "bias");
  const [strideH, strideW] = pair(op, "stride", stride, 1);
  const [padTop, padLeft] = pair(op, "padding", padding, 0);
  const [dilationH, dilationW] = pair(op, "dilation", dilation, 1);
  const [extraH, extraW] = pair(op, "outputPadding", outputPadding, 0);
  if (extraH >= Math.max(strideH, dilationH) || extraW >= Math.max(strideW, dilationW)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      op,
      `outputPadding is too large (got ${formatShape([extraH, extraW])}, expected less than ` +
        "stride or dilation)",
    );
  }
  const [, , height, width] = x.shape;
  const [kernelH, kernelW] = weight.shape.slice(2);
  const rows = (height - 1) * strideH - 2 * padTop + dilationH * (kernelH - 1) + extraH + 1;
  const columns = (width - 1) * strideW - 2 * padLeft + dilationW * (kernelW - 1) + extraW + 1;
  if (rows < 1 || columns < 1 || height < 1 || width < 1) {
    throw new ShapeError(
      op,
      `the result would be empty (got x ${formatShape(x.shape)} and weight ` +
        `${formatShape(weight.shape)}, expected at least one pixel)`,
    );
  }
  const conv = { strideH, strideW, padTop, padLeft, dilationH, dilationW, groups };
  return spread(x, weight, bias, conv, [x.shape[0], filters, rows, columns]);
}
