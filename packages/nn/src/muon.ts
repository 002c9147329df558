/**
 * muon: momentum whose step on each weight matrix is brought close to an orthogonal matrix, and AdamW for
 * all other parameters (Jordan et al. 2024).
 *
 *   g = gradient * min(1, maxGradNorm / (norm + 1e-6))
 *   momentum = beta momentum + (1 - beta) g,   u = nesterov ? (1 - beta) g + beta momentum : momentum
 *   W = W (1 - lr weightDecay) - lr sqrt(max(1, rows / columns)) newtonSchulz(u)
 *
 * A matrix is a parameter of two or more dimensions, the first being its rows. Which ones take part is
 * up to `matrices`: by custom not embeddings nor the last layer. Matrices of one shape share one batched
 * Newton-Schulz iteration. The rest lies in a flat copy of its own, on which clipAdam runs.
 *
 * A gradient whose norm is not finite skips the step: only gradNorm is written then.
 */
import {
  type AdamHyper,
  adamHyper,
  clipAdam,
  full,
  keep,
  maximum,
  newtonSchulz,
  scope,
  stack,
  type Tensor,
  tensor,
  where,
} from "@carom/tensor";
import { checkHyper, type Optimizer, OptimizerSlots, type OptimizerState } from "./optimizer.js";
import type { ParameterBuffer, ParameterSlot } from "./parameter-buffer.js";

/** Hyper-parameters of {@link Muon}. */
export interface MuonHyper {
  /** Learning rate of the matrices, in units of their spectral norm. */
  lr: number;
  /** What is kept of the momentum, per step. */
  momentum: number;
  /** Decoupled weight decay of the matrices, per step and unit of lr. */
  weightDecay: number;
  /** Largest global norm of the gradient of all parameters; 0 turns clipping off. */
  maxGradNorm: number;
  /** Learning rate of the rest. */
  adamLr: number;
  /** Decay of the rest's first moment, per step. */
  beta1: number;
  /** Decay of the rest's second moment, per step. */
  beta2: number;
  /** Added to the square root of the rest's second moment. */
  eps: number;
  /** Decoupled weight decay of the rest, per step and unit of adamLr. */
  adamWeightDecay: number;
}

/** Options of {@link Muon}. */
export interface MuonOptions extends Partial<MuonHyper> {
  /** Look ahead along the momentum. Default true; fixed. */
  nesterov?: boolean;
  /** Newton-Schulz iterations. Default 5; fixed. */
  iterations?: number;
  /** Whether a parameter of two or more dimensions is one of the matrices. Default: all are. */
  matrices?: (slot: ParameterSlot) => boolean;
}

/** Defaults of {@link Muon}: its authors', with PyTorch's AdamW beside it. */
export const muonDefaults: MuonHyper = {
  lr: 0.02,
  momentum: 0.95,
  weightDecay: 0,
  maxGradNorm: 0,
  adamLr: 3e-4,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-10,
  adamWeightDecay: 0,
};

const shares = ["momentum", "beta1", "beta2"];

/** What one matrix needs. */
interface Matrix {
  readonly slot: ParameterSlot;
  /** [rows, columns], views of parameters, gradient and momentum. */
  readonly params: Tensor;
  readonly gradient: Tensor;
  readonly momentum: Tensor;
}

/** A piece of the parameters that AdamW updates, and its place in the flat copy. */
interface Piece {
  readonly params: Tensor;
  readonly gradient: Tensor;
  readonly paramsCopy: Tensor;
  readonly gradientCopy: Tensor;
}

/** The optimiser. Its tensors are exempt from scopes; dispose of it by hand. */
export class Muon implements Optimizer {
  /** The parameters that it updates. */
  readonly buffer: ParameterBuffer;
  /** Norm of the latest gradient before clipping, [1]; not finite if that step was skipped. */
  readonly gradNorm: Tensor;
  /** Names of the parameters that are treated as matrices. */
  readonly matrixNames: readonly string[];
  readonly #slots: OptimizerSlots;
  readonly #nesterov: boolean;
  readonly #iterations: number;
  /** Matrices by shape. */
  readonly #groups: readonly (readonly Matrix[])[];
  readonly #rest: readonly Piece[];
  readonly #adam: AdamTensors | undefined;
  readonly #views: Tensor[] = [];
  #values: MuonHyper;

  constructor(buffer: ParameterBuffer, options: MuonOptions = {}) {
    const { nesterov = true, iterations = 5, matrices = () => true, ...hyper } = options;
    this.buffer = buffer;
    this.#nesterov = nesterov;
    this.#iterations = iterations;
    this.#values = checkHyper("Muon", { ...muonDefaults, ...hyper }, shares);
    const chosen = buffer.slots.filter((slot) => slot.shape.length >= 2 && matrices(slot));
    const others = buffer.slots.filter((slot) => !chosen.includes(slot));
    this.matrixNames = chosen.map(({ name }) => name);
    const restSize = others.reduce((sum, { size }) => sum + size, 0);
    const sizes = { momentum: buffer.size - restSize, m: restSize, v: restSize };
    this.#slots = new OptimizerSlots("Muon", buffer, sizes, muonHyper(this.#values));
    this.gradNorm = this.#slots.gradNorm;
    this.#groups = this.#matrixViews(chosen);
    this.#adam = restSize === 0 ? undefined : adamTensors(buffer, restSize, this.#values);
    this.#rest = this.#adam === undefined ? [] : this.#restViews(others, this.#adam);
  }

  /** The present hyper-parameters. */
  get options(): Readonly<MuonHyper> {
    return this.#values;
  }

  /** Changes hyper-parameters from the next step (or replay) on. Not inside `capture`. */
  configure(options: Partial<MuonHyper>): void {
    this.#values = checkHyper("Muon", { ...this.#values, ...options }, shares);
    this.#slots.hyper.write(muonHyper(this.#values));
    this.#adam?.hyper.write(adamHyper(adamValues(this.#values)));
  }

  /** One step along gradients as `valueAndGrad(..., buffer.tensors)` returns them. */
  step(gradients: readonly Tensor[]): void {
    this.#slots.gather(gradients);
    scope(() => {
      const { gradient, hyper, gradNorm } = this.#slots;
      gradNorm.copyFrom(gradient.square().sum().sqrt().reshape([1]));
      const maxNorm = hyper.slice([3, 4]); // [1]
      const limited = maximum(gradNorm.add(1e-6).div(maxNorm), 1).reciprocal();
      const factor = where(maxNorm.greater(0), limited, 1); // [1]
      const sound = gradNorm.isFinite(); // bool [1]
      gradient.copyFrom(gradient.mul(where(sound, factor, Number.NaN)));
      for (const group of this.#groups) this.#stepMatrices(group, sound);
    });
    this.#stepRest();
  }

  /** A copy of the state, for saving: `step`, `momentum`, `m`, `v`. Not inside `capture`. */
  state(): OptimizerState {
    return this.#slots.state();
  }

  /** Puts a saved state back. Not inside `capture`. */
  restore(state: OptimizerState): void {
    this.#slots.restore(state);
  }

  /** Frees the state, not the parameters. Idempotent. */
  dispose(): void {
    for (const view of this.#views) view.dispose();
    for (const x of Object.values(this.#adam ?? {})) x.dispose();
    this.#slots.dispose();
  }

  /** What `using` calls: dispose. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** One step of matrices of one shape [R, C]. */
  #stepMatrices(group: readonly Matrix[], sound: Tensor): void {
    const { hyper } = this.#slots;
    const [lr, beta, decay] = [0, 1, 2].map((i) => hyper.slice([i, i + 1])); // [1] each
    const directions = group.map(({ gradient, momentum }) => {
      const next = momentum.add(gradient.sub(momentum).mul(beta.neg().add(1)));
      momentum.copyFrom(where(sound, next, momentum));
      return this.#nesterov ? gradient.add(next.sub(gradient).mul(beta)) : next; // [R, C]
    });
    const steps = { steps: this.#iterations };
    const updates =
      group.length === 1
        ? [newtonSchulz(directions[0], steps)]
        : batched(directions, (all) => newtonSchulz(all, steps));
    const [rows, columns] = group[0].params.shape;
    const scale = Math.sqrt(Math.max(1, rows / columns));
    group.forEach(({ params }, i) => {
      const kept = params.mul(lr.mul(decay).neg().add(1));
      const next = kept.sub(updates[i].mul(lr.mul(scale)));
      params.copyFrom(where(sound, next, params));
    });
  }

  #stepRest(): void {
    const adam = this.#adam;
    if (adam === undefined) return;
    for (const { params, gradient, paramsCopy, gradientCopy } of this.#rest) {
      paramsCopy.copyFrom(params);
      gradientCopy.copyFrom(gradient);
    }
    const { m, v } = this.#slots.averages;
    clipAdam({ ...adam, m, v, step: this.#slots.step });
    for (const { params, paramsCopy } of this.#rest) params.copyFrom(paramsCopy);
  }

  #matrixViews(slots: readonly ParameterSlot[]): Matrix[][] {
    const { gradient, averages } = this.#slots;
    const groups = new Map<string, Matrix[]>();
    let start = 0;
    for (const slot of slots) {
      const shape = [slot.shape[0], slot.size / slot.shape[0]];
      const view = (flat: Tensor, from: number) => {
        return this.#view(flat, from, slot.size, shape);
      };
      const matrix = {
        slot,
        params: view(this.buffer.flat, slot.start),
        gradient: view(gradient, slot.start),
        momentum: view(averages["momentum"], start),
      };
      start += slot.size;
      const key = shape.join();
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [matrix]);
      else group.push(matrix);
    }
    return [...groups.values()];
  }

  /** Neighbouring parameters are one piece. */
  #restViews(slots: readonly ParameterSlot[], adam: AdamTensors): Piece[] {
    const runs: { start: number; size: number }[] = [];
    for (const { start, size } of slots) {
      const last = runs.at(-1);
      if (last !== undefined && last.start + last.size === start) last.size += size;
      else runs.push({ start, size });
    }
    let at = 0;
    return runs.map(({ start, size }) => {
      const piece = {
        params: this.#view(this.buffer.flat, start, size, [size]),
        gradient: this.#view(this.#slots.gradient, start, size, [size]),
        paramsCopy: this.#view(adam.params, at, size, [size]),
        gradientCopy: this.#view(adam.gradient, at, size, [size]),
      };
      at += size;
      return piece;
    });
  }

  #view(flat: Tensor, start: number, size: number, shape: readonly number[]): Tensor {
    const part = flat.slice([start, start + size]);
    const view = keep(part.reshape(shape));
    part.dispose();
    this.#views.push(view);
    return view;
  }
}

/** Operands of clipAdam over the rest, beside its state. */
type AdamTensors = Readonly<Record<"params" | "gradient" | "gradNorm" | "hyper", Tensor>>;

function adamTensors(buffer: ParameterBuffer, size: number, values: MuonHyper): AdamTensors {
  const { device } = buffer.flat;
  return {
    params: keep(full([size], 0, { device })),
    gradient: keep(full([size], 0, { device })),
    gradNorm: keep(full([1], 0, { device })),
    hyper: keep(tensor(adamHyper(adamValues(values)), { device })),
  };
}

function adamValues({ adamLr, beta1, beta2, eps, adamWeightDecay }: MuonHyper): AdamHyper {
  return { lr: adamLr, beta1, beta2, eps, weightDecay: adamWeightDecay, maxGradNorm: 0 };
}

function muonHyper({ lr, momentum, weightDecay, maxGradNorm }: MuonHyper): Float32Array {
  return Float32Array.of(lr, momentum, weightDecay, maxGradNorm);
}

/** Applies `fn` to the stack of matrices [M, R, C]; the results one by one. */
function batched(matrices: readonly Tensor[], fn: (all: Tensor) => Tensor): Tensor[] {
  const all = fn(stack(matrices)); // [M, R, C]
  return matrices.map((_, i) => all.slice(i));
}
