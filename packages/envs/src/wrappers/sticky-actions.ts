/**
 * Sticky actions (Machado et al. 2018, "Revisiting the Arcade Learning Environment", section 5): with
 * some probability the game plays the action before instead of the one given. Before the first one
 * stands the idle action.
 */

import { nextFloat } from "../random.js";
import { actionWidth } from "../spaces.js";
import type { TypedArray } from "../state.js";
import type { VectorEnv } from "../vector-env.js";
import { idleOf } from "./idle.js";
import { invalidSetting, sameRows, VectorWrapper } from "./wrapper.js";

/** How sticky. */
export interface StickyActionsOptions {
  /** Probability that the last action is played again, 0 to 1. */
  readonly probability: number;
}

/** Plays the last action again with `probability`. Throws EnvError INVALID_ARGUMENT. */
export function stickyActions(
  env: VectorEnv,
  { probability }: StickyActionsOptions,
): VectorWrapper {
  if (!(probability >= 0 && probability <= 1)) {
    throw invalidSetting("sticky-actions", `probability must be 0 to 1 (got ${probability})`);
  }
  return new StickyActions(env, probability);
}

class StickyActions extends VectorWrapper {
  private readonly probability: number;
  private readonly width: number;
  private readonly idle: readonly number[];
  private readonly randoms: Uint32Array; // [count, 4]
  private readonly words: readonly Uint32Array[]; // views of randoms, one per env

  constructor(inner: VectorEnv, probability: number) {
    super(`sticky-actions ${probability}`, inner, { actions: sameRows(inner.actions) });
    this.probability = probability;
    this.width = actionWidth(inner.spec.actions);
    this.idle = idleOf(inner.spec);
    this.randoms = new Uint32Array(4 * inner.count);
    this.words = Array.from({ length: inner.count }, (_, env) =>
      this.randoms.subarray(4 * env, 4 * env + 4),
    );
  }

  override stepRange(from: number, to: number, observe = true): void {
    const { words, probability } = this;
    for (let env = from; env < to; env++) {
      // where it sticks, the env inside still holds the last one
      if (nextFloat(words[env]) >= probability) this.passActions(env, env + 1);
    }
    super.stepRange(from, to, observe);
  }

  protected override began(env: number): void {
    this.seedEpisode(env, this.words[env]);
    this.inner.actions.set(this.idle, env * this.width);
  }

  protected override ownState(): Record<string, TypedArray> {
    return { randoms: this.randoms, previous: this.inner.actions };
  }
}
