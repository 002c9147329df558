/** dropout: a layer that forgets a share of its input in training (Srivastava et al. 2014). */
import { dropout, type RandomState, type Tensor } from "@carom/tensor";
import type { ForwardOptions, Layer, Parameter } from "./module.js";

/** Sets a share of the elements to 0 and divides the others by what is left; only in training. */
export class Dropout implements Layer {
  /** The share, 0..1. */
  readonly p: number;
  /** What decides; the caller's, and advanced by every call in training. */
  readonly random: RandomState;

  constructor(p: number, random: RandomState) {
    this.p = p;
    this.random = random;
  }

  /** `x [...]` -> the same shape */
  forward(x: Tensor, { training = false }: ForwardOptions = {}): Tensor {
    return dropout(x, this.p, this.random, { training });
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map();
  }
}
