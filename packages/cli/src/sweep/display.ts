/**
 * A sweep on the screen: on a terminal one block (how far it is, its trials, the best first, what is
 * running) that is redrawn in place; in a pipe a plain line for each run that ends.
 */
import {
  cutTo,
  formatCount,
  formatDuration,
  formatScore,
  formatShare,
  type Paint,
} from "../format.js";
import { type Environment, isInteractive, type Output, paintFor } from "../status/terminal.js";
import type { Task, TrialRecord } from "./plan.js";
import { scoreOf } from "./plan.js";
import { type Outcome, outcomeTable, settingsText, tableLines } from "./report.js";
import { bestOf, entrants, standings } from "./standings.js";

/** A run that is going on. */
export interface LiveRun {
  readonly task: Task;
  /** Env steps done. */
  readonly steps: number;
  /** Mean of its last 100 episodes; undefined before one ended. */
  readonly score: number | undefined;
}

/** One moment of a sweep. */
export interface SweepView {
  readonly outcome: Outcome;
  readonly live: readonly LiveRun[];
  /** Seconds since this process began. */
  readonly seconds: number;
}

/** Where a sweep appears. */
export interface SweepDisplay {
  readonly paint: Paint;
  /** Whether `show` does anything, so that looking at what runs is worth it. */
  readonly isLive: boolean;
  /** Shows a moment. */
  show(view: SweepView): void;
  /** Tells that a run ended. */
  ended(record: TrialRecord, outcome: Outcome): void;
  /** Prints a line that stays, above the block. */
  print(line: string): void;
  /** Takes the block away. */
  end(): void;
}

/** The display for an output: block or plain lines. */
export function createSweepDisplay(output: Output, environment: Environment): SweepDisplay {
  const paint = paintFor(output, environment);
  if (!isInteractive(output, environment)) {
    return {
      ...{ paint, isLive: false },
      show: () => {},
      ended: (record, outcome) => output.write(`${recordLine(record, outcome)}\n`),
      print: (line) => output.write(`${line}\n`),
      end: () => {},
    };
  }
  return blockDisplay(output, paint);
}

function blockDisplay(output: Output, paint: Paint): SweepDisplay {
  let lines: readonly string[] = [];
  let height = 0;
  const redraw = (above: string): void => {
    const clear = height === 0 ? "" : `\u001b[${height}A\u001b[0J`;
    height = lines.length;
    output.write(clear + above + lines.map((line) => `${line}\n`).join(""));
  };
  return {
    ...{ paint, isLive: true },
    show(view) {
      lines = blockLines(view, (output.columns || 80) - 1, paint);
      redraw("");
    },
    ended: () => {}, // the block shows it
    print: (line) => redraw(`${line}\n`),
    end() {
      lines = [];
      redraw("");
    },
  };
}

/** Trials that a block shows at most. */
const shown = 12;

/** The block for a terminal of `columns` characters; no line is wider. */
export function blockLines(view: SweepView, columns: number, paint: Paint): string[] {
  const { header, rows } = outcomeTable(view.outcome);
  const [title, ...table] = tableLines({ header, rows: rows.slice(0, shown) });
  const more = rows.length > shown ? [paint.dim(`and ${rows.length - shown} more`)] : [];
  const trials = rows.length === 0 ? [] : [paint.dim(title), ...table, ...more];
  return [paint.bold(progressText(view)), ...trials, ...liveLines(view)].map((line) =>
    cutTo(line, columns),
  );
}

/** "rung 2 of 3: 4 of 9 runs done   1m 05s". */
export function progressText({ outcome, seconds }: SweepView): string {
  const { plan, records } = outcome;
  const counts = plan.rungs.map((_, rung) => {
    const wanted = entrants(plan, records, rung).length * plan.seeds.length;
    return { wanted, done: records.filter((record) => record.rung === rung).length };
  });
  const open = counts.findIndex(({ wanted, done }) => done < wanted);
  const rung = open < 0 ? plan.rungs.length - 1 : open;
  const { wanted, done } = counts[rung];
  return `rung ${rung + 1} of ${plan.rungs.length}: ${done} of ${wanted} runs done   ${formatDuration(seconds)}`;
}

function liveLines({ outcome, live }: SweepView): string[] {
  return live.map(({ task, steps, score }) => {
    const share = Math.min(1, steps / outcome.plan.rungs[task.rung].steps);
    const so = score === undefined ? "" : `, score ${formatScore(score)}`;
    return `running: ${taskText(task, outcome)}: ${formatShare(share)}${so}`;
  });
}

/** The line for a run that ended. */
export function recordLine(record: TrialRecord, outcome: Outcome): string {
  const { plan, records } = outcome;
  const score = scoreOf(record, plan.objective);
  const best = bestOf(standings(plan, records));
  const values = settingsText(plan.trials[record.trial]);
  const what =
    record.failure !== null
      ? `failed: ${record.failure}`
      : `score ${score === null ? "- (no episode ended)" : formatScore(score)}`;
  const parts = [
    `${taskText(record, outcome)}: ${what}`,
    `${formatCount(record.steps)} steps in ${formatDuration(record.seconds)}`,
    values,
    ...(best?.score == null ? [] : [`best trial ${best.trial} with ${formatScore(best.score)}`]),
  ];
  return parts.join(" | ");
}

function taskText({ trial, rung, seed }: Task, { plan }: Outcome): string {
  const which = plan.seeds.length > 1 ? `, seed ${seed + 1} of ${plan.seeds.length}` : "";
  return `trial ${trial}, rung ${rung + 1} of ${plan.rungs.length}${which}`;
}
