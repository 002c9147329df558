/**
 * noisy-linear: a fully connected layer that explores by itself (Fortunato et al. 2018), with factorised
 * Gaussian noise.
 *
 *   y = x (mu + sigma * outer(f(out), f(in)))^T + mu_b + sigma_b * f(out),  f(e) = sign(e) sqrt |e|
 *   mu uniform in +-1/sqrt(inputs), sigma = sigma0 / sqrt(inputs) at first
 *
 * The noise stays until `resample`, so acting and learning can share it or not as the caller likes. It
 * is a buffer: a run that is saved between two draws continues with the same noise.
 */
import { type Activation, full, linear, type RandomState, scope, type Tensor } from "@carom/tensor";
import { constantInit, fanInInit } from "./initializers.js";
import { type ForwardOptions, type Layer, Parameter } from "./module.js";

/** Options of {@link NoisyLinear}. */
export interface NoisyLinearOptions {
  /** Source of the first values and of the first noise, and the device. */
  random: RandomState;
  /** First scale of the noise, times sqrt(inputs). Default 0.5. */
  sigma0?: number;
  /** Applied to the result. Default "none". */
  activation?: Activation;
}

/** A fully connected layer with trained noise; noisy in training only. */
export class NoisyLinear implements Layer {
  /** `[outputs, inputs]` */
  readonly weightMu: Parameter;
  /** `[outputs, inputs]` */
  readonly weightSigma: Parameter;
  /** `[outputs]` */
  readonly biasMu: Parameter;
  /** `[outputs]` */
  readonly biasSigma: Parameter;
  /** f of the inputs' noise, `[inputs]`. */
  readonly noiseIn: Parameter;
  /** f of the outputs' noise, `[outputs]`. */
  readonly noiseOut: Parameter;
  /** Applied to the result. */
  readonly activation: Activation;

  constructor(inputs: number, outputs: number, options: NoisyLinearOptions) {
    const { random, sigma0 = 0.5, activation = "none" } = options;
    const { device } = random.tensor;
    const sigma = constantInit(sigma0 / Math.sqrt(inputs));
    this.activation = activation;
    this.weightMu = new Parameter(fanInInit(inputs)([outputs, inputs], random));
    this.weightSigma = new Parameter(sigma([outputs, inputs], random));
    this.biasMu = new Parameter(fanInInit(inputs)([outputs], random));
    this.biasSigma = new Parameter(sigma([outputs], random));
    this.noiseIn = new Parameter(full([inputs], 0, { device }));
    this.noiseOut = new Parameter(full([outputs], 0, { device }));
    this.resample(random);
  }

  /** Draws new noise, in place; also inside `capture`, where each replay draws anew. */
  resample(random: RandomState): void {
    scope(() => {
      for (const { tensor } of [this.noiseIn, this.noiseOut]) {
        const e = random.normal(tensor.shape);
        tensor.copyFrom(e.sign().mul(e.abs().sqrt()).cast(tensor.dtype));
      }
    });
  }

  /** `x [..., inputs]` -> `[..., outputs]`, with the present noise in training and without otherwise. */
  forward(x: Tensor, { training = false }: ForwardOptions = {}): Tensor {
    const { activation, weightMu, biasMu } = this;
    if (!training) return linear(x, weightMu.tensor, biasMu.tensor, { activation });
    return scope(() => {
      const out = this.noiseOut.tensor;
      const noise = out.unsqueeze(1).mul(this.noiseIn.tensor); // [outputs, inputs]
      const weight = weightMu.tensor.add(this.weightSigma.tensor.mul(noise));
      const bias = biasMu.tensor.add(this.biasSigma.tensor.mul(out));
      return linear(x, weight, bias, { activation });
    });
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map([
      ["weight_mu", this.weightMu],
      ["weight_sigma", this.weightSigma],
      ["bias_mu", this.biasMu],
      ["bias_sigma", this.biasSigma],
    ]);
  }

  /** `noise_in` and `noise_out`. */
  buffers(): ReadonlyMap<string, Parameter> {
    return new Map([
      ["noise_in", this.noiseIn],
      ["noise_out", this.noiseOut],
    ]);
  }
}
