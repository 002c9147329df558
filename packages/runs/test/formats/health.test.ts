import { describe, expect, test } from "vitest";
import {
  createHealthMonitor,
  type HealthRule,
  healthLimits,
  healthOf,
  type MetricsRow,
} from "../../src/formats/index.js";

/** Rows of a run that is well, with changes by row. */
function rows(count: number, change: (i: number) => Omit<MetricsRow, "steps">): MetricsRow[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ steps: 1000 * (i + 1), score: i, entropy: 1, explainedVariance: 0.5, policyLoss: 0.1 },
    ...{ timeLearn: 0.4, diskFree: 8 * healthLimits.diskLow },
    ...change(i),
  }));
}

const rulesOf = (list: readonly MetricsRow[]): HealthRule[] =>
  healthOf(list).map(({ rule }) => rule);

describe("health", () => {
  test("[H1] a run that is well raises nothing", () => {
    expect(rulesOf(rows(2000, () => ({})))).toEqual([]);
  });

  test("[H2] an infinity is told at once, a NaN when it stays while the run learns", () => {
    const at = (i: number, value: number) =>
      rows(10 + i, (row) => (row >= 10 ? { policyLoss: value } : {}));
    expect(rulesOf(at(1, Number.POSITIVE_INFINITY))).toEqual(["not-finite"]);
    expect(rulesOf(at(2, Number.NaN))).toEqual([]);
    const [alert] = healthOf(at(healthLimits.brokenRows, Number.NaN));
    expect(alert).toMatchObject({ rule: "not-finite", level: "danger", since: 13_000 });
    expect(alert?.message).toContain("policyLoss");
  });

  test("[H2] NaN means nothing before learning begins, and nothing in the explained variance", () => {
    expect(rulesOf(rows(100, () => ({ qLoss: Number.NaN, timeLearn: 0 })))).toEqual([]);
    expect(rulesOf(rows(100, () => ({ explainedVariance: Number.NaN })))).toEqual([]);
    expect(rulesOf(rows(3, () => ({ score: Number.NaN })))).toEqual(["not-finite"]);
  });

  test("[H3] entropy collapse: measured against the beginning", () => {
    const collapse = (i: number) => ({ entropy: i < 50 ? 1 : 0.9 * healthLimits.entropyShare });
    expect(rulesOf(rows(50 + healthLimits.entropyRows - 1, collapse))).toEqual([]);
    expect(rulesOf(rows(50 + healthLimits.entropyRows, collapse))).toEqual(["entropy-collapse"]);
    // A differential entropy may be below zero from the start.
    expect(rulesOf(rows(300, () => ({ entropy: -2 })))).toEqual([]);
  });

  test("[H4] dead value: explained variance of 0 or less for long, over as soon as it is more", () => {
    const dead = rows(healthLimits.deadRows, () => ({ explainedVariance: -0.2 }));
    expect(rulesOf(dead)).toEqual(["dead-value"]);
    expect(rulesOf(dead.slice(1))).toEqual([]);
    const monitor = createHealthMonitor();
    for (const row of dead) monitor.add(row);
    monitor.add({ steps: 1e6, explainedVariance: 0.1 });
    expect(monitor.alerts()).toEqual([]);
  });

  test("[H5] no progress: half of the run and many rows without a better score", () => {
    const stuck = (i: number) => ({ score: i < 300 ? i : 299 });
    expect(rulesOf(rows(599, stuck))).toEqual([]);
    expect(rulesOf(rows(601, stuck))).toEqual(["no-progress"]);
    expect(rulesOf(rows(100, () => ({ score: 0 })))).toEqual([]);
    // Noise around the best is no progress either; a real step is.
    const noisy = (i: number) => ({ score: i < 300 ? i : 299 + (i % 2) });
    expect(rulesOf(rows(700, noisy))).toEqual(["no-progress"]);
    expect(rulesOf([...rows(700, noisy), { steps: 701_000, score: 330 }])).toEqual([]);
  });

  test("[H6] a disk that is almost full, and one that is", () => {
    const free = (diskFree: number) => healthOf(rows(1, () => ({ diskFree })));
    expect(free(healthLimits.diskLow)).toEqual([]);
    expect(free(healthLimits.diskLow - 1)).toMatchObject([{ rule: "disk-low", level: "warning" }]);
    expect(free(healthLimits.diskFull - 1)).toMatchObject([{ rule: "disk-full", level: "danger" }]);
  });

  test("[H7] faults of games are told for a while after each", () => {
    const faults = (i: number) => ({ faults: i < 10 ? 0 : 2 });
    expect(healthOf(rows(11, faults))).toMatchObject([{ rule: "game-faults" }]);
    expect(rulesOf(rows(10 + healthLimits.faultRows, faults))).toEqual(["game-faults"]);
    expect(rulesOf(rows(11 + healthLimits.faultRows, faults))).toEqual([]);
  });

  test("[H1] the gravest comes first", () => {
    const bad = rows(healthLimits.deadRows, () => ({
      ...{ explainedVariance: -1, diskFree: 0, qLoss: Number.NEGATIVE_INFINITY },
    }));
    expect(rulesOf(bad)).toEqual(["not-finite", "disk-full", "dead-value"]);
  });
});
