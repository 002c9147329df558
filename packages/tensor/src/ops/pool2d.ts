/**
 * maxPool2d, avgPool2d: the greatest element or the mean of windows, as in torch.nn.functional.
 *
 *   x [N, C, H, W]   ->   y [N, C, P, Q]
 *   P = floor((H + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, Q alike with W.
 *
 * Padding never is the greatest element; in a mean it counts as 0. y is channels-last in memory.
 *
 * Gradients: of the greatest element, dy at its place (the first of equals, which is saved); of the
 * mean, dy / count at every place of the window. The mean over whole images is `x.mean([2, 3])`.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { TensorError } from "../errors.js";
import type { PoolParams } from "../op-params.js";
import { formatShape, type Shape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, checkFloat, emptyImages } from "./dispatch.js";
import { checkImages, type Pair, pair, windowedSize } from "./windows.js";

/** Options of {@link maxPool2d}. Each is one number or `[height, width]`. */
export interface MaxPool2dOptions {
  /** Pixels between neighbouring windows. Default: the size of the window. */
  stride?: Pair;
  /** Border on every side, at most half of the window. Default 0. */
  padding?: Pair;
  /** Pixels between neighbouring taps of a window. Default 1. */
  dilation?: Pair;
}

/** Options of {@link avgPool2d}. Each size is one number or `[height, width]`. */
export interface AvgPool2dOptions {
  /** Pixels between neighbouring windows. Default: the size of the window. */
  stride?: Pair;
  /** Zeros on every side, at most half of the window. Default 0. */
  padding?: Pair;
  /** Whether these zeros count in the number of elements of a mean. Default true. */
  countIncludePad?: boolean;
}

interface MaxParams {
  readonly pool: PoolParams;
  /** Of what the gradient gives. */
  readonly shape: Shape;
}

const maxRule: GradientRule<MaxParams> = {
  op: "maxPool2d",
  backward: (dy, node) => [place(dy, node.saved(0), node.params)],
};

/** dy at the saved places, zero elsewhere; linear, and its own gradient picks what lies there. */
function place(dy: Tensor, index: Tensor, { pool, shape }: MaxParams): Tensor {
  const dx = emptyImages(dy.device, dy.dtype, shape);
  dy.device.backend.run("maxPool2dBackward", [dy, index], [dx], pool);
  if (activeTape() === undefined) return dx;
  return record(dx, placeRule, [dy], [index], { pool, shape: dy.shape });
}

const placeRule: GradientRule<MaxParams> = {
  op: "maxPool2dBackward",
  backward: (ddx, node) => [pick(ddx, node.saved(0), node.params)],
};

function pick(x: Tensor, index: Tensor, { pool, shape }: MaxParams): Tensor {
  const out = emptyImages(x.device, x.dtype, shape);
  x.device.backend.run("maxPool2dPick", [x, index], [out], pool);
  if (activeTape() === undefined) return out;
  return record(out, maxRule, [x], [index], { pool, shape: x.shape });
}

/** The greatest element of each window of `x [N,C,H,W]`, float. NaN wins. Gives `[N,C,P,Q]`. */
export function maxPool2d(x: Tensor, kernel: Pair, options: MaxPool2dOptions = {}): Tensor {
  const { pool, size } = geometry("maxPool2d", x, kernel, options);
  const shape = [x.shape[0], x.shape[1], ...size];
  const out = emptyImages(x.device, x.dtype, shape);
  const index = emptyImages(x.device, "int32", shape);
  x.device.backend.run("maxPool2d", [x], [out, index], pool);
  record(out, maxRule, [x], [index], { pool, shape: x.shape });
  index.dispose();
  return out;
}

interface AvgParams {
  readonly pool: PoolParams;
  readonly countIncludePad: 0 | 1;
  /** Of what the gradient gives. */
  readonly shape: Shape;
}

const avgRule: GradientRule<AvgParams> = {
  op: "avgPool2d",
  backward: (dy, node) => [spreadMean(dy, node.params)],
};

/** The gradient of the mean; linear, and its own gradient is the mean. */
function spreadMean(dy: Tensor, params: AvgParams): Tensor {
  const { pool, countIncludePad, shape } = params;
  const dx = emptyImages(dy.device, dy.dtype, shape);
  dy.device.backend.run("avgPool2dBackward", [dy], [dx], { ...pool, countIncludePad });
  if (activeTape() === undefined) return dx;
  return record(dx, spreadRule, [dy], [], { pool, countIncludePad, shape: dy.shape });
}

const spreadRule: GradientRule<AvgParams> = {
  op: "avgPool2dBackward",
  backward(ddx, node) {
    const { pool, countIncludePad, shape } = node.params;
    return [means(ddx, pool, countIncludePad, [shape[2], shape[3]])];
  },
};

/** The mean of each window of `x [N,C,H,W]`, float. Gives `[N,C,P,Q]`. */
export function avgPool2d(x: Tensor, kernel: Pair, options: AvgPool2dOptions = {}): Tensor {
  const { pool, size } = geometry("avgPool2d", x, kernel, options);
  return means(x, pool, (options.countIncludePad ?? true) ? 1 : 0, size);
}

function means(
  x: Tensor,
  pool: PoolParams,
  countIncludePad: 0 | 1,
  size: readonly [number, number],
): Tensor {
  const out = emptyImages(x.device, x.dtype, [x.shape[0], x.shape[1], ...size]);
  x.device.backend.run("avgPool2d", [x], [out], { ...pool, countIncludePad });
  if (activeTape() === undefined) return out;
  return record(out, avgRule, [x], [], { pool, countIncludePad, shape: x.shape });
}

function geometry(op: string, x: Tensor, kernel: Pair, options: MaxPool2dOptions) {
  checkAlive(op, x);
  checkFloat(op, x);
  checkImages(op, x);
  const [kernelH, kernelW] = pair(op, "kernel", kernel, 1);
  const [strideH, strideW] = pair(op, "stride", options.stride ?? kernel, 1);
  const [padTop, padLeft] = pair(op, "padding", options.padding ?? 0, 0);
  const [dilationH, dilationW] = pair(op, "dilation", options.dilation ?? 1, 1);
  if (2 * padTop > kernelH || 2 * padLeft > kernelW) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      op,
      `padding is more than half of the window (got ${formatShape([padTop, padLeft])} for a ` +
        `window of ${formatShape([kernelH, kernelW])})`,
    );
  }
  const pool = { kernelH, kernelW, strideH, strideW, padTop, padLeft, dilationH, dilationW };
  return { pool, size: windowedSize(op, x, pool, [2 * padTop, 2 * padLeft]) };
}
