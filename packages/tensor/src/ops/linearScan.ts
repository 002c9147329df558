/**
 * linearScan: the first-order linear recurrence along the first dimension, each column on its own.
 *
 *   a, b [T, ...]   ->   y [T, ...],   y[t] = a[t] y[t-1] + b[t],   y[-1] = 0
 *   reverse:                           y[t] = a[t] y[t+1] + b[t],   y[T] = 0
 *
 * In reverse it sums up what a policy is judged by: discounted returns (a = gamma, b = r), generalised
 * advantages (Schulman et al. 2016, eq. 16: a = gamma lambda (1 - done), b = delta), the corrections
 * v - V of V-trace (Espeholt et al. 2018, eq. 1: a = gamma c (1 - done), b = rho delta).
 *
 * Gradient: d[t] = dy[t] + a[t+1] d[t+1], the recurrence from the other end; db = d, da[t] = d[t] y[t-1]
 * (reverse: a[t-1] d[t-1] and y[t+1]). Made of ops, so it can be differentiated again.
 */
import { activeTape, type GradientRule, record, taped } from "../autograd/tape.js";
import { ShapeError } from "../errors.js";
import type { Flag } from "../op-params.js";
import { formatShape } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./binary.js";
import {
  checkAlive,
  checkFloat,
  checkSameDevice,
  checkSameDtype,
  checkShapeIs,
  empty,
} from "./dispatch.js";
import { isDenseLayout, prepared } from "./layout.js";
import { pad } from "./pad.js";
import { slice } from "./slice.js";

/** Options of {@link linearScan}. */
export interface LinearScanOptions {
  /** From the last step to the first. Default false. */
  reverse?: boolean | undefined;
}

const scanRule: GradientRule<boolean> = {
  op: "linearScan",
  backward(dy, node) {
    const reverse = node.params;
    const d = linearScan(moved(node.saved(0), reverse), dy, { reverse: !reverse });
    return [node.needs(0) ? mul(d, moved(node.saved(1), !reverse)) : undefined, d];
  },
};

/** x one step later, or earlier; 0 where there is no step to come from. */
function moved(x: Tensor, later: boolean): Tensor {
  const [steps] = x.shape;
  if (steps === 0) return x;
  const border = x.shape.map(() => [0, 0] as const);
  return later
    ? pad(slice(x, [0, steps - 1]), [[1, 0], ...border.slice(1)])
    : pad(slice(x, [1, steps]), [[0, 1], ...border.slice(1)]);
}

/**
 * The recurrence y[t] = a[t] y[t-1] + b[t] over a and b [T, ...] from a state of 0; with `reverse` from
 * the last step to the first. Float, one dtype. Returns all states [T, ...].
 */
export function linearScan(a: Tensor, b: Tensor, options: LinearScanOptions = {}): Tensor {
  checkAlive("linearScan", a);
  checkAlive("linearScan", b);
  checkFloat("linearScan", a, "a");
  checkSameDevice("linearScan", a, b);
  checkSameDtype("linearScan", a, b);
  checkShapeIs("linearScan", b, a.shape, "b");
  if (a.rank === 0) {
    throw new ShapeError(
      "linearScan",
      `a has no dimension to go along (got shape ${formatShape(a.shape)}, expected [T,...])`,
    );
  }
  const { reverse = false } = options;
  const flag: Flag = reverse ? 1 : 0;
  const out = empty(a.device, a.dtype, a.shape);
  prepared([a, b], [isDenseLayout, isDenseLayout], (inputs) => {
    a.device.backend.run("linearScan", inputs, [out], { reverse: flag });
  });
  if (activeTape() === undefined) return out;
  return record(out, scanRule, [a, b], [a, taped(a) ? out : undefined], reverse);
}
