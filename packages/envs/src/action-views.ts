/**
 * Rows of actions as the games take them: checked copies, box entries clipped to their
 * bounds, so that what the caller wrote stays as it was and what is logged is what was played.
 */
import { EnvError } from "./errors.js";
import type { Action, ActionSpace } from "./game.js";
import { type ActionArray, actionArray, actionWidth } from "./spaces.js";

/** The actions of `count` envs. */
export class ActionViews {
  /** Numbers of one action. */
  readonly width: number;
  /** `[count * width]`: what was played last. */
  readonly taken: ActionArray;
  private readonly owner: string;
  private readonly firstEnv: number;
  private readonly views: readonly ActionArray[];
  private readonly low: Float32Array;
  private readonly high: Float32Array;
  private readonly isBox: boolean;

  /**
   * @param firstEnv number of the first env, for messages
   * @param taken `[count * width]`: where the actions are put (default: memory of their own)
   */
  constructor(
    owner: string,
    space: ActionSpace,
    count: number,
    firstEnv = 0,
    taken: ActionArray = actionArray(space, count * actionWidth(space)),
  ) {
    this.owner = owner;
    this.firstEnv = firstEnv;
    this.isBox = space.kind === "box";
    this.width = actionWidth(space);
    this.taken = taken;
    this.views = Array.from({ length: count }, (_, env) =>
      this.taken.subarray(env * this.width, (env + 1) * this.width),
    );
    this.low = Float32Array.from({ length: this.width }, (_, i) =>
      space.kind === "box" ? space.low[i] : 0,
    );
    this.high = Float32Array.from({ length: this.width }, (_, i) => highest(space, i));
  }

  /** The action of `env` out of all envs' actions. Throws EnvError INVALID_ACTION. */
  take(actions: ActionArray, env: number): Action {
    const { width, taken, low, high } = this;
    const from = env * width;
    for (let i = 0; i < width; i++) {
      const value = actions[from + i];
      const clipped = Math.max(low[i], Math.min(high[i], value));
      // x - x is 0, or NaN for NaN and the infinities
      if (clipped - clipped !== 0 || (clipped !== value && !this.isBox)) {
        throw this.invalid(env, i, value);
      }
      taken[from + i] = clipped;
    }
    return this.views[env];
  }

  private invalid(env: number, entry: number, value: number): EnvError {
    const expected = this.isBox ? "a finite number" : `0 to ${this.high[entry]}`;
    const place = this.width > 1 || this.isBox ? ` as entry ${entry}` : "";
    const text = `got ${value}${place}, expected ${expected}`;
    return new EnvError(
      "INVALID_ACTION",
      `${this.owner}: invalid action of env ${this.firstEnv + env} (${text})`,
    );
  }
}

/** The largest value of an action's entry. */
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
