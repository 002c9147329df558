/**
 * `carom train --init-from`: a network that begins with the layers of another run, seen from the
 * outside. Which arrays fit is tested in packages/agents.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type LoadedCheckpoint, readRun, type WhichCheckpoint } from "@carom/runs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  carom,
  endAll,
  type Finished,
  newestHashes,
  startCarom,
  temporaryFolder,
} from "./support/carom.js";

const small = ["--set", "envs=8", "horizon=16", "minibatch=64", "hidden=16,16"];
const quick = ["--no-viewer", "--threads", "1", ...small];
const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder.path, name);

afterEach(endAll);
afterAll(folder.remove);

beforeAll(async () => {
  const teacher = await train("catch", "teacher", "--steps", "10k");
  expect(teacher).toMatchObject({ code: 0, stderr: "" });
  const pupil = await pupilOf("teacher", "whole");
  expect(pupil).toMatchObject({ code: 0, stderr: "" });
});

/** A training that is not over before it is interrupted. */
const long = ["--steps", "1500k", "--seed", "3"];

function train(game: string, name: string, ...more: string[]): Promise<Finished> {
  return carom(["train", game, "--out", name, ...quick, ...more], folder.path);
}

/** Flappy for a moment, with what fits of another run. */
function pupilOf(teacher: string, name: string, ...more: string[]): Promise<Finished> {
  return train("flappy", name, "--init-from", teacher, ...long, ...more);
}

function load(name: string, which: WhichCheckpoint): LoadedCheckpoint {
  const run = readRun(inFolder(name));
  try {
    return run.loadCheckpoint(which);
  } finally {
    run.close();
  }
}

function runJson(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(inFolder(`${name}/run.json`), "utf8"));
}

test("layers that fit are the other run's, the rest is new, and the user is told which", async () => {
  const { stdout } = await pupilOf("teacher", "told", "--steps", "1k");
  expect(stdout).toMatch(/^init from teacher at step 10,112: 3 of 6 arrays$/m);
  expect(stdout).toMatch(/^ {2}trunk\.1\.weight +\[16,16\] +taken$/m);
  expect(stdout).toMatch(/^ {2}trunk\.0\.weight +\[16,6\] +new: shape \[16,\d+\] there, \[16,6\]/m);
  const [teacher, pupil] = [load("teacher", "latest"), load("told", 0)];
  const same = "model/parameters.trunk.1.weight";
  const other = "model/parameters.heads.weight";
  expect(pupil.arrays[same].data).toEqual(teacher.arrays[same].data);
  expect(pupil.arrays[other].shape).not.toEqual(teacher.arrays[other].shape);
  expect(pupil.step).toBe(0);
});

test("run.json says where from", () => {
  const initFrom = { run: "teacher", folder: "../teacher", step: 10_112, taken: 3, arrays: 6 };
  expect(runJson("whole").initFrom).toEqual(initFrom);
});

test("--checkpoint names the checkpoint that is read", async () => {
  const { stdout } = await pupilOf("teacher", "early", "--checkpoint", "0", "--steps", "1k");
  expect(stdout).toContain("init from teacher at step 0:");
  expect(runJson("early").initFrom).toMatchObject({ step: 0 });
});

test("an interrupted one ends with the same bits as an uninterrupted one", async () => {
  const args = ["train", "flappy", "--out", "parts", "--init-from", "teacher", ...long, ...quick];
  const running = startCarom(args, folder.path);
  await running.printed(/^init from/m);
  running.child.kill("SIGINT");
  expect((await running.finished).code).toBe(130);
  const resumed = await carom(["train", "--resume", "parts", "--no-viewer"], folder.path);
  expect(resumed).toMatchObject({ code: 0, stderr: "" });
  expect(resumed.stdout).not.toContain("init from");
  expect(newestHashes(inFolder("parts"))).toEqual(newestHashes(inFolder("whole")));
});

test("one that was ended before its first checkpoint begins with the same layers again", async () => {
  await pupilOf("teacher", "unsaved", "--steps", "1k");
  rmSync(inFolder("unsaved/checkpoints"), { recursive: true });
  const again = ["train", "--resume", "unsaved", "--steps", "1500k", "--no-viewer"];
  const { stdout, stderr, code } = await carom(again, folder.path);
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  expect(stdout).toMatch(/beginning again from its start\ninit from .*teacher at step 10,112/);
  expect(newestHashes(inFolder("unsaved"))).toEqual(newestHashes(inFolder("whole")));
});

test("no layer that fits is an error that says so, and leaves nothing behind", async () => {
  const { code, stderr } = await pupilOf("teacher", "misfit", "--set", "hidden=24");
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^carom: --init-from: no layer of teacher at step 10,112 fits this network/,
  );
  expect(stderr).toContain("trunk.0.weight: shape [16,");
  expect(existsSync(inFolder("misfit"))).toBe(false);
});

test.each([
  [["catch", "--init-from", "nowhere"], /nowhere/],
  [["catch", "--init-from", "teacher", "--checkpoint", "77"], /no checkpoint of step 77/],
  [["catch", "--init-from", "teacher", "--checkpoint", "newest"], /latest, best or an env step/],
  [["catch", "--checkpoint", "best"], /--init-from/],
  [["--resume", "whole", "--init-from", "teacher"], /leave out --init-from/],
])("train %j is refused in one sentence", async (args, sentence) => {
  const { code, stderr } = await carom(["train", ...args, "--no-viewer"], folder.path);
  expect(code).toBe(2);
  expect(stderr).toMatch(sentence);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
});
