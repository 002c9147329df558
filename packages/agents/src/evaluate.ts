/** Plays a policy on fresh games and reports what they returned: raw rewards, no learning. */
import { type GameDefinition, key, type VectorEnv } from "@carom/envs";
import type { Policy } from "./agent.js";
import { AgentError } from "./errors.js";
import { createEvaluationEnv } from "./games.js";

/** How to evaluate. */
export interface EvaluateOptions {
  /** Complete episodes to play. */
  readonly episodes: number;
  /** Most probable action instead of a sampled one. */
  readonly greedy: boolean;
  /** Root of the games' seeds; evaluation games never share a stream with training games. */
  readonly seed: number;
  /** Variant of the game; its default when absent. */
  readonly variant?: string;
  /** The games to play, from `createEvaluationEnv`; made from the game as it is when absent. */
  readonly env?: VectorEnv;
  /** Called after each finished episode with the number finished so far. */
  readonly onProgress?: (finished: number) => void;
}

/** Raw returns and lengths (decisions) of the episodes, in order of game index. */
export interface Evaluation {
  /** Sum of raw rewards of each episode. */
  readonly returns: number[];
  /** Decisions of each episode. */
  readonly lengths: number[];
}

/**
 * Plays `episodes` complete episodes, `policy.count` games side by side.
 *
 * Game i plays the same number of episodes (give or take one) whatever their length, so short episodes
 * are not over-represented.
 *
 * @throws AgentError OUT_OF_RANGE when `episodes` is not a positive whole number.
 */
export function evaluate(
  policy: Policy,
  game: GameDefinition,
  options: EvaluateOptions,
): Evaluation {
  const { episodes, greedy, seed, variant = game.defaultVariant, onProgress } = options;
  if (!Number.isInteger(episodes) || episodes < 1) {
    throw new AgentError("OUT_OF_RANGE", `evaluate: episodes must be at least 1 (got ${episodes})`);
  }
  const { count } = policy;
  const results: { order: number; return: number; length: number }[] = [];
  const played = new Int32Array(count);
  const root = key(seed).child("evaluation");
  const env = options.env ?? createEvaluationEnv({ game, variant, count, key: root });
  if (env.count !== count) {
    const got = `got ${env.count}, expected ${count}`;
    throw new AgentError(
      "OUT_OF_RANGE",
      `evaluate: env must have the policy's number of games (${got})`,
    );
  }
  env.reset();
  const starts = new Uint8Array(count).fill(1);
  while (results.length < episodes) {
    policy.act(env.observations, env.actions, { greedy, starts, masks: env.masks });
    env.step();
    for (let i = 0; i < count; i++) {
      starts[i] = env.terminated[i] | env.truncated[i];
      if (env.terminated[i] === 0 && env.truncated[i] === 0) continue;
      const order = played[i]++ * count + i;
      if (order >= episodes) continue;
      results.push({ order, return: env.episodeReturn[i], length: env.episodeLength[i] });
      onProgress?.(results.length);
    }
  }
  results.sort((a, b) => a.order - b.order);
  return { returns: results.map((r) => r.return), lengths: results.map((r) => r.length) };
}
