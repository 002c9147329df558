/**
 * The outcome of a sweep as text: rows for tables, table.md, trials.csv, the JSON of the last line,
 * and the command that trains with the best values. Pure functions; sweep.svg is in picture.ts.
 */
import { quoted } from "../call.js";
import { formatCount, formatDuration, formatScore } from "../format.js";
import { runName, type SweepPlan, scoreOf, sweepFiles, type TrialRecord } from "./plan.js";
import type { TrialValues } from "./space.js";
import { bestOf, type Standing, standings } from "./standings.js";

/** A sweep as far as it has come. */
export interface Outcome {
  readonly plan: SweepPlan;
  readonly records: readonly TrialRecord[];
}

/** A table as text; rows are as long as the header, whose last column is for notes. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What --json prints. */
export interface SweepResult {
  readonly sweep: string;
  readonly game: string;
  readonly variant: string;
  readonly algo: string;
  readonly seed: number;
  readonly objective: string;
  /** Whether every rung is complete. */
  readonly complete: boolean;
  readonly trials: number;
  /** Runs that failed. */
  readonly failed: number;
  /** The best trial of the highest rung; null before any has a score. */
  readonly best: {
    readonly trial: number;
    readonly steps: number;
    readonly score: number;
    readonly values: TrialValues;
    /** Its run folders, within the sweep's. */
    readonly runs: readonly string[];
  } | null;
}

/** What the sweep's objective is called. */
export const objectiveNames = {
  final: "mean of the last 100 episodes",
  area: "mean score over the run (area under its curve)",
} as const;

/** The trials that have done a rung, the best first. */
export function outcomeTable({ plan, records }: Outcome): Table {
  const keys = plan.parameters.map(({ key }) => key);
  const spread = plan.seeds.length > 1;
  const scores = spread ? ["score", "lowest to highest"] : ["score"];
  const header = ["", "trial", ...keys, "steps", ...scores, ""];
  const rows = standings(plan, records).map((standing, i) => {
    const { trial, steps, score, failure } = standing;
    const isRanked = score !== null;
    return [
      ...[isRanked ? String(i + 1) : "", String(trial)],
      ...keys.map((key) => String(plan.trials[trial][key])),
      ...[formatCount(steps), isRanked ? formatScore(score) : "-"],
      ...(spread ? [spreadOf(standing)] : []),
      isRanked ? "" : (failure ?? "no episode ended"),
    ];
  });
  return { header, rows };
}

/** The table in columns, for terminals. */
export function tableLines({ header, rows }: Table): string[] {
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => row[i].length)));
  return [header, ...rows].map((row) => {
    const cells = row.map((cell, i) => (i === row.length - 1 ? cell : cell.padStart(widths[i])));
    return cells.join("  ").trimEnd();
  });
}

/** table.md: the sweep in words, its trials, and how to train with the best. */
export function markdown(outcome: Outcome, command: string | undefined): string {
  const { plan, records } = outcome;
  const { header, rows } = outcomeTable(outcome);
  const cells = (row: readonly string[]): string => `| ${row.map(escapeCell).join(" | ")} |`;
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  const lines = [
    `# ${plan.algo} on ${plan.game} (${plan.variant}): ${plan.trials.length} trials`,
    "",
    `Score: ${objectiveNames[plan.objective]}${seedText(plan)}.`,
    `Rungs: ${rungText(plan)}. Seed ${plan.seed}. Training took ${formatDuration(seconds)} in all.`,
    ...(Object.keys(plan.settings).length > 0 ? [`Fixed: ${settingsText(plan.settings)}.`] : []),
    "",
    `![one line per trial](${sweepFiles.picture})`,
    "",
    cells(header),
    cells(header.map((_, i) => (i === header.length - 1 ? "---" : "---:"))),
    ...rows.map(cells),
    "",
  ];
  if (command !== undefined) lines.push("The best, trained anew:", "", "```sh", command, "```", "");
  return lines.join("\n");
}

/** trials.csv: one line per run, in the order in which they ended. */
export function csv({ plan, records }: Outcome): string {
  const keys = plan.parameters.map(({ key }) => key);
  const columns = ["trial", "rung", "seed", ...keys, "steps", "seconds", "score", "final", "area"];
  const lines = records.map((record) => [
    ...[record.trial, record.rung, record.seed],
    ...keys.map((key) => plan.trials[record.trial][key]),
    ...[record.steps, record.seconds, scoreOf(record, plan.objective), record.final, record.area],
    ...[record.failure, `${sweepFiles.runs}/${runName(record)}`],
  ]);
  const text = [[...columns, "failure", "run"], ...lines].map((row) => row.map(csvCell).join(","));
  return `${text.join("\n")}\n`;
}

/** The outcome as an object, for --json. */
export function sweepResult(outcome: Outcome, dir: string, complete: boolean): SweepResult {
  const { plan, records } = outcome;
  const { game, variant, algo, seed, objective } = plan;
  const best = bestOf(standings(plan, records));
  return {
    ...{ sweep: dir, game, variant, algo, seed, objective, complete, trials: plan.trials.length },
    failed: records.filter(({ failure }) => failure !== null).length,
    best: best === undefined ? null : bestResult(best, plan),
  };
}

function bestResult(
  { trial, rung, steps, score }: Standing,
  { seeds, trials }: SweepPlan,
): SweepResult["best"] {
  const runs = seeds.map((_, seed) => `${sweepFiles.runs}/${runName({ trial, rung, seed })}`);
  return { trial, steps, score: score ?? Number.NaN, values: trials[trial], runs };
}

/**
 * The command that trains with the best values, without the words before `train`; undefined before
 * any trial has a score. `dir`: the sweep's folder.
 */
export function bestCommand({ plan, records }: Outcome, dir: string): string | undefined {
  const best = bestOf(standings(plan, records));
  if (best === undefined) return undefined;
  const game = plan.ownGame ? `${dir}/${sweepFiles.game}` : plan.game;
  const settings = { ...plan.settings, ...plan.trials[best.trial] };
  const set = Object.entries(settings).map(([key, value]) => word(`${key}=${value}`));
  const { steps } = plan.rungs[plan.rungs.length - 1];
  const precision = plan.precision === null ? "" : ` --precision ${plan.precision}`;
  const on = plan.device === "cpu" ? "" : ` --device ${plan.device}${precision}`;
  const what = `${quoted(game)} --algo ${plan.algo} --variant ${plan.variant}${on}`;
  return `train ${what} --steps ${steps} --set ${set.join(" ")}`;
}

/** A setting as one word of a shell's command. */
function word(setting: string): string {
  return /^[\w=.,:+-]+$/.test(setting) ? setting : JSON.stringify(setting);
}

/** "27 trials of 55,556 steps, 9 of 166,667, 3 of 500,000". */
export function rungText({ rungs }: SweepPlan): string {
  return rungs
    .map(({ trials, steps }, i) =>
      i === 0
        ? `${trials} trial${trials === 1 ? "" : "s"} of ${formatCount(steps)} steps`
        : `${trials} of ${formatCount(steps)}`,
    )
    .join(", ");
}

/** ", mean of 3 seeds", or nothing where there is one. */
export function seedText({ seeds }: SweepPlan): string {
  return seeds.length > 1 ? `, mean of ${seeds.length} seeds` : "";
}

/** "learningRate=0.001 gamma=0.99". */
export function settingsText(values: TrialValues): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}

function spreadOf({ scores }: Standing): string {
  const numbers = scores.filter((score): score is number => score !== null);
  if (numbers.length === 0) return "";
  return `${formatScore(Math.min(...numbers))} to ${formatScore(Math.max(...numbers))}`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** RFC 4180: a cell with a comma, a quote or a line break stands in quotes. */
function csvCell(value: string | number | boolean | null): string {
  const text = value === null ? "" : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
