/** batchNorm: the columns of x [M, C] brought to mean 0 and variance 1, then scaled and shifted. */
import type { OpParams } from "../../op-params.js";
import { positions, type RefView, rowPositions } from "./views.js";

export function batchNormKernel(
  [x, ...affine]: RefView[],
  [out, mean, rstd, ...running]: RefView[],
  params: OpParams["batchNorm"],
): void {
  const { at, rows, length } = rowPositions(x);
  const to = positions(out);
  const weight = params.weight ? affine.shift() : undefined;
  const bias = params.bias ? affine.shift() : undefined;
  const runningMean = params.runningMean ? running.shift() : undefined;
  const runningVariance = params.runningVariance ? running.shift() : undefined;
  for (let c = 0; c < length; c++) {
    let [centre, squares] = [0, 0];
    for (let i = c; i < at.length; i += length) centre += x.data[at[i]] / rows;
    for (let i = c; i < at.length; i += length) squares += (x.data[at[i]] - centre) ** 2;
    const factor = 1 / Math.sqrt(squares / rows + params.eps);
    write(mean, c, centre);
    write(rstd, c, factor);
    move(runningMean, c, centre, params.momentum);
    move(runningVariance, c, squares / (rows - 1), params.momentum);
    for (let i = c; i < at.length; i += length) {
      const normal = (x.data[at[i]] - centre) * factor;
      out.data[to[i]] = normal * read(weight, c, 1) + read(bias, c, 0);
    }
  }
}

export function batchNormBackwardKernel(
  [dy, x, mean, rstd, weight]: RefView[],
  [dx, dweight, dbias]: RefView[],
): void {
  const { at, rows, length } = rowPositions(x);
  const [from, to] = [dy, dx].map(positions);
  for (let c = 0; c < length; c++) {
    const [centre, factor] = [read(mean, c, 0), read(rstd, c, 1)];
    const normal = (i: number) => (x.data[at[i]] - centre) * factor;
    let [all, along] = [0, 0];
    for (let i = c; i < at.length; i += length) {
      all += dy.data[from[i]];
      along += dy.data[from[i]] * normal(i);
    }
    write(dweight, c, along);
    write(dbias, c, all);
    for (let i = c; i < at.length; i += length) {
      const kept = dy.data[from[i]] - (all + normal(i) * along) / rows;
      dx.data[to[i]] = read(weight, c, 1) * factor * kept;
    }
  }
}

function read(view: RefView | undefined, c: number, otherwise: number): number {
  return view === undefined ? otherwise : view.data[view.offset + c * view.strides[0]];
}

function write(view: RefView, c: number, value: number): void {
  view.data[view.offset + c * view.strides[0]] = value;
}

/** running += momentum * (value - running) */
function move(view: RefView | undefined, c: number, value: number, momentum: number): void {
  if (view === undefined) return;
  const before = read(view, c, 0);
  write(view, c, before + momentum * (value - before));
}
