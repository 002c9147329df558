/**
 * Recurrent cores: what lets a policy remember. One interface over GRU, LSTM and MinGRU whose state is
 * one row per game, so that rollouts need not know which it is.
 * Legend: T steps, B games, I inputs, U units, S state size.
 */
import { GRU, LSTM, MinGRU, type Module, type Parameter } from "@carom/nn";
import { concat, type RandomState, type Tensor } from "@carom/tensor";

/** A recurrent layer. */
export interface Core extends Module {
  /** Width of its outputs, U. */
  readonly units: number;
  /** Numbers of state per game, S; all are 0 where an episode begins. */
  readonly stateSize: number;
  /**
   * Inputs `[T, B, I]` from state `[B, S]` to outputs `[T, B, U]` and the state after the last step,
   * `[B, S]`. `reset` (bool `[T, B]`): the state is cleared before the step, an episode begins there.
   */
  forward(inputs: Tensor, state: Tensor, reset: Tensor): CoreOutput;
}

/** What a core gives. */
export interface CoreOutput {
  /** `[T, B, U]` */
  readonly output: Tensor;
  /** After the last step, `[B, S]`. */
  readonly state: Tensor;
}

/** Names of the cores. */
export const coreKinds = ["gru", "lstm", "mingru"] as const;

/** One of {@link coreKinds}. */
export type CoreKind = (typeof coreKinds)[number];

/** A core of the named kind. */
export function createCore(
  kind: CoreKind,
  inputs: number,
  units: number,
  random: RandomState,
): Core {
  if (kind === "lstm") return new LstmCore(new LSTM(inputs, units, { random }));
  return new GruCore(
    kind === "gru" ? new GRU(inputs, units, { random }) : new MinGRU(inputs, units, { random }),
  );
}

/** GRU or MinGRU: the output is the state. */
class GruCore implements Core {
  readonly units: number;
  readonly stateSize: number;
  private readonly layer: GRU | MinGRU;

  constructor(layer: GRU | MinGRU) {
    this.layer = layer;
    this.units = layer.units;
    this.stateSize = layer.units;
  }

  forward(inputs: Tensor, state: Tensor, reset: Tensor): CoreOutput {
    const { output, h } = this.layer.forward(inputs, state, { reset });
    return { output, state: h };
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return this.layer.parameters();
  }
}

/** LSTM: h and c side by side. */
class LstmCore implements Core {
  readonly units: number;
  readonly stateSize: number;
  private readonly layer: LSTM;

  constructor(layer: LSTM) {
    this.layer = layer;
    this.units = layer.units;
    this.stateSize = 2 * layer.units;
  }

  forward(inputs: Tensor, state: Tensor, reset: Tensor): CoreOutput {
    const { units } = this;
    const before = {
      h: state.slice(null, [0, units]).contiguous(),
      c: state.slice(null, [units, 2 * units]).contiguous(),
    };
    const { output, h, c } = this.layer.forward(inputs, before, { reset });
    return { output, state: concat([h, c], 1) };
  }

  parameters(): ReadonlyMap<string, Parameter> {
    return this.layer.parameters();
  }
}
