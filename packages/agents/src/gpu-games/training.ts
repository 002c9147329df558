/**
 * Whether the games of a training run live on its GPU: they do where the device is one, the game translates, and
 * nothing that stands around the games or learns from them needs them on the processor.
 */
import type { Key } from "@carom/envs";
import type { Device } from "@carom/tensor";
import type { TrainerOptions } from "../agent.js";
import { envConfig, wrappersOf } from "../env-config.js";
import { AgentError } from "../errors.js";
import type { GpuEnv } from "./env.js";
import { createGpuEnv } from "./wrap.js";

/**
 * Games on the GPU; a sentence that says why they live on the processor; undefined where the device is no GPU, the
 * configuration wants them on the processor, or the caller makes the games.
 *
 * @param hostOnly parts of the algorithm that need games on the processor, by what users call them
 */
export function createTrainingGpuEnv(
  options: TrainerOptions,
  count: number,
  key: Key,
  hostOnly: readonly string[],
): GpuEnv | string | undefined {
  const { game, variant = game.defaultVariant, device, createEnv } = options;
  const { gpuGames = createEnv === undefined } = options;
  const config = envConfig(options.config);
  if (!gpuGames || !isGpu(device) || config.games === "cpu") return undefined;
  const wrappers = wrappersOf(config, game, variant, "training");
  const obstacles = [...hostOnly];
  if (config.envWorkers > 0) obstacles.push("envWorkers");
  if (obstacles.length > 0)
    return onProcessor(`${obstacles.join(", ")} cannot be had with games on it`);
  try {
    return createGpuEnv({ game, variant, count, key, wrappers, device });
  } catch (error) {
    if (!(error instanceof AgentError) || error.code !== "UNSUPPORTED_GAME") throw error;
    return onProcessor(error.message);
  }
}

function isGpu({ name }: Device): boolean {
  return name === "cuda" || name.startsWith("cuda:");
}

function onProcessor(reason: string): string {
  return `the games run on the processor, the network on the GPU: ${reason}`;
}
