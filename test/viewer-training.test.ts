/**
 * The page of a real training, from its first moment: the address is printed, games are seen before anything
 * was learned, and the page says what code and settings the run was made with.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeMetricsRow } from "@carom/runs/formats";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import "./support/handle.ts";
import {
  closePages,
  difference,
  launchBrowser,
  pictureOf,
  testsThePage,
} from "./support/browser.ts";
import { carom, endAll, type Running, startCarom, temporaryFolder } from "./support/carom.js";

const inBrowser = describe.skipIf(!testsThePage);
const folder = temporaryFolder();
const complaints: string[] = [];
let browser: Browser;

beforeAll(async () => {
  if (testsThePage) browser = await launchBrowser();
});
afterEach(async () => {
  await closePages(browser);
  endAll();
});
afterAll(async () => {
  await browser?.close();
  folder.remove();
});

/** Opens the page at the address that a training prints. */
async function open(training: Running): Promise<Page> {
  const [, address] = await training.printed(/^viewer: (http:\S+)\n/m);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(address);
  return page;
}

/** Work of some 50 us in a game's step: the training lasts long enough to be looked at on any machine. */
const busy =
  "let work = 0;\n    for (let i = 0; i < 50_000; i++) work += Math.sqrt(i);\n    if (work < 0) return 0;";

/** Rows that a run has measured so far. */
function rowsOf(name: string) {
  const path = join(folder.path, name, "metrics.jsonl");
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  return text.split("\n").slice(0, -1).map(decodeMetricsRow);
}

inBrowser("a training's page", () => {
  test("shows games that move before the first gradient step", async () => {
    // A game that takes its time is played into the replay memory for long before there is learning.
    expect(await carom(["new", "sky-fall"], folder.path)).toMatchObject({ code: 0, stderr: "" });
    const source = join(folder.path, "sky-fall/sky-fall.ts");
    const text = readFileSync(source, "utf8");
    const slow = text.replace("this.coinY += 1;", `${busy}\n    this.coinY += 1;`);
    expect(slow).not.toBe(text);
    writeFileSync(source, slow);
    const settings = ["envs=1", "learningStarts=2000000", "buffer=2000000"];
    const args = ["train", "sky-fall/sky-fall.ts", "--algo", "dqn", "--threads", "1"];
    const how = ["--out", "early", "--steps", "100M", "--set", ...settings];
    const training = startCarom([...args, ...how], folder.path);
    const page = await open(training);
    await page.waitForFunction(() => window.__carom?.boards.some(({ step }) => step > 3));
    const learned = rowsOf("early").filter((row) => Number.isFinite(row["qLoss"]));
    expect(learned).toEqual([]);
    const before = await pictureOf(page, ".grid canvas");
    await expect
      .poll(async () => difference(before, await pictureOf(page, ".grid canvas")))
      .toBeGreaterThan(0.0005);
    await page.context().close();
    training.child.kill("SIGINT");
    expect((await training.finished).code).toBe(130);
  });

  test("says which commit, versions, seed and settings made the run", async () => {
    const git = (...args: string[]) => {
      const who = ["-c", "user.name=carom", "-c", "user.email=carom@example.org"];
      return execFileSync("git", [...who, ...args], { cwd: folder.path, encoding: "utf8" }).trim();
    };
    writeFileSync(join(folder.path, "notes.txt"), "one");
    git("init", "--quiet");
    git("add", "notes.txt");
    git("commit", "--quiet", "-m", "one");
    const args = ["train", "catch", "--threads", "1", "--out", "made", "--steps", "100M"];
    const training = startCarom([...args, "--seed", "77", "--set", "gamma=0.875"], folder.path);
    const page = await open(training);
    await page.getByRole("tab", { name: "Run" }).click();
    const facts = page.getByRole("region", { name: "How the run was made" });
    const fact = (name: string) =>
      facts
        .locator("dl > div")
        .filter({ has: page.getByText(name, { exact: true }) })
        .locator("dd");
    await fact("commit").waitFor();
    const { commit, ...shown } = {
      commit: await fact("commit").textContent(),
      seed: await fact("Seed").textContent(),
      gamma: await fact("gamma").textContent(),
      node: await fact("node").textContent(),
    };
    expect(commit).toBe(git("rev-parse", "HEAD"));
    expect(shown).toEqual({ seed: "77", gamma: "0.875", node: process.versions.node });
    await page.context().close();
    training.child.kill("SIGINT");
    await training.finished;
  });
});

test("the page logged no error", () => {
  expect(complaints).toEqual([]);
});
