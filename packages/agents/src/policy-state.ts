/**
 * The part of a trainer's state that its policy is made from: parameters and the statistics that
 * observations are normalised by. A few kilobytes where the whole state may have gigabytes of replay
 * memory, so it can be taken often. `createPolicy` and `createEvaluationEnv` take it as any saved state;
 * `restore` refuses it.
 */
import { type SavedStatistics, saveStatistics, type VectorEnv } from "@carom/envs";
import type { Module } from "@carom/nn";
import { saveParameters } from "@carom/nn";
import type { SavedState } from "./agent.js";
import { packPart } from "./saved-state.js";

/** What a policy's state is packed from. */
export interface PolicyParts {
  /** Algorithm whose state it is. */
  readonly algo: string;
  /** Layout of that algorithm's states. */
  readonly version: number;
  /** The network that `save` packs as "parameters". */
  readonly network: Module;
  /** The games, or their statistics where they are elsewhere. */
  readonly env: VectorEnv | SavedStatistics;
}

/** See the head of the file. */
export function packPolicy({ algo, version, network, env }: PolicyParts): SavedState {
  const statistics = "facts" in env ? env : saveStatistics(env);
  return packPart(algo, version, { env: statistics, parameters: saveParameters(network) });
}
