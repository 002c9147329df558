/**
 * optimizer: what all optimisers over a flat parameter buffer have in common.
 *
 * All state lives on the device, so a recorded training step needs nothing from JavaScript. Learning
 * rate and the other numbers lie in a small tensor that may be rewritten between replays.
 */
import { full, keep, type Tensor, tensor } from "@carom/tensor";
import { NnError } from "./errors.js";
import type { ParameterBuffer } from "./parameter-buffer.js";
import type { SafetensorsTensor } from "./safetensors.js";

/** Everything that an optimiser has learned: numbers and averages by name. */
export type OptimizerState = Readonly<Record<string, number | Float32Array>>;

/** An optimiser, for code that takes any. Its tensors are exempt from scopes. */
export interface Optimizer {
  /** The parameters that it updates. */
  readonly buffer: ParameterBuffer;
  /** Norm of the latest gradient before clipping, [1]; not finite if that step was skipped. */
  readonly gradNorm: Tensor;
  /** One step along gradients as `valueAndGrad(..., buffer.tensors)` returns them. */
  step(gradients: readonly Tensor[]): void;
  /** Changes hyper-parameters from the next step (or replay) on. Not inside `capture`. */
  configure(options: { lr?: number; maxGradNorm?: number }): void;
  /** A copy of the state, for saving. Not inside `capture`. */
  state(): OptimizerState;
  /** Puts a saved state back. Not inside `capture`. */
  restore(state: OptimizerState): void;
  /** Frees the state, not the parameters. Idempotent. */
  dispose(): void;
}

/** An optimiser's state as tensors by name, what safetensors files hold. Not inside `capture`. */
export function saveOptimizer(optimizer: Optimizer): Record<string, SafetensorsTensor> {
  const out: Record<string, SafetensorsTensor> = {};
  for (const [name, value] of Object.entries(optimizer.state())) {
    out[name] =
      typeof value === "number"
        ? { dtype: "float64", shape: [], data: Float64Array.of(value) }
        : { dtype: "float32", shape: [value.length], data: value };
  }
  return out;
}

/** Puts a state from {@link saveOptimizer} back. Not inside `capture`. */
export function loadOptimizer(
  optimizer: Optimizer,
  tensors: Readonly<Record<string, SafetensorsTensor>>,
): void {
  const state: Record<string, number | Float32Array> = {};
  for (const [name, { data, shape }] of Object.entries(tensors)) {
    if (data instanceof Float32Array) state[name] = data;
    else if (data instanceof Float64Array && shape.length === 0) state[name] = data[0];
    else mismatch("loadOptimizer", `"${name}" is neither a number nor an average`);
  }
  optimizer.restore(state);
}

/** The tensors that an optimiser keeps. Internal. */
export class OptimizerSlots {
  readonly buffer: ParameterBuffer;
  /** The gradient in one piece, [P]. */
  readonly gradient: Tensor;
  /** Averages by name, each [P], 0 at first. */
  readonly averages: Readonly<Record<string, Tensor>>;
  /** Steps taken, int32 [1]; part of the state where the optimiser counts them. */
  readonly step: Tensor;
  readonly gradNorm: Tensor;
  readonly hyper: Tensor;
  readonly #name: string;
  readonly #counted: boolean;
  readonly #gradientViews: readonly Tensor[];

  constructor(
    name: string,
    buffer: ParameterBuffer,
    sizes: Readonly<Record<string, number>>,
    hyper: Float32Array,
    counted = true,
  ) {
    const { device } = buffer.flat;
    const flat = (size: number) => keep(full([size], 0, { device }));
    this.#name = name;
    this.#counted = counted;
    this.buffer = buffer;
    this.gradient = flat(buffer.size);
    this.#gradientViews = buffer.viewsOf(this.gradient);
    this.averages = Object.fromEntries(
      Object.entries(sizes).map(([average, size]) => [average, flat(size)]),
    );
    this.step = keep(full([1], 0, { device, dtype: "int32" }));
    this.gradNorm = flat(1);
    this.hyper = keep(tensor(hyper, { device }));
  }

  /** Copies the gradients into the flat one. */
  gather(gradients: readonly Tensor[]): void {
    const views = this.#gradientViews;
    if (gradients.length !== views.length) {
      mismatch(
        `${this.#name}.step`,
        `needs one gradient per parameter (got ${gradients.length}, expected ${views.length})`,
      );
    }
    for (let i = 0; i < gradients.length; i++) views[i].copyFrom(gradients[i]);
  }

  state(): Record<string, number | Float32Array> {
    const averages = Object.entries(this.averages).map(([name, average]) => {
      return [name, Float32Array.from(average.toTypedArray())] as const;
    });
    const count = this.#counted ? { step: this.step.item() } : {};
    return { ...count, ...Object.fromEntries(averages) };
  }

  restore(state: OptimizerState): void {
    const where = `${this.#name}.restore`;
    const step = this.#counted ? state["step"] : 0;
    if (typeof step !== "number") mismatch(where, "the state has no number of steps");
    const entries = Object.entries(this.averages).map(([name, average]) => {
      const values = state[name];
      if (!(values instanceof Float32Array) || values.length !== average.size) {
        const got = values instanceof Float32Array ? `${values.length} values` : typeof values;
        mismatch(
          where,
          `the state is of another model (got ${got} of ${name}, expected ${average.size})`,
        );
      }
      return { average, values };
    });
    for (const { average, values } of entries) average.write(values);
    this.step.write(Int32Array.of(step));
  }

  dispose(): void {
    const own = [this.gradient, ...Object.values(this.averages), this.step];
    for (const x of [...this.#gradientViews, ...own, this.gradNorm, this.hyper]) x.dispose();
  }
}

/** Refuses hyper-parameters that are negative, NaN or, for those in `shares`, 1 and above. */
export function checkHyper<H extends object>(
  where: string,
  values: H,
  shares: readonly string[],
): H {
  for (const [name, value] of Object.entries(values)) {
    const limit = shares.includes(name) ? 1 : Infinity;
    if (typeof value === "number" && !(value >= 0 && value < limit)) {
      throw new NnError(
        "INVALID_ARGUMENT",
        where,
        `${name} is out of range (got ${value}, expected 0 <= ${name} < ${limit})`,
      );
    }
  }
  return values;
}

function mismatch(where: string, problem: string): never {
  throw new NnError("PARAMETER_MISMATCH", where, problem);
}
