/**
 * Which actions were allowed in the transitions of a replay memory: a second memory in step with it, whose
 * observations are the masks. So masks are stored, cut at the ends of episodes and saved as observations
 * are. Of the final observation of a cut episode no mask is known: all actions count as allowed there.
 */
import type { VectorEnv } from "@carom/envs";
import type { Tensor } from "@carom/tensor";
import { Replay, type ReplayOptions } from "../replay/replay.js";
import type { ReplayState } from "../replay/saved-replay.js";

/** What `finish` reads of an env. */
type Outcome = Pick<VectorEnv, "rewards" | "terminated" | "truncated">;

/** Masks of transitions. */
export class MaskMemory {
  private readonly memory: Replay;
  private readonly masks: Uint8Array; // [count, A], what the env allows now
  private readonly finalMasks: Uint8Array; // [count, A], all 1

  /** @param options of the replay memory that it goes with @param masks of its env, `[count, A]` */
  constructor(options: ReplayOptions, masks: Uint8Array) {
    const { spec, count } = options.env;
    const size = masks.length / count;
    const observation = { size, shape: [size], dtype: "uint8" } as const;
    const env = { spec: { ...spec, observation }, count };
    this.memory = new Replay({ ...options, env, frames: 1 });
    this.masks = masks;
    this.finalMasks = new Uint8Array(masks.length).fill(1);
  }

  /** As `Replay.begin`. */
  begin({ actions }: Pick<VectorEnv, "actions">): void {
    this.memory.begin({ observations: this.masks, actions });
  }

  /** As `Replay.finish`. */
  finish({ rewards, terminated, truncated }: Outcome): void {
    const { masks: observations, finalMasks: finalObservations } = this;
    this.memory.finish({ observations, finalObservations, rewards, terminated, truncated });
  }

  /** Makes the masks of the transitions in these slots the batch. */
  load(slots: Int32Array): void {
    this.memory.load(slots);
  }

  /** bool `[B, A]`: what was allowed with the observations of the batch. Call it inside a recording. */
  allowed(): Tensor {
    return this.memory.observation().notEqual(0);
  }

  /** bool `[B, A]`: the same with the next observations. */
  nextAllowed(): Tensor {
    return this.memory.nextObservation().notEqual(0);
  }

  /** All that decides what will be read. */
  save(): ReplayState {
    return this.memory.save();
  }

  /** Goes on from a saved memory. @throws AgentError FOREIGN_STATE */
  restore(state: ReplayState): void {
    this.memory.restore(state);
  }

  /** Frees the tensors; idempotent. */
  dispose(): void {
    this.memory.dispose();
  }
}
