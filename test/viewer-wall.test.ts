/**
 * Finding one's way in the viewer: the wall of live games, the best of them on the stage, how far
 * behind the training the page is, and the command palette.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPage, type ScriptedRun, startScriptedRun } from "@carom/viewer/dev";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "./support/handle.ts";
import { difference, launchBrowser, pictureOf, testsThePage } from "./support/browser.ts";
import { openViewer } from "./support/viewer.ts";

const folder = mkdtempSync(join(tmpdir(), "carom-viewer-wall-"));
const inBrowser = describe.skipIf(!testsThePage);
const failures: string[] = [];
let browser: Browser;
let run: ScriptedRun;

beforeAll(async () => {
  if (!testsThePage) return;
  await buildPage(folder);
  browser = await launchBrowser();
  run = await startScriptedRun({
    ...{ talent: 0.9, games: 64, pace: 2, totalSteps: 1e9, staticDir: folder },
  });
  run.hurry(600);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await run?.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (settings: Readonly<Record<string, string>> = {}) =>
  openViewer(browser, run.url, { settings: { boards: "4", ...settings }, failures });
const stepOf = (page: Page) => page.evaluate(() => window.__carom.currentStep);

inBrowser("the wall of live games", () => {
  test("shows 1, 4, 16 or 64 games", async () => {
    const page = await open();
    for (const count of [1, 64, 16, 4]) {
      await page.getByRole("button", { name: String(count), exact: true }).click();
      await page.waitForFunction((wanted) => window.__carom.boards.length === wanted, count);
    }
    await page.context().close();
  });

  test("the best game comes on the stage and stays the best", async () => {
    const page = await open({ boards: "16" });
    // So far apart that the best is not any.
    await page.waitForFunction(() => {
      const scores = window.__carom.boards.map(({ score }) => score);
      return Math.max(...scores) - Math.min(...scores) > 7;
    });
    await page.keyboard.press("f");
    await page.getByText("Live · the best").waitFor();
    const current = page.locator(".cell-face[aria-current=true]");
    await current.waitFor();
    expect(await current.getAttribute("aria-label")).toMatch(/^Game \d+: put it on the stage$/);
    // Another may have gone ahead in the moment between, by a brick at most, or have ended as the best.
    const behind = () =>
      page.evaluate(() => {
        const { boards, liveEnv } = window.__carom;
        const own = boards.find(({ env }) => env === liveEnv)?.score ?? Number.NaN;
        return Math.max(...boards.map(({ score }) => score)) - own;
      });
    await expect.poll(behind).toBeLessThanOrEqual(7);
    const before = await pictureOf(page, ".board canvas");
    await expect
      .poll(async () => difference(before, await pictureOf(page, ".board canvas")))
      .toBeGreaterThan(0.0003);
    await page.keyboard.press("Home");
    await page.getByText("Live · the best").waitFor({ state: "detached" });
    await page.context().close();
  });

  test("live says how many seconds it is behind", async () => {
    const page = await open();
    await page.locator(".badge", { hasText: /^Live( · .+ behind)?$/ }).waitFor();
    await page.waitForFunction(() => window.__carom.rows > 20);
    await page.locator(".badge", { hasText: /^Live · \d+ (s|min .+) behind$/ }).waitFor();
    await page.context().close();
  });
});

inBrowser("the command palette", () => {
  test("finds commands and episodes by a few letters and runs them, by keyboard alone", async () => {
    const page = await open();
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: "Command or episode" });
    await field.waitFor();
    const theme = () => page.evaluate(() => document.documentElement.dataset["theme"]);
    await page.keyboard.type("dark");
    await page.keyboard.press("Enter");
    await field.waitFor({ state: "hidden" });
    const first = await theme();
    expect(first).toMatch(/^(dark|light)$/);

    await page.keyboard.press("Control+k");
    await page.keyboard.type("speed 4");
    await page.keyboard.press("Enter");
    const four = page.getByRole("group", { name: "Speed" }).getByRole("button", { name: "4×" });
    await page.waitForFunction(() => document.querySelector("dialog[open]") === null);
    await expect.poll(() => four.getAttribute("aria-pressed")).toBe("true");

    const [id, record] = [...run.kept].reduce((a, b) => (b[1].length < a[1].length ? b : a));
    await page.waitForFunction((one) => window.__carom.episodes.includes(one), id);
    await page.keyboard.press("Control+k");
    await page.keyboard.type(String(record.seed));
    await expect.poll(() => page.getByRole("dialog").getByRole("option").count()).toBe(1);
    await page.keyboard.press("Enter");
    await page.waitForFunction((one) => window.__carom.episode === one, id);
    await page.context().close();
  });

  test("arrows choose, a click runs, Escape changes nothing", async () => {
    const page = await open();
    await page.keyboard.press("Space");
    const step = await stepOf(page);
    await page.keyboard.press("Control+k");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    const chosen = page.getByRole("dialog").locator("[aria-selected=true]");
    const field = page.getByRole("combobox", { name: "Command or episode" });
    const id = await chosen.getAttribute("id");
    expect(await field.getAttribute("aria-activedescendant")).toBe(id);
    await page.keyboard.press("Escape");
    expect(await stepOf(page)).toBe(step);
    const best = Math.max(...[...run.kept.values()].map((record) => record.return));
    await page.keyboard.press("Control+k");
    await page.keyboard.type("best episode");
    await page.getByRole("option", { name: "open the best episode" }).click();
    const shown = async () => {
      const id = await page.evaluate(() => window.__carom.episode);
      return run.kept.get(id ?? "")?.return ?? Number.NaN;
    };
    await expect.poll(shown).toBeGreaterThanOrEqual(best); // a better one may have come since
    await page.context().close();
  });
});

test("the page logged no error", () => {
  expect(failures).toEqual([]);
});
