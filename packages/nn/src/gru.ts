/**
 * gru: a gated recurrent unit (Cho et al. 2014), PyTorch's nn.GRU with one layer.
 *
 *   x [T, B, inputs], state [B, units] -> output [T, B, units], h [B, units]
 *
 * The equations are those of @carom/tensor's `gru`; the parameters' names are in recurrent.ts.
 */
import { type GruResult, gru, scope, type Tensor, zeros } from "@carom/tensor";
import type { Module, Parameter } from "./module.js";
import {
  type RecurrentLayerOptions,
  type RecurrentPassOptions,
  recurrentParameters,
  recurrentWeights,
} from "./recurrent.js";

/** A gated recurrent unit. */
export class GRU implements Module {
  /** Size of an input. */
  readonly inputs: number;
  /** Size of the state. */
  readonly units: number;
  readonly #parameters: ReadonlyMap<string, Parameter>;

  constructor(inputs: number, units: number, options: RecurrentLayerOptions) {
    this.inputs = inputs;
    this.units = units;
    this.#parameters = recurrentParameters("GRU", 3, inputs, units, options);
  }

  /** The state at the begin of an episode: zeros, [B, units]. */
  initialState(batch: number): Tensor {
    return zeros([batch, this.units], { device: deviceOf(this) });
  }

  /** All steps of x [T, B, inputs] from `state` [B, units]. */
  forward(x: Tensor, state: Tensor, options: RecurrentPassOptions = {}): GruResult {
    return gru(x, state, recurrentWeights(this.#parameters), options);
  }

  /** One step: x [B, inputs], state [B, units] -> the next state, which is the output, too. */
  step(x: Tensor, state: Tensor, { reset }: RecurrentPassOptions = {}): Tensor {
    return scope(() => {
      return this.forward(x.unsqueeze(0), state, { reset: reset?.unsqueeze(0) }).h;
    });
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map(this.#parameters);
  }
}

/** Where a module's parameters lie. */
export function deviceOf(module: Module): Tensor["device"] {
  const [first] = module.parameters().values();
  return first.tensor.device;
}
