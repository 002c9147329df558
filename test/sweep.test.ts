/**
 * `carom sweep` from the outside: real processes that are interrupted and killed. Sampling, halving,
 * tables and the picture are tested in packages/cli.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readRun } from "@carom/runs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { carom, endAll, type Finished, startCarom, temporaryFolder } from "./support/carom.js";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder.path, name);
const quick = ["--jobs", "2", "--threads", "1"];
const small = ["--set", "envs=8", "horizon=16", "hidden=16"];
/** 77 does not divide a rollout of 8 x 16: those trials fail. */
const varied = ["--param", "learningRate=1e-4..1e-2:log", "minibatch=64,77"];
const four = ["--trials", "4", "--steps", "60k", "--seed", "1", ...quick, ...small, ...varied];

afterEach(endAll);
afterAll(folder.remove);

let whole: Finished;
beforeAll(async () => {
  whole = await carom(["sweep", "catch", "--out", "whole", ...four, "--json"], folder.path);
}, 60_000);

type Line = { trial: number; rung: number; seed: number; failure: string | null };

function lines(name: string): Line[] {
  const text = readFileSync(inFolder(`${name}/trials.jsonl`), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** What a sweep found, without what differs between two of the same: order and time. */
function findings(name: string): object[] {
  return lines(name)
    .map((line) => ({ ...line, seconds: 0 }))
    .sort((a, b) => a.rung - b.rung || a.trial - b.trial);
}

function resume(name: string, ...more: string[]): Promise<Finished> {
  return carom(["sweep", "--resume", name, "--jobs", "2", ...more], folder.path);
}

test("four trials: a third goes on, failures are recorded, the best is named", () => {
  expect(whole).toMatchObject({ code: 0, stderr: "" });
  const found = lines("whole");
  expect(found.filter(({ rung }) => rung === 0)).toHaveLength(4);
  expect(found.filter(({ rung }) => rung === 1)).toHaveLength(1);
  const failed = found.filter(({ failure }) => failure !== null);
  expect(failed.length).toBeGreaterThan(0);
  expect(failed[0].failure).toMatch(/^ppo: minibatch must divide envs x horizon \(got 77/);
  const result = JSON.parse(whole.stdout.trimEnd().split("\n").at(-1) ?? "");
  expect(result).toMatchObject({ complete: true, trials: 4, failed: failed.length });
  expect(result.best).toMatchObject({ steps: 60_000, values: { minibatch: 64 } });
  expect(whole.stdout).toContain("train with it: carom train catch --algo ppo");
});

test("every run is a run folder like any other, and the reports lie beside them", async () => {
  const names = readdirSync(inFolder("whole/runs"));
  const done = lines("whole").filter(({ failure }) => failure === null);
  expect(names).toHaveLength(done.length); // what cannot begin leaves nothing behind
  const played = await carom(["eval", `whole/runs/${names[0]}`, "--episodes", "5"], folder.path);
  expect(played).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(inFolder("whole/table.md"), "utf8")).toContain("| 1 |");
  expect(readFileSync(inFolder("whole/trials.csv"), "utf8").trimEnd().split("\n")).toHaveLength(6);
  expect(readFileSync(inFolder("whole/sweep.svg"), "utf8")).toContain("ppo on catch");
});

test("interrupted, then killed, then resumed, it repeats nothing and finds the same", async () => {
  const first = startCarom(["sweep", "catch", "--out", "parts", ...four], folder.path);
  await first.printed(/^trial /m);
  first.child.kill("SIGINT");
  const { code, stdout } = await first.finished;
  expect(code).toBe(130);
  expect(stdout).toMatch(/stopped; continue with: carom sweep --resume parts\n$/);
  expect(existsSync(inFolder("parts/lock"))).toBe(false);
  const interrupted = readFileSync(inFolder("parts/trials.jsonl"), "utf8");

  const second = startCarom(["sweep", "--resume", "parts", "--jobs", "1"], folder.path);
  await second.printed(/^continuing: \d runs are recorded\n(.*\n)*trial /m);
  second.child.kill("SIGKILL");
  await second.finished;
  const killed = readFileSync(inFolder("parts/trials.jsonl"), "utf8");
  expect(killed.startsWith(interrupted)).toBe(true);
  expect(killed.length).toBeGreaterThan(interrupted.length);

  expect(await resume("parts")).toMatchObject({ code: 0, stderr: "" });
  expect(readFileSync(inFolder("parts/trials.jsonl"), "utf8").startsWith(killed)).toBe(true);
  expect(findings("parts")).toEqual(findings("whole"));
});

test("runs whose sweep was killed save and end by themselves", async () => {
  const long = [
    "--trials",
    "2",
    "--steps",
    "90M",
    "--rungs",
    "1",
    ...quick,
    ...small,
    "minibatch=64",
  ];
  const args = ["sweep", "catch", "--out", "orphans", ...long, "--param", "gamma=0.9..0.99"];
  const running = startCarom(args, folder.path);
  const runs = ["trial-000-rung-0-seed-0", "trial-001-rung-0-seed-0"].map((name) =>
    inFolder(`orphans/runs/${name}`),
  );
  while (!runs.every((run) => existsSync(join(run, "checkpoints/step-0")))) await sleep(20);
  running.child.kill("SIGKILL");
  await running.finished;
  const statuses = (): string[] => runs.map((run) => readRun(run).facts().status);
  while (statuses().includes("running")) await sleep(20);
  expect(statuses()).toEqual(["stopped", "stopped"]);
});

test("a run that was killed just before its result is not trained again", async () => {
  cpSync(inFolder("whole"), inFolder("late"), { recursive: true });
  const [last] = lines("late").filter(({ rung }) => rung === 1);
  const run = inFolder(`late/runs/trial-00${last.trial}-rung-1-seed-0`);
  rmSync(join(run, "result.json"));
  const facts = JSON.parse(readFileSync(join(run, "run.json"), "utf8"));
  writeFileSync(join(run, "run.json"), JSON.stringify({ ...facts, status: "running" }));
  const log = readFileSync(inFolder("late/trials.jsonl"), "utf8").trimEnd().split("\n");
  writeFileSync(inFolder("late/trials.jsonl"), `${log.slice(0, -1).join("\n")}\n{"trial":`);
  expect(await resume("late")).toMatchObject({ code: 0, stderr: "" });
  expect(findings("late")).toEqual(findings("whole"));
  expect(existsSync(join(run, "result.json"))).toBe(false);
  rmSync(inFolder("late/sweep.svg"));
  expect(await resume("late")).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(inFolder("late/sweep.svg"))).toBe(true);
});

test("where every trial fails it says why and exits with code 1", async () => {
  const args = ["--trials", "2", "--steps", "5k", ...quick, ...small, "--param", "minibatch=77,78"];
  const { code, stderr } = await carom(["sweep", "catch", "--out", "futile", ...args], folder.path);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^carom: every trial failed; the first: ppo: minibatch must divide/);
});

test("a game of one's own is kept as it was when the sweep began", async () => {
  expect(await carom(["new", "my-game"], folder.path)).toMatchObject({ code: 0 });
  const args = ["--trials", "2", "--steps", "2k", "--jobs", "1", ...small, "minibatch=64"];
  const own = ["sweep", "./my-game", "--out", "own", ...args, "--param", "gamma=0.9..0.99"];
  const running = startCarom([...own, "--threads", "1"], folder.path);
  await running.printed(/^trial /m);
  rmSync(inFolder("my-game"), { recursive: true });
  expect(await running.finished).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(inFolder("own/game.mjs"))).toBe(true);
});

test.each([
  [["sweep"], /name a game/],
  [["sweep", "catch", "--param", "gamma=0.9..2"], /gamma.*between 0 and 1 per decision.*2/],
  [["sweep", "catch", "--out", "whole", "--trials", "2"], /already holds a sweep.*--resume/],
  [["sweep", "--resume", "nowhere"], /nowhere/],
  [["sweep", "catch", "--resume", "whole"], /leave out a game/],
])("carom %j is refused in one sentence", async (args, sentence) => {
  const { code, stdout, stderr } = await carom(args, folder.path);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(sentence);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
});
