/**
 * roll: elements moved along axes, those that leave at one end coming back at the other.
 *
 * Gradient: dy rolled back (that of slice and concat).
 */
import { ShapeError } from "../errors.js";
import { scope } from "../lifetime.js";
import { normalizeAxis } from "../shape.js";
import type { Axes, Tensor } from "../tensor.js";
import { concat } from "./concat.js";
import { clone } from "./copy.js";
import { checkAlive } from "./dispatch.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import type { SliceRange } from "./spans.js";

/**
 * `x` moved by `shifts` places towards higher positions, one shift per axis; without axes, as if it
 * were flat. A new tensor of the same shape.
 */
export function roll(x: Tensor, shifts: Axes, axes?: Axes): Tensor {
  checkAlive("roll", x);
  const by = typeof shifts === "number" ? [shifts] : shifts;
  const along = axes === undefined ? undefined : typeof axes === "number" ? [axes] : axes;
  if (by.length !== (along?.length ?? 1) || !by.every(Number.isInteger)) {
    throw new ShapeError(
      "roll",
      `needs one integer shift per axis (got shifts [${by.join(",")}] for axes ` +
        `${along === undefined ? "left out" : `[${along.join(",")}]`})`,
    );
  }
  return scope(() => {
    if (along === undefined) return reshape(rolled(reshape(x, [x.size]), by[0], 0), x.shape);
    const out = along.reduce(
      (part, axis, i) => rolled(part, by[i], normalizeAxis("roll", axis, x.rank)),
      x,
    );
    return out === x ? clone(x) : out;
  });
}

function rolled(x: Tensor, shift: number, axis: number): Tensor {
  const size = x.shape[axis];
  const cut = size === 0 ? 0 : (((size - shift) % size) + size) % size;
  if (cut === 0) return clone(x);
  const lead: SliceRange[] = new Array(axis).fill(null);
  return concat([slice(x, ...lead, [cut, null]), slice(x, ...lead, [0, cut])], axis);
}
