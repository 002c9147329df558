/**
 * Whether the games of a training run live on its GPU: they do where the device is one, the game translates, and
 * nothing that stands around the games or learns from them needs them on the processor.
 */
import { type GameDefinition, type Key, specOf, type WrapperSpec } from "@carom/envs";
import type { Device } from "@carom/tensor";
import type { TrainerOptions } from "../agent.js";
import { envConfig, wrappersOf } from "../env-config.js";
import { AgentError } from "../errors.js";
import { GpuGames } from "./gpu-games.js";

/** What a trainer asks of its games. */
export interface GpuNeeds {
  /** Number of games. */
  readonly count: number;
  /** Parts of the algorithm that need games on the processor, by what they are called. */
  readonly hostOnly: readonly string[];
}

/** Games on the GPU, and what their rewards are multiplied with for the learner. */
export interface TrainingGpuGames {
  readonly games: GpuGames;
  readonly rewardScale: number;
}

/**
 * Games on the GPU; a sentence that says why they live on the processor; undefined where the device is no GPU or the
 * caller makes the games himself.
 */
export function createTrainingGpuGames(
  options: TrainerOptions,
  needs: GpuNeeds,
  key: Key,
): TrainingGpuGames | string | undefined {
  const { game, variant = game.defaultVariant, device } = options;
  const config = envConfig(options.config);
  if (!isGpu(device) || config.games === "cpu") return undefined;
  const around = surroundings(wrappersOf(config, game, variant, "training"));
  const obstacles = [...needs.hostOnly, ...around.others];
  if (config.envWorkers > 0) obstacles.push("envWorkers");
  if (obstacles.length > 0) return onProcessor(`${obstacles.join(", ")} need them there`);
  const maxSteps = Math.min(specOf(game, variant).maxSteps, around.timeLimit);
  return made({ game, variant, count: needs.count, key, maxSteps, device }, around.rewardScale);
}

function made(
  options: { game: GameDefinition; variant: string; count: number; key: Key } & {
    maxSteps: number;
    device: Device;
  },
  rewardScale: number,
): TrainingGpuGames | string {
  try {
    return { games: new GpuGames(options), rewardScale };
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

/** What the wrappers come to where games live on a GPU; `others` have no form there. */
function surroundings(wrappers: readonly WrapperSpec[]): {
  readonly timeLimit: number;
  readonly rewardScale: number;
  readonly others: readonly string[];
} {
  let timeLimit = Number.POSITIVE_INFINITY;
  let rewardScale = 1;
  const others: string[] = [];
  for (const one of wrappers) {
    if (one.wrapper === "time-limit") timeLimit = Math.min(timeLimit, one.steps);
    else if (one.wrapper === "scale-rewards") rewardScale *= one.factor;
    else others.push(`the wrapper ${one.wrapper}`);
  }
  return { timeLimit, rewardScale, others };
}
