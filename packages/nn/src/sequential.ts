/** sequential: layers applied one after the other; children are named 0, 1, ... */
import { scope, type Tensor } from "@carom/tensor";
import { type Layer, type Parameter, parametersOf } from "./module.js";

/** A chain of layers. */
export class Sequential implements Layer {
  /** In order of application. */
  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.layers = layers;
  }

  /** All layers applied to x in turn; what lies between is freed. */
  forward(x: Tensor): Tensor {
    return scope(() => this.layers.reduce((value, layer) => layer.forward(value), x));
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return parametersOf(Object.fromEntries(this.layers.entries()));
  }
}
