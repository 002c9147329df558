/**
 * sequential: layers and plain functions applied one after the other.
 *
 * Children are named 0, 1, ... by their position, functions included, as in torch.nn.Sequential.
 */
import { scope, type Tensor } from "@carom/tensor";
import {
  buffersOf,
  type ForwardOptions,
  type Layer,
  type Parameter,
  parametersOf,
} from "./module.js";

/** A function without parameters, such as `relu` of @carom/tensor, in the place of a layer. */
export type LayerFunction = (x: Tensor) => Tensor;

/** A chain of layers and functions. */
export class Sequential implements Layer {
  /** In order of application. */
  readonly layers: readonly (Layer | LayerFunction)[];

  constructor(layers: readonly (Layer | LayerFunction)[]) {
    this.layers = layers;
  }

  /** All layers applied to x in turn, each with these options; what lies between is freed. */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    return scope(() => this.layers.reduce((value, layer) => apply(layer, value, options), x));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return parametersOf(this.#modules());
  }

  buffers(): ReadonlyMap<string, Parameter> {
    return buffersOf(this.#modules());
  }

  #modules(): Record<string, Layer> {
    const named: Record<string, Layer> = {};
    this.layers.forEach((layer, i) => {
      if (typeof layer !== "function") named[i] = layer;
    });
    return named;
  }
}

function apply(layer: Layer | LayerFunction, x: Tensor, options: ForwardOptions): Tensor {
  return typeof layer === "function" ? layer(x) : layer.forward(x, options);
}
