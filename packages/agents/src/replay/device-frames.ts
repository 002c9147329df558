/**
 * Frames of games that step together, in a ring of rows on the device: one row for every step of all games, so
 * that a frame is stored once however many stacks it is a part of.
 *
 *   table [S, n, F]   row t mod S: the newest frames of what the games show before step t
 *   finals [K, n, F]  the newest frames of the last observations of cut episodes
 *
 * Between two cuts of a game lie at least L steps, L the longest episode, so row floor(t / L) mod K holds the
 * final frame of a cut at step t until the step itself is overwritten; K = ceil(S / L) + 1.
 *
 * Legend: S rows, n games, F values of a frame, B slots. A slot is row * n + game.
 * Not here: which slots can be sampled (device-replay.ts).
 */
import type { ObservationSpec } from "@carom/envs";
import {
  arange,
  concat,
  type Device,
  type DType,
  minimum,
  scope,
  storeRow,
  type Tensor,
  where,
  zeros,
} from "@carom/tensor";
import { type FrameLayout, frameLayout, joinFrames, newestFrames } from "./frame-layout.js";

/** What a step of all games leaves behind, `[n, ...]` each. */
export interface FrameRows {
  /** What the games show next, `[n, O]`. */
  readonly observations: Tensor;
  /** The last observations of the episodes that have just ended. */
  readonly finalObservations: Tensor;
  /** uint8 `[n]`. */
  readonly terminated: Tensor;
  /** uint8 `[n]`. */
  readonly truncated: Tensor;
}

/** How much is kept. */
export interface DeviceFramesOptions {
  readonly spec: ObservationSpec;
  readonly device: Device;
  /** Rows of the ring, S. */
  readonly rows: number;
  /** Games, n. */
  readonly count: number;
  /** Frames in a stack. */
  readonly frames: number;
  /** Steps of the longest episode, L. */
  readonly longest: number;
}

/** See the head of the file. */
export class DeviceFrames {
  readonly layout: FrameLayout;
  /** Steps of the longest episode, L. */
  readonly longest: number;
  /** `[S, n, F]`. */
  readonly table: Tensor;
  /** `[K, n, F]`. */
  readonly finals: Tensor;
  /** int32 `[S, n]`: frames of the same episode before a row's, at most frames - 1; of stacks only. */
  readonly ages: Tensor | undefined;
  /** int32 `[n]`: those of the newest row. */
  readonly age: Tensor | undefined;
  private readonly options: DeviceFramesOptions;
  private readonly back: Tensor; // int32 [frames]: how far back each frame of a stack lies, oldest first

  /** @throws AgentError BAD_VALUE when the observations are no stacks of `frames`. */
  constructor(options: DeviceFramesOptions) {
    const { spec, device, rows, count, frames, longest } = options;
    this.options = options;
    this.longest = longest;
    this.layout = frameLayout(spec, frames);
    const { dtype, size } = this.layout;
    const make = (type: DType, ...shape: number[]): Tensor => zeros(shape, { dtype: type, device });
    this.table = make(dtype, rows, count, size);
    this.finals = make(dtype, Math.ceil(rows / longest) + 1, count, size);
    this.ages = frames > 1 ? make("int32", rows, count) : undefined;
    this.age = frames > 1 ? make("int32", count) : undefined;
    this.back = arange(frames - 1, -1, -1, { dtype: "int32", device });
  }

  /** Keeps what the games show where all of them begin an episode, in the row of step `head`. */
  begin(head: Tensor, observations: Tensor): void {
    this.age?.fill(0);
    this.keep(head, observations);
  }

  /** Keeps the final frames of the games that were cut in step `step`, int32 `[1]`. */
  keepFinals(step: Tensor, { finalObservations, truncated }: FrameRows): void {
    const { finals, layout } = this;
    scope(() => {
      const place = this.finalRow(step); // [1]
      const cut = truncated.notEqual(0).unsqueeze(1); // [n, 1]
      const before = finals.indexSelect(place).squeeze(0); // [n, F]
      storeRow(finals, place, where(cut, newestFrames(layout, finalObservations), before));
    });
  }

  /** Keeps what the games show after a step, in the row of the next step `head`. */
  follow(head: Tensor, { observations, terminated, truncated }: FrameRows): void {
    const { age, layout } = this;
    scope(() => {
      const hasEnded = terminated.notEqual(0).logicalOr(truncated.notEqual(0)); // [n]
      age?.copyFrom(where(hasEnded, 0, minimum(age.add(1), layout.frames - 1)));
      this.keep(head, observations);
    });
  }

  /** Observations of slots: `[B, ...shape]`, uint8 where the env's are, else float32. */
  stacks(slots: Tensor): Tensor {
    return scope(() => joinFrames(this.layout, this.framesOf(this.stackPlaces(slots)))); // [B * frames, F]
  }

  /**
   * The observations that follow on slots: the final ones where the episode was cut there.
   *
   * @param steps int32 `[B]`: which steps the slots hold
   * @param cut bool `[B]`
   */
  nextStacks(slots: Tensor, steps: Tensor, cut: Tensor): Tensor {
    const { layout } = this;
    const { count } = this.options;
    const { frames, size } = layout;
    const [batch] = slots.shape;
    return scope(() => {
      const following = this.framesOf(this.later(slots)); // [B, F]
      const games = slots.mod(count); // [B]
      const finals = this.finals.reshape([-1, size]); // [K * n, F]
      const final = finals.indexSelect(this.finalRow(steps).mul(count).add(games)); // [B, F]
      const newest = where(cut.unsqueeze(1), final, following); // [B, F]
      if (frames === 1) return joinFrames(layout, newest);
      // The stack at the slot without its oldest frame; at the start of an episode the first one goes twice.
      const places = this.stackPlaces(slots).reshape([batch, frames]).slice(null, [1, frames]); // [B, frames - 1]
      const older = this.framesOf(places.reshape([-1])).reshape([batch, frames - 1, size]);
      const all = concat([older, newest.unsqueeze(1)], 1); // [B, frames, F]
      return joinFrames(layout, all.reshape([batch * frames, size]));
    });
  }

  /** The slot one row later. */
  later(slots: Tensor): Tensor {
    const { rows, count } = this.options;
    return slots.add(count).mod(rows * count);
  }

  /** Frees the tensors. */
  dispose(): void {
    for (const owned of [this.table, this.finals, this.ages, this.age, this.back]) owned?.dispose();
  }

  private keep(head: Tensor, observations: Tensor): void {
    scope(() => {
      storeRow(this.table, head, newestFrames(this.layout, observations));
    });
    if (this.ages && this.age) storeRow(this.ages, head, this.age);
  }

  /** Rows of `finals` for cuts at `steps`, int32. */
  private finalRow(steps: Tensor): Tensor {
    return steps.floorDivide(this.longest).mod(this.finals.shape[0]);
  }

  /** Slots of the frames that are seen at `slots`, oldest first: `[B * frames]`. */
  private stackPlaces(slots: Tensor): Tensor {
    if (this.ages === undefined) return slots;
    const { rows, count } = this.options;
    const ages = this.ages.reshape([-1]).indexSelect(slots).unsqueeze(1); // [B, 1]
    const back = minimum(this.back, ages).mul(count); // [B, frames]
    return slots
      .unsqueeze(1)
      .sub(back)
      .mod(rows * count)
      .reshape([-1]);
  }

  private framesOf(slots: Tensor): Tensor {
    return this.table.reshape([-1, this.layout.size]).indexSelect(slots);
  }
}
