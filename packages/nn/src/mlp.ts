/** mlp: the usual stack of fully connected layers, initialised as PPO implementations do. */
import type { Activation, RandomState } from "@carom/tensor";
import { NnError } from "./errors.js";
import { type Initializer, orthogonalInit, zerosInit } from "./initializers.js";
import { Linear } from "./linear.js";
import { Sequential } from "./sequential.js";

/** Options of {@link mlp}. */
export interface MlpOptions {
  /** Source of the first values, and the device. */
  random: RandomState;
  /** After every layer but the last. Default "tanh". */
  activation?: Activation;
  /** First weights of the hidden layers. Default: orthogonal, gain sqrt(2). */
  hiddenInit?: Initializer;
  /** First weights of the last layer. Default: orthogonal, gain 1. */
  outputInit?: Initializer;
}

/** Linear layers of the given widths, from inputs to outputs: `mlp([118, 64, 64, 5], { random })`. */
export function mlp(sizes: readonly number[], options: MlpOptions): Sequential {
  if (sizes.length < 2 || sizes.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new NnError(
      "INVALID_ARGUMENT",
      "mlp",
      `sizes are not valid (got [${sizes.join(",")}], expected at least two positive integers)`,
    );
  }
  const { random, activation = "tanh", outputInit = orthogonalInit(1) } = options;
  const { hiddenInit = orthogonalInit(Math.SQRT2) } = options;
  const last = sizes.length - 2;
  const layers = sizes.slice(1).map((outputs, i) => {
    return new Linear(sizes[i], outputs, {
      random,
      activation: i === last ? "none" : activation,
      weightInit: i === last ? outputInit : hiddenInit,
      biasInit: zerosInit,
    });
  });
  return new Sequential(layers);
}
