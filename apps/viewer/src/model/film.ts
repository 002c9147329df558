/**
 * Pictures of an episode at any moment, whole or in between.
 *
 * A film re-simulates: it moves a player to the decisions it needs and lets the game draw itself.
 * Between decisions n and n + 1 it blends their pictures (blend.ts); at a whole decision it shows
 * exactly that picture. Works on anything that can seek: a recorded replay or an episode that is
 * still being played (live-episode.ts).
 */
import type { Game } from "@carom/envs";
import { blend, pair, reachOf } from "./blend.js";
import { PrimitiveList } from "./primitives.js";

/**
 * An episode that can be put on any decision. `seek` clamps to what is known and leaves `game` in
 * that state.
 */
export interface Player {
  readonly game: Game;
  readonly step: number;
  seek(step: number): void;
}

export class Film {
  /** The picture of the last `show`. */
  readonly picture: PrimitiveList = new PrimitiveList();
  readonly player: Player;
  private from = new PrimitiveList();
  private to = new PrimitiveList();
  private fromStep = -1;
  private toStep = -1;
  private pairs = new Int32Array(64);
  private shown = Number.NaN;

  constructor(player: Player) {
    this.player = player;
  }

  /**
   * Brings `picture` to a position in decisions; returns whether it changed.
   * @param smooth false: the picture of the decision that began last, without blending
   */
  show(position: number, smooth: boolean): boolean {
    const wanted = smooth ? position : Math.floor(position);
    if (wanted === this.shown) return false;
    this.shown = wanted;
    const step = Math.floor(wanted);
    this.prepareFrom(step);
    if (wanted === step) {
      // The player itself must stand here too: checksums are taken from its game.
      if (this.player.step !== step) this.player.seek(step);
      this.picture.copyFrom(this.from);
      return true;
    }
    this.prepareTo(step + 1);
    blend(this.picture, this.from, this.to, this.pairs, wanted - step);
    return true;
  }

  /** Forgets all pictures: the player shows another episode now. */
  reset(): void {
    this.fromStep = -1;
    this.toStep = -1;
    this.shown = Number.NaN;
  }

  private prepareFrom(step: number): void {
    if (this.fromStep === step) return;
    if (this.toStep === step) {
      [this.from, this.to] = [this.to, this.from];
      this.toStep = -1;
    } else {
      this.draw(this.from, step);
    }
    this.fromStep = step;
  }

  private prepareTo(step: number): void {
    if (this.toStep === step) return;
    this.draw(this.to, step);
    this.toStep = step;
    const reach = reachOf(this.player.game.spec.board);
    this.pairs = pair(this.from, this.to, reach, this.pairs) as Int32Array<ArrayBuffer>;
  }

  private draw(list: PrimitiveList, step: number): void {
    this.player.seek(step);
    list.clear();
    this.player.game.draw(list);
  }
}
