/** Wrappers of actions on a GPU: sticky actions and action masks, with the chance of those of @carom/envs. */
import { actionWidth, type VectorEnvState } from "@carom/envs";
import type { Tensor } from "@carom/tensor";
import { GpuLayer, type LayerOptions, plainPart, type SavedPart, wordsPart } from "./env.js";
import type { GameRows, StepRows } from "./tensors.js";

/** Sticky actions: with `probability` the game plays the last action again. Or action masks, by the kernel's name. */
export class ActionLayer extends GpuLayer {
  private readonly kernel: "carom_sticky" | "carom_mask_actions";
  private readonly probability: number;
  private readonly actions: Tensor; // as given
  private readonly randoms: Tensor; // int32 [n, 4]
  private readonly idle: Tensor; // [A]
  private readonly width: number;

  /** @param probability of sticky actions; undefined for masks */
  constructor(options: LayerOptions, probability?: number) {
    super(options);
    this.kernel = probability === undefined ? "carom_mask_actions" : "carom_sticky";
    this.probability = probability ?? 0;
    const { dtype, shape } = this.inner.rows.actions;
    this.actions = this.make(dtype, ...shape);
    this.randoms = this.make("int32", this.count, 4);
    this.width = actionWidth(this.spec.actions);
    this.idle = this.make(dtype, this.width);
    const { idle = 0 } = this.spec;
    if (typeof idle === "number") this.idle.fill(idle);
    else if (idle !== "last") {
      this.idle.write(dtype === "int32" ? Int32Array.from(idle) : Float32Array.from(idle));
    }
  }

  override step(rows: StepRows = {}): void {
    this.choose(rows, true);
    this.inner.step(this.passed(rows));
  }

  override save(): VectorEnvState {
    this.choose({}, false);
    return super.save();
  }

  protected override replaced(): Partial<GameRows> {
    return { actions: this.actions };
  }

  protected override saved(): Record<string, SavedPart> {
    const own = { actions: plainPart(this.actions), randoms: wordsPart(this.randoms) };
    const previous = { previous: plainPart(this.inner.rows.actions) };
    return this.kernel === "carom_sticky" ? { ...own, ...previous } : own;
  }

  /** What is played instead of what was given; or only what begins with an episode. */
  private choose(rows: StepRows, draws: boolean): void {
    const { core, count } = this;
    const masks = rows.masks ?? core.rows.masks;
    this.launch(this.kernel, count, [
      { integer: count },
      { integer: this.depth },
      { reads: core.tensors.keys },
      { reads: core.tensors.counts },
      { writes: this.randoms },
      { reads: rows.actions ?? this.actions },
      { writes: this.inner.rows.actions },
      { integer: this.width },
      { reads: this.idle },
      { float64: this.probability },
      masks ? { reads: masks } : { integer: 0 },
      { integer: masks ? masks.size / count : 0 },
      { integer: draws ? 1 : 0 },
      rows.skip ? { reads: rows.skip } : { integer: 0 },
    ]);
  }
}
