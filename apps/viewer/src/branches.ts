/**
 * The branches of the run on the page: loaded from the browser's store, changed by the person, and
 * written back. Not here: the tree (model/branches.ts) and its list (ui/branches-view.ts).
 */
import { type Branch, renamed, without } from "./model/branches.js";
import type { BranchStore } from "./net/branch-store.js";
import type { Session } from "./session.js";

export class Branches {
  list: readonly Branch[] = [];
  /** Counts changes of the list. */
  revision = 0;
  /** A sentence if this browser does not keep branches. */
  problem: string | undefined;
  private readonly session: Session;
  private readonly store: BranchStore;
  private readonly wake: () => void;
  private run = "";

  constructor(session: Session, store: BranchStore, wake: () => void) {
    this.session = session;
    this.store = store;
    this.wake = wake;
  }

  /** Loads the branches of the run, once it is known or another one. */
  update(): void {
    const { facts } = this.session;
    const run = facts ? `${facts.id} ${facts.startedAt}` : "";
    if (run === this.run) return;
    this.run = run;
    this.change([]);
    void this.attempt(async () => {
      const kept = await this.store.all(run);
      if (this.run === run) this.change([...kept, ...this.list]);
    });
  }

  /** Lets go of the list; what the store has comes again with the next `update`. */
  forget(): void {
    this.run = "";
    this.change([]);
  }

  add(branch: Branch): void {
    this.change([...this.list, branch]);
    void this.attempt(() => this.store.put(this.run, branch));
  }

  rename(id: string, name: string): void {
    this.replace(renamed(this.list, id, name));
  }

  remove(id: string): void {
    this.replace(without(this.list, id));
    void this.attempt(() => this.store.remove(this.run, id));
  }

  find(id: string): Branch | undefined {
    return this.list.find((branch) => branch.id === id);
  }

  /** Writes what differs from the present list. */
  private replace(list: readonly Branch[]): void {
    const known = new Set(this.list);
    const changed = list.filter((branch) => !known.has(branch));
    this.change(list);
    for (const branch of changed) void this.attempt(() => this.store.put(this.run, branch));
  }

  private change(list: readonly Branch[]): void {
    this.list = list;
    this.revision++;
    this.wake();
  }

  private async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this.problem = undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.problem = `This browser does not keep branches (${reason}). They last until the page is closed.`;
      this.revision++;
      this.wake();
    }
  }
}
