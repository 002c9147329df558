/**
 * The scale of curiosity's rewards: the running standard deviation of their discounted returns, which
 * run on past the ends of episodes (Burda et al. 2018, section 2.4).
 *
 *   R_t = gamma R_{t-1} + e_t,   r_t = e_t / std(R)
 */

/** The state, for saving. */
export interface ReturnScaleState {
  readonly running: Float64Array;
  readonly count: number;
  readonly mean: number;
  readonly spread: number;
}

/** Running returns of `games` streams of rewards, and their spread over everything seen. */
export class ReturnScale {
  private readonly gamma: number;
  private readonly running: Float64Array; // R of every game
  private count = 0;
  private mean = 0;
  private spread = 0; // sum of squared distances from the mean

  constructor(games: number, gamma: number) {
    this.gamma = gamma;
    this.running = new Float64Array(games);
  }

  /**
   * Takes the errors of `games` games from game `from` on, `[T, games]` flattened.
   */
  add(errors: Float32Array, from: number, games: number): void {
    for (let at = 0; at < errors.length; at++) {
      const game = from + (at % games);
      this.running[game] = this.gamma * this.running[game] + errors[at];
      this.count += 1;
      const away = this.running[game] - this.mean;
      this.mean += away / this.count;
      this.spread += away * (this.running[game] - this.mean);
    }
  }

  /** Standard deviation of the returns; 1 before there are two that differ. */
  get deviation(): number {
    return this.spread > 0 ? Math.sqrt(this.spread / this.count) : 1;
  }

  save(): ReturnScaleState {
    const { running, count, mean, spread } = this;
    return { running: running.slice(), count, mean, spread };
  }

  restore(state: ReturnScaleState): void {
    this.running.set(state.running);
    this.count = state.count;
    this.mean = state.mean;
    this.spread = state.spread;
  }
}
