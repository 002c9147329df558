/** Making the vector envs that algorithms train on and are evaluated on. */
import {
  type ActionSpace,
  createVectorEnv,
  type EpisodeRecord,
  type Fault,
  type GameDefinition,
  type Key,
  loadStatistics,
  type SavedStatistics,
  saveStatistics,
  specOf,
  type VectorEnv,
  type VectorEnvState,
  type WrapperSpec,
} from "@carom/envs";
import type { SavedState, TrainedGames, TrainerOptions } from "./agent.js";
import type { Config } from "./config.js";
import { type EnvConfig, envConfig, wrappersOf } from "./env-config.js";
import { AgentError } from "./errors.js";
import { savedPart } from "./saved-state.js";

/** The games that a trainer collects from, wherever they live. */
export interface CollectedGames {
  /** What is shown of them. */
  readonly env: TrainedGames;
  /** Where they live when the network is on a GPU, and why, in sentences. */
  readonly notes: readonly string[];
  /** Episodes that have ended since the last call. */
  takeEpisodes(): number;
  /** Starts all games anew. */
  reset(): void;
  /** The games' state, as VectorEnv.save: it goes on wherever games live. */
  saveGames(): VectorEnvState;
  /** Goes on from a saved state of games, of a GPU or a processor. */
  restoreGames(state: VectorEnvState): void;
  /** The games' running statistics alone. */
  saveStatistics(): SavedStatistics;
}

/** What an env is to be. */
export interface EnvRequest {
  /** The game to play. */
  readonly game: GameDefinition;
  /** Its rule set. */
  readonly variant: string;
  /** Number of games. */
  readonly count: number;
  /** Root of their seeds. */
  readonly key: Key;
  /** From the inside out. */
  readonly wrappers: readonly WrapperSpec[];
  /** Threads for the games; 0 for the thread that calls. */
  readonly workers: number;
  /** What a game that fails does. */
  readonly faults: "throw" | "truncate";
  /** Called for every episode that ends. */
  readonly onEpisode?: (record: EpisodeRecord) => void;
  /** Called for every game that failed, where faults are survived. */
  readonly onFault?: (fault: Fault) => void;
}

/** Makes envs; the default one makes them in the thread that calls. */
export type EnvFactory = (request: EnvRequest) => VectorEnv;

/** Games in this thread. @throws AgentError UNSUPPORTED_GAME where other threads are asked for. */
export const createLocalEnv: EnvFactory = ({ game, workers, ...options }) => {
  if (workers === 0) return createVectorEnv(game, options);
  throw new AgentError(
    "UNSUPPORTED_GAME",
    `envWorkers: games on other threads need an env factory that makes them (got ${workers} threads, expected 0)`,
  );
};

/**
 * A vector env of `count` games for training.
 *
 * @param kinds of action that the algorithm takes; all when absent
 * @throws AgentError UNSUPPORTED_GAME when the game's actions are of another kind.
 */
export function createTrainingEnv(
  algo: string,
  options: Pick<TrainerOptions, "game" | "variant" | "config" | "createEnv" | "onFault">,
  count: number,
  key: Key,
  onEpisode: (record: EpisodeRecord) => void,
  kinds: readonly ActionSpace["kind"][] = ["discrete", "box", "multi-discrete", "multi-binary"],
): VectorEnv {
  const { game, variant = game.defaultVariant, createEnv = createLocalEnv, onFault } = options;
  assertActions(algo, options, kinds);
  const config = envConfig(options.config);
  return createEnv({
    game,
    variant,
    count,
    key,
    wrappers: wrappersOf(config, game, variant, "training"),
    workers: config.envWorkers,
    faults: faultsOf(config),
    onEpisode,
    ...(onFault && { onFault }),
  });
}

/** @throws AgentError UNSUPPORTED_GAME when the game's actions are of another kind than `kinds`. */
export function assertActions(
  algo: string,
  { game, variant = game.defaultVariant }: Pick<TrainerOptions, "game" | "variant">,
  kinds: readonly ActionSpace["kind"][],
): void {
  const { kind } = specOf(game, variant).actions;
  if (kinds.includes(kind)) return;
  throw new AgentError(
    "UNSUPPORTED_GAME",
    `${algo}: takes games with ${kinds.join(" or ")} actions (got ${game.id}, whose actions are a ${kind})`,
  );
}

/** An env for training whose episodes are counted, as `createTrainingEnv` makes it; not reset yet. */
export function createCountedEnv(
  algo: string,
  options: TrainerOptions,
  count: number,
  key: Key,
): { readonly env: VectorEnv; readonly takeEpisodes: () => number } {
  let episodes = 0;
  const onEpisode = (record: EpisodeRecord): void => {
    episodes++;
    options.onEpisode?.(record);
  };
  const env = createTrainingEnv(algo, options, count, key, onEpisode);
  const takeEpisodes = (): number => {
    const taken = episodes;
    episodes = 0;
    return taken;
  };
  return { env, takeEpisodes };
}

/** Games on the processor; `note` says why they are there, if there is something to say. */
export function hostGames(
  env: VectorEnv,
  takeEpisodes: () => number,
  note: string | undefined,
): CollectedGames {
  return {
    ...{ env, takeEpisodes, notes: note === undefined ? [] : [note] },
    reset: () => env.reset(),
    saveGames: () => env.save(),
    restoreGames: (state) => env.restore(state),
    saveStatistics: () => saveStatistics(env),
  };
}

/** A game that hangs can only be survived where it has a thread of its own. */
function faultsOf({ faults, envWorkers }: EnvConfig): EnvRequest["faults"] {
  if (faults === "auto") return envWorkers > 0 ? "truncate" : "throw";
  return faults === "truncate" ? "truncate" : "throw";
}

/** What an evaluation's games are made from. */
export interface EvaluationEnvOptions {
  /** The game to play. */
  readonly game: GameDefinition;
  /** Variant of the game; its default when absent. */
  readonly variant?: string;
  /** The configuration that the policy was trained with; without one the games stand bare. */
  readonly config?: Config;
  /** A trainer's saved state, whose running statistics are used as they are. */
  readonly state?: SavedState;
  /** Number of games. */
  readonly count: number;
  /** Root of their seeds. */
  readonly key: Key;
  /** Makes the env; games in this thread when absent. */
  readonly createEnv?: EnvFactory;
}

/** The games as a trained policy sees them, with raw rewards and the game's own ends. */
export function createEvaluationEnv(options: EvaluationEnvOptions): VectorEnv {
  const { game, variant = game.defaultVariant, config, state, count, key } = options;
  const { createEnv = createLocalEnv } = options;
  const wrappers = wrappersOf(envConfig(config ?? {}), game, variant, "evaluation");
  const env = createEnv({ game, variant, count, key, wrappers, workers: 0, faults: "throw" });
  if (state) loadStatistics(env, savedPart<VectorEnvState>(state, "env"));
  return env;
}
