/**
 * lstm: a long short-term memory (Hochreiter and Schmidhuber 1997), PyTorch's nn.LSTM with one layer.
 *
 *   x [T, B, inputs], state h and c [B, units] -> output [T, B, units], h and c [B, units]
 *
 * The equations are those of @carom/tensor's `lstm`; the parameters' names are in recurrent.ts.
 */
import { type LstmResult, type LstmState, lstm, scope, type Tensor, zeros } from "@carom/tensor";
import { deviceOf } from "./gru.js";
import type { Module, Parameter } from "./module.js";
import {
  type RecurrentLayerOptions,
  type RecurrentPassOptions,
  recurrentParameters,
  recurrentWeights,
} from "./recurrent.js";

/** A long short-term memory. */
export class LSTM implements Module {
  /** Size of an input. */
  readonly inputs: number;
  /** Size of h and of c. */
  readonly units: number;
  readonly #parameters: ReadonlyMap<string, Parameter>;

  constructor(inputs: number, units: number, options: RecurrentLayerOptions) {
    this.inputs = inputs;
    this.units = units;
    this.#parameters = recurrentParameters("LSTM", 4, inputs, units, options);
  }

  /** The state at the begin of an episode: zeros, [B, units] each. */
  initialState(batch: number): LstmState {
    const zero = () => zeros([batch, this.units], { device: deviceOf(this) });
    return { h: zero(), c: zero() };
  }

  /** All steps of x [T, B, inputs] from `state`. */
  forward(x: Tensor, state: LstmState, options: RecurrentPassOptions = {}): LstmResult {
    return lstm(x, state, recurrentWeights(this.#parameters), options);
  }

  /** One step: x [B, inputs] -> the next state, whose h is the output. */
  step(x: Tensor, state: LstmState, { reset }: RecurrentPassOptions = {}): LstmState {
    return scope(() => {
      const { h, c } = this.forward(x.unsqueeze(0), state, { reset: reset?.unsqueeze(0) });
      return { h, c };
    });
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return new Map(this.#parameters);
  }
}
