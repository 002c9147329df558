import { findGame } from "@carom/envs";
import { decodeJson, encodeJson } from "@carom/runs/formats";
import { describe, expect, test } from "vitest";
import { plain } from "../src/format.js";
import { blockLines, progressText, recordLine } from "../src/sweep/display.js";
import { checkResumedSweep, parsePlan, parseSweepManner } from "../src/sweep/options.js";
import { parameterAxis, picture } from "../src/sweep/picture.js";
import {
  decodePlan,
  decodeRecord,
  encodePlan,
  type SweepPlan,
  type TrialRecord,
} from "../src/sweep/plan.js";
import {
  bestCommand,
  csv,
  markdown,
  outcomeTable,
  sweepResult,
  tableLines,
} from "../src/sweep/report.js";

const catchGame = { game: findGame("catch"), module: null };

const plan: SweepPlan = {
  ...{ game: "catch", ownGame: false, variant: "classic", algo: "ppo", seed: 1 },
  trials: [
    { learningRate: 0.001, hidden: "64,64", epochs: 4 },
    { learningRate: 0.01, hidden: "32|<b>", epochs: 2 },
    { learningRate: 0.0001, hidden: "64,64", epochs: 1 },
  ],
  seeds: [5],
  rungs: [
    { trials: 3, steps: 1000 },
    { trials: 1, steps: 3000 },
  ],
  objective: "final",
  parameters: [
    { key: "learningRate", low: 1e-4, high: 1e-2, scale: "log", integer: false },
    { key: "hidden", choices: ["64,64", "32|<b>"] },
    { key: "epochs", low: 1, high: 4, scale: "linear", integer: true },
  ],
  settings: { envs: "8" },
  ...{ device: "cpu", threads: 1, precision: null },
};

function record(trial: number, rung: number, final: number | null): TrialRecord {
  const failure = final === null ? 'minibatch, "77", does not fit' : null;
  const steps = plan.rungs[rung].steps;
  return { ...{ trial, rung, seed: 0, steps, seconds: 2 }, final, area: final, failure };
}

const records = [record(0, 0, 0.25), record(1, 0, 0.5), record(2, 0, null), record(1, 1, 0.75)];
const outcome = { plan, records };

describe("sweep.json and trials.jsonl", () => {
  test("come back as they were written", () => {
    const text = encodeJson(encodePlan(plan, { node: "20" }));
    expect(decodePlan(decodeJson(text))).toEqual(plan);
    for (const one of records) expect(decodeRecord(decodeJson(encodeJson(one)))).toEqual(one);
  });

  test("one from before there were precisions has none", () => {
    const { precision: _, ...older } = encodePlan(plan, {}) as { precision?: null };
    expect(decodePlan(decodeJson(encodeJson(older)))).toEqual(plan);
  });

  test.each([
    [{ kind: "carom-run" }, /kind or format/],
    [{ trials: 3 }, /"trials" \(expected a list\)/],
    [{ rungs: [{ trials: 1 }] }, /rungs.*"steps"/],
    [{ objective: "median" }, /"objective" \(expected one of final, area\)/],
    [{ parameters: [{ key: "gamma", low: 1 }] }, /"high"/],
    [{ settings: { envs: 8 } }, /settings.*"envs" \(expected a text\)/],
    [{ threads: -1 }, /"threads"/],
    [{ device: "gpu" }, /sweep\.json: device expects one of cpu, cuda.*gpu/],
    [{ precision: "half" }, /"precision" \(expected one of float32, tf32, bfloat16\)/],
  ])("a wrong plan is refused with the field: %j", (changes, problem) => {
    const wrong = decodeJson(encodeJson({ ...encodePlan(plan, {}), ...changes }));
    expect(() => decodePlan(wrong)).toThrow(problem);
  });

  test("a wrong record is refused with the field", () => {
    expect(() => decodeRecord({ ...records[0], final: "high" })).toThrow('"final"');
    expect(() => decodeRecord([])).toThrow("an object");
  });
});

describe("tables", () => {
  test("the best first, what failed last with its reason", () => {
    expect(tableLines(outcomeTable(outcome))).toEqual([
      "   trial  learningRate  hidden  epochs  steps  score",
      "1      1          0.01  32|<b>       2  3,000   0.75",
      "2      0         0.001   64,64       4  1,000   0.25",
      '       2        0.0001   64,64       1  1,000      -  minibatch, "77", does not fit',
    ]);
  });

  test("with several seeds the spread is shown", () => {
    const two = { ...plan, seeds: [5, 6], rungs: plan.rungs.slice(0, 1) };
    const both = [record(0, 0, 2), { ...record(0, 0, 4), seed: 1 }];
    const { header, rows } = outcomeTable({ plan: two, records: both });
    expect(header.slice(-2)).toEqual(["lowest to highest", ""]);
    expect(rows[0].slice(-3)).toEqual(["3.00", "2.00 to 4.00", ""]);
  });

  test("table.md has the table, the picture and the command, with bars escaped", () => {
    const text = markdown(outcome, "carom train catch");
    expect(text).toContain("| 1 | 1 | 0.01 | 32\\|<b> | 2 | 3,000 | 0.75 |  |");
    expect(text).toContain("Rungs: 3 trials of 1,000 steps, 1 of 3,000.");
    expect(text).toContain("(sweep.svg)");
    expect(text).toContain("```sh\ncarom train catch\n```");
    expect(text).toContain("Fixed: envs=8.");
  });

  test("trials.csv has a line per run, with commas and quotes quoted", () => {
    const lines = csv(outcome).trimEnd().split("\n");
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe(
      "trial,rung,seed,learningRate,hidden,epochs,steps,seconds,score,final,area,failure,run",
    );
    expect(lines[1]).toBe(
      '0,0,0,0.001,"64,64",4,1000,2,0.25,0.25,0.25,,runs/trial-000-rung-0-seed-0',
    );
    expect(lines[3]).toContain(',,,,"minibatch, ""77"", does not fit",runs/trial-002');
  });

  test("the command trains with the best values for all steps", () => {
    expect(bestCommand(outcome, "sweeps/a")).toBe(
      'train catch --algo ppo --variant classic --steps 3000 --set envs=8 learningRate=0.01 "hidden=32|<b>" epochs=2',
    );
    expect(bestCommand({ plan: { ...plan, ownGame: true }, records }, "sweeps/a")).toMatch(
      /^train sweeps\/a\/game\.mjs /,
    );
    expect(bestCommand({ plan, records: [] }, "sweeps/a")).toBe(undefined);
    const onGpu = { ...plan, device: "cuda:1", precision: "tf32" } as const;
    expect(bestCommand({ plan: onGpu, records }, "sweeps/a")).toContain(
      " --variant classic --device cuda:1 --precision tf32 --steps 3000 ",
    );
  });

  test("the result names the best and counts what failed", () => {
    expect(sweepResult(outcome, "sweeps/a", true)).toMatchObject({
      ...{ sweep: "sweeps/a", complete: true, trials: 3, failed: 1 },
      best: { trial: 1, steps: 3000, score: 0.75, runs: ["runs/trial-001-rung-1-seed-0"] },
    });
    expect(sweepResult({ plan, records: [] }, "sweeps/a", false).best).toBeNull();
  });
});

describe("the picture", () => {
  test("axes: logarithms, whole numbers and lists lie where they belong", () => {
    const [rate, hidden, epochs] = plan.parameters.map(parameterAxis);
    expect(rate.place(1e-4)).toBeCloseTo(0);
    expect(rate.place(1e-3)).toBeCloseTo(0.5);
    expect(rate.ticks.map(({ label }) => label)).toEqual(["1e-4", "0.01", "0.001"]);
    expect([hidden.place("64,64"), hidden.place("32|<b>")]).toEqual([0, 1]);
    expect(epochs.place(2)).toBeCloseTo(1 / 3);
  });

  test("one line per trial, the best in its own colour, failed ones dashed, nothing unescaped", () => {
    const svg = picture(outcome);
    expect(svg.match(/<title>/g)).toHaveLength(3);
    expect(svg.match(/stroke="#d55e00" stroke-width="3.5"><title>trial 1:/g)).toHaveLength(1);
    expect(svg).toMatch(/stroke-dasharray="4 4"><title>trial 2: .*minibatch/);
    expect(svg).toContain("32|&lt;b&gt;");
    expect(svg).not.toContain("<b>");
    expect(svg).not.toMatch(
      /NaN|undefined|Infinity|http:\/\/(?!www\.w3\.org)|<script|<style|url\(/,
    );
  });

  test("is drawn without any trial, with equal scores and with negative ones", () => {
    const some = [record(0, 0, -3), record(1, 0, -3)];
    for (const known of [[], some, [...some, record(2, 0, -5)]]) {
      expect(picture({ plan, records: known })).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe("the display", () => {
  const live = [{ task: { trial: 1, rung: 1, seed: 0 }, steps: 1500, score: 0.5 }];

  test("says which rung is on and how far it is", () => {
    const at = (count: number): string =>
      progressText({ outcome: { plan, records: records.slice(0, count) }, live, seconds: 65 });
    expect(at(2)).toBe("rung 1 of 2: 2 of 3 runs done   1m 05s");
    expect(at(3)).toBe("rung 2 of 2: 0 of 1 runs done   1m 05s");
    expect(at(4)).toBe("rung 2 of 2: 1 of 1 runs done   1m 05s");
  });

  test("the block has the trials and what is running, and no line too wide", () => {
    const view = { outcome: { plan, records: records.slice(0, 3) }, live, seconds: 1 };
    const lines = blockLines(view, 60, plain);
    expect(lines.at(-1)).toBe("running: trial 1, rung 2 of 2: 50%, score 0.50");
    expect(lines).toHaveLength(6);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  });

  test("a line per run in a pipe: score or failure, values, the best so far", () => {
    expect(recordLine(records[3], outcome)).toBe(
      "trial 1, rung 2 of 2: score 0.75 | 3,000 steps in 2s | learningRate=0.01 hidden=32|<b> epochs=2 | best trial 1 with 0.75",
    );
    expect(recordLine(records[2], outcome)).toContain("failed: minibatch");
  });
});

describe("options", () => {
  const manner = { jobs: 2, device: null, json: false };

  test("defaults: 27 trials on three rungs, the preset's steps, the table's ranges", () => {
    const made = parsePlan(catchGame, {}, manner);
    expect(made.trials).toHaveLength(27);
    expect(made.rungs.map(({ trials }) => trials)).toEqual([27, 9, 3]);
    expect(made.rungs[2].steps).toBeGreaterThan(1_000_000);
    expect(made).toMatchObject({ algo: "ppo", seed: 1, objective: "final", settings: {} });
    expect(made.seeds).toHaveLength(1);
  });

  test("the same seed gives the same plan, and all trials share the runs' seeds", () => {
    const texts = { trials: "4", seeds: "3", seed: "7" };
    expect(parsePlan(catchGame, texts, manner)).toEqual(parsePlan(catchGame, texts, manner));
    const { seeds } = parsePlan(catchGame, texts, manner);
    expect(new Set(seeds).size).toBe(3);
    expect(seeds.every(Number.isSafeInteger)).toBe(true);
  });

  test.each([
    [{ trials: "0" }, "--trials"],
    [{ seeds: "none" }, "--seeds"],
    [{ steps: "-5" }, "--steps"],
    [{ rungs: "0" }, "--rungs"],
    [{ objective: "best" }, "--objective expects one of final, area"],
    [{ algo: "pp" }, "did you mean"],
    [{ set: ["gama=1"] }, "did you mean"],
    [{ param: ["gamma=0.9,0.99"], set: ["gamma=0.95"] }, "--set fixes gamma"],
    [{ precision: "half" }, "--precision expects one of float32, tf32, bfloat16"],
    [{ precision: "tf32" }, "--precision tf32 is for GPUs"],
  ])("%j is refused", (texts, problem) => {
    expect(() => parsePlan(catchGame, texts, manner)).toThrow(problem);
  });

  test("what --set fixes is not varied by default", () => {
    const made = parsePlan(catchGame, { set: ["gamma=0.95"] }, manner);
    expect(made.settings).toEqual({ gamma: "0.95" });
    expect(made.parameters.some(({ key }) => key === "gamma")).toBe(false);
  });

  test("the device is the one asked for, with its precision", () => {
    const made = parsePlan(catchGame, { precision: "bfloat16" }, { ...manner, device: "cuda" });
    expect(made).toMatchObject({ device: "cuda", precision: "bfloat16" });
    expect(parsePlan(catchGame, {}, manner)).toMatchObject({ device: "cpu", precision: null });
  });

  test("a continued sweep keeps what it is: only --jobs, --device and --json may be given", () => {
    checkResumedSweep(undefined, { resume: "sweeps/a", jobs: "2", device: "cpu", json: true });
    expect(() => checkResumedSweep("catch", { resume: "a" })).toThrow("leave out a game");
    expect(() => checkResumedSweep(undefined, { resume: "a", trials: "9" })).toThrow(
      "leave out --trials",
    );
  });

  test("jobs: one per processor unless said", () => {
    expect(parseSweepManner({}).jobs).toBeGreaterThan(0);
    const asked = parseSweepManner({ jobs: "3", device: "auto", json: true });
    expect(asked).toEqual({ jobs: 3, device: "auto", json: true });
    expect(() => parseSweepManner({ jobs: "0" })).toThrow("--jobs");
  });
});
