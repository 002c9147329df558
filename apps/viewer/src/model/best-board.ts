/**
 * Which live game is the best at the moment, without flicker: another one takes its place only when
 * it is clearly ahead and the present one was watched for a while, or has ended.
 */

/** A live game that may be shown. */
export interface Contender {
  readonly env: number;
  readonly score: number;
  /** False once its episode has ended. */
  readonly running: boolean;
}

/** Seconds for which a game stays at least. */
const STAY = 4;
/** How far ahead another one must be, as a share of the present score. */
const MARGIN = 0.1;
/** Seconds that the end of a game stays. */
const REST = 1.2;

export class BestBoard {
  /** The game that is shown. */
  env: number | undefined;
  private watched = 0;
  private rested = 0;

  /** Begins anew: the next `choose` takes the best at once. */
  reset(): void {
    this.env = undefined;
  }

  /** The game to show after `seconds` more. */
  choose(contenders: readonly Contender[], seconds: number): number | undefined {
    this.watched += seconds;
    const running = contenders.filter((one) => one.running);
    const first = running.reduce<Contender | undefined>(
      (best, one) => (best && best.score >= one.score ? best : one),
      undefined,
    );
    if (first && this.isToChange(contenders, first, seconds)) {
      this.env = first.env;
      this.watched = 0;
    }
    return this.env;
  }

  private isToChange(contenders: readonly Contender[], first: Contender, seconds: number): boolean {
    const present = contenders.find((one) => one.env === this.env);
    if (!present) return true;
    this.rested = present.running ? 0 : this.rested + seconds;
    if (!present.running) return this.rested >= REST;
    const margin = MARGIN * Math.abs(present.score);
    return this.watched >= STAY && first.score > present.score + margin;
  }
}
