/** Games, network and rollouts of a PQN run, on the processor or on the GPU. Not here: updates, what is saved. */
import { type GameSpec, type Key, key } from "@carom/envs";
import { flatten, type ParameterBuffer } from "@carom/nn";
import type { TrainerOptions } from "../agent.js";
import { assertActions, type CollectedGames, createCountedEnv, hostGames } from "../games.js";
import type { GpuEnv } from "../gpu-games/env.js";
import { createTrainingGpuEnv } from "../gpu-games/training.js";
import { QNetwork } from "../q-network.js";
import { type PqnConfig, pqnShape } from "./config.js";
import { GpuQRollout } from "./gpu-rollout.js";
import { QRollout, type QRolloutBuffers } from "./rollout.js";

/** What a PQN run is built from. */
export interface QParts {
  readonly network: QNetwork;
  readonly parameters: ParameterBuffer;
  readonly games: CollectedGames;
  readonly rollout: QRolloutBuffers;
  /** Fills the returns of the rollout that was collected. */
  readonly estimate: () => void;
}

/**
 * Builds games, network and rollout; on a GPU with its games, where the game translates and nothing around it needs it
 * on the processor. @throws AgentError UNSUPPORTED_GAME
 */
export function createQParts(options: TrainerOptions, config: PqnConfig): QParts {
  assertActions("pqn", options, ["discrete"]);
  const root = key(options.seed);
  const games = root.child("games");
  const found = createTrainingGpuEnv(options, config.envs, games, []);
  if (typeof found !== "string" && found !== undefined) {
    return gpuParts(options, config, root, found);
  }
  const { env, takeEpisodes } = createCountedEnv("pqn", options, config.envs, games);
  const { network, parameters } = createNetwork(options, config, root, env.spec);
  const { horizon, rewardClip, gamma, lambda } = config;
  const rollout = new QRollout({
    ...{ env, network, device: options.device, horizon, rewardClip },
    key: root.child("actions"),
  });
  return {
    ...{ network, parameters, rollout, games: hostGames(env, takeEpisodes, found) },
    estimate: () => rollout.estimate(gamma, lambda),
  };
}

function gpuParts(options: TrainerOptions, config: PqnConfig, root: Key, env: GpuEnv): QParts {
  const { network, parameters } = createNetwork(options, config, root, env.spec);
  const { horizon, rewardClip, gamma, lambda } = config;
  const rollout = new GpuQRollout({
    ...{ env, network, horizon, rewardClip, gamma, lambda },
    key: root.child("actions"),
    onEpisode: (record) => options.onEpisode?.(record),
    onRemarkable: options.onRemarkable,
  });
  const estimate = (): void => {}; // a part of the rollout's recording
  return { network, parameters, games: rollout.games, rollout, estimate };
}

function createNetwork(
  { device, createEncoder }: TrainerOptions,
  config: PqnConfig,
  root: Key,
  spec: GameSpec,
): Pick<QParts, "network" | "parameters"> {
  const weights = root.child("network");
  const shape = pqnShape(config);
  const network = new QNetwork({ spec, device, key: weights, createEncoder, ...shape });
  return { network, parameters: flatten(network) };
}
