/**
 * The health of a run, told from its metrics alone: rows in, alerts out. The trainer prints and keeps
 * what this says, the page shows it; both run this file. Pure: the same rows give the same alerts.
 *
 * All thresholds are `healthLimits`; docs/guides/health.md says them in words. A row is a quarter of
 * a second of training or one iteration, whichever is longer.
 */
import type { MetricsRow } from "./metrics.js";

/** What can be wrong. */
export type HealthRule =
  /** A loss or a score is NaN or infinite. */
  | "not-finite"
  /** The policy hardly varies its actions any more. */
  | "entropy-collapse"
  /** The value function explains nothing. */
  | "dead-value"
  /** The score has not become better for long. */
  | "no-progress"
  /** Hardly any room on the disk of the run folder. */
  | "disk-low"
  /** No room at all, or as good as none. */
  | "disk-full"
  /** Games failed. */
  | "game-faults";

/** All rules, the gravest first. */
export const healthRules: readonly HealthRule[] = [
  "not-finite",
  "disk-full",
  "disk-low",
  "game-faults",
  "dead-value",
  "entropy-collapse",
  "no-progress",
];

/** "danger": the run is lost or will be. "warning": look at it. "notice": good to know. */
export type AlertLevel = "danger" | "warning" | "notice";

/** All levels, the gravest first. */
export const alertLevels: readonly AlertLevel[] = ["danger", "warning", "notice"];

/** Something that is wrong at the moment. */
export interface HealthAlert {
  readonly rule: HealthRule;
  readonly level: AlertLevel;
  /** Env steps when it began. */
  readonly since: number;
  /** A sentence with the figures. */
  readonly message: string;
}

/** From when on something counts as wrong. */
export const healthLimits = {
  /** Rows in a row with a measure that is NaN although learning takes place. */
  brokenRows: 3,
  /** Share of the time from which learning counts as taking place. */
  learningShare: 0.02,
  /** Rows over which the entropy of the beginning is averaged. */
  entropyFirstRows: 10,
  /** Entropy as a share of that at the beginning, below which the policy counts as rigid. */
  entropyShare: 0.02,
  /** Rows in a row below it. */
  entropyRows: 20,
  /** Rows in a row with an explained variance of 0 or less. */
  deadRows: 40,
  /** Part of the run's env steps without a better score. */
  stillShare: 0.5,
  /** And at least so many rows without one. */
  stillRows: 240,
  /** A score is better if it is so much, as a share of all scores' range, above the best. */
  betterBy: 0.01,
  /** Bytes free on the disk. */
  diskLow: 1_073_741_824,
  diskFull: 67_108_864,
  /** Rows for which a failed game is told. */
  faultRows: 40,
} as const;

/** Follows the health of one run. */
export interface HealthMonitor {
  /** Takes in the next row. */
  add(row: MetricsRow): void;
  /** What is wrong at the moment, the gravest first. */
  alerts(): readonly HealthAlert[];
}

/** The alerts at the end of some rows. */
export function healthOf(rows: readonly MetricsRow[]): readonly HealthAlert[] {
  const monitor = createHealthMonitor();
  for (const row of rows) monitor.add(row);
  return monitor.alerts();
}

/** A finding of one rule about the newest row; undefined if all is well. */
type Finding = { readonly level: AlertLevel; readonly message: string } | undefined;
/** Looks at the rows one by one; remembers what it needs. */
type Watcher = (row: MetricsRow) => Finding;

/** A monitor that has seen no row. */
export function createHealthMonitor(): HealthMonitor {
  const watchers: readonly (readonly [HealthRule, Watcher])[] = [
    ["not-finite", watchNumbers()],
    ["disk-full", watchFullDisk()],
    ["disk-low", watchLowDisk()],
    ["game-faults", watchFaults()],
    ["dead-value", watchValue()],
    ["entropy-collapse", watchEntropy()],
    ["no-progress", watchProgress()],
  ];
  const current = new Map<HealthRule, HealthAlert>();
  return {
    add(row) {
      for (const [rule, watch] of watchers) {
        const finding = watch(row);
        const since = current.get(rule)?.since ?? row.steps;
        if (finding === undefined) current.delete(rule);
        else current.set(rule, { rule, since, ...finding });
      }
    },
    alerts: () => healthRules.flatMap((rule) => current.get(rule) ?? []),
  };
}

/** NaN is "nothing to measure" in these, whatever else happens. */
const mayBeEmpty: ReadonlySet<string> = new Set(["explainedVariance"]);

/**
 * An infinity at once; a NaN once it stayed for some rows in which learning took place, because NaN
 * also stands for "there was no update".
 */
function watchNumbers(): Watcher {
  const runs = new Map<string, number>();
  return (row) => {
    const isLearning = (row.timeLearn ?? 0) >= healthLimits.learningShare;
    const broken: string[] = [];
    for (const [name, value] of Object.entries(row)) {
      if (typeof value !== "number" || mayBeEmpty.has(name)) continue;
      const isScore = name === "score" || name === "best";
      const before = runs.get(name) ?? 0;
      const now = Number.isNaN(value) && (isLearning || isScore) ? before + 1 : 0;
      runs.set(name, now);
      const isInfinite = !Number.isNaN(value) && !Number.isFinite(value);
      const patience = isScore ? 1 : healthLimits.brokenRows;
      if (isInfinite || now >= patience) broken.push(name);
    }
    if (broken.length === 0) return undefined;
    const message = `Not a finite number: ${broken.join(", ")}. The network may be ruined.`;
    return { level: "danger", message };
  };
}

function watchFullDisk(): Watcher {
  return ({ diskFree }) => {
    if (typeof diskFree !== "number" || diskFree >= healthLimits.diskFull) return undefined;
    return {
      level: "danger",
      message: `The disk of the run is full: ${megabytes(diskFree)} left. Training will stop.`,
    };
  };
}

function watchLowDisk(): Watcher {
  return ({ diskFree }) => {
    const isLow = typeof diskFree === "number" && diskFree < healthLimits.diskLow;
    if (!isLow || diskFree < healthLimits.diskFull) return undefined;
    return {
      level: "warning",
      message: `The disk of the run is almost full: ${megabytes(diskFree)} left.`,
    };
  };
}

function watchFaults(): Watcher {
  let known = 0;
  let quiet: number = healthLimits.faultRows;
  return ({ faults }) => {
    if (typeof faults !== "number") return undefined;
    quiet = faults !== known && faults > 0 ? 0 : quiet + 1; // a run that goes on counts anew
    known = faults;
    if (faults === 0 || quiet >= healthLimits.faultRows) return undefined;
    const games = faults === 1 ? "A game has failed" : `Games have failed ${faults} times`;
    return { level: "warning", message: `${games}; the episodes were cut. The terminal says why.` };
  };
}

function watchValue(): Watcher {
  let rows = 0;
  return ({ explainedVariance }) => {
    if (typeof explainedVariance !== "number") return undefined;
    if (explainedVariance > 0) rows = 0;
    else if (!Number.isNaN(explainedVariance)) rows++;
    if (rows < healthLimits.deadRows) return undefined;
    const message =
      "The value function explains none of the returns (explained variance 0 or less).";
    return { level: "warning", message };
  };
}

function watchEntropy(): Watcher {
  let first = 0;
  let rows = 0;
  let low = 0;
  return ({ entropy }) => {
    if (typeof entropy !== "number" || !Number.isFinite(entropy)) return undefined;
    if (rows < healthLimits.entropyFirstRows) {
      first += entropy / healthLimits.entropyFirstRows;
      rows++;
      return undefined;
    }
    // The entropy of continuous actions may be negative at all times: that says nothing.
    low = first > 0 && entropy < healthLimits.entropyShare * first ? low + 1 : 0;
    if (low < healthLimits.entropyRows) return undefined;
    const figures = `entropy ${entropy.toPrecision(2)}, at the beginning ${first.toPrecision(2)}`;
    return {
      level: "notice",
      message: `The policy hardly varies its actions any more: ${figures}.`,
    };
  };
}

function watchProgress(): Watcher {
  let best = Number.NEGATIVE_INFINITY;
  let worst = Number.POSITIVE_INFINITY;
  let bestAt = 0;
  let rows = 0;
  return ({ score, steps }) => {
    if (typeof score !== "number" || !Number.isFinite(score)) return undefined;
    worst = Math.min(worst, score);
    const margin = Math.max(0, best - worst) * healthLimits.betterBy;
    if (best === Number.NEGATIVE_INFINITY || score > best + margin) {
      best = score;
      bestAt = steps;
      rows = 0;
    } else rows++;
    const isStill = steps - bestAt >= healthLimits.stillShare * steps;
    if (rows < healthLimits.stillRows || !isStill) return undefined;
    const message = `The score has not become better since step ${Math.round(bestAt).toLocaleString("en")}.`;
    return { level: "notice", message };
  };
}

function megabytes(bytes: number): string {
  return `${Math.max(0, Math.round(bytes / (1 << 20))).toLocaleString("en")} MiB`;
}
