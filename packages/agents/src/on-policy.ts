/**
 * What the on-policy trainers (PPO, A2C, V-trace) are built from: games, network, rollout. Not here:
 * losses, updates, what is saved.
 */
import { type Key, key, type VectorEnv } from "@carom/envs";
import { flatten, type ParameterBuffer } from "@carom/nn";
import { ActorCritic, type NetworkShape } from "./actor-critic.js";
import type { TrainerOptions } from "./agent.js";
import { createTrainingEnv } from "./games.js";
import { explainedVariance } from "./math/statistics.js";
import { Rollout } from "./rollout.js";

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
