/**
 * What the on-policy trainers (PPO, A2C, V-trace) are built from: games, network, rollout. Not here:
 * losses, updates, what is saved.
 */
import { type Key, key, type VectorEnv, type VectorEnvState } from "@carom/envs";
import { flatten, type ParameterBuffer } from "@carom/nn";
import { ActorCritic, type NetworkShape } from "./actor-critic.js";
import type { TrainedGames, TrainerOptions } from "./agent.js";
import { createTrainingEnv } from "./games.js";
import type { GpuEnv } from "./gpu-games/env.js";
import { GpuRollout } from "./gpu-games/gpu-rollout.js";
import { createTrainingGpuEnv } from "./gpu-games/training.js";
import { gae } from "./math/gae.js";
import { explainedVariance } from "./math/statistics.js";
import { Rollout, type RolloutBuffers } from "./rollout.js";

/** The settings that decide what is built. */
export interface OnPolicyConfig {
  readonly envs: number;
  readonly horizon: number;
  readonly rewardClip: number;
}

/** Games, network and rollout of one run. */
export interface OnPolicyParts {
  /** Key of everything random in the run. */
  readonly root: Key;
  readonly env: VectorEnv;
  readonly network: ActorCritic;
  readonly parameters: ParameterBuffer;
  readonly rollout: Rollout;
  /** Episodes that have ended since the last call. */
  readonly takeEpisodes: () => number;
}

/** Builds them; the games are not reset yet. @throws AgentError UNSUPPORTED_GAME */
export function createOnPolicyParts(
  algo: string,
  options: TrainerOptions,
  config: OnPolicyConfig,
  shape: NetworkShape,
): OnPolicyParts {
  const { device, createEncoder } = options;
  const root = key(options.seed);
  let episodes = 0;
  const env = createTrainingEnv(algo, options, config.envs, root.child("games"), (record) => {
    episodes++;
    options.onEpisode?.(record);
  });
  const { spec } = env;
  const weights = root.child("network");
  const network = new ActorCritic({ spec, device, key: weights, createEncoder, ...shape });
  const parameters = flatten(network);
  const rollout = new Rollout({
    env,
    network,
    device,
    horizon: config.horizon,
    rewardClip: config.rewardClip,
    key: root.child("actions"),
  });
  const takeEpisodes = (): number => {
    const taken = episodes;
    episodes = 0;
    return taken;
  };
  return { root, env, network, parameters, rollout, takeEpisodes };
}

/** Discount and mixing of generalised advantages. */
export interface GaeConfig {
  readonly gamma: number;
  readonly lambda: number;
}

/** Games and rollouts of a trainer that takes generalised advantages, wherever the games live. */
export interface Collector {
  readonly rollout: RolloutBuffers;
  /** The games on the processor; undefined where they live on the GPU. */
  readonly host: { readonly env: VectorEnv; readonly rollout: Rollout } | undefined;
  readonly env: TrainedGames;
  /** Fills advantages and returns of the rollout that was collected. */
  estimate(): void;
  /** How much of the returns' variance the values explained before the update. */
  explainedVariance(): number;
  /** Episodes that have ended since the last call. */
  takeEpisodes(): number;
  /** Starts all games anew. */
  reset(): void;
  /** The games' state, as VectorEnv.save: it goes on wherever games live. */
  saveGames(): VectorEnvState;
  restoreGames(state: VectorEnvState): void;
  /** Where the games live when the network is on a GPU, and why, in sentences. */
  readonly notes: readonly string[];
}

/** What a collecting trainer is built from. */
export type CollectingParts = Pick<OnPolicyParts, "root" | "network" | "parameters"> & {
  readonly collector: Collector;
};

/**
 * Builds games, network and rollout; on a GPU with its games, where the game translates and nothing else needs them on
 * the processor. @throws AgentError UNSUPPORTED_GAME
 */
export function createCollectingParts(
  algo: string,
  options: TrainerOptions,
  config: OnPolicyConfig & GaeConfig & { readonly curiosity: number },
  shape: NetworkShape,
): CollectingParts {
  const root = key(options.seed);
  const hostOnly = [
    shape.core ? "policies with memory" : [],
    config.curiosity > 0 ? "curiosity" : [],
  ];
  const found = createTrainingGpuEnv(options, config.envs, root.child("games"), hostOnly.flat());
  if (typeof found !== "string" && found !== undefined) {
    return gpuParts(options, config, shape, root, found);
  }
  const parts = createOnPolicyParts(algo, options, config, shape);
  const notes = found === undefined ? [] : [found];
  return { ...parts, collector: hostCollector(parts, config, notes) };
}

function gpuParts(
  options: TrainerOptions,
  config: OnPolicyConfig & GaeConfig,
  shape: NetworkShape,
  root: Key,
  games: GpuEnv,
): CollectingParts {
  const { device, createEncoder, onEpisode } = options;
  const { spec } = games;
  const weights = root.child("network");
  const network = new ActorCritic({ spec, device, key: weights, createEncoder, ...shape });
  const parameters = flatten(network);
  const rollout = new GpuRollout({
    ...{ env: games, network, horizon: config.horizon, rewardClip: config.rewardClip },
    ...{ gamma: config.gamma, lambda: config.lambda, key: root.child("actions") },
    onEpisode: (record) => onEpisode?.(record),
  });
  const { count, maxSteps } = games;
  const env: TrainedGames = {
    ...{ count, spec, maxSteps },
    current: (game) => rollout.current(game),
    dispose: () => {}, // the rollout owns the games
  };
  const collector: Collector = {
    ...{ rollout, env, host: undefined },
    notes: [`${count} games live on the GPU`],
    estimate: () => {}, // a part of the rollout's recording
    explainedVariance: () => rollout.explainedVariance(),
    takeEpisodes: () => rollout.episodes,
    reset: () => rollout.reset(),
    saveGames: () => rollout.saveGames(),
    restoreGames: (state) => rollout.restoreGames(state),
  };
  return { root, network, parameters, collector };
}

function hostCollector(
  { env, rollout, takeEpisodes }: OnPolicyParts,
  { gamma, lambda }: GaeConfig,
  notes: readonly string[],
): Collector {
  return {
    ...{ rollout, env, host: { env, rollout }, takeEpisodes, notes },
    estimate: () =>
      eachGroup(rollout, (group, advantages, returns) => {
        gae({ ...group, gamma, lambda }, advantages, returns);
      }),
    explainedVariance: () => rolloutExplainedVariance(rollout),
    reset: () => env.reset(),
    saveGames: () => env.save(),
    restoreGames: (state) => env.restore(state),
  };
}

/** Fills advantages and returns of a rollout; one group of games after the other. */
export function eachGroup(
  rollout: Rollout,
  estimate: (group: RolloutGroup, advantages: Float32Array, returns: Float32Array) => void,
): void {
  const { horizon, groupSize: count, host } = rollout;
  const block = horizon * count;
  for (let g = 0; g < rollout.groups; g++) {
    const [from, to] = [g * block, (g + 1) * block];
    const group = {
      horizon,
      count,
      rewards: host.rewards.subarray(from, to),
      values: host.values.subarray(from, to),
      lastValues: host.lastValues.subarray(g * count, (g + 1) * count),
      terminated: host.terminated.subarray(from, to),
      truncated: host.truncated.subarray(from, to),
      finalValues: host.finalValues.subarray(from, to),
    };
    estimate(group, host.advantages.subarray(from, to), host.returns.subarray(from, to));
  }
}

/** One group's part of a rollout, `[T, n]` each, as the functions of math/ take it. */
export interface RolloutGroup {
  readonly horizon: number;
  readonly count: number;
  readonly rewards: Float32Array;
  readonly values: Float32Array;
  /** `[n]` */
  readonly lastValues: Float32Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly finalValues: Float32Array;
}

/** How much of the returns' variance the values explained before the update. */
export function rolloutExplainedVariance({ host }: Rollout): number {
  return explainedVariance(host.values, host.returns);
}
