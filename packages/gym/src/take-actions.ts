/**
 * Takes over what the caller wrote as actions: checked, box entries clipped to their bounds, so
 * that what is logged is what was played.
 */
import { type ActionArray, type ActionSpace, actionWidth, EnvError } from "@carom/envs";

/**
 * Copies the actions of the envs [from, to) into the input block. Throws EnvError INVALID_ACTION.
 */
export type TakeActions = (from: number, to: number) => void;

/** The function that copies `actions` into `taken`. */
export function takeActions(
  owner: string,
  space: ActionSpace,
  actions: ActionArray,
  taken: ActionArray,
): TakeActions {
  const width = actionWidth(space);
  const low = Float32Array.from({ length: width }, (_, i) => lowest(space, i));
  const high = Float32Array.from({ length: width }, (_, i) => highest(space, i));
  const isBox = space.kind === "box";
  return (from, to) => {
    for (let at = from * width; at < to * width; at++) {
      const value = actions[at];
      const i = at % width;
      if (value >= low[i] && value <= high[i]) taken[at] = value;
      else if (isBox && !Number.isNaN(value)) taken[at] = value < low[i] ? low[i] : high[i];
      else {
        const expected = isBox ? "a number" : `0 to ${high[i]}`;
        const place = `env ${Math.floor(at / width)}${width > 1 ? `, entry ${i}` : ""}`;
        const text = `invalid action of ${place} (got ${value}, expected ${expected})`;
        throw new EnvError("INVALID_ACTION", `${owner}: ${text}`);
      }
    }
  };
}

function lowest(space: ActionSpace, i: number): number {
  return space.kind === "box" ? space.low[i] : 0;
}

function highest(space: ActionSpace, i: number): number {
  switch (space.kind) {
    case "discrete":
      return space.names.length - 1;
    case "box":
      return space.high[i];
    case "multi-discrete":
      return space.sizes[i] - 1;
    case "multi-binary":
      return 1;
    default:
      return space satisfies never;
  }
}
