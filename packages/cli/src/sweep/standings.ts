/**
 * Where the trials of a sweep stand: which runs there are, which are left to do, and the trials in
 * order, the best first. Pure functions of the plan and the records. Not here: how it is shown.
 */
import { mean } from "../stats.js";
import { promote, type RungScores } from "./halving.js";
import { type SweepPlan, scoreOf, type Task, type TrialRecord } from "./plan.js";

/** A trial on the last rung that it has done. */
export interface Standing {
  readonly trial: number;
  /** From 0. */
  readonly rung: number;
  /** Env steps asked for on that rung. */
  readonly steps: number;
  /** Mean over the seeds; null where a run failed or no episode ended. */
  readonly score: number | null;
  /** Score of each seed. */
  readonly scores: readonly (number | null)[];
  /** Why a run failed; null where none did. */
  readonly failure: string | null;
  /** Seconds of training on all rungs. */
  readonly seconds: number;
}

/** The records of a rung by trial, those of complete trials only. */
function completeTrials(
  plan: SweepPlan,
  records: readonly TrialRecord[],
  rung: number,
): Map<number, TrialRecord[]> {
  const byTrial = new Map<number, TrialRecord[]>();
  for (const record of records) {
    if (record.rung !== rung) continue;
    byTrial.set(record.trial, [...(byTrial.get(record.trial) ?? []), record]);
  }
  return new Map([...byTrial].filter(([, runs]) => runs.length === plan.seeds.length));
}

/** Mean score over the seeds of a trial; null unless every run has one. */
function trialScore(runs: readonly TrialRecord[], plan: SweepPlan): number | null {
  const scores = runs.map((run) => scoreOf(run, plan.objective));
  return scores.some((score) => score === null) ? null : mean(scores.map(Number));
}

function rungScores(plan: SweepPlan, records: readonly TrialRecord[], rung: number): RungScores {
  const trials = completeTrials(plan, records, rung);
  return new Map([...trials].map(([trial, runs]) => [trial, trialScore(runs, plan)]));
}

/** The trials of a rung, once the rung below is complete. */
export function entrants(plan: SweepPlan, records: readonly TrialRecord[], rung: number): number[] {
  if (rung === 0) return plan.trials.map((_, trial) => trial);
  return promote(rungScores(plan, records, rung - 1), plan.rungs[rung].trials);
}

/** The runs of a rung that no record tells of, in order. */
export function openTasks(plan: SweepPlan, records: readonly TrialRecord[], rung: number): Task[] {
  const done = new Set(records.filter((r) => r.rung === rung).map((r) => `${r.trial} ${r.seed}`));
  return entrants(plan, records, rung)
    .flatMap((trial) => plan.seeds.map((_, seed) => ({ trial, rung, seed })))
    .filter(({ trial, seed }) => !done.has(`${trial} ${seed}`));
}

/**
 * All trials that have done a rung, the best first: a higher rung before a lower one, then by score;
 * those that failed or have no score come last.
 */
export function standings(plan: SweepPlan, records: readonly TrialRecord[]): Standing[] {
  const found = new Map<number, Standing>();
  for (const [rung, { steps }] of plan.rungs.entries()) {
    for (const [trial, runs] of completeTrials(plan, records, rung)) {
      const ordered = runs.toSorted((a, b) => a.seed - b.seed);
      found.set(trial, {
        ...{ trial, rung, steps },
        score: trialScore(ordered, plan),
        scores: ordered.map((run) => scoreOf(run, plan.objective)),
        failure: ordered.find((run) => run.failure !== null)?.failure ?? null,
        seconds: secondsOf(records, trial),
      });
    }
  }
  return [...found.values()].sort(compare);
}

/** The best trial of the highest rung that one has done; undefined before any has a score. */
export function bestOf(list: readonly Standing[]): Standing | undefined {
  return list.find(({ score }) => score !== null);
}

function compare(a: Standing, b: Standing): number {
  if (a.score === null || b.score === null) {
    if (a.score !== b.score) return a.score === null ? 1 : -1;
    return a.trial - b.trial;
  }
  return b.rung - a.rung || b.score - a.score || a.trial - b.trial;
}

function secondsOf(records: readonly TrialRecord[], trial: number): number {
  return records.reduce((sum, run) => sum + (run.trial === trial ? run.seconds : 0), 0);
}
