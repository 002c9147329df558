/**
 * Makes the vector envs of a run, wherever the games live: in the thread that trains, on threads of
 * their own, or in a Python process.
 */
import { createLocalEnv, type EnvFactory } from "@carom/agents";
import { createWorkerEnv } from "@carom/envs/workers";

/**
 * A factory for one game's envs.
 * @param module where other threads import the game from; null where its name says it all
 */
export function envFactory(module: string | null): EnvFactory {
  return (request) => {
    const { game, workers, ...options } = request;
    if (workers === 0) return createLocalEnv(request);
    const source = module === null ? { id: game.id } : { id: game.id, module };
    return createWorkerEnv(game, { ...options, source, workers });
  };
}
