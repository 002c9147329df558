/** The action that does nothing, as numbers. */
import type { GameSpec } from "../game.js";
import { actionWidth } from "../spaces.js";

/** The game's idle action, one number per entry (default all 0, also where it is the last one). */
export function idleOf(spec: GameSpec): readonly number[] {
  const idle = spec.idle === undefined || spec.idle === "last" ? 0 : spec.idle;
  return typeof idle === "number" ? new Array<number>(actionWidth(spec.actions)).fill(idle) : idle;
}
