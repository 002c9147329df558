/**
 * What the `carom` command refuses: one clear sentence on stderr, exit code 2, and nothing left behind.
 * Real processes; a finished run of a moment's training is there to be misused.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { carom, checkpointNames, endAll, startCarom, temporaryFolder } from "./support/carom.js";

/** Settings that make an iteration last milliseconds. */
const small = ["--set", "envs=8", "horizon=16", "minibatch=64", "hidden=16"];
const quick = ["--no-viewer", "--threads", "1", ...small];
const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  const { code } = await carom(
    ["train", "catch", "--out", "done", "--steps", "5k", ...quick],
    folder.path,
  );
  expect(code).toBe(0);
});
afterEach(endAll);
afterAll(folder.remove);

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, "utf8"));
}

describe("what cannot be done is said in one sentence, with exit code 2 and no trace", () => {
  const table: [name: string, args: string[], sentence: RegExp][] = [
    ["unknown command", ["trian"], /unknown command 'trian'.*train/],
    ["unknown option", ["train", "catch", "--stpes", "1"], /unknown option '--stpes'.*--steps/],
    ["no game", ["train"], /name a game/],
    ["unknown game", ["train", "braekout"], /braekout.*breakout/],
    ["unknown algorithm", ["train", "catch", "--algo", "pp0"], /pp0.*ppo/],
    ["unknown variant", ["train", "catch", "--variant", "huge"], /huge/],
    ["unknown setting", ["train", "catch", "--set", "learnRate=1"], /learnRate.*learningRate/],
    ["setting out of range", ["train", "catch", "--set", "gamma=2"], /gamma.*between 0 and 1.*2/],
    ["setting of the wrong type", ["train", "catch", "--set", "epochs=two"], /epochs.*whole.*two/],
    ["settings that do not fit", ["train", "catch", "--set", "minibatch=77"], /minibatch.*77/],
    ["no setting", ["train", "--set", "catch"], /key=value.*catch/],
    ["steps", ["train", "catch", "--steps", "many"], /--steps.*many/],
    ["time", ["train", "catch", "--time", "-1"], /--time.*-1/],
    ["score", ["train", "catch", "--until-score", "high"], /--until-score.*high/],
    ["seed", ["train", "catch", "--seed", "-1"], /--seed.*-1/],
    ["threads", ["train", "catch", "--threads", "0"], /--threads.*0/],
    ["port", ["train", "catch", "--port", "99999"], /--port.*99999/],
    ["device", ["train", "catch", "--device", "gpu"], /--device.*cpu, cuda, auto.*gpu/],
    ["--open without viewer", ["train", "catch", "--open", "--no-viewer"], /--open/],
    ["--resume with a game", ["train", "catch", "--resume", "done"], /leave out a game/],
    ["--resume with --seed", ["train", "--resume", "done", "--seed", "1"], /leave out --seed/],
    ["resuming nothing", ["train", "--resume", "nowhere"], /nowhere/],
    ["watching nothing", ["watch", "nowhere"], /nowhere/],
    ["evaluating nothing", ["eval", "nowhere"], /nowhere/],
    ["evaluating no episodes", ["eval", "done", "--episodes", "0"], /--episodes.*0/],
    ["no such checkpoint", ["eval", "done", "--checkpoint", "77"], /77/],
    ["no kind of checkpoint", ["eval", "done", "--checkpoint", "newest"], /latest, best/],
    ["folder that holds a run", ["train", "catch", "--out", "done"], /already holds a run/],
    ["folder below a file", ["train", "catch", "--out", "done/run.json/x"], /done/],
  ];

  test.each(table)("%s", async (_name, args, sentence) => {
    const extra = args[0] === "train" && !args.includes("--open") ? ["--no-viewer"] : [];
    const { code, stdout, stderr } = await carom([...args, ...extra], folder.path);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^carom: [^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  test("nothing was written", () => {
    const runs = readJson(inFolder("done/run.json"));
    expect(runs).toMatchObject({ status: "finished" });
    expect(existsSync(inFolder("nowhere"))).toBe(false);
    expect(existsSync(inFolder("runs/catch-ppo"))).toBe(false);
  });

  test("a run in use", async () => {
    const args = ["train", "catch", "--out", "used", "--steps", "50M", ...quick];
    const running = startCarom(args, folder.path);
    await running.printed(/^steps /m);
    const second = await carom(["train", "--resume", "used", "--no-viewer"], folder.path);
    expect(second.stderr).toContain(String(running.child.pid));
    expect(second.code).toBe(2);
    running.child.kill("SIGINT");
    expect((await running.finished).code).toBe(130);
  });

  test("checkpoints that are all damaged", async () => {
    cpSync(inFolder("done"), inFolder("ruined"), { recursive: true });
    for (const name of checkpointNames(inFolder("ruined"))) {
      writeFileSync(inFolder(`ruined/checkpoints/${name}/model.safetensors`), "not a model");
    }
    const { code, stderr } = await carom(
      ["train", "--resume", "ruined", "--no-viewer", "--steps", "1M"],
      folder.path,
    );
    expect({ code, lines: stderr.trimEnd().split("\n").length }).toEqual({ code: 2, lines: 1 });
  });

  test("a checkpoint of another game", async () => {
    await carom(
      ["train", "probe:match", "--out", "foreign", "--steps", "1k", ...quick],
      folder.path,
    );
    cpSync(inFolder("done"), inFolder("mixed"), { recursive: true });
    rmSync(inFolder("mixed/checkpoints"), { recursive: true });
    cpSync(inFolder("foreign/checkpoints"), inFolder("mixed/checkpoints"), { recursive: true });
    const before = checkpointNames(inFolder("mixed"));
    const { code, stderr } = await carom(
      ["train", "--resume", "mixed", "--no-viewer", "--steps", "1M"],
      folder.path,
    );
    expect(stderr).toMatch(/^carom: [^\n]+\n$/);
    expect(code).toBe(2);
    expect(checkpointNames(inFolder("mixed"))).toEqual(before);
  });

  test("a folder that may not be written to", async () => {
    mkdirSync(inFolder("sealed"));
    writeFileSync(inFolder("sealed/runs"), "a file where the folder of runs would be");
    const { code, stdout, stderr } = await carom(
      ["train", "catch", "--steps", "1k", ...quick],
      inFolder("sealed"),
    );
    expect(stderr).toMatch(/^carom: [^\n]+\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});
