/**
 * Makes the vector envs of a run, wherever the games live: in the thread that trains, on threads of
 * their own, or in a Python process.
 */
import { createLocalEnv, type EnvFactory, type EnvRequest } from "@carom/agents";
import { type VectorEnv, wrapAll } from "@carom/envs";
import { createWorkerEnv } from "@carom/envs/workers";
import { GymVectorEnv, isGymId } from "@carom/gym";
import { CliError } from "../errors.js";

/**
 * A factory for one game's envs.
 * @param module where other threads import the game from; null where its name says it all
 */
export function envFactory(module: string | null): EnvFactory {
  return (request) => {
    const { game, workers, ...options } = request;
    if (isGymId(game.id)) return createGymEnv(request);
    if (workers === 0) return createLocalEnv(request);
    const source = module === null ? { id: game.id } : { id: game.id, module };
    return createWorkerEnv(game, { ...options, source, workers });
  };
}

/** Environments in Python. Their faults never end a training: a process may die of anything. */
function createGymEnv(request: EnvRequest): VectorEnv {
  const { game, count, key, wrappers, workers, onEpisode, onFault } = request;
  if (workers > 0) {
    throw new CliError(
      "BAD_VALUE",
      `envWorkers: ${game.id} runs in one Python process (got ${workers} threads, expected 0)`,
    );
  }
  const env = new GymVectorEnv({ id: game.id, count, key, onEpisode, onFault });
  return wrapAll(env, wrappers);
}
