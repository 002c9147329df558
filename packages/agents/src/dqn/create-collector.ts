/** Where the games and the memory of a DQN run are. */
import { assertActions } from "../games.js";
import { createTrainingGpuEnv } from "../gpu-games/training.js";
import type { Collector, CollectorOptions } from "./collector.js";
import { GpuCollector } from "./gpu-collector.js";
import { HostCollector } from "./host-collector.js";

/**
 * Games and memory; on the GPU, where the network is on one, the game translates and nothing else needs it on the
 * processor. @throws AgentError UNSUPPORTED_GAME, BAD_VALUE
 */
export function createCollector(made: CollectorOptions): Collector {
  const { algo, options, config, root } = made;
  assertActions(algo, options, ["discrete"]);
  const found = createTrainingGpuEnv(options, config.envs, root.child("games"), []);
  if (found === undefined) return new HostCollector(made, []);
  if (typeof found === "string") return new HostCollector(made, [found]);
  try {
    return new GpuCollector(made, found);
  } catch (error) {
    found.dispose();
    throw error;
  }
}
