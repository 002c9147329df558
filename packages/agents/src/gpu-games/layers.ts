/** Wrappers of ends, rewards and observations on a GPU: time limits, lives, frame skip, frame stacks, scaled rewards. */
import type { Tensor } from "@carom/tensor";
import { GpuLayer, type LayerOptions, plainPart, type SavedPart, wordsPart } from "./env.js";
import type { GameRows, StepRows } from "./tensors.js";

/** A wrapper that only says something else of the same numbers: flatten. */
export class PlainLayer extends GpuLayer {
  override step(rows: StepRows = {}): void {
    this.inner.step(rows);
  }
}

/** A time limit: the kernels of the games cut for it (`cutAfter`), so here is only what a state says of it. */
export class TimeLimitLayer extends PlainLayer {
  protected override saved(): Record<string, SavedPart> {
    const { lengths } = this.core.tensors;
    const { framesPerStep } = this;
    const read = (): Int32Array =>
      Int32Array.from(lengths.toTypedArray(), (length) => Math.ceil(length / framesPerStep));
    return { ages: { read, write: () => undefined } };
  }
}

/**
 * The other side of a game of two: the kernels of the games play it, so here is only what a state says of it. What is
 * outside of the wrapper on the processor is all that a GPU has, so a saved state says it of the inside too.
 */
export class OpponentLayer extends PlainLayer {
  protected override saved(): Record<string, SavedPart> {
    const { tensors } = this.core;
    const { sides, chance, scores } = tensors;
    if (!(sides && chance && scores)) return {};
    const names = ["actions", "rewards", "terminated", "truncated", "finalObservations"] as const;
    const ends = ["episodeReturn", "episodeLength"] as const;
    const outside = [...names, ...ends].map((name) => [name, plainPart(tensors[name])]);
    return {
      ...Object.fromEntries(outside),
      ...{ sides: plainPart(sides), randoms: wordsPart(chance) },
      ...{ returns: rowPart(scores, 0), owed: rowPart(scores, 1) },
    };
  }
}

/** A row of a matrix. */
function rowPart(all: Tensor, row: number): SavedPart {
  const width = all.shape[1];
  return {
    read: () => all.toTypedArray().slice(row * width, (row + 1) * width),
    write: (values) => {
      const written = all.toTypedArray();
      written.set(values, row * width);
      all.write(written);
    },
  };
}

/** Rewards, scaled or clipped. */
export class RewardLayer extends GpuLayer {
  private readonly rewards: Tensor;
  private readonly factor: number;
  private readonly bound: number;

  constructor(options: LayerOptions, change: { factor?: number; bound?: number }) {
    super(options);
    const { factor = 1, bound = Number.POSITIVE_INFINITY } = change;
    this.rewards = this.make("float32", this.count);
    this.factor = factor;
    this.bound = bound;
  }

  override step(rows: StepRows = {}): void {
    this.inner.step(this.passed(rows));
    this.launch("carom_rewards", this.count, [
      { integer: this.count },
      { reads: this.inside(rows).rewards },
      { writes: rows.rewards ?? this.rewards },
      { float64: this.factor },
      { float64: this.bound },
    ]);
  }

  protected override replaced(): Partial<GameRows> {
    return { rewards: this.rewards };
  }

  protected override saved(): Record<string, SavedPart> {
    return { rewards: plainPart(this.rewards) };
  }
}

/** A lost life is the end of an episode for the learner, while the game goes on. */
export class EpisodicLifeLayer extends GpuLayer {
  private readonly lives: Tensor; // of the games
  private readonly left: Tensor; // int32 [n]
  private readonly terminated: Tensor;
  private readonly finalRows: Tensor;

  constructor(options: LayerOptions, lives: Tensor) {
    super(options);
    const { dtype, shape } = this.inner.rows.finalObservations;
    this.lives = lives;
    this.left = this.make("int32", this.count);
    this.terminated = this.make("uint8", this.count);
    this.finalRows = this.make(dtype, ...shape);
  }

  override reset(rows: StepRows = {}): void {
    super.reset(rows);
    this.lose(rows, true);
  }

  override step(rows: StepRows = {}): void {
    this.inner.step(this.passed(rows));
    this.lose(rows, false);
  }

  protected override replaced(): Partial<GameRows> {
    return { terminated: this.terminated, finalObservations: this.finalRows };
  }

  protected override saved(): Record<string, SavedPart> {
    const { terminated, finalRows, left } = this;
    return {
      ...{ terminated: plainPart(terminated), finalObservations: plainPart(finalRows) },
      left: plainPart(left),
    };
  }

  private lose(rows: StepRows, begins: boolean): void {
    const { terminated, truncated, observations, finalObservations } = this.inside(rows);
    const bytesOfEntry = observations.dtype === "uint8" ? 1 : 4;
    this.launch("carom_lose_life", this.count, [
      { integer: this.count },
      { reads: this.lives },
      { writes: this.left },
      ...[terminated, truncated].map((reads) => ({ reads })),
      { writes: rows.terminated ?? this.terminated },
      { integer: (observations.size / this.count) * bytesOfEntry },
      ...[observations, finalObservations].map((reads) => ({ reads })),
      { writes: rows.finalObservations ?? this.finalRows },
      { integer: begins ? 1 : 0 },
    ]);
  }
}

/** Each action for several decisions; of pictures the brighter ones of the last two. */
export class FrameSkipLayer extends GpuLayer {
  private readonly frames: number;
  private readonly rewards: Tensor;
  private readonly sums: Tensor; // float64 [n]
  private readonly skip: Tensor; // uint8 [n]
  private readonly earlier: Tensor | undefined; // the picture before the last one
  private readonly brighter: Tensor | undefined;

  constructor(options: LayerOptions, frames: number, isMaximum: boolean) {
    super(options);
    this.frames = frames;
    this.rewards = this.make("float32", this.count);
    this.sums = this.make("float64", this.count);
    this.skip = this.make("uint8", this.count);
    const { shape } = this.inner.rows.observations;
    if (!isMaximum || frames === 1) return;
    this.earlier = this.make("uint8", ...shape);
    this.brighter = this.make("uint8", ...shape);
  }

  override get framesPerStep(): number {
    return this.frames * this.inner.framesPerStep;
  }

  override reset(rows: StepRows = {}): void {
    super.reset(rows);
    if (this.brighter) (rows.observations ?? this.brighter).copyFrom(this.inner.rows.observations);
  }

  override step(rows: StepRows = {}): void {
    const { frames, earlier, skip } = this;
    this.add(rows, true);
    for (let frame = 1; frame <= frames; frame++) {
      const isEarlier = earlier !== undefined && frame === frames - 1;
      const isShown = frame === frames || isEarlier;
      const own = isEarlier ? { observations: earlier } : {};
      this.inner.step({ ...this.passed(rows), ...own, skip, isShown });
      this.add(rows, false);
    }
    if (earlier && this.brighter) this.raise(earlier, rows.observations ?? this.brighter);
  }

  protected override replaced(): Partial<GameRows> {
    const { rewards, brighter } = this;
    return brighter ? { rewards, observations: brighter } : { rewards };
  }

  protected override saved(): Record<string, SavedPart> {
    const own = { rewards: plainPart(this.rewards) };
    return this.brighter ? { ...own, observations: plainPart(this.brighter) } : own;
  }

  /** Adds the rewards of a decision and marks the games whose episode has ended; or begins. */
  private add(rows: StepRows, begins: boolean): void {
    const { terminated, truncated, rewards } = this.inside(rows);
    this.launch("carom_add_frame", this.count, [
      { integer: this.count },
      ...[rewards, terminated, truncated].map((reads) => ({ reads })),
      { writes: this.sums },
      { writes: rows.rewards ?? this.rewards },
      { writes: this.skip },
      { integer: begins ? 1 : 0 },
    ]);
  }

  private raise(earlier: Tensor, out: Tensor): void {
    const later = this.inner.rows.observations;
    this.launch("carom_maximum", later.size, [
      { integer: later.size },
      { integer: later.size / this.count },
      { reads: earlier },
      { reads: later },
      { writes: out },
      { reads: this.skip },
    ]);
  }
}

/** The last observations together, oldest first. */
export class FrameStackLayer extends GpuLayer {
  private readonly frames: number;
  private readonly run: number;
  private readonly stack: Tensor;
  private readonly finalStack: Tensor;

  constructor(options: LayerOptions, frames: number) {
    super(options);
    this.frames = frames;
    const { shape, size } = this.inner.spec.observation;
    this.run = shape.length === 3 ? shape[2] : size;
    const { dtype } = this.inner.rows.observations;
    this.stack = this.make(dtype, this.count, size * frames);
    this.finalStack = this.make(dtype, this.count, size * frames);
  }

  override reset(rows: StepRows = {}): void {
    super.reset(rows);
    this.push(rows, true);
  }

  override step(rows: StepRows = {}): void {
    this.inner.step(this.passed(rows));
    this.push(rows, false);
  }

  protected override replaced(): Partial<GameRows> {
    return { observations: this.stack, finalObservations: this.finalStack };
  }

  protected override saved(): Record<string, SavedPart> {
    const { stack, finalStack } = this;
    return { observations: plainPart(stack), finalObservations: plainPart(finalStack) };
  }

  private push(rows: StepRows, begins: boolean): void {
    const { observations, finalObservations, terminated, truncated } = this.inside(rows);
    const pieces = observations.size / this.run;
    const kernel = observations.dtype === "uint8" ? "carom_stack_bytes" : "carom_stack_floats";
    this.launch(kernel, pieces, [
      { integer: pieces },
      { integer: pieces / this.count },
      { integer: this.run },
      { integer: this.frames },
      { reads: observations },
      { reads: finalObservations },
      { writes: this.stack },
      { writes: rows.finalObservations ?? this.finalStack },
      rows.observations ? { writes: rows.observations } : { integer: 0 },
      { reads: terminated },
      { reads: truncated },
      { integer: begins ? 1 : 0 },
    ]);
  }
}
