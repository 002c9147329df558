/**
 * Proportional priorities (Schaul et al. 2016, sections 3.3 and 3.4) by tensor ops, so that drawing and updating can
 * be parts of a recording. What `Priorities` is on the host; here without a tree:
 *
 *   the N priorities lie in blocks of about sqrt(N); a draw looks for its block in the running sums of the blocks,
 *   then for its entry in the running sums of that block
 *
 * What is new has the largest priority so far (1 before there is any). Draws are stratified: draw i of B falls
 * uniformly on the i-th of B equal parts of the total, so the drawn indices rise.
 * Legend: N entries, B draws. Not here: what an entry is (device-replay.ts).
 */
import {
  arange,
  concat,
  type Device,
  full,
  indexAdd,
  type RandomState,
  scope,
  type Tensor,
  where,
  zeros,
} from "@carom/tensor";
import { AgentError } from "../errors.js";
import type { PriorityOptions } from "./priorities.js";

/** Draws, and what they count. */
export interface PriorityDraws {
  /** int32 `[B]`, rising. */
  readonly slots: Tensor;
  /** Importance weights, the largest 1: `[B]`. */
  readonly weight: Tensor;
}

/** See the head of the file. */
export class DevicePriorities {
  /** p by index, float32 `[blocks * width]`; 0 for those that cannot be drawn, and beyond N. */
  readonly table: Tensor;
  /** `[1]`: the largest priority so far. */
  readonly largest: Tensor;
  private readonly options: PriorityOptions;
  private readonly width: number;
  private readonly parts: Tensor; // float64 [B]: 0, 1, 2, ...

  /** @throws AgentError BAD_VALUE */
  constructor(entries: number, batch: number, options: PriorityOptions, device: Device) {
    const { alpha, epsilon } = options;
    if (!(alpha >= 0 && epsilon > 0)) {
      throw new AgentError(
        "BAD_VALUE",
        `replay: wrong priorities (got alpha ${alpha} and epsilon ${epsilon}, expected alpha from 0 and epsilon above 0)`,
      );
    }
    this.options = options;
    this.width = Math.ceil(Math.sqrt(entries));
    const blocks = Math.ceil(entries / this.width);
    this.table = zeros([blocks * this.width], { device });
    this.largest = full([1], 1, { device });
    this.parts = arange(0, batch, 1, { dtype: "float64", device });
  }

  /** Draws B entries with replacement. @param size how many have a priority, float64 `[1]` @param beta `[1]` */
  draw(random: RandomState, size: Tensor, beta: Tensor): PriorityDraws {
    const { table, width, parts } = this;
    const batch = parts.size;
    return scope(() => {
      const blocks = table.reshape([-1, width]); // [blocks, width]
      const sums = blocks.cast("float64").sum(1); // [blocks]
      const upto = sums.cumsum(); // [blocks]
      const total = upto.slice(-1); // []
      const part = random.uniform([batch]).cast("float64").add(parts); // [B], in parts
      const mass = part.mul(total.div(batch)); // [B]
      const block = firstBeyond(upto.unsqueeze(0), mass, sums.unsqueeze(0)); // [B]
      const rest = mass.sub(upto.indexSelect(block).sub(sums.indexSelect(block))); // [B]
      const entries = blocks.indexSelect(block).cast("float64"); // [B, width]
      // A thread for each draw adds up its short block: by columns, which lie side by side.
      const sumsWithin = entries.transpose().contiguous().cumsum(0).transpose(); // [B, width]
      const place = firstBeyond(sumsWithin, rest, entries); // [B]
      const slots = block.mul(width).add(place); // [B]
      const chance = table.indexSelect(slots).cast("float64").div(total); // [B], P
      const weight = chance.mul(size).pow(beta.cast("float64").neg()); // [B]
      return { slots, weight: weight.div(weight.max()).cast("float32") };
    });
  }

  /**
   * Gives entries the priorities (|delta| + epsilon)^alpha.
   *
   * @param slots int32 `[B]`, in rising order: of equal ones the last counts
   */
  update(slots: Tensor, deltas: Tensor): void {
    const { table, largest, options } = this;
    scope(() => {
      const wide = deltas.cast("float64").abs().add(options.epsilon).pow(options.alpha);
      const priority = wide.cast("float32"); // [B]
      const last = isLast(slots); // [B]
      // By way of 0, so that what is added is what is there afterwards, to the bit.
      indexAdd(table, slots, where(last, table.indexSelect(slots).neg(), 0));
      indexAdd(table, slots, where(last, priority, 0));
      largest.copyFrom(largest.maximum(priority.max()));
    });
  }

  /** The priorities as `[rows, count]`: a view. */
  byRow(rows: number, count: number): Tensor {
    return this.table.slice([0, rows * count]).reshape([rows, count]);
  }

  /** Nothing can be drawn any more. */
  clear(): void {
    this.table.fill(0);
    this.largest.fill(1);
  }

  /** Frees the tensors. */
  dispose(): void {
    for (const owned of [this.table, this.largest, this.parts]) owned.dispose();
  }
}

/**
 * The first place in each row whose running sum lies beyond `mass`, never one with priority 0: where rounding leaves
 * none, the place with the largest one.
 *
 * @param upto running sums, `[B, M]` or `[1, M]` @param mass `[B]` @param priorities of the shape of `upto`
 */
function firstBeyond(upto: Tensor, mass: Tensor, priorities: Tensor): Tensor {
  const lies = upto.greater(mass.unsqueeze(1)).logicalAnd(priorities.greater(0)); // [B, M]
  const first = lies.cast("uint8").argmax(1); // [B]
  return where(lies.any(1), first, priorities.argmax(1)); // [B]
}

/** Whether each index is the last of its equals, which lie side by side: bool `[B]`. */
function isLast(slots: Tensor): Tensor {
  const { size, device } = slots;
  const own = slots.slice([0, size - 1]);
  const differs = own.notEqual(slots.slice([1, size])); // [B - 1]
  return concat([differs, full([1], 1, { dtype: "bool", device })], 0);
}
