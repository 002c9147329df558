/**
 * Time for playback: how many seconds passed since the last frame, as far as playback may know.
 *
 * A hidden page, a debugger or a slow machine must not make the replay leap: a gap counts as at
 * most `maxGap`. Not a renderer's ticker: those scale and clamp their own way, and a replay must
 * not depend on them.
 */
export class FrameClock {
  private last: number | undefined;
  private readonly maxGap: number;

  /** @param maxGap longest time that one frame may account for, milliseconds */
  constructor(maxGap = 100) {
    this.maxGap = maxGap;
  }

  /**
   * Seconds since the previous call; 0 on the first call and after `pause`.
   * @param now milliseconds
   */
  tick(now: number): number {
    const gap = this.last === undefined ? 0 : Math.min(Math.max(0, now - this.last), this.maxGap);
    this.last = now;
    return gap / 1000;
  }

  /** Forgets the last frame: time until the next `tick` does not count. */
  pause(): void {
    this.last = undefined;
  }
}
