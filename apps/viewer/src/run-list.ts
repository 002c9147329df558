/**
 * The runs that lie beside the one of the page, by their facts alone: shared by the charts, which compare
 * with them, and by the boards side by side. Asked for when somebody wants it.
 */
import { isUnderWay, type RunFacts } from "@carom/runs/formats";
import type { Api } from "./net/api.js";

export class RunList {
  /** Newest first, this one left out; undefined until asked for. */
  runs: readonly RunFacts[] | undefined;
  /** A sentence if the list cannot be had. */
  problem: string | undefined;
  /** Counts answers. */
  revision = 0;
  private readonly api: Pick<Api, "runs">;
  private readonly own: () => string | undefined;
  private readonly wake: () => void;

  /** @param own id of the run that is shown */
  constructor(api: Pick<Api, "runs">, own: () => string | undefined, wake: () => void) {
    this.api = api;
    this.own = own;
    this.wake = wake;
  }

  /** Asks for the list. */
  async refresh(): Promise<void> {
    try {
      const own = this.own();
      this.runs = (await this.api.runs()).filter(({ id }) => id !== own);
      this.problem = undefined;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.revision++;
    this.wake();
  }

  /** Whether a run trains, as far as the list tells. */
  trains(id: string): boolean {
    return this.runs?.some((run) => run.id === id && isUnderWay(run.status)) === true;
  }
}
