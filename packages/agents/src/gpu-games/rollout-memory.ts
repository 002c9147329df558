/**
 * What policies with memory remember during a rollout of games on a GPU: the state of every game's memory, and what the
 * learner needs of it. All methods but those of saving can be recorded.
 * Legend: n games, S state size of the core.
 */
import { type Device, keep, logicalOr, type Tensor, where, zeros } from "@carom/tensor";
import type { Memory } from "../actor-critic.js";

/** See the head of the file. */
export class RolloutMemory {
  /** Before the first step of the rollout, `[n, S]`. */
  readonly first: Tensor;
  /** uint8 `[n]`: 1 where an episode begins with the next step. */
  readonly starts: Tensor;
  private readonly state: Tensor; // [n, S]
  private readonly atCut: Tensor; // [n, S]: after the last step of an episode that a time limit cut
  private readonly none: Tensor; // uint8 [1, n]

  constructor(count: number, size: number, device: Device) {
    const states = (): Tensor => keep(zeros([count, size], { device }));
    this.first = states();
    this.state = states();
    this.atCut = states();
    this.starts = keep(zeros([count], { dtype: "uint8", device }));
    this.none = keep(zeros([1, count], { dtype: "uint8", device }));
    this.reset();
  }

  /** Every game begins an episode. */
  reset(): void {
    this.state.fill(0);
    this.starts.fill(1);
  }

  /** A rollout begins. */
  begin(): void {
    this.first.copyFrom(this.state);
    this.atCut.fill(0);
  }

  /** What the network reads for the next step. */
  now(): Memory {
    return { state: this.state, reset: this.starts.reshape([1, -1]).notEqual(0) };
  }

  /** What it reads for the last observation of an episode that a time limit has just cut, where nothing begins. */
  afterStep(): Memory {
    return { state: this.state, reset: this.none.notEqual(0) };
  }

  /** The same for those that `keepCut` has kept. */
  afterCut(): Memory {
    return { state: this.atCut, reset: this.none.notEqual(0) };
  }

  /** The network has read a step's observations. @param state after that, `[n, S]` */
  remember(state: Tensor): void {
    this.state.copyFrom(state);
  }

  /** The games have stepped. @param terminated what ended, as `truncated` uint8 `[n]` */
  step(terminated: Tensor, truncated: Tensor): void {
    const ended = logicalOr(terminated.notEqual(0), truncated.notEqual(0));
    this.starts.copyFrom(ended.cast("uint8"));
  }

  /** Keeps the memory of games that a time limit has just cut. @param cut bool `[n, 1]` */
  keepCut(cut: Tensor): void {
    this.atCut.copyFrom(where(cut, this.state, this.atCut));
  }

  /** For saving. */
  save(): { memory: Float32Array; starts: Uint8Array } {
    return {
      memory: Float32Array.from(this.state.toTypedArray()),
      starts: Uint8Array.from(this.starts.toTypedArray()),
    };
  }

  /** Goes on from there. */
  restore({ memory, starts }: { memory: Float32Array; starts: Uint8Array }): void {
    this.state.write(memory);
    this.starts.write(starts);
  }

  /** Frees its memory. */
  dispose(): void {
    for (const one of [this.first, this.state, this.atCut, this.starts, this.none]) one.dispose();
  }
}
