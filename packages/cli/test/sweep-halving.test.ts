import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { planRungs, promote } from "../src/sweep/halving.js";
import type { SweepPlan, Task, TrialRecord } from "../src/sweep/plan.js";
import { type Course, runCourse } from "../src/sweep/schedule.js";
import { bestOf, entrants, openTasks, standings } from "../src/sweep/standings.js";

describe("rungs", () => {
  test("a third of the trials goes on with three times the steps", () => {
    expect(planRungs({ trials: 27, steps: 900, eta: 3, rungs: 4 })).toEqual([
      { trials: 27, steps: 33 },
      { trials: 9, steps: 100 },
      { trials: 3, steps: 300 },
      { trials: 1, steps: 900 },
    ]);
  });

  test("no rung is empty, and there are no more than asked for", () => {
    expect(planRungs({ trials: 8, steps: 900, eta: 3, rungs: 9 })).toEqual([
      { trials: 8, steps: 300 },
      { trials: 2, steps: 900 },
    ]);
    expect(planRungs({ trials: 2, steps: 900, eta: 3, rungs: 9 })).toEqual([
      { trials: 2, steps: 900 },
    ]);
    expect(planRungs({ trials: 50, steps: 900, eta: 3, rungs: 1 })).toEqual([
      { trials: 50, steps: 900 },
    ]);
    expect(planRungs({ trials: 27, steps: 2, eta: 3, rungs: 4 })[0].steps).toBe(1);
  });

  test("the best go on, the lower number among equals, never one without a score", () => {
    const scores = new Map<number, number | null>([
      ...([
        [0, 5],
        [1, null],
        [2, 9],
        [3, 5],
        [4, -1],
      ] as const),
    ]);
    expect(promote(scores, 2)).toEqual([0, 2]);
    expect(promote(scores, 9)).toEqual([0, 2, 3, 4]);
    expect(promote(new Map([[0, null]]), 1)).toEqual([]);
  });
});

const plan: SweepPlan = {
  ...{ game: "catch", ownGame: false, variant: "classic", algo: "ppo", seed: 1 },
  trials: Array.from({ length: 9 }, (_, i) => ({ clip: i / 10 })),
  seeds: [11, 12],
  rungs: planRungs({ trials: 9, steps: 900, eta: 3, rungs: 3 }),
  ...{
    objective: "final",
    parameters: [],
    settings: {},
    device: "cpu",
    threads: 1,
    precision: null,
  },
};

/** Trial 7 is the best with few steps, trial 5 with many; trial 8 always fails. */
function outcomeOf(task: Task): TrialRecord {
  const { trial, rung, seed } = task;
  const final = trial === 5 ? trial + 3 * rung + seed : trial + rung + seed;
  const failure = trial === 8 ? "minibatch does not fit" : null;
  const score = failure === null ? final : null;
  return { ...task, steps: plan.rungs[rung].steps, seconds: 1, final: score, area: score, failure };
}

function courseOf(changes: Partial<Course> = {}): Course & { records: TrialRecord[] } {
  const records: TrialRecord[] = [...(changes.records ?? [])];
  return {
    ...{ plan, jobs: 2 },
    run: async (task) => outcomeOf(task),
    record: (record) => records.push(record),
    isStopping: () => false,
    abandon: () => {},
    ...changes,
    records,
  };
}

describe("the course of a sweep", () => {
  test("runs every rung whole before the next, with the best of the one before", async () => {
    const course = courseOf();
    expect(await runCourse(course)).toBe(true);
    const rungs = course.records.map(({ rung }) => rung);
    expect(rungs).toEqual(rungs.toSorted());
    expect(entrants(plan, course.records, 1)).toEqual([5, 6, 7]);
    expect(entrants(plan, course.records, 2)).toEqual([5]);
    expect(course.records).toHaveLength(2 * (9 + 3 + 1));
    expect(bestOf(standings(plan, course.records))).toMatchObject({
      trial: 5,
      rung: 2,
      score: 11.5,
    });
  });

  test("its outcome does not depend on how many run at a time, nor on which is fastest", async () => {
    const run = async (task: Task): Promise<TrialRecord> => {
      await sleep((task.trial * 7 + task.seed * 3) % 5);
      return outcomeOf(task);
    };
    const outcomes = await Promise.all(
      [1, 2, 30].map(async (jobs) => {
        const course = courseOf({ jobs, run });
        await runCourse(course);
        return standings(plan, course.records);
      }),
    );
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[2]).toEqual(outcomes[0]);
  });

  test("no more runs at a time than jobs", async () => {
    let [running, most] = [0, 0];
    const run = async (task: Task): Promise<TrialRecord> => {
      most = Math.max(most, ++running);
      await sleep(1);
      running--;
      return outcomeOf(task);
    };
    await runCourse(courseOf({ jobs: 3, run }));
    expect(most).toBe(3);
  });

  test("stopped after any run and continued, nothing is run twice and the end is the same", async () => {
    const whole = courseOf();
    await runCourse(whole);
    for (let stopAt = 0; stopAt <= whole.records.length; stopAt++) {
      const first = courseOf({ jobs: 1 });
      const stopping = { ...first, isStopping: () => first.records.length >= stopAt };
      expect(await runCourse(stopping)).toBe(stopAt === whole.records.length);
      const begun: Task[] = [];
      const second = courseOf({
        records: first.records,
        run: async (task) => {
          begun.push(task);
          return outcomeOf(task);
        },
      });
      expect(await runCourse(second)).toBe(true);
      expect(begun).toHaveLength(whole.records.length - stopAt);
      expect(standings(plan, second.records)).toEqual(standings(plan, whole.records));
    }
  });

  test("a run that was stopped before its end is not recorded and is left to do", async () => {
    let stopping = false;
    const course = courseOf({
      jobs: 1,
      run: async (task) => {
        stopping = task.trial === 3;
        return stopping ? undefined : outcomeOf(task);
      },
      isStopping: () => stopping,
    });
    expect(await runCourse(course)).toBe(false);
    expect(course.records).toHaveLength(6);
    expect(openTasks(plan, course.records, 0)[0]).toEqual({ trial: 3, rung: 0, seed: 0 });
  });

  test("when it cannot go on, the runs that go on are asked to end before it says so", async () => {
    let abandoned = false;
    let ended = 0;
    const course = courseOf({
      run: async (task) => {
        if (task.trial === 1 && task.seed === 0) throw new Error("the disk is full");
        while (task.trial > 0 && !abandoned) await sleep(1);
        ended++;
        return outcomeOf(task);
      },
      abandon: () => {
        abandoned = true;
      },
    });
    await expect(runCourse(course)).rejects.toThrow("the disk is full");
    expect(ended).toBe(course.records.length);
  });

  test("where all trials fail there is no next rung and no best", async () => {
    const failing = courseOf({ run: async (task) => ({ ...outcomeOf(task), failure: "no" }) });
    expect(await runCourse(failing)).toBe(true);
    expect(failing.records.every(({ rung }) => rung === 0)).toBe(true);
    expect(bestOf(standings(plan, failing.records))).toBe(undefined);
  });
});

describe("standings", () => {
  test("a higher rung before a lower one, then by score, failed ones last", async () => {
    const course = courseOf();
    await runCourse(course);
    const list = standings(plan, course.records);
    expect(list.map(({ trial }) => trial)).toEqual([5, 7, 6, 4, 3, 2, 1, 0, 8]);
    expect(list[8]).toMatchObject({ score: null, failure: "minibatch does not fit" });
    expect(list[0]).toMatchObject({ scores: [11, 12], seconds: 6, steps: 900 });
  });

  test("one failed seed fails the trial; a trial counts once all its seeds have ended", () => {
    const records = [0, 1].flatMap((trial) =>
      [0, 1].map((seed) => outcomeOf({ trial, rung: 0, seed })),
    );
    const broken = [{ ...records[0], failure: "lost" }, ...records.slice(1, 3)];
    expect(standings(plan, broken)).toMatchObject([{ trial: 0, score: null, failure: "lost" }]);
  });

  test("the objective decides what a score is", () => {
    const record = { ...outcomeOf({ trial: 0, rung: 0, seed: 0 }), final: 3, area: 7 };
    const one = { ...plan, seeds: [1] };
    expect(standings(one, [record])[0].score).toBe(3);
    expect(standings({ ...one, objective: "area" }, [record])[0].score).toBe(7);
  });
});
