/**
 * Follows one list of the run (metrics rows, episodes): takes what the server tells, and over HTTP what it lacks.
 * Fetches one request at a time, not more often than every `PAUSE` (long histories without a pause), and resumes where
 * it stopped, however often the connection broke.
 */
import { ApiError } from "./api.js";

/** Milliseconds between two requests for the same list. */
const PAUSE = 400;
/** A page with so many items is part of a long history: the next one is fetched at once. */
const LONG = 1000;

/** A part of a list: items [from, next). */
export interface Page {
  readonly from: number;
  readonly next: number;
}

export class Follower<P extends Page> {
  private readonly fetch: (since: number) => Promise<P>;
  private readonly take: (page: P) => void;
  private have = 0;
  private announced = 0;
  private busy = false;
  /** Whether a page is on its way. */
  private fetching = false;
  /** Counts how often the list was rewritten. */
  private rewritten = 0;

  /**
   * @param fetch gets the page that begins at `since`
   * @param take receives every page; `page.from` below what it had means: forget everything from
   * there on
   */
  constructor(fetch: (since: number) => Promise<P>, take: (page: P) => void) {
    this.fetch = fetch;
    this.take = take;
  }

  /** True while more is being fetched. */
  get isBehind(): boolean {
    return this.busy && this.have < this.announced;
  }

  /** Says that the list has `next` items by now. */
  announce(next: number): void {
    this.announced = Math.max(this.announced, next);
    void this.run();
  }

  /** Takes a page that came unasked, from where it goes on, or has it fetched. `cut` gives the page from an item on. */
  offer(page: Page, cut: (from: number) => P): void {
    const { have, fetching } = this;
    if (fetching || page.from > have || page.next <= have) {
      this.announce(page.next);
      return;
    }
    this.have = page.next;
    this.announced = Math.max(this.announced, page.next);
    this.take(cut(have));
    void this.run();
  }

  /** Starts over: the list was rewritten. */
  restart(): void {
    this.rewritten++;
    this.have = 0;
    this.announced = 1;
    void this.run();
  }

  /** Asks for what is new without having been told of any. */
  poke(): void {
    this.announce(this.have + 1);
  }

  private async fetched(): Promise<P> {
    this.fetching = true;
    try {
      return await this.fetch(this.have);
    } finally {
      this.fetching = false;
    }
  }

  private async run(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.have < this.announced) {
        const { rewritten } = this;
        const page = await this.fetched();
        if (rewritten !== this.rewritten) continue; // it is of the list before
        const done = page.next <= this.have && page.from >= this.have;
        this.have = page.next;
        if (!done) this.take(page);
        this.announced = done ? this.have : Math.max(this.announced, page.next);
        const wait = page.next - page.from < LONG ? PAUSE : 0;
        if (!done) await new Promise((resolve) => setTimeout(resolve, wait));
      }
    } catch (error) {
      // A trainer that is away comes back: the link reconnects, and its hello pokes this follower.
      if (!(error instanceof ApiError)) console.error("history:", error);
    } finally {
      this.busy = false;
    }
  }
}
