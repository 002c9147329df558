/**
 * What could not be had, and why: so it is not asked for again and again. All of it is forgotten when the
 * link to the trainer opens anew, since its absence may have been the reason.
 */
import type { Session } from "./session.js";

export class Problems {
  private readonly session: Pick<Session, "openings">;
  private readonly sentences: Map<string, string> = new Map();
  private openings: number;

  constructor(session: Pick<Session, "openings">) {
    this.session = session;
    this.openings = session.openings;
  }

  /** Forgets what is out of date. Returns whether there was any. */
  refresh(): boolean {
    if (this.openings === this.session.openings) return false;
    this.openings = this.session.openings;
    const isOutOfDate = this.sentences.size > 0;
    this.sentences.clear();
    return isOutOfDate;
  }

  /** Why something could not be had; undefined if nothing is known against it. */
  of(name: string): string | undefined {
    return this.sentences.get(name);
  }

  add(name: string, sentence: string): void {
    this.sentences.set(name, sentence);
  }

  clear(): void {
    this.sentences.clear();
  }
}
