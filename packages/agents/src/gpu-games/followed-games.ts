/**
 * Games on a GPU that a trainer steps by recordings, and what is told of their episodes: all of the first few games, the
 * best and now and then the worst of the others (remarkable.ts), and sums over all. What leaves the GPU are a few small
 * copies per look.
 *
 * Decisions are read from the games' log, so what is told is what the games played, whatever stands around them.
 * Not here: how actions are chosen, what a learner keeps of the steps.
 */
import type { EpisodeRecord, VectorEnvState } from "@carom/envs";
import { capture, type Recording } from "@carom/tensor";
import type { TrainedGames } from "../agent.js";
import { AgentError } from "../errors.js";
import type { GpuEnv } from "./env.js";
import { EpisodeLogs } from "./episode-logs.js";
import type { GpuGames } from "./gpu-games.js";
import { Remarkable } from "./remarkable.js";

/** Most games of which all episodes are told. */
const MOST_WATCHED = 64;

/** Fewer games than these leave most of a GPU idle. */
const FEW = 1024;

/** Who is told of episodes. */
export interface EpisodeListeners {
  /** Called for every episode of a watched game that ended, in order of ending. */
  readonly onEpisode: (record: EpisodeRecord) => void;
  /** Called for the best and now and then the worst of the other games' episodes; absent: for none. */
  readonly onRemarkable?: ((record: EpisodeRecord) => void) | undefined;
}

/** What is followed. */
export interface FollowedGamesOptions extends EpisodeListeners {
  /** Games, and what stands around them. */
  readonly env: GpuEnv;
  /** Most steps of all games between two looks. */
  readonly steps: number;
}

/** Episodes that ended between two looks. */
export interface EndedEpisodes {
  /** How many, of all games. */
  readonly count: number;
  /** Those of watched games, in order of ending. */
  readonly watched: readonly EpisodeRecord[];
  /** Single ones of the other games. */
  readonly remarkable: readonly EpisodeRecord[];
}

/** See the head of the file. */
export class FollowedGames {
  /** What a trainer shows of them; disposing of it does nothing, the games' owner frees them. */
  readonly shown: TrainedGames;
  private readonly options: FollowedGamesOptions;
  private readonly logs: EpisodeLogs;
  private readonly remarkable: Remarkable;

  constructor(options: FollowedGamesOptions) {
    const { env, steps } = options;
    const { count, spec, maxSteps } = env;
    const watched = Math.min(count, MOST_WATCHED);
    this.options = options;
    env.core.follow(...decisionsOf(env, steps, watched));
    this.logs = new EpisodeLogs(env.core, watched);
    this.remarkable = new Remarkable(watched);
    this.shown = {
      ...{ count, spec, maxSteps },
      current: (game) => this.current(game),
      dispose: () => {},
    };
  }

  /**
   * Records `play`, which steps the games once. After the next `reset` or `restore`, and not before, they are as if
   * nothing had been played.
   *
   * @param steps how many: in `play` step i is told `time: i`
   */
  record(steps: number, play: () => void): Recording<unknown> {
    const { env } = this.options;
    env.reset();
    const untouched = env.depth > 0 ? env.save() : undefined; // wrappers have running statistics
    const recording = capture(
      env.device,
      () => {
        play();
        env.core.log.pass(steps);
      },
      { name: "play" },
    );
    // The recording has run once: take that back.
    env.statistics();
    if (untouched) env.restore(untouched);
    return recording;
  }

  /**
   * What has ended since the last look; waits for the GPU.
   *
   * @throws AgentError FAILED where a game broke: an action that is none, a reward that is no number
   */
  look(): EndedEpisodes {
    const { env, onRemarkable } = this.options;
    const watched = this.logs.take();
    const totals = env.statistics();
    if (totals.faults > 0) this.fail();
    const chosen = onRemarkable ? this.remarkable.choose(totals) : [];
    const remarkable = chosen.map((one) => this.logs.find(one)).filter((one) => one !== undefined);
    return { count: totals.episodes, watched, remarkable };
  }

  /** Calls the listeners. */
  tell({ watched, remarkable }: EndedEpisodes): void {
    const { onEpisode, onRemarkable } = this.options;
    for (const record of watched) onEpisode(record);
    for (const record of remarkable) onRemarkable?.(record);
  }

  /** Starts all games anew; tells what an opponent's first moves have ended already. */
  reset(): void {
    this.options.env.reset();
    this.remarkable.reset();
    this.tell({ count: 0, watched: this.logs.reset(), remarkable: [] });
  }

  /** Goes on from a saved state of games, of a GPU or a processor. */
  restore(state: VectorEnvState): void {
    this.options.env.restore(state);
    this.remarkable.reset();
    this.logs.restore(state.arrays);
  }

  /** The episode that a watched game plays; of the others only the number is known to the GPU. */
  private current(env: number): ReturnType<EpisodeLogs["current"]> {
    if (env < this.logs.count) return this.logs.current(env);
    throw new AgentError(
      "OUT_OF_RANGE",
      `games on a GPU: only the first ${this.logs.count} are watched (got ${env})`,
    );
  }

  private fail(): never {
    const [{ env, text }] = this.options.env.takeFaults();
    throw new AgentError("FAILED", `games on a GPU: game ${env}: ${text}`);
  }
}

/** What is to be said where games are few. @param how settings that many games go with, in words */
export function adviceOnCount(games: number, how: string): string[] {
  if (games >= FEW) return [];
  return [
    `envs is ${games}, and a GPU wants thousands: try envs=${how} (the guide "Games on a GPU" has settings to begin with)`,
  ];
}

/**
 * Steps of the games that lie between two cuts of the same one, at least. The time limit counts decisions, and with an
 * opponent, who moves by turns with the learner, two of them may be one step, and one more comes before the first.
 */
export function leastCut({ core, maxSteps }: GpuEnv): number {
  const isMatch = core.tensors.sides !== undefined;
  return isMatch ? Math.max(1, Math.floor((maxSteps - 1) / 2)) : maxSteps;
}

/** Decisions between two looks, and the ends that are kept: against an opponent there are more. */
function decisionsOf(env: GpuEnv, steps: number, games: number): Parameters<GpuGames["follow"]> {
  const isMatch = env.core.tensors.sides !== undefined;
  const decisions = steps * env.framesPerStep * (isMatch ? 4 : 1);
  return [decisions, { games, most: decisions }];
}
