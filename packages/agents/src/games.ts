/** Making the vector env that an algorithm trains on, with the checks that every algorithm needs. */
import { type EpisodeRecord, type Key, VectorEnv } from "@carom/envs";
import type { TrainerOptions } from "./agent.js";
import { AgentError } from "./errors.js";

/**
 * A vector env of `count` games for training.
 *
 * @throws AgentError UNSUPPORTED_GAME when the game's actions are not discrete.
 */
export function createTrainingEnv(
  algo: string,
  options: Pick<TrainerOptions, "game" | "variant">,
  count: number,
  key: Key,
  onEpisode: (record: EpisodeRecord) => void,
): VectorEnv {
  const { game, variant = game.defaultVariant } = options;
  const { kind } = game.create(variant).spec.actions;
  if (kind !== "discrete") {
    throw new AgentError(
      "UNSUPPORTED_GAME",
      `${algo}: takes games with discrete actions (got ${game.id}, whose actions are a ${kind})`,
    );
  }
  return new VectorEnv(game, { count, key, variant, onEpisode });
}
