/**
 * Proportional priorities of transitions (Schaul et al. 2016, sections 3.3 and 3.4).
 *
 *   p_i = (|delta_i| + epsilon)^alpha,  P(i) = p_i / sum p,  w_i = (N P(i))^-beta / max over the batch
 *
 * What is new has the largest priority so far (1 before there is any), so that it is seen soon. Draws are
 * stratified: draw i of B falls uniformly on the i-th of B equal parts of the total.
 *
 * Not here: what an entry is.
 */
import { nextFloat } from "@carom/envs";
import { AgentError } from "../errors.js";
import type { ReadyWatcher } from "./rings.js";
import { SumTree } from "./sum-tree.js";

/** How entries are drawn by priority. */
export interface PriorityOptions {
  /** Exponent of the priorities: 0 is uniform, 1 proportional to |delta|. */
  readonly alpha: number;
  /** Added to |delta|, so that no entry is lost; above 0. */
  readonly epsilon: number;
}

/** Priorities by slot; 0 for those that cannot be drawn. */
export class Priorities implements ReadyWatcher {
  /** p_i by slot. */
  readonly tree: SumTree;
  /** The largest priority so far, to the power of alpha. */
  largest = 1;
  private readonly alpha: number;
  private readonly epsilon: number;
  private drawable = 0; // entries that are ready, N of the weights

  /** @throws AgentError BAD_VALUE */
  constructor(slots: number, { alpha, epsilon }: PriorityOptions) {
    if (!(alpha >= 0 && epsilon > 0)) {
      throw new AgentError(
        "BAD_VALUE",
        `replay: wrong priorities (got alpha ${alpha} and epsilon ${epsilon}, expected alpha from 0 and epsilon above 0)`,
      );
    }
    this.tree = new SumTree(slots);
    this.alpha = alpha;
    this.epsilon = epsilon;
  }

  /** Gives what is new the largest priority so far. */
  ready(slot: number): void {
    this.tree.set(slot, this.largest);
    this.drawable++;
  }

  /** The entry is not drawn any more. */
  gone(slot: number): void {
    this.tree.set(slot, 0);
    this.drawable--;
  }

  /** Gives an entry the priority (|delta| + epsilon)^alpha. @throws AgentError NOT_FINITE */
  update(slot: number, delta: number): void {
    const priority = (Math.abs(delta) + this.epsilon) ** this.alpha;
    this.tree.set(slot, priority);
    this.largest = Math.max(this.largest, priority);
  }

  /** Fills `slots` with draws, with replacement. */
  draw(random: Uint32Array, slots: Int32Array): void {
    const part = this.tree.total / slots.length;
    for (let i = 0; i < slots.length; i++)
      slots[i] = this.tree.find((i + nextFloat(random)) * part);
  }

  /** Writes the importance weights of `slots`, the largest 1. */
  weigh(slots: Int32Array, beta: number, weights: Float32Array): void {
    const { tree, drawable } = this;
    let largest = 0;
    for (let i = 0; i < slots.length; i++) {
      weights[i] = ((drawable * tree.get(slots[i])) / tree.total) ** -beta;
      largest = Math.max(largest, weights[i]);
    }
    for (let i = 0; i < slots.length; i++) weights[i] /= largest;
  }
}
