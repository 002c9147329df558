/**
 * What a recorded episode says before it is watched: the return at every decision, and whether the
 * game of this page plays it as it was recorded. Works in slices, so that a long episode does not
 * hold up a frame.
 */
import {
  type ActionReader,
  actionReader,
  checksum,
  forFirstPlayer,
  type Game,
  type Replay,
} from "@carom/envs";

/** Decisions between the checksums of a replay. */
const CHECK_EVERY = 64;

export class Analysis {
  /** Sum of rewards after each decision: [done + 1] values are valid. */
  readonly returns: Float64Array;
  /** Decisions simulated so far. */
  done = 0;
  /**
   * First decision at which the state was seen to differ from the recording; undefined while there
   * is none.
   */
  mismatch: number | undefined;
  /** True where the game of this page ends the episode before its recording does. */
  private cutShort = false;
  private readonly replay: Replay;
  private readonly game: Game;
  private readonly compares: boolean;
  private readonly read: ActionReader;

  /**
   * @param game a game of its own, of the replay's game and variant
   * @param compares whether its states are to be those of the recording
   */
  constructor(replay: Replay, game: Game, compares = true) {
    this.replay = replay;
    this.game = game;
    this.compares = compares;
    this.read = actionReader(game.spec.actions);
    this.returns = new Float64Array(replay.length + 1);
    game.seed(replay.seed);
    game.reset();
    this.compare();
  }

  get finished(): boolean {
    return this.cutShort || this.done >= this.replay.length;
  }

  /** Simulates up to `steps` decisions more; returns whether the analysis is finished. */
  work(steps: number): boolean {
    const { replay, game, returns } = this;
    const end = Math.min(replay.length, this.done + steps);
    while (this.done < end && !this.cutShort) {
      if (game.terminated) {
        this.mismatch ??= this.done;
        this.cutShort = true;
        break;
      }
      const mover = game.player;
      const own = game.step(this.read(replay.actions, this.done * replay.width));
      const reward = forFirstPlayer(mover, own);
      returns[this.done + 1] = returns[this.done] + reward;
      this.done++;
      this.compare();
    }
    return this.finished;
  }

  private compare(): void {
    const { replay, done } = this;
    const atEnd = done === replay.length;
    if (!this.compares || (done % CHECK_EVERY !== 0 && !atEnd)) return;
    const index = atEnd ? replay.checksums.length - 1 : done / CHECK_EVERY;
    if (checksum(this.game) !== replay.checksums[index]) this.mismatch ??= done;
  }
}

/**
 * The curve of returns as the `d` of an SVG path in a box of `width` x `height`; the area between
 * it and zero.
 * @param returns after each decision so far; the curve stays level where they end
 * @param length decisions along the whole width
 * @param box `columns`: most points along the width
 */
export function areaPath(
  returns: Float64Array,
  length: number,
  box: { readonly width: number; readonly height: number; readonly columns: number },
): string {
  const { width, height } = box;
  const low = returns.reduce((least, value) => Math.min(least, value), 0);
  const high = returns.reduce((most, value) => Math.max(most, value), 0);
  const span = high - low || 1;
  const columns = Math.max(1, Math.min(box.columns, length));
  const zero = (height * (1 - (0 - low) / span)).toFixed(1);
  const parts = [`M0 ${zero}`];
  for (let c = 0; c <= columns; c++) {
    const value = returns[Math.min(Math.round((c / columns) * length), returns.length - 1)];
    const y = height * (1 - (value - low) / span);
    parts.push(`L${((c / columns) * width).toFixed(1)} ${y.toFixed(1)}`);
  }
  return `${parts.join("")}L${width} ${zero}Z`;
}
