/**
 * recurrent: what GRU and LSTM share: their parameters, named and initialised as in PyTorch.
 *
 *   weight_ih_l0 [G * H, I]   weight_hh_l0 [G * H, H]   bias_ih_l0, bias_hh_l0 [G * H]
 *
 * These are the names in the state dict of an nn.GRU or nn.LSTM of one layer, so its safetensors file
 * loads as it is. G is 3 or 4; the blocks of rows are PyTorch's, too.
 */
import type { RandomState, RecurrentWeights, Tensor } from "@carom/tensor";
import { NnError } from "./errors.js";
import { fanInInit } from "./initializers.js";
import { Parameter } from "./module.js";

/** Options of {@link GRU}, {@link LSTM} and {@link MinGRU}. */
export interface RecurrentLayerOptions {
  /** Source of the first values, and the device. */
  random: RandomState;
  /** Whether there are biases. Default true. */
  bias?: boolean;
}

/** Options of one pass through a {@link GRU}, {@link LSTM} or {@link MinGRU}. */
export interface RecurrentPassOptions {
  /**
   * Where the state is zeroed before the step, because an episode begins there: bool [T, B] for a
   * sequence, [B] for a step.
   */
  reset?: Tensor | undefined;
}

/** The parameters of a recurrent layer, by their names in files. */
export function recurrentParameters(
  op: string,
  gates: number,
  inputs: number,
  units: number,
  { random, bias = true }: RecurrentLayerOptions,
): Map<string, Parameter> {
  checkSizes(op, inputs, units);
  // Uniform in +-1/sqrt(H) for all of them, PyTorch's default.
  const init = fanInInit(units);
  const make = (...shape: number[]) => new Parameter(init(shape, random));
  const all = new Map([
    ["weight_ih_l0", make(gates * units, inputs)],
    ["weight_hh_l0", make(gates * units, units)],
  ]);
  if (bias) {
    all.set("bias_ih_l0", make(gates * units));
    all.set("bias_hh_l0", make(gates * units));
  }
  return all;
}

/** The same as operands of the ops. */
export function recurrentWeights(parameters: ReadonlyMap<string, Parameter>): RecurrentWeights {
  const [weightIh, weightHh, biasIh, biasHh] = Array.from(parameters.values(), (p) => p.tensor);
  return { weightIh, weightHh, biasIh, biasHh };
}

/** Refuses sizes that are not positive integers. */
export function checkSizes(op: string, inputs: number, units: number): void {
  if ([inputs, units].every((size) => Number.isInteger(size) && size > 0)) return;
  throw new NnError(
    "INVALID_ARGUMENT",
    op,
    `sizes are not valid (got ${inputs} inputs and ${units} units, expected positive integers)`,
  );
}
