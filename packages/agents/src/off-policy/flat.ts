/** Networks with their parameters in one piece, and several of them under one name. */
import type { Key } from "@carom/envs";
import { flatten, type Module, type ParameterBuffer, parametersOf } from "@carom/nn";
import { type Device, RandomState } from "@carom/tensor";

/** A network and its parameters in one piece. */
export interface Flat<Network> {
  readonly network: Network;
  readonly parameters: ParameterBuffer;
}

/** Makes a network from weights of its own key and moves its parameters into one piece. */
export function createFlat<Network extends Module>(
  device: Device,
  key: Key,
  make: (random: RandomState) => Network,
): Flat<Network> {
  const random = new RandomState(key.words, { device });
  const network = make(random);
  random.dispose();
  return { network, parameters: flatten(network) };
}

/** Frees networks and their parameters. Idempotent. */
export function disposeFlat(...flats: readonly Flat<{ dispose(): void }>[]): void {
  for (const { network, parameters } of flats) {
    network.dispose();
    parameters.dispose();
  }
}

/** Several networks as one module, each under its name. */
export function together(networks: Readonly<Record<string, Module>>): Module {
  return { parameters: () => parametersOf(networks) };
}
