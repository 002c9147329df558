/**
 * Which of the many episodes of a run are kept for the viewer: the first, every new best, the newest
 * every few seconds and the worst every half minute. Fast learners end thousands of episodes per
 * second; what is kept is bounded by time, not by their number.
 */
import type { EpisodeRecord } from "@carom/envs";
import type { KeepReason, KeptEpisode } from "./protocol.js";

/** Seconds between two new bests; the better of two that come closer together is kept. */
const bestEvery = 1;
/** Seconds between two newest at the start; grows with the run, so that their number stays small. */
const newestEvery = 2;
/** Share of the seconds so far that lies between two newest later on. */
const newestShare = 1 / 300;
/** Seconds between two worst. */
const worstEvery = 30;

/** Collects candidates as episodes end and gives out those to keep. */
export class EpisodeKeeper {
  private best: number;
  private isFirst: boolean;
  private readonly pending = new Map<KeepReason, EpisodeRecord>();
  private readonly dueAt: Record<KeepReason, number> = {
    first: 0,
    best: 0,
    newest: 0,
    worst: worstEvery,
  };

  /** @param best the best return so far; null for a run that begins. */
  constructor(best: number | null) {
    this.best = best ?? Number.NEGATIVE_INFINITY;
    this.isFirst = best === null;
  }

  /** Looks at an episode that ended. */
  offer(record: EpisodeRecord): void {
    if (this.isFirst) this.pending.set("first", record);
    this.isFirst = false;
    if (record.return > this.best) {
      this.best = record.return;
      this.pending.set("best", record);
    }
    this.pending.set("newest", record);
    const worst = this.pending.get("worst");
    if (worst === undefined || record.return < worst.return) this.pending.set("worst", record);
  }

  /**
   * The episodes to keep now, each once, with the first reason that holds for it.
   *
   * @param steps env steps of the run.
   * @param seconds seconds since the keeper began.
   */
  collect(steps: number, seconds: number): KeptEpisode[] {
    const kept = new Map<EpisodeRecord, KeptEpisode>();
    for (const reason of ["first", "best", "worst", "newest"] as const) {
      const record = this.pending.get(reason);
      if (record === undefined || seconds < this.dueAt[reason]) continue;
      this.pending.delete(reason);
      this.dueAt[reason] = seconds + interval(reason, seconds);
      if (!kept.has(record)) kept.set(record, { ...record, reason, steps });
    }
    return [...kept.values()];
  }
}

function interval(reason: KeepReason, seconds: number): number {
  switch (reason) {
    case "first":
      return 0;
    case "best":
      return bestEvery;
    case "worst":
      return worstEvery;
    case "newest":
      return Math.max(newestEvery, seconds * newestShare);
    default:
      return reason satisfies never;
  }
}
