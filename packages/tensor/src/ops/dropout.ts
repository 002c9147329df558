/**
 * dropout: each element set to 0 with probability p, the others divided by 1 - p (Srivastava et al.
 * 2014).
 *
 *   x [...]   ->   y [...],  y = keep ? x / (1 - p) : 0,  keep = uniform >= p
 *
 * Element i (in row-major order) reads number i of the random state's next draw: the same mask on
 * every device, a new one at each replay of a recording.
 *
 * Gradient: dx = keep ? dy / (1 - p) : 0; the mask is drawn again rather than kept.
 */
import { activeTape, type GradientRule, record } from "../autograd/tape.js";
import { TensorError } from "../errors.js";
import type { RandomState } from "../random.js";
import type { Tensor } from "../tensor.js";
import { checkAlive, checkFloat, checkSameDevice, empty } from "./dispatch.js";
import { isAnyLayout, isDenseLayout, prepared } from "./layout.js";
import { reshape } from "./reshape.js";

interface Mask {
  readonly threshold: number;
  readonly scale: number;
}

const dropoutRule: GradientRule<Mask> = {
  op: "dropout",
  backward: (dy, node) => [dropAgain(dy, node.saved(0), node.params)],
};

/** What dropout does is linear: its gradient is the same op with the same mask, and so on. */
function dropAgain(dy: Tensor, used: Tensor, mask: Mask): Tensor {
  const dx = empty(dy.device, dy.dtype, dy.shape);
  prepared([dy, used], [isDenseLayout, isAnyLayout], (inputs) => {
    dy.device.backend.run("dropoutBackward", inputs, [dx], mask);
  });
  return activeTape() === undefined ? dx : record(dx, dropoutRule, [dy], [used], mask);
}

/** Options of {@link dropout}. */
export interface DropoutOptions {
  /** When false, x comes back unchanged (as a view) and nothing is drawn. Default true. */
  training?: boolean;
}

/** `x` with a share `p` (0..1) of its elements dropped. Float. */
export function dropout(
  x: Tensor,
  p: number,
  random: RandomState,
  options: DropoutOptions = {},
): Tensor {
  const { training = true } = options;
  checkAlive("dropout", x);
  checkFloat("dropout", x);
  checkAlive("dropout", random.tensor);
  checkSameDevice("dropout", x, random.tensor);
  if (!(p >= 0 && p <= 1)) {
    throw new TensorError(
      "INVALID_ARGUMENT",
      "dropout",
      `p is not a probability (got ${p}, expected 0..1)`,
    );
  }
  if (!training || p === 0) return reshape(x, x.shape);
  const { device } = x;
  const out = empty(device, x.dtype, x.shape);
  const used = empty(device, "int32", [4]);
  // Of 2^24 equally likely numbers, those from the threshold on keep their element.
  const mask = { threshold: Math.ceil(p * 2 ** 24), scale: p === 1 ? 0 : 1 / (1 - p) };
  prepared([x, random.tensor], [isDenseLayout, isAnyLayout], (inputs) => {
    device.backend.run("dropout", inputs, [out, used], mask);
  });
  random.tensor.storage.version++;
  if (activeTape() !== undefined) record(out, dropoutRule, [x], [used], mask);
  used.dispose();
  return out;
}
