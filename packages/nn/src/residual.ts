/**
 * residual: blocks that add something to their input instead of replacing it (He et al. 2016).
 *
 *   Residual             x + body(x)
 *   residualConvBlock    x + conv(relu(conv(relu(x)))), 3x3, as in IMPALA (Espeholt et al. 2018)
 *   residualDenseBlock   x + linear(relu(linear(layerNorm(x)))), as in SimBa (Lee et al. 2024)
 */
import { type RandomState, relu, scope, type Tensor } from "@carom/tensor";
import { Conv2d } from "./conv2d.js";
import { zerosInit } from "./initializers.js";
import { kaimingNormalInit } from "./initializers-scaled.js";
import { Linear } from "./linear.js";
import { buffersOf, type ForwardOptions, type Layer, type Parameter } from "./module.js";
import { LayerNorm } from "./norms.js";
import { Sequential } from "./sequential.js";
import { MaxPool2d } from "./shaping.js";

/** Adds what `body` makes of x to x (or to what `shortcut` makes of x, where shapes differ). */
export class Residual implements Layer {
  /** What is added. */
  readonly body: Layer;
  /** What it is added to; x itself if there is none. */
  readonly shortcut: Layer | undefined;

  constructor(body: Layer, shortcut?: Layer) {
    this.body = body;
    this.shortcut = shortcut;
  }

  /** x -> shortcut(x) + body(x) */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    return scope(() => {
      const straight = this.shortcut?.forward(x, options) ?? x;
      return straight.add(this.body.forward(x, options));
    });
  }

  /** Those of the body under their own names, those of the shortcut under `shortcut.`. */
  parameters(): ReadonlyMap<string, Parameter> {
    const shortcut = this.shortcut === undefined ? [] : named(this.shortcut.parameters());
    return new Map([...this.body.parameters(), ...shortcut]);
  }

  /** Named as the parameters are. */
  buffers(): ReadonlyMap<string, Parameter> {
    const shortcut = this.shortcut === undefined ? [] : buffersOf({ shortcut: this.shortcut });
    return new Map([...(this.body.buffers?.() ?? []), ...shortcut]);
  }
}

function named(parameters: ReadonlyMap<string, Parameter>): [string, Parameter][] {
  return Array.from(parameters, ([name, parameter]) => [`shortcut.${name}`, parameter]);
}

/** Options of {@link residualDenseBlock}. */
export interface ResidualDenseOptions {
  /** Source of the first values, and the device. */
  random: RandomState;
  /** Width inside, as a multiple of the width outside. Default 4. */
  expansion?: number;
}

/** A residual block for images of `channels` channels; keeps their size. */
export function residualConvBlock(channels: number, random: RandomState): Residual {
  const inner = new Conv2d(channels, channels, 3, { random, padding: 1, activation: "relu" });
  const last = new Conv2d(channels, channels, 3, { random, padding: 1 });
  return new Residual(new Sequential([relu, inner, last]));
}

/**
 * One stage of IMPALA's network: a convolution to `outputs` channels, the image halved by the greatest
 * of 3x3 windows, and two residual blocks. Ends without an activation.
 */
export function impalaStage(inputs: number, outputs: number, random: RandomState): Sequential {
  return new Sequential([
    new Conv2d(inputs, outputs, 3, { random, padding: 1 }),
    new MaxPool2d(3, { stride: 2, padding: 1 }),
    residualConvBlock(outputs, random),
    residualConvBlock(outputs, random),
  ]);
}

/** A residual block for rows of `width` values, normalised on the way in. */
export function residualDenseBlock(width: number, options: ResidualDenseOptions): Residual {
  const { random, expansion = 4 } = options;
  const init = { random, weightInit: kaimingNormalInit(), biasInit: zerosInit };
  const norm = new LayerNorm(width, { device: random.tensor.device });
  const inner = new Linear(width, expansion * width, { ...init, activation: "relu" });
  const last = new Linear(expansion * width, width, init);
  return new Residual(new Sequential([norm, inner, last]));
}
