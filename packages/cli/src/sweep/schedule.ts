/**
 * The course of a sweep: rung after rung, a few runs at a time, each recorded when it ends. Knows
 * nothing of processes and files: `run` does the work and `record` keeps its result.
 */
import type { SweepPlan, Task, TrialRecord } from "./plan.js";
import { openTasks } from "./standings.js";

/** What a sweep is run with. */
export interface Course {
  readonly plan: SweepPlan;
  /** What is known so far; `record` adds to it. */
  readonly records: readonly TrialRecord[];
  /** Runs at a time. */
  readonly jobs: number;
  /** Does a run; undefined when it was stopped before its end. Rejects when the sweep cannot go on. */
  readonly run: (task: Task) => Promise<TrialRecord | undefined>;
  /** Keeps a result. */
  readonly record: (record: TrialRecord) => void;
  /** Whether no further run is to begin. */
  readonly isStopping: () => boolean;
  /** Asks runs that go on to end: the sweep cannot go on. */
  readonly abandon: () => void;
}

/**
 * Runs what is left of a sweep. Every run that was begun has ended when this returns or rejects.
 *
 * @returns whether all rungs are complete.
 */
export async function runCourse(course: Course): Promise<boolean> {
  const { plan, records } = course;
  for (let rung = 0; rung < plan.rungs.length; rung++) {
    const tasks = openTasks(plan, records, rung);
    await runTasks(tasks, course);
    if (course.isStopping())
      return openTasks(plan, records, rung).length === 0 && isLast(plan, rung);
  }
  return true;
}

async function runTasks(tasks: Task[], course: Course): Promise<void> {
  const { jobs, run, record, isStopping, abandon } = course;
  let failure: Error | undefined;
  const work = async (): Promise<void> => {
    while (tasks.length > 0 && failure === undefined && !isStopping()) {
      const task = tasks.shift();
      if (task === undefined) return;
      try {
        const result = await run(task);
        if (result !== undefined) record(result);
      } catch (error) {
        abandon();
        failure ??= error instanceof Error ? error : new Error(String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  if (failure !== undefined) throw failure;
}

function isLast({ rungs }: SweepPlan, rung: number): boolean {
  return rung === rungs.length - 1;
}
