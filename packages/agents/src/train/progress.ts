/** What an agent's training episodes have brought so far. */

/** Episodes in the window that a score is the mean of. */
export const scoreWindow = 100;

/** Counts training episodes and their raw returns. */
export class Progress {
  /** Episodes that ended. */
  episodes: number;
  private readonly returns: number[];

  /** @param returns the last ones, oldest first */
  constructor(episodes = 0, returns: readonly number[] = []) {
    this.episodes = episodes;
    this.returns = returns.slice(-scoreWindow);
  }

  /** Counts an episode that ended. */
  add(episodeReturn: number): void {
    this.episodes++;
    this.returns.push(episodeReturn + 0); // JSON has no -0
    if (this.returns.length > scoreWindow) this.returns.shift();
  }

  /** Counts episodes that ended, but whose returns are not known one by one: of games on a GPU. */
  addUntold(episodes: number): void {
    this.episodes += Math.max(0, episodes);
  }

  /** Mean of the last 100 returns, or of all so far; null before the first. */
  score(): number | null {
    const { returns } = this;
    return returns.length === 0 ? null : mean(returns);
  }

  /** Mean of the last 100 returns; null before there are 100, since a mean of few proves nothing. */
  fullScore(): number | null {
    return this.returns.length === scoreWindow ? this.score() : null;
  }

  /** A copy of the last returns, oldest first. */
  lastReturns(): number[] {
    return this.returns.slice();
  }
}

/** Mean of at least one number. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
