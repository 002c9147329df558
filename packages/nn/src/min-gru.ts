/**
 * min-gru: the minimal gated recurrent unit (Feng et al. 2024, "Were RNNs all we needed?"), whose gates
 * depend on the inputs alone, so that all products of a sequence are one and the steps are a scan.
 *
 *   x [T, B, inputs], state [B, units] -> output [T, B, units], h [B, units]
 *
 * Parameters: `weight` [2 units, inputs] and `bias` [2 units], rows of the gate first (the paper's
 * linear_z), then of the candidate (linear_h); initialised as a linear layer. The equations are those
 * of @carom/tensor's `minGruScan`. Not here: the paper's surrounding block (norm, MLP, residual).
 */
import { type GruResult, linear, minGruScan, scope, type Tensor, zeros } from "@carom/tensor";
import { deviceOf } from "./gru.js";
import { fanInInit } from "./initializers.js";
import { type Module, Parameter } from "./module.js";
import { checkSizes, type RecurrentLayerOptions, type RecurrentPassOptions } from "./recurrent.js";

/** A minimal gated recurrent unit. */
export class MinGRU implements Module {
  /** Size of an input. */
  readonly inputs: number;
  /** Size of the state. */
  readonly units: number;
  /** [2 units, inputs] */
  readonly weight: Parameter;
  /** [2 units] */
  readonly bias: Parameter | undefined;

  constructor(inputs: number, units: number, options: RecurrentLayerOptions) {
    const { random, bias = true } = options;
    checkSizes("MinGRU", inputs, units);
    const init = fanInInit(inputs);
    this.inputs = inputs;
    this.units = units;
    this.weight = new Parameter(init([2 * units, inputs], random));
    this.bias = bias ? new Parameter(init([2 * units], random)) : undefined;
  }

  /** The state at the begin of an episode: zeros, [B, units]. */
  initialState(batch: number): Tensor {
    return zeros([batch, this.units], { device: deviceOf(this) });
  }

  /** All steps of x [T, B, inputs] from `state` [B, units]. */
  forward(x: Tensor, state: Tensor, options: RecurrentPassOptions = {}): GruResult {
    const { units } = this;
    return scope(() => {
      const both = linear(x, this.weight.tensor, this.bias?.tensor); // [T, B, 2 units]
      const gate = both.slice(null, null, [0, units]);
      const candidate = both.slice(null, null, [units, null]);
      return minGruScan(gate, candidate, state, options);
    });
  }

  /** One step: x [B, inputs], state [B, units] -> the next state, which is the output, too. */
  step(x: Tensor, state: Tensor, { reset }: RecurrentPassOptions = {}): Tensor {
    return scope(() => {
      return this.forward(x.unsqueeze(0), state, { reset: reset?.unsqueeze(0) }).h;
    });
  }

  parameters(): ReadonlyMap<string, Parameter> {
    const own = new Map([["weight", this.weight]]);
    if (this.bias !== undefined) own.set("bias", this.bias);
    return own;
  }
}
