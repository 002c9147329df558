/**
 * What the on-policy trainers (PPO, A2C, V-trace) are built from: games, network, rollout. Not here:
 * losses, updates, what is saved.
 */
import { type Key, key, type VectorEnv } from "@carom/envs";
import { flatten, type ParameterBuffer } from "@carom/nn";
import { ActorCritic, type NetworkShape } from "./actor-critic.js";
import type { TrainerOptions } from "./agent.js";
import { type CollectedGames, createCountedEnv, hostGames } from "./games.js";
import type { GpuEnv } from "./gpu-games/env.js";
import { GpuRollout, gaeEstimator, type RolloutEstimator } from "./gpu-games/gpu-rollout.js";
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
  const games = root.child("games");
  const { env, takeEpisodes } = createCountedEnv(algo, options, config.envs, games);
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
  return { root, env, network, parameters, rollout, takeEpisodes };
}

/** Discount and mixing of generalised advantages. */
export interface GaeConfig {
  readonly gamma: number;
  readonly lambda: number;
}

/** Games and rollouts of a trainer, wherever the games live. */
export interface Collector extends CollectedGames {
  readonly rollout: RolloutBuffers;
  /** The games on the processor; undefined where they live on the GPU. */
  readonly host: { readonly env: VectorEnv; readonly rollout: Rollout } | undefined;
  /** Fills advantages and returns of the rollout that was collected. */
  estimate(): void;
  /** How much of the returns' variance the values explained before the update. */
  explainedVariance(): number;
}

/** What a collecting trainer is built from. */
export type CollectingParts = Pick<OnPolicyParts, "root" | "network" | "parameters"> & {
  readonly collector: Collector;
};

/**
 * Builds games, network and rollout, with generalised advantages; on a GPU with its games, where the game translates and
 * nothing else needs them on the processor. @throws AgentError UNSUPPORTED_GAME
 */
export function createCollectingParts(
  algo: string,
  options: TrainerOptions,
  config: OnPolicyConfig & GaeConfig & { readonly curiosity: number },
  shape: NetworkShape,
): CollectingParts {
  const hostOnly = config.curiosity > 0 ? ["curiosity"] : [];
  const games = key(options.seed).child("games");
  const found = createTrainingGpuEnv(options, config.envs, games, hostOnly);
  if (typeof found !== "string" && found !== undefined) {
    const estimator = (network: ActorCritic): RolloutEstimator => gaeEstimator(network, config);
    return createGpuParts(options, config, shape, { games: found, estimator });
  }
  const parts = createOnPolicyParts(algo, options, config, shape);
  const { rollout } = parts;
  const { gamma, lambda } = config;
  const estimate = (): void =>
    eachGroup(rollout, (group, advantages, returns) => {
      gae({ ...group, gamma, lambda }, advantages, returns);
    });
  return { ...parts, collector: createHostCollector(parts, estimate, found) };
}

/** Games on a GPU, and what is recorded after their rollouts by a network that plays. */
export interface GpuPartsOptions {
  readonly games: GpuEnv;
  readonly estimator: (network: ActorCritic) => RolloutEstimator;
}

/** Builds network and rollout of games on a GPU. */
export function createGpuParts(
  options: TrainerOptions,
  config: OnPolicyConfig,
  shape: NetworkShape,
  { games: env, estimator }: GpuPartsOptions,
): CollectingParts {
  const { device, createEncoder, onEpisode, onRemarkable } = options;
  const root = key(options.seed);
  const weights = root.child("network");
  const network = new ActorCritic({
    ...{ spec: env.spec, device, key: weights, createEncoder },
    ...shape,
  });
  const parameters = flatten(network);
  const rollout = new GpuRollout({
    ...{ env, network, horizon: config.horizon, rewardClip: config.rewardClip },
    ...{ estimate: estimator(network), key: root.child("actions") },
    onEpisode: (record) => onEpisode?.(record),
    onRemarkable,
  });
  const { games } = rollout;
  const collector: Collector = {
    ...{ rollout, env: games.env, host: undefined, notes: games.notes },
    estimate: () => {}, // a part of the rollout's recording
    explainedVariance: () => rollout.explainedVariance(),
    takeEpisodes: () => games.takeEpisodes(),
    reset: () => games.reset(),
    saveGames: () => games.saveGames(),
    restoreGames: (state) => games.restoreGames(state),
    saveStatistics: () => games.saveStatistics(),
  };
  return { root, network, parameters, collector };
}

/** A collector of games on the processor; `note` says why they are there, if there is something to say. */
export function createHostCollector(
  { env, rollout, takeEpisodes }: OnPolicyParts,
  estimate: () => void,
  note: string | undefined,
): Collector {
  return {
    ...hostGames(env, takeEpisodes, note),
    ...{ rollout, host: { env, rollout }, estimate },
    explainedVariance: () => rolloutExplainedVariance(rollout),
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
function rolloutExplainedVariance({ host }: Rollout): number {
  return explainedVariance(host.values, host.returns);
}
