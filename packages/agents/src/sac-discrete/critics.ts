/** Several critics that give every discrete action its value, each with parameters of its own. */
import { type Module, type Parameter, parametersOf } from "@carom/nn";
import type { RandomState, Tensor } from "@carom/tensor";
import { EncodedLinear, type NetworkOptions } from "../off-policy/networks.js";

/** Q(s, a) of all A actions at once. */
export class DiscreteCritics implements Module {
  private readonly critics: readonly EncodedLinear[];

  constructor(options: NetworkOptions, actions: number, count: number, random: RandomState) {
    this.critics = Array.from(
      { length: count },
      () => new EncodedLinear(options, actions, "value", random),
    );
  }

  /** Values of every critic, `[B, A]` each, for prepared observations `[B, O]`. */
  forward(prepared: Tensor): Tensor[] {
    return this.critics.map((critic) => critic.forward(prepared));
  }

  /** `0.trunk.*`, `0.value.*` and so on. */
  parameters(): ReadonlyMap<string, Parameter> {
    return parametersOf(Object.fromEntries(this.critics.entries()));
  }

  /** Frees what is not a parameter. */
  dispose(): void {
    for (const critic of this.critics) critic.dispose();
  }
}
