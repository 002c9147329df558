/**
 * One board of the live grid: receives what an environment did, and plays it at a speed people can
 * follow.
 *
 * Training is hundreds of times faster than watching, so a board cannot show every episode:
 *   [L1] it plays an episode from its start at the watching speed;
 *   [L2] at the end it rests a moment on the last picture, then jumps to the newest episode of its
 *     environment;
 *   [L3] an episode that takes longer than `PATIENCE` to watch is left for the newest one, if there
 *     is a newer;
 *   [L4] where the training is slower than the watching, it waits for the next decision.
 */
import type { Game } from "@carom/envs";
import type { LivePart } from "@carom/runs/formats";
import { Film } from "./film.js";
import { LiveEpisode, LivePlayer } from "./live-episode.js";
import type { PrimitiveList } from "./primitives.js";

/** Seconds of watching after which an outdated episode is left. */
const PATIENCE = 60;
/** Seconds that the last picture of an episode stays. */
const REST = 0.8;

export class LiveBoard {
  readonly env: number;
  /** The newest episode of the environment. */
  newest: LiveEpisode | undefined;
  /** Decisions received, over all episodes, without what was sent twice. */
  received = 0;
  private readonly createGame: () => Game;
  private game: Game | undefined;
  private player: LivePlayer | undefined;
  private film: Film | undefined;
  private position = 0;
  private rested = 0;

  constructor(env: number, createGame: () => Game) {
    this.env = env;
    this.createGame = createGame;
  }

  /** The episode on the board. */
  get watched(): LiveEpisode | undefined {
    return this.player?.episode;
  }

  /** Decisions of the watched episode that are on the board. */
  get step(): number {
    return Math.floor(this.position);
  }

  /** Sum of rewards up to the picture on the board. */
  get score(): number {
    return this.player?.score ?? 0;
  }

  /** Whether the watched episode goes on. */
  get running(): boolean {
    return this.player !== undefined && !this.isDone(this.player);
  }

  /** Size of the board in board units; undefined before the first episode. */
  get board(): { readonly width: number; readonly height: number } | undefined {
    return this.player?.game.spec.board;
  }

  /** The picture on the board; undefined before the first one. */
  get picture(): PrimitiveList | undefined {
    return this.film?.picture;
  }

  /**
   * Takes what a frame says of this environment; false if something before it is missing and must
   * be asked for.
   */
  receive(part: LivePart): boolean {
    let current = this.newest;
    const isOther = part.seed !== undefined && current?.seed !== part.seed;
    if (!current || current.episode !== part.episode || isOther) {
      if (part.seed === undefined) return false;
      if (current) current.over = true;
      this.game ??= this.createGame();
      current = new LiveEpisode(part.env, part.episode, part.seed, this.game.spec.actions);
      this.newest = current;
    }
    const before = current.length;
    if (!current.add(part.from, part.actions)) return false;
    this.received += current.length - before;
    if (!this.player) this.watch(current);
    return true;
  }

  /**
   * Lets time pass; returns whether the picture changed.
   * @param seconds of watching
   */
  advance(seconds: number, smooth: boolean): boolean {
    const { player, film } = this;
    if (!player || !film) return false;
    if (this.isDone(player)) {
      this.rested += seconds;
      if (this.rested < REST || !this.newest || this.newest === player.episode) return false;
      this.watch(this.newest);
      return true;
    }
    const { decisionsPerSecond } = player.game.spec;
    this.position = Math.min(this.position + seconds * decisionsPerSecond, player.episode.length);
    if (this.newest !== player.episode && this.position > PATIENCE * decisionsPerSecond) {
      if (this.newest) this.watch(this.newest);
      return true;
    }
    const changed = film.show(this.position, smooth);
    if (player.game.terminated) this.position = Math.min(this.position, player.step);
    return changed;
  }

  private isDone({ episode, game }: LivePlayer): boolean {
    return this.position >= episode.length && (episode.over || game.terminated);
  }

  /** Puts an episode on the board, from its start. */
  private watch(episode: LiveEpisode): void {
    this.game ??= this.createGame();
    this.player = new LivePlayer(this.game, episode);
    this.film = new Film(this.player);
    this.position = 0;
    this.rested = 0;
    this.film.show(0, false);
  }
}
