/**
 * When the run keeps its policy: at the start, soon after, and then less and less often, so that a
 * training of twenty seconds has some twenty-five and one of ten hours eighty. Taking them never costs
 * more than a small share of the time, whatever the network's size.
 */

/** Seconds from the start to the second policy. */
const firstGap = 0.2;
/** Seconds to the next policy as a share of those that training has taken. */
const growth = 0.15;
/** Largest share of the time that taking policies may cost. */
const maxShare = 0.01;

/** Decides after each iteration. */
export class SnapshotSchedule {
  private next: number;
  private spent = 0;
  private readonly began: number;

  /** @param seconds that training has taken when it begins or goes on */
  constructor(seconds: number) {
    this.began = seconds;
    this.next = seconds + gap(seconds);
  }

  /** Whether a policy is due at `seconds` of training. */
  isDue(seconds: number): boolean {
    return seconds >= this.next && this.spent <= maxShare * (seconds - this.began);
  }

  /** A policy was taken at `seconds`, which cost `cost` seconds. */
  taken(seconds: number, cost: number): void {
    this.spent += cost;
    this.next = seconds + gap(seconds);
  }
}

function gap(seconds: number): number {
  return Math.max(firstGap, growth * seconds);
}
