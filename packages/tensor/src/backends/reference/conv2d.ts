/**
 * conv2d and its gradients.
 *
 *   x [N, C, H, W]   weight [O, C/groups, kh, kw]   y [N, O, P, Q]
 *   y[n, o, p, q] = sum over c, r, s of weight[o, c, r, s] x[n, c', h, w], where
 *   h = p stride - padTop + r dilation, w alike, and c' counts channels of the group of o; what
 *   lies outside of the image is 0.
 *
 * All four kernels are sums over the same list of (x, weight, y), so one loop visits it.
 */
import type { ConvParams } from "../../op-params.js";
import { positions, type RefView, sizeOf } from "./views.js";

/** Calls `visit` with the row-major places of each x, weight and y that belong together. */
function eachTap(
  x: readonly number[],
  weight: readonly number[],
  y: readonly number[],
  conv: ConvParams,
  visit: (x: number, weight: number, y: number) => void,
): void {
  const [images, channels, height, width] = x;
  const [filters, groupChannels, kernelH, kernelW] = weight;
  const [, , outHeight, outWidth] = y;
  const groupFilters = filters / conv.groups;
  for (let n = 0; n < images; n++) {
    for (let o = 0; o < filters; o++) {
      const firstChannel = Math.floor(o / groupFilters) * groupChannels;
      for (let p = 0; p < outHeight; p++) {
        for (let q = 0; q < outWidth; q++) {
          const atY = ((n * filters + o) * outHeight + p) * outWidth + q;
          for (let c = 0; c < groupChannels; c++) {
            for (let r = 0; r < kernelH; r++) {
              const h = p * conv.strideH - conv.padTop + r * conv.dilationH;
              if (h < 0 || h >= height) continue;
              for (let s = 0; s < kernelW; s++) {
                const w = q * conv.strideW - conv.padLeft + s * conv.dilationW;
                if (w < 0 || w >= width) continue;
                const atX = ((n * channels + firstChannel + c) * height + h) * width + w;
                visit(atX, ((o * groupChannels + c) * kernelH + r) * kernelW + s, atY);
              }
            }
          }
        }
      }
    }
  }
}

/** The elements of a view in row-major order, each times `scale`. */
function values(view: RefView, scale = 1): Float64Array {
  return Float64Array.from(positions(view), (at) => view.data[at] * scale);
}

function write(view: RefView, from: Float64Array): void {
  positions(view).forEach((at, i) => {
    view.data[at] = from[i];
  });
}

/** The bias of every element's dimension 1, or zeros. */
function biases(shape: readonly number[], bias: RefView | undefined): Float64Array {
  const size = shape[2] * shape[3];
  const out = new Float64Array(shape[0] * shape[1] * size);
  if (bias === undefined) return out;
  const list = values(bias);
  return out.map((_, i) => list[Math.floor(i / size) % shape[1]]);
}

const activations = [(z: number): number => z, (z: number): number => Math.max(z, 0), Math.tanh];

/** Derivatives in terms of the output y. */
const slopes = [
  (_y: number): number => 1,
  (y: number): number => (y > 0 ? 1 : 0),
  (y: number): number => 1 - y * y,
];

export function conv2dKernel(
  [x, weight, bias]: (RefView | undefined)[] & RefView[],
  [y]: RefView[],
  params: ConvParams & { activation: number; scale: number },
): void {
  const [from, w] = [values(x, params.scale), values(weight)];
  const out = biases(y.shape, bias);
  eachTap(x.shape, weight.shape, y.shape, params, (atX, atW, atY) => {
    out[atY] += from[atX] * w[atW];
  });
  write(y, out.map(activations[params.activation]));
}

/** y [N, O, P, Q] -> x [N, C, H, W]. */
export function convTranspose2dKernel(
  [y, weight, bias]: RefView[],
  [x]: RefView[],
  params: ConvParams,
): void {
  const [from, w] = [values(y), values(weight)];
  const out = biases(x.shape, bias);
  eachTap(x.shape, weight.shape, y.shape, params, (atX, atW, atY) => {
    out[atX] += from[atY] * w[atW];
  });
  write(x, out);
}

/** x, dz [N, O, P, Q] -> dweight. */
export function conv2dWeightKernel(
  [x, dz]: RefView[],
  [dweight]: RefView[],
  params: ConvParams & { scale: number },
): void {
  const [from, upstream] = [values(x, params.scale), values(dz)];
  const out = new Float64Array(sizeOf(dweight));
  eachTap(x.shape, dweight.shape, dz.shape, params, (atX, atW, atY) => {
    out[atW] += from[atX] * upstream[atY];
  });
  write(dweight, out);
}

/** x, weight, y, dy -> those of dx, dweight and dbias that are wanted. */
export function conv2dBackwardKernel(
  [x, weight, y, dy]: RefView[],
  outputs: RefView[],
  params: ConvParams & {
    activation: number;
    scale: number;
    dx: number;
    dweight: number;
    dbias: number;
  },
): void {
  const left = [...outputs];
  const [result, upstream] = [values(y), values(dy)];
  const slope = slopes[params.activation];
  const dzValues = upstream.map((d, i) => d * slope(result[i]));
  const dense = [sizeOf(dy) / Math.max(1, dy.shape[0]), dy.shape[2] * dy.shape[3], dy.shape[3], 1];
  const dz: RefView = { ...dy, data: dzValues, offset: 0, strides: dense };
  if (params.dx === 1) convTranspose2dKernel([dz, weight], [left.shift() as RefView], params);
  if (params.dweight === 1) conv2dWeightKernel([x, dz], [left.shift() as RefView], params);
  if (params.dbias === 1) {
    const size = dy.shape[2] * dy.shape[3];
    const sums = new Float64Array(dy.shape[1]);
    dzValues.forEach((d, i) => {
      sums[Math.floor(i / size) % sums.length] += d;
    });
    write(left.shift() as RefView, sums);
  }
}
