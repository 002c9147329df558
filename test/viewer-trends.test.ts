/**
 * The charts and the health of a run, figure by figure: what is measured is drawn, raw values, numbers that
 * are none, and warnings. On a scripted run that is paused and told what to measure.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPage, type ScriptedRun, startScriptedRun } from "@carom/viewer/dev";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import "./support/handle.ts";
import {
  closePages,
  launchBrowser,
  type Picture,
  pictureOf,
  testsThePage,
} from "./support/browser.ts";
import { drawn, openViewer } from "./support/viewer.ts";

const folder = mkdtempSync(join(tmpdir(), "carom-viewer-trends-"));
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
  const options = { talent: 0.5, games: 4, pace: 2, totalSteps: 1e7, staticDir: folder };
  run = await startScriptedRun({ ...options, control: true });
  run.hurry(600);
});

afterEach(async () => {
  await closePages(browser);
  await run?.close();
  expect(failures.splice(0)).toEqual([]);
});

const open = (options: BrowserContextOptions = {}): Promise<Page> =>
  openViewer(browser, run.url, { settings: { boards: "1" }, options, failures });

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** Pixels of a picture that a colour satisfies: their number, and the share of the height they reach over. */
function pixelsLike(
  { width, height, data }: Picture,
  isLike: (r: number, g: number, b: number) => boolean,
  rows = height,
): { count: number; extent: number } {
  let [count, top, bottom] = [0, height, -1];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x);
      if (!isLike(data[at], data[at + 1], data[at + 2])) continue;
      count++;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  return { count, extent: Math.max(0, bottom - top + 1) / height };
}

/** The accent of the dark theme. */
const isAccent = (r: number, g: number, b: number) => r > 200 && g > 70 && g < 140 && b < 100;
/** Raw values in the dark theme: grey dots, brighter than the lines of the grid. */
const isRaw = (r: number, _g: number, b: number) => r > 65 && r < 140 && Math.abs(r - b) < 20;

inBrowser("charts", () => {
  /** A page with the run paused and everything drawn. */
  async function still(): Promise<Page> {
    const page = await open({ viewport: { width: 1440, height: 900 }, colorScheme: "dark" });
    await button(page, "Pause the training").click();
    await page.locator(".status", { hasText: "Paused" }).waitFor();
    await drawn(page, run.run.counts().metrics);
    await page.mouse.move(5, 5);
    return page;
  }

  const plot = (page: Page, metric: string) => pictureOf(page, `[data-metric=${metric}] .u-over`);

  test("raw values stay behind the smoothed line, however smooth it is", async () => {
    const page = await still();
    const choose = async (halfLife: string) => {
      await page
        .getByRole("group", { name: "Smoothing" })
        .getByText(halfLife, { exact: true })
        .click();
      await drawn(page, 0);
      return plot(page, "policyLoss");
    };
    const [off, much] = [await choose("off"), await choose("50")];
    expect(pixelsLike(off, isAccent).extent).toBeGreaterThan(0.6);
    expect(pixelsLike(much, isAccent).extent).toBeLessThan(0.5);
    expect(pixelsLike(much, isAccent).count).toBeGreaterThan(20);
    expect(pixelsLike(much, isRaw).extent).toBeGreaterThan(0.6);
    await page.context().close();
  });

  test("a value that is no number has a cross at its place, and the rest of the line stays", async () => {
    const page = await still();
    const before = await plot(page, "valueLoss");
    const edge = 9;
    expect(pixelsLike(before, isAccent, edge).count).toBe(0);
    const { steps } = run.run.metrics(run.run.counts().metrics - 1).rows[0];
    run.run.appendMetrics({ steps: steps + 1, valueLoss: Number.NaN });
    run.run.appendMetrics({ steps: steps + 2, valueLoss: 0.3 });
    await drawn(page, run.run.counts().metrics);
    const after = await plot(page, "valueLoss");
    expect(pixelsLike(after, isAccent, edge).count).toBeGreaterThan(5);
    expect(pixelsLike(after, isAccent).count).toBeGreaterThan(pixelsLike(before, isAccent).count);
    await page.context().close();
  });

  test("what a run measures has its charts: score, losses, entropy, KL, gradient, speed, length", async () => {
    const page = await still();
    const { steps } = run.run.metrics(run.run.counts().metrics - 1).rows[0];
    run.run.appendMetrics({ steps: steps + 1, episodeLength: 300, oddThing: 1 });
    await drawn(page, run.run.counts().metrics);
    const titles = await page.locator(".charts figcaption .label").allTextContents();
    expect(titles).toEqual([
      ...["Score", "Policy loss", "Value loss", "Entropy", "KL divergence"],
      ...["Explained variance", "Gradient norm", "Episode length", "Steps per second"],
    ]);
    await button(page, "Choose charts").click();
    await page.getByRole("checkbox", { name: "Odd thing" }).waitFor();
    await page.keyboard.press("Escape");
    await page.context().close();
  });
});

inBrowser("the health of the run", () => {
  test("speed, time left and where the time goes stand on the page", async () => {
    const page = await open();
    await page.locator(".progress .quiet", { hasText: /^\d.* left$/ }).waitFor();
    const health = page.getByRole("region", { name: "Figures of the run" });
    await health.locator("dl > div", { hasText: /Steps \/ s\d/ }).waitFor();
    const parts = page.getByRole("list", { name: "Where the time goes" }).getByRole("listitem");
    expect(await parts.allTextContents()).toEqual([
      ...["game 34\u2009%", "policy 24\u2009%", "learning 42\u2009%"],
    ]);
    const widths = await health
      .locator(".split i")
      .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
    const total = widths.reduce((sum, width) => sum + width, 0);
    for (const [i, share] of [0.34, 0.24, 0.42].entries()) {
      expect(widths[i] / total).toBeCloseTo(share, 1);
    }
    await page.context().close();
  });

  test("a rigid policy, no progress and a full disk are told, the gravest first", async () => {
    const page = await open();
    await button(page, "Pause the training").click();
    await page.locator(".status", { hasText: "Paused" }).waitFor();
    expect(await page.locator(".alerts p").count()).toBe(0);
    const { steps } = run.run.metrics(run.run.counts().metrics - 1).rows[0];
    for (let i = 1; i <= 250; i++) {
      const now = Math.round(steps * (1 + i / 100));
      run.run.appendMetrics({ steps: now, score: -5, entropy: 1e-3, diskFree: 1e6 });
    }
    const alerts = page.locator(".alerts p");
    await expect.poll(() => alerts.count()).toBe(3);
    const texts = await alerts.allTextContents();
    expect(texts[0]).toContain("The disk of the run is full");
    expect(texts[1]).toContain("hardly varies its actions any more");
    expect(texts[2]).toContain("has not become better since step");
    await page.context().close();
  });
});
