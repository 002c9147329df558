/**
 * A run of ten million steps in the viewer: a hundred thousand kept episodes, forty thousand rows. The
 * page holds all, but makes elements only for what is in sight, and no spike is lost on a chart.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openShelf, type RunReader, readRun } from "@carom/runs";
import { type Server, startServer } from "@carom/server";
import { buildPage, writeLargeRun } from "@carom/viewer/dev";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "./support/handle.ts";
import { launchBrowser, type Picture, pictureOf, testsThePage } from "./support/browser.ts";
import { drawn } from "./support/viewer.ts";

const folder = mkdtempSync(join(tmpdir(), "carom-viewer-scale-"));
const inBrowser = describe.skipIf(!testsThePage);
let browser: Browser;
let reader: RunReader;
let server: Server;

beforeAll(async () => {
  if (!testsThePage) return;
  const pageFolder = join(folder, "page");
  const runs = join(folder, "runs");
  await buildPage(pageFolder);
  reader = readRun(writeLargeRun(runs, "large-1"));
  const shelf = openShelf(runs);
  server = await startServer({ source: reader, port: 0, staticDir: pageFolder, shelf });
  browser = await launchBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await server?.close();
  reader?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(): Promise<Page> {
  const context = await browser.newContext({
    ...{ viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
  });
  const page = await context.newPage();
  await page.goto(server.url);
  await page.waitForFunction(
    () => window.__carom?.episodes.length === 100_000 && window.__carom.rows === 40_000,
  );
  return page;
}

/** Entries of the list that exist as elements: place and text of each. */
function rowsOf(page: Page): Promise<{ place: number; text: string }[]> {
  return page.getByRole("option").evaluateAll((all) =>
    all.map((row) => ({
      place: Number(row.getAttribute("aria-posinset")),
      text: row.textContent ?? "",
    })),
  );
}

/** Whether something brighter than the ground is drawn in a part of a picture, given in shares. */
function isDrawn(
  picture: Picture,
  left: number,
  right: number,
  top: number,
  bottom: number,
): boolean {
  const { width, height, data } = picture;
  for (let y = Math.floor(top * height); y < bottom * height; y++) {
    for (let x = Math.floor(left * width); x < right * width; x++) {
      if (data[4 * (y * width + x)] > 0x50) return true;
    }
  }
  return false;
}

inBrowser("a run of ten million steps", () => {
  test("is there whole, in few elements and in bounded memory", async () => {
    const page = await open();
    await page.getByText("100 000 kept").waitFor(); // a frame later than the list
    const rows = await rowsOf(page);
    expect(rows.length).toBeLessThan(80);
    expect(rows.map(({ place }) => place).slice(0, 3)).toEqual([1, 2, 3]);
    // A finished run begins with its best episode, of all and not of the first that arrived.
    const all = reader.episodes(0, 200_000).episodes;
    const top = all.reduce((best, entry) => (entry.return >= best.return ? entry : best));
    await page.waitForFunction((id) => window.__carom.episode === id, top.id);
    const session = await page.context().newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    expect(usedSize).toBeLessThan(120e6);
    await page.context().close();
  });

  test("scrolls to its end; what is in sight is what belongs there", async () => {
    const page = await open();
    await button(page, "first").click();
    const box = page.locator(".episode-rows");
    for (const share of [0.5, 1]) {
      await box.evaluate((element, at) => {
        element.scrollTop = at * element.scrollHeight;
      }, share);
      await expect
        .poll(async () => (await rowsOf(page)).some(({ place }) => place === 100_000 * share))
        .toBe(true);
      const rows = await rowsOf(page);
      expect(rows.length).toBeLessThan(80);
      const places = rows.map(({ place }) => place);
      expect(places).toEqual(places.map((_, i) => places[0] + i));
    }
    const last = (await rowsOf(page)).at(-1);
    expect(last?.place).toBe(100_000);
    expect(last?.text).toContain("10.0M");
    await page.getByRole("option").last().click();
    await page.waitForFunction(() => window.__carom.episode === "99999");
    await page.context().close();
  });

  test("is narrowed by return, length, reason and seed, and sorted anew", async () => {
    const page = await open();
    const all = reader.episodes(0, 200_000).episodes;
    await button(page, "Filter the episodes").click();
    await page.getByLabel("return from").fill("3");
    const count = (test: (entry: (typeof all)[number]) => boolean) => all.filter(test).length;
    const shown = () => page.locator(".episode-foot .hint").textContent();
    const text = (n: number) => `${String(n).replace(/\B(?=(\d{3})+$)/g, "\u2009")} of`;
    await expect.poll(shown).toContain(text(count((entry) => entry.return >= 3)));
    await page.getByLabel("kept as", { exact: true }).selectOption("worst");
    const isWanted = (entry: (typeof all)[number]) => entry.return >= 3 && entry.reason === "worst";
    await expect.poll(shown).toContain(text(count(isWanted)));
    const { seed } = all.find(isWanted) ?? all[0];
    await page.getByLabel("digits of the seed").fill(String(seed));
    await expect.poll(shown).toContain(text(count((e) => isWanted(e) && e.seed === seed)));
    await button(page, "Show all").click();
    await expect.poll(shown).toBe("100\u2009000 kept");
    await page.keyboard.press("Escape");
    await button(page, "median").click();
    const returns = all.map((entry) => entry.return).sort((a, b) => a - b);
    const [first] = await rowsOf(page);
    const middle = returns[(returns.length - 1) >> 1];
    await expect
      .poll(() => page.getByRole("option").first().textContent())
      .toContain(`${middle}0:`);
    expect(first.place).toBe(1);
    await page.context().close();
  });

  test("a spike of one row among forty thousand stands on its chart", async () => {
    const page = await open();
    const chart = "[data-metric=gradNorm] .u-over";
    await page.locator(chart).scrollIntoViewIfNeeded();
    await drawn(page, 40_000);
    // The row at a third of the run is 900, all others are about 1.
    const picture = await pictureOf(page, chart);
    expect(isDrawn(picture, 0.3, 0.37, 0.1, 0.3)).toBe(true);
    expect(isDrawn(picture, 0.5, 0.95, 0.1, 0.6)).toBe(false);
    await page.context().close();
  });
});

function button(page: Page, name: string) {
  return page.getByRole("button", { name, exact: true });
}
