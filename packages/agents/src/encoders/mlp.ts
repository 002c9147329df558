/** Fully connected layers over flat observations, orthogonally initialised with gain sqrt(2). */
import type { GameSpec } from "@carom/envs";
import {
  type Layer,
  Linear,
  orthogonalInit,
  type Parameter,
  parametersOf,
  zerosInit,
} from "@carom/nn";
import type { RandomState, Tensor } from "@carom/tensor";
import type { Encoder, LayerOutput } from "./encoder.js";
import { type HiddenActivation, NormalizedLayer } from "./normalized.js";
import { type Scaling, scalingOf } from "./scaling.js";

/** Widths and activation of a stack of fully connected layers. */
export interface DenseShape {
  readonly widths: readonly number[];
  readonly activation: HiddenActivation;
  /** Whether the sums are normalised before the activation (default false). */
  readonly layerNorm?: boolean | undefined;
}

/** Fully connected layers from `inputs` values on. */
export function denseLayers(inputs: number, shape: DenseShape, random: RandomState): Layer[] {
  const { widths, activation, layerNorm = false } = shape;
  const { device } = random.tensor;
  const sizes = [inputs, ...widths];
  const init = { random, weightInit: orthogonalInit(Math.SQRT2), biasInit: zerosInit };
  return widths.map((width, i) => {
    if (!layerNorm) return new Linear(sizes[i], width, { ...init, activation });
    return new NormalizedLayer(new Linear(sizes[i], width, init), width, activation, device);
  });
}

/** What each of some fully connected layers gives, one after the other. */
export function outputsOf(layers: readonly Layer[], inputs: Tensor): LayerOutput[] {
  let features = inputs;
  return layers.map((layer, i) => {
    features = layer.forward(features);
    return { name: `hidden ${i + 1}`, output: features };
  });
}

/** A multilayer perceptron; parameters `0.weight`, `0.bias` and so on. */
export class MlpEncoder implements Encoder {
  readonly size: number;
  readonly storage = "float32";
  readonly layers: readonly Layer[];
  private readonly scaling: Scaling;

  constructor({ observation }: GameSpec, shape: DenseShape, random: RandomState) {
    this.layers = denseLayers(observation.size, shape, random);
    this.size = shape.widths.at(-1) ?? observation.size;
    this.scaling = scalingOf(observation, random.tensor.device);
  }

  prepare(observation: Tensor): Tensor {
    return this.scaling.apply(observation);
  }

  forward(prepared: Tensor): Tensor {
    let features = prepared;
    for (const layer of this.layers) features = layer.forward(features);
    return features;
  }

  layerOutputs(prepared: Tensor): readonly LayerOutput[] {
    return outputsOf(this.layers, prepared);
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return parametersOf(Object.fromEntries(this.layers.entries()));
  }

  dispose(): void {
    this.scaling.dispose();
  }
}
