/** embedding: a trained table whose rows stand for numbers 0..V-1. */
import { embedding, type RandomState, type Tensor } from "@carom/tensor";
import { type Initializer, normalInit } from "./initializers.js";
import { type Layer, Parameter } from "./module.js";

/** Options of {@link Embedding}. */
export interface EmbeddingOptions {
  /** Source of the first values, and the device. */
  random: RandomState;
  /** Default: standard normal, PyTorch's. */
  weightInit?: Initializer;
}

/** A table of `entries` rows of `width` values. */
export class Embedding implements Layer {
  /** `[entries, width]` */
  readonly weight: Parameter;

  constructor(entries: number, width: number, options: EmbeddingOptions) {
    const { random, weightInit = normalInit(1) } = options;
    this.weight = new Parameter(weightInit([entries, width], random));
  }

  /** `index [...]`, int32 in 0..entries-1 -> `[..., width]` */
  forward(index: Tensor): Tensor {
    return embedding(this.weight.tensor, index);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map([["weight", this.weight]]);
  }
}
