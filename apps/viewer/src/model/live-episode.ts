/** An episode that is still being played somewhere else: its actions arrive bit by bit. */
import {
  type Action,
  type ActionReader,
  type ActionSpace,
  actionBytes,
  actionReader,
  forFirstPlayer,
  type Game,
} from "@carom/envs";
import type { Player } from "./film.js";

/** What is known so far; written only by the one who receives (live-board.ts). */
export class LiveEpisode {
  readonly env: number;
  readonly episode: number;
  readonly seed: number;
  /** True when no more will come: the environment plays another episode now. */
  over = false;
  private readonly width: number;
  private readonly read: ActionReader;
  private actions = new Uint8Array(256);
  private received = 0;

  /** @param space what an action of the game is */
  constructor(env: number, episode: number, seed: number, space: ActionSpace) {
    this.env = env;
    this.episode = episode;
    this.seed = seed;
    this.width = actionBytes(space);
    this.read = actionReader(space);
  }

  /** Decisions received; of one that is on its way there may be some bytes already. */
  get length(): number {
    return Math.floor(this.received / this.width);
  }

  /** A vector is valid until the next call. */
  action(step: number): Action {
    return this.read(this.actions, step * this.width);
  }

  /** The bytes of the first `length` decisions, copied. */
  bytes(length: number = this.length): Uint8Array<ArrayBuffer> {
    return this.actions.slice(0, Math.min(length, this.length) * this.width);
  }

  /**
   * Adds bytes of actions that begin at byte `from`; false if some before them are missing. Known
   * ones are not touched.
   */
  add(from: number, actions: Uint8Array): boolean {
    if (from > this.received) return false;
    const fresh = actions.subarray(this.received - from);
    const received = this.received + fresh.length;
    if (received > this.actions.length) {
      const larger = new Uint8Array(Math.max(received, this.actions.length * 2));
      larger.set(this.actions);
      this.actions = larger;
    }
    this.actions.set(fresh, this.received);
    this.received = received;
    return true;
  }
}

/**
 * Plays a live episode. Going back starts over: re-simulating costs less than a millisecond per
 * thousand decisions.
 */
export class LivePlayer implements Player {
  readonly game: Game;
  readonly episode: LiveEpisode;
  step = 0;
  /** Sum of rewards up to `step`. */
  score = 0;

  constructor(game: Game, episode: LiveEpisode) {
    this.game = game;
    this.episode = episode;
    this.restart();
  }

  seek(step: number): void {
    const target = Math.min(Math.max(0, step), this.episode.length);
    if (target < this.step) this.restart();
    while (this.step < target && !this.game.terminated) {
      const mover = this.game.player;
      const reward = this.game.step(this.episode.action(this.step));
      this.score += forFirstPlayer(mover, reward);
      this.step++;
    }
  }

  private restart(): void {
    this.game.seed(this.episode.seed);
    this.game.reset();
    this.step = 0;
    this.score = 0;
  }
}
