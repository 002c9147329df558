/**
 * Action mask: for a learner that does not look at `masks` itself, an action that is not allowed is
 * replaced by one that is, drawn uniformly; or refused, for one that should have looked.
 */
import { EnvError } from "../errors.js";
import { nextBelow } from "../random.js";
import type { TypedArray } from "../state.js";
import type { VectorEnv } from "../vector-env.js";
import { invalidSetting, sameRows, VectorWrapper } from "./wrapper.js";

/** What happens to an action that is not allowed. */
export interface ActionMaskOptions {
  /** "replace" (default): another one is drawn. "refuse": the step throws EnvError INVALID_ACTION. */
  readonly illegal?: "replace" | "refuse";
}

/** Lets only allowed actions through. Throws EnvError INVALID_ARGUMENT for games without masks. */
export function actionMask(env: VectorEnv, options: ActionMaskOptions = {}): VectorWrapper {
  const { illegal = "replace" } = options;
  if (!env.masks) throw invalidSetting("action-mask", `in ${env.spec.id} every action is allowed`);
  if (illegal !== "replace" && illegal !== "refuse") {
    throw invalidSetting("action-mask", `illegal must be "replace" or "refuse" (got "${illegal}")`);
  }
  return new ActionMask(env, env.masks, illegal);
}

class ActionMask extends VectorWrapper {
  private readonly allowed: Uint8Array; // [count, A]
  private readonly illegal: "replace" | "refuse";
  private readonly randoms: Uint32Array; // [count, 4]

  constructor(inner: VectorEnv, allowed: Uint8Array, illegal: "replace" | "refuse") {
    super(`action-mask ${illegal}`, inner, { actions: sameRows(inner.actions) });
    this.allowed = allowed;
    this.illegal = illegal;
    this.randoms = new Uint32Array(4 * inner.count);
  }

  override stepRange(from: number, to: number, observe = true): void {
    const { inner, actions, allowed, count } = this;
    const width = allowed.length / count;
    for (let env = from; env < to; env++) {
      const action = actions[env];
      const isOne = action >= 0 && action < width; // what is none, the env inside refuses
      const isAllowed = !isOne || allowed[env * width + action] === 1;
      inner.actions[env] = isAllowed ? action : this.otherThan(env, width);
    }
    super.stepRange(from, to, observe);
  }

  protected override began(env: number): void {
    this.seedEpisode(env, this.randoms.subarray(4 * env, 4 * env + 4));
  }

  protected override ownState(): Record<string, TypedArray> {
    return { randoms: this.randoms };
  }

  private otherThan(env: number, width: number): number {
    const row = this.allowed.subarray(env * width, (env + 1) * width);
    if (this.illegal === "refuse") {
      const known = Array.from(row.keys()).filter((action) => row[action] === 1);
      const text = `got ${this.actions[env]}, expected one of ${known.join(", ")}`;
      throw new EnvError(
        "INVALID_ACTION",
        `${this.spec.id}: action of env ${this.firstEnv + env} is not allowed (${text})`,
      );
    }
    return drawAllowed(row, this.randoms.subarray(4 * env, 4 * env + 4));
  }
}

/** One of the actions whose entry of the mask is 1, each equally likely. */
export function drawAllowed(mask: Uint8Array, random: Uint32Array): number {
  let allowed = 0;
  for (const one of mask) allowed += one;
  let left = nextBelow(random, allowed);
  for (let action = 0; action < mask.length; action++) {
    if (mask[action] === 1 && left-- === 0) return action;
  }
  return 0;
}
