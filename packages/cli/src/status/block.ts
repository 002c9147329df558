/**
 * The status of a run as text: a block of lines for a terminal, one line for a pipe. Pure functions
 * of a snapshot; terminal.ts decides when and where the text appears.
 */
import {
  cutTo,
  formatCount,
  formatDuration,
  formatScore,
  formatShare,
  formatSmall,
  type Paint,
} from "../format.js";
import { scoreWindow } from "../progress.js";
import type { TrainingRow } from "../train/protocol.js";

/** Where a run ends by itself. */
export type Limits = {
  /** Env steps. */
  readonly steps: number;
  /** Seconds of training; null for no limit. */
  readonly seconds: number | null;
  /** Mean score of the last 100 episodes; null for no limit. */
  readonly score: number | null;
};

/** One moment of a run. */
export interface Snapshot {
  readonly row: TrainingRow;
  readonly limits: Limits;
  /** Env steps per second, smoothed for the forecast. */
  readonly rate: number;
  /** Whether somebody let the training stand still. */
  readonly isPaused?: boolean;
}

/** Seconds until the first of the limits that can be forecast; null when nothing is known yet. */
export function secondsLeft({ row, limits, rate }: Snapshot): number | null {
  const bySteps = rate > 0 ? Math.max(0, limits.steps - row.steps) / rate : null;
  if (limits.seconds === null) return bySteps;
  const byTime = Math.max(0, limits.seconds - row.seconds);
  return bySteps === null ? byTime : Math.min(bySteps, byTime);
}

/** How much of the run is done, 0..1, by the limit that is nearest. */
export function shareDone({ row, limits }: Snapshot): number {
  const bySteps = row.steps / limits.steps;
  const byTime = limits.seconds === null ? 0 : row.seconds / limits.seconds;
  return Math.min(1, Math.max(bySteps, byTime));
}

/** The block for a terminal of `columns` characters; no line is wider. */
export function renderBlock(snapshot: Snapshot, columns: number, paint: Paint): string[] {
  const rows: [label: string, text: string][] = [
    ["steps", stepsText(snapshot, paint)],
    ["score", scoreText(snapshot.row, paint)],
    ["losses", lossText(snapshot.row)],
    ["time", timeText(snapshot, paint)],
  ];
  const lines = rows.map(([label, text]) => `${paint.dim(label.padEnd(8))}${text}`);
  return [progressBar(snapshot, columns, paint), ...lines].map((line) => cutTo(line, columns));
}

/** The same in one line, for pipes and files. */
export function renderLine(snapshot: Snapshot): string {
  const { row } = snapshot;
  const left = secondsLeft(snapshot);
  return [
    `steps ${formatCount(row.steps)}`,
    `${formatCount(row.stepsPerSecond)} steps/s`,
    `episodes ${formatCount(row.episodes)}`,
    `score ${row.score === undefined ? "-" : formatScore(row.score)}`,
    `best ${row.best === undefined ? "-" : formatScore(row.best)}`,
    lossText(row).replaceAll("   ", " "),
    `time ${splitText(row)}`,
    `elapsed ${formatDuration(row.seconds)}`,
    ...(snapshot.isPaused === true ? ["paused"] : []),
    ...(left === null || snapshot.isPaused === true ? [] : [`ETA ${formatDuration(left)}`]),
  ].join(" | ");
}

function progressBar(snapshot: Snapshot, columns: number, paint: Paint): string {
  const share = shareDone(snapshot);
  const left = secondsLeft(snapshot);
  const forecast = left === null ? "" : `   ETA ${formatDuration(left)}`;
  const tail = ` ${formatShare(share)}${snapshot.isPaused === true ? "   paused" : forecast}`;
  const width = Math.max(0, Math.min(60, columns - tail.length));
  const full = Math.round(share * width);
  return paint.accent("━".repeat(full)) + paint.dim("─".repeat(width - full)) + tail;
}

function stepsText({ row, limits }: Snapshot, paint: Paint): string {
  const speed = `${formatCount(row.stepsPerSecond)} steps/s`;
  return `${paint.bold(formatCount(row.steps))} of ${formatCount(limits.steps)}   ${paint.bold(speed)}`;
}

function scoreText(row: TrainingRow, paint: Paint): string {
  const episodes = `episodes ${formatCount(row.episodes)}`;
  if (row.score === undefined || row.best === undefined) return `- (no episode ended yet)`;
  const window = Math.min(row.episodes, scoreWindow);
  const score = `${paint.bold(formatScore(row.score))} mean of the last ${window}`;
  return `${score}   best ${paint.bold(formatScore(row.best))}   ${episodes}`;
}

/** What the line of losses shows, of what an algorithm measures, in this order. */
const shownMeasures: readonly (readonly [column: string, label: string])[] = [
  ["policyLoss", "policy"],
  ["valueLoss", "value"],
  ["qLoss", "Q loss"],
  ["qMean", "Q"],
  ["temperature", "temperature"],
  ["entropy", "entropy"],
  ["approxKl", "KL"],
  ["epsilon", "epsilon"],
];

/** At most this many, so that the line fits. */
const mostMeasures = 5;

function lossText(row: TrainingRow): string {
  const parts = shownMeasures.flatMap(([column, label]) => {
    const value = row[column];
    return typeof value === "number" ? [`${label} ${formatSmall(value)}`] : [];
  });
  return parts.length === 0 ? "-" : parts.slice(0, mostMeasures).join("   ");
}

function timeText({ row }: Snapshot, paint: Paint): string {
  return `${splitText(row)}   ${paint.dim("elapsed")} ${formatDuration(row.seconds)}`;
}

/** What the three shares do not cover (saving, reporting) is not shown as theirs. */
function splitText(row: TrainingRow): string {
  const [game, policy, learning] = [row.timeGame, row.timePolicy, row.timeLearn].map(formatShare);
  return `game ${game}, policy ${policy}, learning ${learning}`;
}
