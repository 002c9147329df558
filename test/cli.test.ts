/**
 * The `carom` command from the outside: real processes, real folders, real signals. What is learned is
 * tested elsewhere; here a small network plays a small game for a moment.
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  carom,
  checkpointNames,
  endAll,
  type Finished,
  newestHashes,
  startCarom,
  temporaryFolder,
} from "./support/carom.js";

/** Settings that make an iteration last milliseconds. */
const small = ["--set", "envs=8", "horizon=16", "minibatch=64", "hidden=16"];
const quick = ["--no-viewer", "--threads", "1", ...small];
const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder.path, name);

afterEach(endAll);
afterAll(folder.remove);

/** Trains Catch for a moment into `name`. */
function train(name: string, ...more: string[]): Promise<Finished> {
  return carom(["train", "catch", "--out", name, ...more, ...quick], folder.path);
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, "utf8"));
}

beforeAll(async () => {
  const { code, stderr } = await train("done", "--steps", "20k", "--seed", "5");
  expect(stderr).toBe("");
  expect(code).toBe(0);
});

describe("train", () => {
  test("ends with the result on the last line and in result.json, in the documented shape", async () => {
    const { code, stdout, stderr } = await train("shape", "--steps", "10k", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const result = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    expect(result).toEqual({
      game: "catch",
      variant: expect.any(String),
      algo: "ppo",
      seed: 1,
      steps: 10_112,
      seconds: expect.any(Number),
      stepsPerSecond: expect.any(Number),
      score: { mean: expect.any(Number), std: expect.any(Number), episodes: 100 },
      area: expect.any(Number),
      reached: { "100": null, "200": null, "400": null, "600": null, "800": null },
      versions: expect.objectContaining({ carom: expect.any(String), node: expect.any(String) }),
    });
    expect(readJson(inFolder("shape/result.json"))).toEqual(result);
    expect(readJson(inFolder("shape/run.json"))).toMatchObject({
      status: "finished",
      steps: 10_112,
    });
    expect(stdout).not.toContain("\u001b");
  });

  test("leaves metrics, episodes and checkpoints", () => {
    const rows = readFileSync(inFolder("done/metrics.jsonl"), "utf8").trimEnd().split("\n");
    expect(JSON.parse(rows.at(-1) ?? "")).toMatchObject({
      steps: 20_096,
      episodes: expect.any(Number),
      policyLoss: expect.any(Number),
      timeLearn: expect.any(Number),
    });
    const episodes = readFileSync(inFolder("done/episodes/index.jsonl"), "utf8").trimEnd();
    expect(JSON.parse(episodes.split("\n")[0])).toMatchObject({ reason: "first" });
    expect(checkpointNames(inFolder("done"))).toContain("step-20096");
  });

  test("the same seed gives the same network, another seed another one", async () => {
    await train("same", "--steps", "20k", "--seed", "5");
    await train("other", "--steps", "20k", "--seed", "6");
    expect(newestHashes(inFolder("same"))).toEqual(newestHashes(inFolder("done")));
    expect(newestHashes(inFolder("other"))).not.toEqual(newestHashes(inFolder("done")));
  });

  test("--time and --until-score end it too", async () => {
    const [timed, scored] = await Promise.all([
      train("timed", "--time", "1s", "--steps", "1000M", "--json"),
      train("scored", "--until-score", "-1", "--json"),
    ]);
    expect(timed.stdout).toContain("the time is up");
    expect(scored.stdout).toContain("the score is reached");
    expect([timed.code, scored.code]).toEqual([0, 0]);
  });

  test("without --out the folder is runs/<game>-<algo>-<time>", async () => {
    const { stdout } = await carom(
      ["train", "probe:action", "--steps", "1k", ...quick],
      folder.path,
    );
    expect(stdout).toMatch(/^run: runs\/probe-action-ppo-\d{8}-\d{6}/);
  });
});

describe("Ctrl-C", () => {
  const args = ["train", "catch", "--steps", "50M", ...quick];

  test("once: saves, says how to continue, exit code 130", async () => {
    const running = startCarom([...args, "--out", "once"], folder.path);
    await running.printed(/^steps /m);
    running.child.kill("SIGINT");
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    expect(stdout).toMatch(/saved at step [\d,]+; continue with: carom train --resume once\n$/);
    expect(readJson(inFolder("once/run.json"))).toMatchObject({ status: "stopped" });
    expect(existsSync(inFolder("once/result.json"))).toBe(false);
  });

  test("twice: ends at once, without saving, and the checkpoint before it is whole", async () => {
    const slow = ["--set", "envs=1024", "horizon=1024", "minibatch=1024", "hidden=512,512"];
    const running = startCarom(
      ["train", "catch", "--out", "twice", "--no-viewer", ...slow],
      folder.path,
    );
    await running.printed(/^run: /);
    while (!existsSync(inFolder("twice/checkpoints/step-0"))) await sleep(10);
    running.child.kill("SIGINT");
    await running.printed(/stopping: saving a checkpoint/);
    await sleep(500); // two signals within 300 ms count as one
    running.child.kill("SIGINT");
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    expect(stdout).not.toContain("saved at step");
    const played = await carom(["eval", "twice", "--episodes", "3"], folder.path);
    expect(played).toMatchObject({ code: 0, stderr: "" });
  });

  test("SIGTERM is answered like one Ctrl-C, with exit code 143", async () => {
    const running = startCarom([...args, "--out", "term"], folder.path);
    await running.printed(/^steps /m);
    running.child.kill("SIGTERM");
    const { code, stdout } = await running.finished;
    expect(code).toBe(143);
    expect(stdout).toContain("saved at step");
  });
});

describe("--resume", () => {
  test("an interrupted run ends with the same bits as an uninterrupted one", async () => {
    const steps = ["--steps", "6M", "--seed", "9"]; // it must not be over before it is interrupted
    const whole = await train("whole", ...steps);
    expect(whole.code).toBe(0);
    const running = startCarom(
      ["train", "catch", "--out", "parts", ...steps, ...quick],
      folder.path,
    );
    await running.printed(/^steps /m);
    running.child.kill("SIGINT");
    expect((await running.finished).code).toBe(130);
    const resumed = await carom(["train", "--resume", "parts", "--no-viewer"], folder.path);
    expect(resumed.stderr).toBe("");
    expect(resumed.stdout).toMatch(/continuing from step [\d,]+/);
    expect(newestHashes(inFolder("parts"))).toEqual(newestHashes(inFolder("whole")));
    const [a, b] = ["whole", "parts"].map((name) => readJson(inFolder(`${name}/result.json`)));
    expect({ score: b.score, steps: b.steps }).toEqual({ score: a.score, steps: a.steps });
  });

  test("a higher --steps lengthens a finished run", async () => {
    await train("longer", "--steps", "5k");
    const refused = await carom(["train", "--resume", "longer", "--no-viewer"], folder.path);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("longer is finished: it has done");
    const { code } = await carom(
      ["train", "--resume", "longer", "--no-viewer", "--steps", "8k"],
      folder.path,
    );
    expect(code).toBe(0);
    expect(readJson(inFolder("longer/result.json")).steps).toBe(8064);
  });

  test("a damaged newest checkpoint is passed over, and the user is told", async () => {
    cpSync(inFolder("once"), inFolder("damaged"), { recursive: true });
    await damageNewest("damaged");
    const { code, stdout } = await carom(
      ["train", "--resume", "damaged", "--no-viewer", "--time", "1h", "--steps", "1M"],
      folder.path,
    );
    expect(stdout).toMatch(/checkpoint step-\d+ cannot be used: /);
    expect(code).toBe(0);
  });

  /** Flips one byte in the middle of the newest model. */
  async function damageNewest(name: string): Promise<void> {
    const newest = checkpointNames(inFolder(name)).at(-1) ?? "";
    const file = inFolder(`${name}/checkpoints/${newest}/model.safetensors`);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(file, bytes);
  }
});

describe("the viewer", () => {
  const blocked: Server = createServer();
  let port = 0;

  beforeAll(async () => {
    await new Promise<void>((resolve) => blocked.listen(0, "127.0.0.1", resolve));
    const address = blocked.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  });
  afterAll(() => blocked.close());

  /** The run's facts as the server at a printed address tells them. */
  async function factsAt(address: string): Promise<Record<string, unknown>> {
    const url = new URL("/api/run", address);
    url.searchParams.set("token", new URL(address).searchParams.get("token") ?? "");
    const response = await fetch(url);
    expect(response.status).toBe(200);
    return response.json();
  }

  test("its address is the first line, and a taken port gives way to the next free one", async () => {
    const args = ["train", "catch", "--out", "seen", "--steps", "50M", "--port", String(port)];
    const running = startCarom([...args, "--threads", "1", ...small], folder.path);
    const [, address] = await running.printed(/^viewer: (http:\/\/127\.0\.0\.1:\S+)\n/);
    expect(running.stdout().startsWith("viewer: ")).toBe(true);
    expect(new URL(address).port).not.toBe(String(port));
    await running.printed(/^steps /m);
    expect(await factsAt(address)).toMatchObject({ id: "seen", game: "catch", status: "running" });
    running.child.kill("SIGINT");
    expect((await running.finished).code).toBe(130);
  });

  const tells = process.platform === "linux" ? "" : " (skipped: priorities are for Linux)";
  test.skipIf(tells)(`its thread stands behind the one that trains${tells}`, async () => {
    const args = ["train", "catch", "--out", "behind", "--steps", "50M", "--threads", "1"];
    const running = startCarom([...args, ...small], folder.path);
    await running.printed(/^steps [1-9]/m);
    const { pid } = running.child;
    /** Clock ticks that a thread has used, and its niceness: see proc(5), the fields after the name. */
    const threads = readdirSync(`/proc/${pid}/task`).map((id) => {
      const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return { id, used: Number(fields[11]) + Number(fields[12]), niceness: Number(fields[16]) };
    });
    const others = threads.filter(({ id }) => id !== String(pid));
    const training = others.reduce((a, b) => (b.used > a.used ? b : a));
    const serving = threads.find(({ id }) => id === String(pid));
    expect([serving?.niceness, training.niceness]).toEqual([10, 0]);
    running.child.kill("SIGINT");
    expect((await running.finished).code).toBe(130);
  });

  test("watch serves a past run until Ctrl-C", async () => {
    const running = startCarom(["watch", "done", "--port", String(port)], folder.path);
    const [, address] = await running.printed(/^viewer: (http:\/\/127\.0\.0\.1:\S+)\n/);
    expect(await factsAt(address)).toMatchObject({ id: "done", status: "finished", steps: 20_096 });
    await running.printed(/^run: done/m);
    running.child.kill("SIGINT");
    expect(await running.finished).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("eval", () => {
  test("reports mean, median, IQM and intervals, the same every time", async () => {
    const args = ["eval", "done", "--episodes", "200", "--json"];
    const [first, second] = await Promise.all([carom(args, folder.path), carom(args, folder.path)]);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toBe(second.stdout);
    expect(first.stdout).toMatch(/^mean .*95% interval/m);
    const result = JSON.parse(first.stdout.trimEnd().split("\n").at(-1) ?? "");
    expect(result).toMatchObject({ run: "done", step: 20_096, episodes: 200, greedy: false });
    const { low, high } = result.interval.mean;
    expect(low).toBeLessThanOrEqual(result.mean);
    expect(high).toBeGreaterThanOrEqual(result.mean);
    for (const value of [result.mean, result.median, result.iqm]) {
      expect(value).toBeGreaterThanOrEqual(result.min);
      expect(value).toBeLessThanOrEqual(result.max);
    }
  });

  test("plays the best checkpoint, or that of a step", async () => {
    for (const which of ["best", "20096"]) {
      const args = ["eval", "done", "--episodes", "5", "--greedy", "--checkpoint", which];
      const { code, stdout } = await carom(args, folder.path);
      expect(stdout).toContain("checkpoint of step 20,096");
      expect(code).toBe(0);
    }
  });
});

describe("help and doctor", () => {
  test.each([[], ["train"], ["watch"], ["eval"], ["new"], ["check"], ["doctor"], ["sweep"]])(
    "help for %j has examples",
    async (...args) => {
      const { code, stdout, stderr } = await carom([...args, "--help"], folder.path);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/Examples?:\n {2}carom /);
    },
  );

  test("no command at all: the help, on stderr", async () => {
    const { code, stdout, stderr } = await carom([], folder.path);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^Usage: carom/);
  });

  test("train's help lists games, settings and defaults", async () => {
    const { stdout } = await carom(["train", "--help"], folder.path);
    for (const word of ["breakout", "catch", "learningRate=", "(default: ppo)", "(default: 30s)"]) {
      expect(stdout).toContain(word);
    }
  });

  test("doctor finds the native core", async () => {
    const { code, stdout } = await carom(["doctor", "--json"], folder.path);
    expect(JSON.parse(stdout)).toMatchObject({ native: { loads: true } });
    expect(code).toBe(0);
  });
});
