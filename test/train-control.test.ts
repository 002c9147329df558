/**
 * A training that is controlled over HTTP, from the outside: a real process that pauses, saves, goes
 * on and stops, writes down who asked, and refuses where it was told to.
 */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ControlAnswer,
  decodeControlAnswer,
  decodeRunEvent,
  type RunEvent,
} from "@carom/runs/formats";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { endAll, type Running, startCarom, temporaryFolder } from "./support/carom.js";

const small = ["--threads", "1", "--set", "envs=8", "horizon=16", "minibatch=64", "hidden=16"];
const folder = temporaryFolder();

afterEach(endAll);
afterAll(folder.remove);

interface Trained {
  readonly process: Running;
  readonly dir: string;
  readonly page: URL;
}

/** A training of Catch without end, once it has done its first steps. */
async function train(name: string, ...more: string[]): Promise<Trained> {
  const args = ["train", "catch", "--out", name, "--steps", "1000M", ...more, ...small];
  const process = startCarom(args, folder.path);
  const [address] = await process.printed(/http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/);
  await process.printed(/steps [1-9]/);
  return { process, dir: join(folder.path, name), page: new URL(address) };
}

/** Posts as the page does; the status of a refusal instead of an answer. */
function ask({ page }: Trained, verb: string): Promise<ControlAnswer | number | undefined> {
  const headers = {
    ...{ origin: page.origin, "content-type": "application/json" },
    "x-carom-token": page.searchParams.get("token") ?? "",
  };
  return new Promise((resolve, reject) => {
    const path = "/api/control";
    const options = { host: "127.0.0.1", port: page.port, path, method: "POST", headers };
    const sent = request(options, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      reply.on("end", () => {
        resolve(reply.statusCode === 200 ? decodeControlAnswer(text) : reply.statusCode);
      });
    });
    sent.on("error", reject);
    sent.end(JSON.stringify({ version: 1, verb }));
  });
}

/** A live link, once it is open: all that it says until it ends, as text between bytes of frames. */
async function listen({ page }: Trained): Promise<{ ended: Promise<string> }> {
  const socket = connect(Number(page.port), "127.0.0.1");
  const head = [
    `GET /live${page.search} HTTP/1.1`,
    `Host: ${page.host}`,
    `Origin: ${page.origin}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Version: 13",
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  let text = "";
  socket.setEncoding("latin1").on("data", (part: string) => {
    text += part;
  });
  socket.on("error", () => {}); // a reset is an end too
  const ended = new Promise<string>((resolve) => socket.on("close", () => resolve(text)));
  await expect.poll(() => text).toContain('"type":"hello"');
  return { ended };
}

const lines = (path: string): string[] => readFileSync(path, "utf8").trimEnd().split("\n");
const statusOf = ({ dir }: Trained): string =>
  JSON.parse(readFileSync(join(dir, "run.json"), "utf8")).status;
const rowsOf = ({ dir }: Trained): { steps: number; seconds: number }[] =>
  lines(join(dir, "metrics.jsonl")).map((line) => JSON.parse(line));
const logOf = ({ dir }: Trained): RunEvent[] =>
  lines(join(dir, "events.jsonl")).map(decodeRunEvent);
const eventsOf = (run: Trained): string[] =>
  logOf(run).map((event) => {
    return event.kind === "control" ? `${event.verb} by ${event.by}` : event.kind;
  });

/** Env steps of the checkpoints that were asked for. */
const savedOf = (run: Trained): number[] =>
  logOf(run).flatMap(({ kind, steps }) => (kind === "saved" ? [steps] : []));

describe("a training under control", () => {
  test("pauses, saves, goes on, and stops with a checkpoint; paused time is no training", async () => {
    const run = await train("controlled");
    expect(await ask(run, "resume")).toMatchObject({ accepted: false });
    expect(await ask(run, "pause")).toMatchObject({ accepted: true });
    await expect.poll(() => statusOf(run)).toBe("paused");
    const began = performance.now();
    expect(await ask(run, "save")).toMatchObject({ accepted: true });
    await expect.poll(() => savedOf(run).length).toBe(1);
    await sleep(2000); // the pause itself: time in which a training that went on would get far
    expect(await ask(run, "save")).toMatchObject({ accepted: true });
    await expect.poll(() => savedOf(run).length).toBe(2);
    const [step, again] = savedOf(run);
    expect(again).toBe(step);
    const paused = (performance.now() - began) / 1000;
    expect(await ask(run, "resume")).toMatchObject({ accepted: true });
    await expect.poll(() => statusOf(run)).toBe("running");
    const after = () => rowsOf(run).find(({ steps }) => steps > step);
    await expect.poll(after).toBeDefined();
    const before = rowsOf(run).findLast(({ steps }) => steps <= step);
    const passed = (after()?.seconds ?? Number.NaN) - (before?.seconds ?? Number.NaN);
    expect(passed).toBeLessThan(paused);
    const heard = await listen(run);
    expect(await ask(run, "stop")).toMatchObject({ accepted: true });
    const { code, stdout } = await run.process.finished;
    expect(code).toBe(0);
    expect(statusOf(run)).toBe("stopped");
    expect(await heard.ended).toContain('{"type":"status","status":"stopped"}');
    const saved = ["save by viewer", "saved"];
    const asked = ["pause by viewer", ...saved, ...saved, "resume by viewer", "stop by viewer"];
    expect(eventsOf(run)).toEqual(asked);
    for (const word of ["paused", "going on", "saving a checkpoint", "stopping"]) {
      expect(stdout).toMatch(new RegExp(`${word}.* at step [\\d,]+, asked by a viewer`));
    }
    expect(stdout).toContain("continue with:");
  });

  test("Ctrl-C ends a paused training as it ends any other", async () => {
    const run = await train("interrupted");
    await ask(run, "pause");
    await expect.poll(() => statusOf(run)).toBe("paused");
    run.process.child.kill("SIGINT");
    const { code, stdout } = await run.process.finished;
    expect(code).toBe(130);
    expect(stdout).toContain("stopping: saving a checkpoint");
    expect(statusOf(run)).toBe("stopped");
    expect(eventsOf(run)).toEqual(["pause by viewer", "stop by terminal"]);
  });

  test("--control off lets viewers watch and nothing else", async () => {
    const run = await train("watched", "--control", "off");
    for (const verb of ["pause", "stop"]) expect(await ask(run, verb)).toBe(403);
    const rows = rowsOf(run).length;
    await expect.poll(() => rowsOf(run).length).toBeGreaterThan(rows);
    expect(statusOf(run)).toBe("running");
  });
});
