/**
 * Pooling: the greatest element or the mean of windows over the last two of `[N, C, H, W]`, and
 * their gradients. Places are h * W + w, the first of equals; NaN is above all.
 */
import { TensorError } from "../../errors.js";
import type { PoolParams } from "../../op-params.js";
import { positions, type RefView } from "./views.js";

/** Calls `visit` for every window with its place in y, and the places in x under it. */
function eachWindow(
  x: readonly number[],
  y: readonly number[],
  p: PoolParams,
  visit: (y: number, image: number, places: number[]) => void,
): void {
  const [images, channels, height, width] = x;
  for (let nc = 0; nc < images * channels; nc++) {
    for (let row = 0; row < y[2]; row++) {
      for (let column = 0; column < y[3]; column++) {
        const places: number[] = [];
        for (let r = 0; r < p.kernelH; r++) {
          const h = row * p.strideH - p.padTop + r * p.dilationH;
          if (h < 0 || h >= height) continue;
          for (let s = 0; s < p.kernelW; s++) {
            const w = column * p.strideW - p.padLeft + s * p.dilationW;
            if (w >= 0 && w < width) places.push(h * width + w);
          }
        }
        visit((nc * y[2] + row) * y[3] + column, nc * height * width, places);
      }
    }
  }
}

export function maxPool2dKernel([x]: RefView[], [y, index]: RefView[], params: PoolParams): void {
  const [from, to, toIndex] = [positions(x), positions(y), positions(index)];
  eachWindow(x.shape, y.shape, params, (at, image, places) => {
    let best = Number.NEGATIVE_INFINITY;
    let place = places[0] ?? 0;
    for (const one of places) {
      const value = x.data[from[image + one]];
      if (value > best || Number.isNaN(value)) {
        best = value;
        place = one;
      }
    }
    y.data[to[at]] = best;
    index.data[toIndex[at]] = place;
  });
}

/** Calls `visit` for every place that was chosen, with its number in y and in x. */
function eachPlace(
  op: string,
  x: RefView,
  index: RefView,
  visit: (y: number, x: number) => void,
): void {
  const size = x.shape[2] * x.shape[3];
  const windows = index.shape[2] * index.shape[3];
  positions(index).forEach((at, i) => {
    const place = index.data[at];
    if (place < 0 || place >= size) {
      throw new TensorError(
        "INVALID_ARGUMENT",
        op,
        `index out of range (got ${place} at position ${i}, expected 0..${size - 1})`,
      );
    }
    visit(i, Math.floor(i / windows) * size + place);
  });
}

export function maxPool2dBackwardKernel([dy, index]: RefView[], [dx]: RefView[]): void {
  const [from, to] = [positions(dy), positions(dx)];
  for (const at of to) dx.data[at] = 0;
  eachPlace("maxPool2dBackward", dx, index, (atY, atX) => {
    dx.data[to[atX]] += dy.data[from[atY]];
  });
}

/** x at the places that were chosen. */
export function maxPool2dPickKernel([x, index]: RefView[], [y]: RefView[]): void {
  const [from, to] = [positions(x), positions(y)];
  eachPlace("maxPool2dPick", x, index, (atY, atX) => {
    y.data[to[atY]] = x.data[from[atX]];
  });
}

type AvgParams = PoolParams & { countIncludePad: number };

export function avgPool2dKernel([x]: RefView[], [y]: RefView[], params: AvgParams): void {
  const [from, to] = [positions(x), positions(y)];
  eachWindow(x.shape, y.shape, params, (at, image, places) => {
    const sum = places.reduce((total, place) => total + x.data[from[image + place]], 0);
    y.data[to[at]] = sum / countOf(places, params);
  });
}

export function avgPool2dBackwardKernel([dy]: RefView[], [dx]: RefView[], params: AvgParams): void {
  const [from, to] = [positions(dy), positions(dx)];
  for (const at of to) dx.data[at] = 0;
  eachWindow(dx.shape, dy.shape, params, (at, image, places) => {
    const share = dy.data[from[at]] / countOf(places, params);
    for (const place of places) dx.data[to[image + place]] += share;
  });
}

function countOf(places: readonly number[], params: AvgParams): number {
  return params.countIncludePad === 1 ? params.kernelH * params.kernelW : places.length;
}
