/** dropout: kept elements are scaled, the others 0; the mask is a function of the random state. */
import type { OpParams } from "../../op-params.js";
import { advance, drawLanes } from "./philox.js";
import { positions, type RefView } from "./views.js";

type Settings = OpParams["dropout"];

export function dropoutKernel(
  [x, state]: RefView[],
  [out, used]: RefView[],
  settings: Settings,
): void {
  const [from, to] = [state, used].map(positions);
  for (let i = 0; i < 4; i++) used.data[to[i]] = state.data[from[i]];
  drop(x, state, out, settings);
  advance(state);
}

export function dropoutBackwardKernel(
  [dy, used]: RefView[],
  [dx]: RefView[],
  settings: Settings,
): void {
  drop(dy, used, dx, settings);
}

function drop(x: RefView, state: RefView, out: RefView, { threshold, scale }: Settings): void {
  const [from, to] = [x, out].map(positions);
  const lanes = drawLanes(state, to.length);
  // As the native core rounds it, so that the results are the same bits.
  const factor = out.dtype === "float32" ? Math.fround(scale) : scale;
  for (let i = 0; i < to.length; i++) {
    out.data[to[i]] = lanes[i] >>> 8 >= threshold ? x.data[from[i]] * factor : 0;
  }
}
