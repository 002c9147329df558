/**
 * normalize: groups of each sample brought to mean 0 and variance 1, then scaled and shifted by
 * channel. x [N, G, K, S]; weight and bias [G K]; mean and 1 / deviation [N, G].
 */
import type { OpParams } from "../../op-params.js";
import { positions, type RefView } from "./views.js";

export function normalizeKernel(
  [x, ...affine]: RefView[],
  [out, mean, rstd]: RefView[],
  params: OpParams["normalize"],
): void {
  const weight = params.weight ? affine.shift() : undefined;
  const bias = params.bias ? affine.shift() : undefined;
  const [from, to, toMean, toRstd] = [x, out, mean, rstd].map(positions);
  const { size, spots, channelOf } = groupsOf(x);
  const scale = vectorOf(weight);
  const shift = vectorOf(bias);
  for (let unit = 0; unit < toMean.length; unit++) {
    const start = unit * size;
    let centre = 0;
    if (params.centred) for (let i = 0; i < size; i++) centre += x.data[from[start + i]] / size;
    let squares = 0;
    for (let i = 0; i < size; i++) squares += (x.data[from[start + i]] - centre) ** 2;
    const factor = 1 / Math.sqrt(squares / size + params.eps);
    mean.data[toMean[unit]] = centre;
    rstd.data[toRstd[unit]] = factor;
    for (let i = 0; i < size; i++) {
      const c = channelOf(unit, Math.floor(i / spots));
      const normal = (x.data[from[start + i]] - centre) * factor;
      out.data[to[start + i]] = normal * (scale?.[c] ?? 1) + (shift?.[c] ?? 0);
    }
  }
}

export function normalizeBackwardKernel(
  [dy, x, mean, rstd, weight]: RefView[],
  [dx, dweight, dbias]: RefView[],
  params: OpParams["normalizeBackward"],
): void {
  const [fromDy, from, fromMean, fromRstd, to] = [dy, x, mean, rstd, dx].map(positions);
  const { size, spots, channels, channelOf } = groupsOf(x);
  const scale = vectorOf(weight);
  const sums = { weight: new Float64Array(channels), bias: new Float64Array(channels) };
  for (let unit = 0; unit < fromMean.length; unit++) {
    const start = unit * size;
    const centre = mean.data[fromMean[unit]];
    const factor = rstd.data[fromRstd[unit]];
    const normal = (i: number) => (x.data[from[start + i]] - centre) * factor;
    const channel = (i: number) => channelOf(unit, Math.floor(i / spots));
    const slope = (i: number) => dy.data[fromDy[start + i]] * (scale?.[channel(i)] ?? 1);
    let [all, along] = [0, 0];
    for (let i = 0; i < size; i++) {
      all += slope(i) / size;
      along += (slope(i) * normal(i)) / size;
      sums.weight[channel(i)] += dy.data[fromDy[start + i]] * normal(i);
      sums.bias[channel(i)] += dy.data[fromDy[start + i]];
    }
    for (let i = 0; i < size; i++) {
      const kept = slope(i) - (params.centred ? all : 0) - normal(i) * along;
      dx.data[to[start + i]] = factor * kept;
    }
  }
  if (!params.affine) return;
  const [toWeight, toBias] = [dweight, dbias].map(positions);
  for (let c = 0; c < channels; c++) {
    dweight.data[toWeight[c]] = sums.weight[c];
    dbias.data[toBias[c]] = sums.bias[c];
  }
}

/** Elements of a group and how they belong to channels. */
function groupsOf({ shape: [, groups, channels, spots] }: RefView) {
  return {
    size: channels * spots,
    spots,
    channels: groups * channels,
    channelOf: (unit: number, k: number) => (unit % groups) * channels + k,
  };
}

function vectorOf(view: RefView | undefined): readonly number[] | undefined {
  return view && Array.from(positions(view), (at) => view.data[at]);
}
