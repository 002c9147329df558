/**
 * Wrappers with running statistics on a GPU. They add in another order than those of @carom/envs, so what they show
 * differs in the last bits; the same games give the same bits every time.
 */
import type {
  NormalizeObservationsOptions,
  NormalizeReturnsOptions,
  VectorEnvState,
} from "@carom/envs";
import type { Tensor } from "@carom/tensor";
import { GpuLayer, type LayerOptions, plainPart, type SavedPart } from "./env.js";
import type { GameRows, StepRows } from "./tensors.js";

const MOMENT_THREADS = 256;

/** A layer with moments of `size` entries. */
abstract class MomentsLayer extends GpuLayer {
  protected readonly moments: Tensor; // float64 [3, size]: rows so far, mean, spread
  private readonly isFrozen: boolean;

  constructor(options: LayerOptions, size: number, isFrozen: boolean) {
    super(options);
    this.moments = this.make("float64", 3, size);
    this.isFrozen = isFrozen;
  }

  protected learn(kernel: string, rows: Tensor): void {
    if (this.isFrozen) return;
    const size = this.moments.shape[1];
    // One block per entry.
    this.launch(kernel, size * MOMENT_THREADS, [
      { reads: rows },
      { integer: this.count },
      { integer: size },
      { writes: this.moments },
    ]);
  }

  protected override averaged(): Record<string, SavedPart> {
    return this.momentParts();
  }

  protected momentParts(): Record<string, SavedPart> {
    const size = this.moments.shape[1];
    const part = (at: number, length: number): SavedPart => ({
      read: () => this.moments.toTypedArray().slice(at * size, at * size + length),
      write: (values) => {
        const all = this.moments.toTypedArray();
        if (at === 0) all.fill(values[0], 0, size);
        else all.set(values, at * size);
        this.moments.write(all);
      },
    });
    return { count: part(0, 1), mean: part(1, size), spread: part(2, size) };
  }
}

/** Observations with mean 0 and variance 1, entry by entry, clipped. */
export class NormalizeObservationsLayer extends MomentsLayer {
  private readonly clip: number;
  private readonly epsilon: number;
  private readonly observations: Tensor;
  private readonly finalObservations: Tensor;
  private readonly kind: "floats" | "bytes";

  constructor(options: LayerOptions, settings: NormalizeObservationsOptions) {
    const { clip = 10, epsilon = 1e-8, frozen = false } = settings;
    super(options, options.spec.observation.size, frozen);
    this.clip = clip;
    this.epsilon = epsilon;
    const { size } = this.spec.observation;
    this.observations = this.make("float32", this.count, size);
    this.finalObservations = this.make("float32", this.count, size);
    this.kind = this.inner.rows.observations.dtype === "uint8" ? "bytes" : "floats";
  }

  override reset(rows: StepRows = {}): void {
    super.reset(rows);
    this.show(rows);
  }

  override step(rows: StepRows = {}): void {
    this.inner.step(this.passed(rows));
    this.show(rows);
    const { finalObservations, terminated, truncated } = this.inside(rows);
    const out = rows.finalObservations ?? this.finalObservations;
    this.write(finalObservations, out, { terminated, truncated });
  }

  override save(): VectorEnvState {
    this.write(this.inner.rows.observations, this.observations);
    return super.save();
  }

  protected override replaced(): Partial<GameRows> {
    const { observations, finalObservations } = this;
    return { observations, finalObservations };
  }

  protected override saved(): Record<string, SavedPart> {
    const { observations, finalObservations } = this;
    const rows = {
      observations: plainPart(observations),
      finalObservations: plainPart(finalObservations),
    };
    return { ...rows, ...this.momentParts() };
  }

  private show(rows: StepRows): void {
    const { observations } = this.inside(rows);
    this.learn(`carom_moments_${this.kind}`, observations);
    this.write(observations, rows.observations ?? this.observations);
  }

  private write(
    from: Tensor,
    out: Tensor,
    ends?: Pick<GameRows, "terminated" | "truncated">,
  ): void {
    this.launch(`carom_normal_${this.kind}`, from.size, [
      { reads: from },
      { writes: out },
      { integer: this.count },
      { integer: from.size / this.count },
      { reads: this.moments },
      { float64: this.epsilon },
      { float64: this.clip },
      ends ? { reads: ends.terminated } : { integer: 0 },
      ends ? { reads: ends.truncated } : { integer: 0 },
    ]);
  }
}

/** Rewards divided by the spread of the discounted return, clipped. */
export class NormalizeReturnsLayer extends MomentsLayer {
  private readonly gamma: number;
  private readonly clip: number;
  private readonly epsilon: number;
  private readonly rewards: Tensor;
  private readonly running: Tensor; // float64 [n]

  constructor(options: LayerOptions, settings: NormalizeReturnsOptions) {
    const { gamma = 0.99, clip = 10, epsilon = 1e-8, frozen = false } = settings;
    super(options, 1, frozen);
    this.gamma = gamma;
    this.clip = clip;
    this.epsilon = epsilon;
    this.rewards = this.make("float32", this.count);
    this.running = this.make("float64", this.count);
  }

  override reset(rows: StepRows = {}): void {
    super.reset(rows);
    this.running.fill(0);
  }

  override step(rows: StepRows = {}): void {
    this.inner.step(this.passed(rows));
    this.change(rows, true);
    this.learn("carom_moments_doubles", this.running);
    this.change(rows, false);
  }

  protected override replaced(): Partial<GameRows> {
    return { rewards: this.rewards };
  }

  protected override saved(): Record<string, SavedPart> {
    const { rewards, running } = this;
    return { rewards: plainPart(rewards), ...this.momentParts(), running: plainPart(running) };
  }

  /** Adds the rewards to the running returns, or divides them. */
  private change(rows: StepRows, adds: boolean): void {
    const { rewards, terminated, truncated } = this.inside(rows);
    this.launch("carom_returns", this.count, [
      { integer: this.count },
      { reads: rewards },
      { writes: rows.rewards ?? this.rewards },
      { writes: this.running },
      { reads: this.moments },
      { float64: this.gamma },
      { float64: this.epsilon },
      { float64: this.clip },
      { reads: terminated },
      { reads: truncated },
      { integer: adds ? 1 : 0 },
    ]);
  }
}
