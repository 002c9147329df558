/**
 * How fast the training plays one game, in decisions per second, measured from the live feed over a
 * few seconds.
 */

/** Seconds over which the rate is averaged. */
const WINDOW = 4;

export class FeedRate {
  /** Decisions per second and board; undefined until there is a second of data. */
  perBoard: number | undefined;
  private pending = 0;
  private samples: { at: number; decisions: number }[] = [];

  /** Counts decisions that arrived, of any board. */
  add(decisions: number): void {
    this.pending += decisions;
  }

  /**
   * Ends a frame.
   * @param now milliseconds
   * @param boards boards that the feed carries
   */
  frame(now: number, boards: number): void {
    this.samples.push({ at: now, decisions: this.pending });
    this.pending = 0;
    this.samples = this.samples.filter((sample) => sample.at >= now - WINDOW * 1000);
    const seconds = (now - this.samples[0].at) / 1000;
    if (seconds < 1 || boards === 0) return;
    const decisions = this.samples.slice(1).reduce((sum, sample) => sum + sample.decisions, 0);
    this.perBoard = decisions / seconds / boards;
  }
}
