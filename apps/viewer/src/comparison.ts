/**
 * Runs beside this one that the reader compares it with: which are chosen (at most four), and their
 * metrics, kept up while they train. Not here: which there are (run-list.ts), how they are drawn.
 */
import type { MetricsPage, RunFacts } from "@carom/runs/formats";
import { MetricsTable } from "./model/series.js";
import type { Api } from "./net/api.js";
import { Follower } from "./net/history.js";
import type { RunList } from "./run-list.js";

/** Runs that can be compared with at the same time. */
export const MOST_COMPARED = 4;
/** Usual milliseconds between two looks. */
const LOOK = 3000;
/** After so many looks it is asked whether the run still trains. */
const LOOKS = 10;

/** One run that is compared with. */
export interface Compared {
  readonly facts: RunFacts;
  readonly metrics: MetricsTable;
  /** Counts changes of its metrics. */
  readonly revision: () => number;
  /** Its place among the colours and dashes, 0 to 3; stays while it is compared. */
  readonly place: number;
  /** Stops looking for more. */
  end(): void;
}

export class Comparison {
  /** Runs to choose from. */
  readonly list: RunList;
  chosen: readonly Compared[] = [];
  private readonly api: Api;
  private readonly wake: () => void;
  private readonly pause: number;
  private changes = 0;

  /** @param pause milliseconds between two looks at a run that still trains */
  constructor(api: Api, list: RunList, wake: () => void, pause: number = LOOK) {
    this.api = api;
    this.list = list;
    this.wake = wake;
    this.pause = pause;
  }

  /** Counts changes of the list and of what is chosen. */
  get revision(): number {
    return this.changes + this.list.revision;
  }

  /** Whether another one can be chosen. */
  get isFull(): boolean {
    return this.chosen.length >= MOST_COMPARED;
  }

  toggle(id: string): void {
    const before = this.chosen.find(({ facts }) => facts.id === id);
    const facts = this.list.runs?.find((run) => run.id === id);
    if (before) {
      before.end();
      this.chosen = this.chosen.filter((one) => one !== before);
    } else if (facts && !this.isFull) {
      const taken = new Set(this.chosen.map(({ place }) => place));
      const place = [0, 1, 2, 3].find((one) => !taken.has(one)) ?? 0;
      this.chosen = [...this.chosen, this.follow(facts, place)];
    }
    this.changed();
  }

  /** Stops looking at all of them. */
  dispose(): void {
    for (const one of this.chosen) one.end();
    this.chosen = [];
  }

  private follow(facts: RunFacts, place: number): Compared {
    const metrics = new MetricsTable();
    let revision = 0;
    const rows = new Follower<MetricsPage>(
      (since) => this.api.metricsOf(facts.id, since),
      (page) => {
        metrics.truncate(page.from);
        metrics.append(page.rows);
        revision++;
        this.changed();
      },
    );
    let looks = 0;
    const timer = setInterval(() => {
      if (!this.list.trains(facts.id)) clearInterval(timer);
      else if (++looks % LOOKS === 0) void this.list.refresh();
      rows.poke(); // also what a run wrote last
    }, this.pause);
    rows.poke();
    if (!this.list.trains(facts.id)) clearInterval(timer);
    return {
      facts,
      metrics,
      place,
      revision: () => revision,
      end: () => clearInterval(timer),
    };
  }

  private changed(): void {
    this.changes++;
    this.wake();
  }
}
