/**
 * conv2d and its gradients.
 *
 *   x [N, C, H, W]   weight [O, C/groups, kh, kw]   y [N, O, P, Q]
 *   y[n, o, p, q] = sum over c, r, s of weight[o, c, r, s] x[n, c', h, w], where
 *   h = p stride - padTop + r dilation, w alike, and c' counts channels of the group of o; what
 *   lies outside of the image is 0.
 *
 * All four kernels are sums over the same list of (x, weight, y), so one loop visits it; the forward one
 * lays out what every filter sees and is a product of matrices, for small networks in a browser.
 */
import type { ConvParams } from "../../op-params.js";
import { addProducts, dense, writeDense } from "./products.js";
import { type RefView, sizeOf } from "./views.js";

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

/** The bias of every element's dimension 1, or zeros. */
function biases(shape: readonly number[], bias: RefView | undefined): Float64Array {
  const size = shape[2] * shape[3];
  const out = new Float64Array(shape[0] * shape[1] * size);
  if (bias === undefined) return out;
  const list = dense(bias);
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
  const from = dense(x, params.scale);
  const act = activations[params.activation];
  const [images, filters, outHeight, outWidth] = y.shape;
  const [, groupChannels, kernelH, kernelW] = weight.shape;
  const [rows, outputs] = [outHeight * outWidth, filters / params.groups];
  const width = groupChannels * kernelH * kernelW;
  const w = dense(weight);
  const first = bias === undefined ? new Float64Array(filters) : dense(bias);
  const out = new Float64Array(sizeOf(y));
  const sums = new Float64Array(rows * outputs);
  for (let n = 0; n < images; n++) {
    for (let group = 0; group < params.groups; group++) {
      const patches = patchesOf(from, x.shape, weight.shape, y.shape, { ...params, n, group });
      const filter = group * outputs;
      for (let p = 0; p < rows; p++) {
        sums.set(first.subarray(filter, filter + outputs), p * outputs);
      }
      const factors = { data: w, offset: filter * width, stride: width };
      addProducts(patches, factors, sums, { rows, outputs, width });
      for (let o = 0; o < outputs; o++) {
        const at = (n * filters + filter + o) * rows;
        for (let p = 0; p < rows; p++) out[at + p] = act(sums[p * outputs + o]);
      }
    }
  }
  writeDense(y, out);
}

/** What the filters of a group see of image `n`: a row `[C/groups, kh, kw]` for each place `[P, Q]`. */
function patchesOf(
  from: Float64Array,
  [, channels, height, width]: readonly number[],
  [, groupChannels, kernelH, kernelW]: readonly number[],
  [, , outHeight, outWidth]: readonly number[],
  { n, group, ...conv }: ConvParams & { readonly n: number; readonly group: number },
): Float64Array {
  const out = new Float64Array(outHeight * outWidth * groupChannels * kernelH * kernelW);
  const first = n * channels + group * groupChannels;
  let at = 0;
  for (let p = 0; p < outHeight; p++) {
    for (let q = 0; q < outWidth; q++) {
      for (let c = first; c < first + groupChannels; c++) {
        for (let r = 0; r < kernelH; r++) {
          const h = p * conv.strideH - conv.padTop + r * conv.dilationH;
          const row = (c * height + h) * width - conv.padLeft + q * conv.strideW;
          for (let s = 0; s < kernelW; s++, at++) {
            const w = q * conv.strideW - conv.padLeft + s * conv.dilationW;
            const isInside = h >= 0 && h < height && w >= 0 && w < width;
            if (isInside) out[at] = from[row + s * conv.dilationW];
          }
        }
      }
    }
  }
  return out;
}

/** y [N, O, P, Q] -> x [N, C, H, W]. */
export function convTranspose2dKernel(
  [y, weight, bias]: RefView[],
  [x]: RefView[],
  params: ConvParams,
): void {
  const [from, w] = [dense(y), dense(weight)];
  const out = biases(x.shape, bias);
  eachTap(x.shape, weight.shape, y.shape, params, (atX, atW, atY) => {
    out[atX] += from[atY] * w[atW];
  });
  writeDense(x, out);
}

/** x, dz [N, O, P, Q] -> dweight. */
export function conv2dWeightKernel(
  [x, dz]: RefView[],
  [dweight]: RefView[],
  params: ConvParams & { scale: number },
): void {
  const [from, upstream] = [dense(x, params.scale), dense(dz)];
  const out = new Float64Array(sizeOf(dweight));
  eachTap(x.shape, dweight.shape, dz.shape, params, (atX, atW, atY) => {
    out[atW] += from[atX] * upstream[atY];
  });
  writeDense(dweight, out);
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
  const [result, upstream] = [dense(y), dense(dy)];
  const slope = slopes[params.activation];
  const dzValues = upstream.map((d, i) => d * slope(result[i]));
  const strides = [
    sizeOf(dy) / Math.max(1, dy.shape[0]),
    dy.shape[2] * dy.shape[3],
    dy.shape[3],
    1,
  ];
  const dz: RefView = { ...dy, data: dzValues, offset: 0, strides };
  if (params.dx === 1) convTranspose2dKernel([dz, weight], [left.shift() as RefView], params);
  if (params.dweight === 1) conv2dWeightKernel([x, dz], [left.shift() as RefView], params);
  if (params.dbias === 1) {
    const size = dy.shape[2] * dy.shape[3];
    const sums = new Float64Array(dy.shape[1]);
    dzValues.forEach((d, i) => {
      sums[Math.floor(i / size) % sums.length] += d;
    });
    writeDense(left.shift() as RefView, sums);
  }
}
