/** shaping: layers without parameters that change the shape, for use in Sequential. */
import {
  type AvgPool2dOptions,
  avgPool2d,
  type MaxPool2dOptions,
  maxPool2d,
  type Pair,
  type Tensor,
} from "@carom/tensor";
import type { Layer, Parameter } from "./module.js";

/** All dimensions from `start` on (by default all but the first) as one. */
export class Flatten implements Layer {
  /** First of the dimensions. */
  readonly start: number;

  constructor(start = 1) {
    this.start = start;
  }

  /** `x [N, ...]` -> `[N, M]` */
  forward(x: Tensor): Tensor {
    return x.flatten(this.start);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map();
  }
}

/** The greatest element of each window of an image. */
export class MaxPool2d implements Layer {
  readonly #kernel: Pair;
  readonly #options: MaxPool2dOptions;

  constructor(kernel: Pair, options: MaxPool2dOptions = {}) {
    this.#kernel = kernel;
    this.#options = options;
  }

  /** `x [N, C, H, W]` -> `[N, C, P, Q]` */
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.#kernel, this.#options);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map();
  }
}

/** The mean of each window of an image. */
export class AvgPool2d implements Layer {
  readonly #kernel: Pair;
  readonly #options: AvgPool2dOptions;

  constructor(kernel: Pair, options: AvgPool2dOptions = {}) {
    this.#kernel = kernel;
    this.#options = options;
  }

  /** `x [N, C, H, W]` -> `[N, C, P, Q]` */
  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.#kernel, this.#options);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map();
  }
}
