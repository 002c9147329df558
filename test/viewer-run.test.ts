/**
 * The run in the viewer: control with its log, warnings, charts and their files, other runs beside
 * it. On a scripted run that obeys.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createRun, readRun } from "@carom/runs";
import { startServer } from "@carom/server";
import { buildPage, type ScriptedRun, startScriptedRun } from "@carom/viewer/dev";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import "./support/handle.ts";
import {
  closePages,
  difference,
  drawnShare,
  launchBrowser,
  type Picture,
  pictureOf,
  testsThePage,
} from "./support/browser.ts";
import { drawn } from "./support/viewer.ts";

const folder = mkdtempSync(join(tmpdir(), "carom-viewer-run-"));
const inBrowser = describe.skipIf(!testsThePage);
const failures: string[] = [];
let browser: Browser;
let run: ScriptedRun;

beforeAll(async () => {
  if (!testsThePage) return;
  await buildPage(folder);
  browser = await launchBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  if (!testsThePage) return;
  const options = { talent: 0.5, games: 8, pace: 2, totalSteps: 1e7, staticDir: folder };
  run = await startScriptedRun({ ...options, control: true, config: { learningRate: 0.0003 } });
  run.hurry(800);
});

afterEach(async () => {
  await closePages(browser);
  await run?.close();
  expect(failures.splice(0)).toEqual([]);
});

/** Opens the page and waits for rows and an episode. */
async function open(url = run.url): Promise<Page> {
  const context = await browser.newContext({
    ...{ viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") failures.push(message.text());
  });
  await page.goto(url);
  await page.waitForFunction(() => window.__carom?.rows > 20 && window.__carom.length > 0);
  await page.locator("[data-metric=score] canvas").waitFor();
  return page;
}

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** Pauses the run and waits until all that it measured is on the charts. */
async function pause(page: Page): Promise<void> {
  await button(page, "Pause the training").click();
  await page.locator(".status", { hasText: "Paused" }).waitFor();
  await drawn(page, run.run.counts().metrics);
}

/** A run beside the scripted one. */
function addNeighbour(id: string, learningRate: number): void {
  const { game, variant, gameVersion, algo, seed, device, threads, totalSteps } = run.run.facts();
  const setup = { game, variant, gameVersion, algo, seed, device, threads, totalSteps };
  const dir = join(dirname(run.run.dir), id);
  using other = createRun(dir, { ...setup, config: { learningRate }, versions: {} });
  for (let i = 0; i < 200; i++) other.appendMetrics({ steps: i * 80, score: 300 - i, entropy: 1 });
}

/** Share of a picture's pixels that are close to a colour. */
function shareOf({ data }: Picture, color: readonly [number, number, number]): number {
  let near = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (color.every((value, c) => Math.abs(data[i + c] - value) < 40)) near++;
  }
  return near / (data.length / 4);
}

inBrowser("control", () => {
  test("pauses and resumes the training, by keyboard, and logs who asked", async () => {
    const page = await open();
    await button(page, "Pause the training").focus();
    await page.keyboard.press("Enter");
    await page.locator(".status", { hasText: "Paused" }).waitFor();
    expect(run.run.facts().status).toBe("paused");
    await page.getByText("The training stands still.").waitFor();
    // What was measured before is written within a second; then there is nothing more.
    await page.waitForTimeout(1500);
    const rows = run.run.counts().metrics;
    await page.waitForTimeout(1500);
    expect(run.run.counts().metrics).toBe(rows);
    await page.keyboard.press("Enter"); // the same button goes on now
    await page.locator(".status", { hasText: "Training" }).waitFor();
    await page.waitForFunction((had) => window.__carom.rows > had, rows);
    await page.getByRole("tab", { name: "Run" }).click();
    const log = page.locator(".log li");
    await expect
      .poll(() => log.allTextContents())
      .toEqual([
        expect.stringContaining("resumed by a viewer"),
        expect.stringContaining("paused by a viewer"),
      ]);
    await page.context().close();
  });

  test("saves a checkpoint and says when it is on the disk", async () => {
    const page = await open();
    await button(page, "Save a checkpoint now").click();
    await page
      .getByRole("status")
      .getByText(/^Checkpoint saved at step/)
      .waitFor();
    expect(run.run.events(0).events.map(({ kind }) => kind)).toEqual(["control", "saved"]);
    await page.context().close();
  });

  test("asks before it stops; the controls go with the training", async () => {
    const page = await open();
    const question = page.getByRole("dialog", { name: "Stop the training?" });
    await button(page, "Stop the training").click();
    await question.waitFor();
    await page.keyboard.press("Escape");
    await question.waitFor({ state: "hidden" });
    expect(run.run.events(0).events).toEqual([]);
    await button(page, "Stop the training").click();
    await button(page, "Stop and save").click();
    await page.locator(".status", { hasText: "Stopped" }).waitFor();
    expect(run.run.facts().status).toBe("stopped");
    await page.getByRole("group", { name: "Training" }).waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("is not there where nobody trains, and the Run tab says why", async () => {
    const reader = readRun(run.run.dir);
    const whyNoControl = "Only <b>watching</b>.";
    const server = await startServer({ source: reader, port: 0, staticDir: folder, whyNoControl });
    const page = await open(server.url);
    expect(await page.getByRole("group", { name: "Training" }).isVisible()).toBe(false);
    await page.getByRole("tab", { name: "Run" }).click();
    await page.locator(".log").getByText(whyNoControl, { exact: true }).waitFor();
    await page.context().close();
    await server.close();
    reader.close();
  });
});

inBrowser("health", () => {
  test("a NaN that stays is a warning and crosses on its chart; it can be put away", async () => {
    const page = await open();
    await button(page, "Pause the training").click();
    await page.locator(".status", { hasText: "Paused" }).waitFor();
    expect(await page.locator(".alerts p").count()).toBe(0);
    const before = await pictureOf(page, "[data-metric=policyLoss] canvas");
    const { steps } = run.run.metrics(run.run.counts().metrics - 1).rows[0];
    for (let i = 1; i <= 3; i++) {
      const row = { steps: steps + i, timeLearn: 0.4, policyLoss: Number.NaN };
      run.run.appendMetrics({ ...row, score: 100, stepsPerSecond: 1000 });
    }
    const warning = page.getByRole("alert").getByText("Not a finite number: policyLoss");
    await warning.waitFor();
    await expect
      .poll(async () =>
        difference(before, await pictureOf(page, "[data-metric=policyLoss] canvas")),
      )
      .toBeGreaterThan(0);
    await button(page, "Put away").click();
    await warning.waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("memory and disk stand beside the time; little room is a warning", async () => {
    const page = await open();
    const room = page.getByRole("list", { name: "Memory and disk" });
    await room.getByText(/memory \d+.MB/).waitFor();
    await room.getByText("disk free 70.0").waitFor();
    await button(page, "Pause the training").click();
    run.run.appendMetrics({ steps: run.run.facts().steps + 1, diskFree: 5e8 });
    await page.getByRole("alert").getByText("almost full: 477 MiB left").waitFor();
    await page.context().close();
  });
});

inBrowser("charts", () => {
  test("a click on any chart plays the episode kept nearest; scrubbing moves the line", async () => {
    const page = await open();
    await button(page, "Pause the training").click();
    const box = await page.locator("[data-metric=entropy] .u-over").boundingBox();
    if (!box) throw new Error("no chart");
    await page.mouse.click(box.x + box.width * 0.1, box.y + 20);
    const kept = run.run.episodes(0).episodes;
    const last = kept.reduce((max, entry) => Math.max(max, entry.steps), 0);
    const stepsOf = async () => {
      const id = await page.evaluate(() => window.__carom.episode);
      return kept.find((entry) => entry.id === id)?.steps ?? Number.NaN;
    };
    await expect.poll(stepsOf).toBeLessThan(last * 0.3);
    await page.mouse.move(5, 5);
    const early = await pictureOf(page, "[data-metric=score] canvas");
    await page.mouse.click(box.x + box.width * 0.9, box.y + 20);
    await expect.poll(stepsOf).toBeGreaterThan(last * 0.6);
    await page.mouse.move(5, 5);
    await expect
      .poll(async () => difference(early, await pictureOf(page, "[data-metric=score] canvas"), 60))
      .toBeGreaterThan(0.0005);
    await page.context().close();
  });

  test("the reader chooses charts and scale, and finds both again", async () => {
    const page = await open();
    expect(await page.locator("[data-metric=clipFraction]").count()).toBe(0);
    await button(page, "Choose charts").click();
    await page.getByRole("checkbox", { name: "Clip fraction" }).check();
    await page.getByRole("checkbox", { name: "Value loss" }).uncheck();
    await page.keyboard.press("Escape");
    await page.locator("[data-metric=clipFraction] canvas").waitFor();
    expect(await page.locator("[data-metric=valueLoss]").count()).toBe(0);
    await pause(page);
    const linear = await pictureOf(page, "[data-metric=entropy] canvas");
    await button(page, "log").click();
    await expect
      .poll(async () => difference(linear, await pictureOf(page, "[data-metric=entropy] canvas")))
      .toBeGreaterThan(0.001);
    expect(drawnShare(await pictureOf(page, "[data-metric=entropy] canvas"))).toBeGreaterThan(0.01);
    await page.reload();
    await page.locator("[data-metric=clipFraction] canvas").waitFor();
    expect(await page.locator("[data-metric=valueLoss]").count()).toBe(0);
    expect(await button(page, "log").getAttribute("aria-pressed")).toBe("true");
    await page.context().close();
  });

  test("other runs are drawn beside this one, with a legend and what differs", async () => {
    addNeighbour("breakout-other-1", 0.001);
    addNeighbour("breakout-other-2", 0.002);
    const page = await open();
    const blue = [0x5c, 0xb3, 0xff] as const;
    const score = () => pictureOf(page, "[data-metric=score] canvas");
    expect(shareOf(await score(), blue)).toBe(0);
    await button(page, "Compare with other runs").click();
    await page.getByRole("checkbox", { name: "breakout-other-1" }).check();
    await page.getByRole("checkbox", { name: "breakout-other-2" }).check();
    await page.keyboard.press("Escape");
    await expect.poll(async () => shareOf(await score(), blue)).toBeGreaterThan(0.001);
    const legend = page.getByRole("list", { name: "Compared runs" });
    await expect
      .poll(() => legend.getByRole("listitem").allTextContents())
      .toEqual(["breakout-other-1", "breakout-other-2"]);
    await page.getByRole("tab", { name: "Run" }).click();
    const row = page.locator(".differences tbody tr", { hasText: "learningRate" });
    const values = ["0.0003", "0.001", "0.002"];
    await expect.poll(() => row.locator("td").allTextContents()).toEqual(values);
    await button(page, "Stop comparing with breakout-other-1").click();
    await button(page, "Stop comparing with breakout-other-2").click();
    await expect.poll(async () => shareOf(await score(), blue)).toBe(0);
    await expect.poll(() => page.locator(".differences").count()).toBe(0);
    await page.context().close();
  });

  test("what is on the charts can be taken along as CSV and PNG", async () => {
    const page = await open();
    await pause(page);
    const take = async (name: string): Promise<Buffer> => {
      await button(page, "Export the charts").click();
      const coming = page.waitForEvent("download");
      await button(page, name).click();
      return readFileSync(await (await coming).path());
    };
    const csv = (await take("All values as CSV")).toString("utf8").trimEnd().split("\r\n");
    const { rows } = run.run.metrics(0);
    expect(csv.length).toBe(rows.length + 1);
    const names = csv[0].split(",");
    const cells = csv.at(-1)?.split(",").map(Number) ?? [];
    const last = rows.at(-1);
    for (const name of ["steps", "score", "entropy", "gradNorm"]) {
      expect([name, cells[names.indexOf(name)]]).toEqual([name, last?.[name]]);
    }
    const png = await take("Charts as PNG");
    expect([...png.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    const size = [16, 20].map((at) => png.readUInt32BE(at));
    expect(size[0]).toBeGreaterThan(300);
    expect(size[1]).toBeGreaterThan(1000);
    await page.context().close();
  });
});

inBrowser("episodes", () => {
  test("the seed and the nearest policy stand below the list and can be copied", async () => {
    for (const step of [100, 4000, 900_000]) run.run.saveCheckpoint(step, { arrays: {}, json: {} });
    const page = await open();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const kept = run.run.episodes(0).episodes;
    const entry = kept.reduce((a, b) =>
      Math.abs(b.steps - 4000) < Math.abs(a.steps - 4000) ? b : a,
    );
    await page.evaluate((id) => window.__carom.open(id), entry.id);
    const detail = page.locator(".episode-detail");
    await detail.getByText(`Seed ${entry.seed}`).waitFor();
    await detail.getByText("Checkpoint 4\u2009000").waitFor();
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await button(page, "Copy the seed").click();
    await expect.poll(copied).toBe(String(entry.seed));
    await button(page, "Copy the policy\u2019s step").click();
    await expect.poll(copied).toBe("4000");
    // A run that keeps policies has one nearer to the episode.
    run.run.addPolicy(Uint8Array.of(1), { steps: entry.steps - 1, score: null });
    run.run.addPolicy(Uint8Array.of(1), { steps: entry.steps + 1, score: null });
    const policy = String(entry.steps - 1).replace(/\B(?=(\d{3})+$)/g, "\u2009");
    await detail.getByText(`Policy ${policy}`).waitFor();
    await page.context().close();
  });
});
