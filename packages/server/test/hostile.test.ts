/**
 * Viewers that mean harm: giant messages, a million fragments, never reading, slow and endless heads,
 * thousands of connections. Each attack runs in a process of its own against a server in this one;
 * the server stays within its memory, and an honest viewer is served meanwhile and afterwards.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { Server } from "../src/index.js";
import { api, TestViewer, token, withServer } from "./helpers.js";

const timeout = 30_000;
/** What an attack may make the server grow by, in bytes. */
const mostGrowth = 128 << 20;
const boards = 16;
const script = fileURLToPath(new URL("./attacker.mjs", import.meta.url));
const living = new Set<ChildProcess>();

afterEach(() => {
  for (const child of living) child.kill("SIGKILL");
  living.clear();
});

/** Starts an attack and resolves with its last line when it has done its worst. */
function attack(kind: string, server: Server): Promise<string> {
  const args = [script, kind, String(server.port), token];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  living.add(child);
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      living.delete(child);
      resolve(text.trim().split("\n").at(-1) ?? "");
    });
  });
}

/**
 * Runs an attack beside an honest viewer; gives what the attacker saw and how this process grew.
 * @param perTick bytes that each board does every 20 ms; the honest viewer keeps those of one board
 */
async function under(kind: string, perTick: number): Promise<{ report: string; growth: number }> {
  let report = "";
  let growth = 0;
  await withServer(async ({ run, server }) => {
    const honest = await new TestViewer(server).opened();
    honest.want(1);
    await expect.poll(() => server.wish().boards, { timeout }).toBe(1);
    const before = process.memoryUsage.rss();
    const ended = attack(kind, server);
    let sent = 0;
    const timer = setInterval(() => {
      growth = Math.max(growth, process.memoryUsage.rss() - before);
      if (sent >= 400 * perTick) return; // eight seconds are enough
      run.appendMetrics({ steps: sent });
      const actions = new Uint8Array(perTick);
      const place = { episode: 0, seed: 1, from: sent, actions, reset: sent === 0 };
      server.publishLive(
        Array.from({ length: boards }, (_, env) => ({ env, ...place })),
        sent,
      );
      sent += perTick;
    }, 20);
    report = await ended;
    clearInterval(timer);
    growth = Math.max(growth, process.memoryUsage.rss() - before);
    await expect.poll(() => honest.boards.get("0/0")?.length, { timeout }).toBe(sent);
    expect(honest.closeCode).toBeUndefined();
    expect((await api(server, "/api/run")).status).toBe(200);
    await expect.poll(() => server.clients(), { timeout }).toBe(1);
  });
  return { report, growth };
}

describe("hostile viewers", () => {
  const cases: readonly [kind: string, what: string, report: RegExp][] = [
    ["giant", "[S11] a message of 1 GiB ends its connection at the first bytes", /^closed 1009$/],
    ["fragments", "[S11] a million fragments end theirs after a few", /^closed 1008$/],
    ["deaf", "[S14] viewers that never read are let go or cost a megabyte each", /^deaf 40$/],
    ["slowloris", "[S18] heads that never end are cut off", /^cut off 200 of 200$/],
    [
      "crowd",
      "[S9] ten thousand connections: the first ones are served, the rest is not",
      /^crowd 10000, refused [1-9]\d{2,}$/,
    ],
    [
      "headers",
      "[S18] two thousand headers, and heads of megabytes, are refused",
      /^refused 2 of 2$/,
    ],
  ];
  test.each(cases)("%s: %s", { timeout: 180_000 }, async (kind, _what, expected) => {
    // Who never reads is sent 3 MB a second, which must not pile up here.
    const { report, growth } = await under(kind, kind === "deaf" ? 4096 : 8);
    expect(report).toMatch(expected);
    expect(growth).toBeLessThan(mostGrowth);
  });
});
