/**
 * What a nat of entropy is worth to soft actor-critics, alpha: fixed, or learned so that the policy's entropy
 * becomes a target (Haarnoja et al. 2018, https://arxiv.org/abs/1812.05905, section 5).
 *
 *   L = -log alpha gap,   gap = mean (log pi + target entropy)
 *
 * The entropy is too small where the gap is positive, and alpha grows. It is log alpha that is learned, so
 * alpha stays positive (eq. 18 has alpha itself in place of its logarithm: the same sign of the gradient).
 */
import { Adam, type AdamState, flatten, type Module, Parameter } from "@carom/nn";
import { type Device, full, type Tensor, valueAndGrad } from "@carom/tensor";

/** How the temperature begins and whether it moves. */
export interface TemperatureOptions {
  /** alpha at first, or always; positive. */
  readonly initial: number;
  readonly isLearned: boolean;
  readonly learningRate: number;
}

/** What decides the temperatures to come. */
export interface TemperatureState {
  /** log alpha, `[1]`. */
  readonly log: Float32Array;
  readonly optimizer: AdamState;
}

/** The loss of log alpha `[1]`; the gap `[]` is a constant. */
export function temperatureLoss(logAlpha: Tensor, gap: Tensor): Tensor {
  return logAlpha.mul(gap.detach()).neg();
}

/** alpha and its optimiser; lives as long as its trainer. */
export class Temperature {
  private readonly log: Parameter; // [1]
  private readonly optimizer: Adam;
  private readonly isLearned: boolean;

  constructor({ initial, isLearned, learningRate }: TemperatureOptions, device: Device) {
    this.log = new Parameter(full([1], Math.log(initial), { device }));
    const module: Module = { parameters: () => new Map([["log_temperature", this.log]]) };
    this.optimizer = new Adam(flatten(module), { lr: learningRate });
    this.isLearned = isLearned;
  }

  /** alpha, `[]`. May be recorded. */
  alpha(): Tensor {
    return this.log.tensor.exp().reshape([]);
  }

  /** Moves alpha by the gap `[]`, if it is learned. May be recorded. */
  learn(gap: Tensor): void {
    if (!this.isLearned) return;
    const { tensor } = this.log;
    this.optimizer.step(valueAndGrad(() => temperatureLoss(tensor, gap), [tensor]).grads);
  }

  /** Sets the learning rate from the next step on. Not inside a recording. */
  setLearningRate(lr: number): void {
    this.optimizer.configure({ lr });
  }

  /** A copy of the state, for saving. */
  save(): TemperatureState {
    const log = Float32Array.from(this.log.tensor.toTypedArray());
    return { log, optimizer: this.optimizer.state() };
  }

  /** Goes on from a saved state. */
  restore(state: TemperatureState): void {
    this.log.tensor.write(state.log);
    this.optimizer.restore(state.optimizer);
  }

  /** Frees everything. Idempotent. */
  dispose(): void {
    this.optimizer.dispose();
    this.optimizer.buffer.dispose();
  }
}
