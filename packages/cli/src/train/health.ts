/**
 * The health of a run while it trains: what the metrics' rows say of it (the rules are in
 * @carom/runs), printed once and kept in the run folder.
 */
import { statfsSync } from "node:fs";
import type { Run } from "@carom/runs";
import {
  createHealthMonitor,
  type HealthAlert,
  type HealthRule,
  type MetricsRow,
} from "@carom/runs/formats";

/** Seconds between two looks at the disk. */
const lookEvery = 5;
/** Alerts that are kept in the run folder, so that one which comes and goes does not fill it. */
const maxKept = 200;

/** Follows the rows of a run. */
export class HealthReport {
  private readonly run: Run;
  private readonly print: (line: string) => void;
  private readonly monitor = createHealthMonitor();
  private readonly told = new Set<HealthRule>();
  private current: readonly HealthAlert[] = [];
  private kept = 0;

  constructor(run: Run, print: (line: string) => void) {
    this.run = run;
    this.print = print;
    // Of a run that goes on, what came before counts as it does on the page.
    for (const row of run.metrics(0, Number.MAX_SAFE_INTEGER).rows) this.monitor.add(row);
    this.current = this.monitor.alerts();
  }

  /** Takes in a row; says what became wrong with it, each kind of thing once. */
  add(row: MetricsRow): void {
    this.monitor.add(row);
    const now = this.monitor.alerts();
    const before = this.current;
    this.current = now;
    for (const alert of now) {
      if (before.some(({ rule }) => rule === alert.rule)) continue;
      this.keep("raised", alert, row.steps);
      if (this.told.has(alert.rule)) continue;
      this.told.add(alert.rule);
      this.print(`${alert.level}: ${alert.message}`);
    }
    for (const alert of before) {
      if (!now.some(({ rule }) => rule === alert.rule)) this.keep("cleared", alert, row.steps);
    }
  }

  private keep(state: "raised" | "cleared", alert: HealthAlert, steps: number): void {
    if (this.kept++ >= maxKept) return;
    const { rule, level, message } = alert;
    this.run.addEvent({ kind: "alert", rule, level, state, message, steps });
  }
}

/** Bytes free where a folder is, looked up now and then; undefined where the system does not tell. */
export function diskGauge(folder: string, clock: () => number): () => number | undefined {
  let at = Number.NEGATIVE_INFINITY;
  let free: number | undefined;
  return () => {
    if (clock() - at < lookEvery) return free;
    at = clock();
    try {
      const { bavail, bsize } = statfsSync(folder);
      free = bavail * bsize;
    } catch {
      free = undefined;
    }
    return free;
  };
}
