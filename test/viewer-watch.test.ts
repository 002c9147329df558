/**
 * What the reader does with time and with the list of episodes, key by key and order by order, and what
 * the page does with what the reader does not see. On a scripted run that obeys.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EpisodeRecord, findGame } from "@carom/envs";
import { readRun } from "@carom/runs";
import { startServer } from "@carom/server";
import { buildPage, type ScriptedRun, startScriptedRun } from "@carom/viewer/dev";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "./support/handle.ts";
import { difference, launchBrowser, pictureOf, testsThePage } from "./support/browser.ts";
import { frames, openViewer } from "./support/viewer.ts";

const folder = mkdtempSync(join(tmpdir(), "carom-viewer-watch-"));
const inBrowser = describe.skipIf(!testsThePage);
const failures: string[] = [];
let browser: Browser;
let run: ScriptedRun;

beforeAll(async () => {
  if (!testsThePage) return;
  await buildPage(folder);
  browser = await launchBrowser();
  run = await startScriptedRun({
    ...{ talent: 0.9, games: 16, pace: 2, totalSteps: 1e9, staticDir: folder, control: true },
  });
  do run.hurry(600);
  while (longest().length < 700);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await run?.close();
  rmSync(folder, { recursive: true, force: true });
});

function longest(): { id: string; length: number } {
  return [...run.kept]
    .map(([id, { length }]) => ({ id, length }))
    .reduce((a, b) => (b.length > a.length ? b : a), { id: "", length: 0 });
}

const open = (options: BrowserContextOptions = {}, url = run.url): Promise<Page> =>
  openViewer(browser, url, { settings: { boards: "4" }, options, failures });

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** Opens an episode at a decision, paused; the longest unless another is named. */
async function openAt(page: Page, step: number, id = longest().id): Promise<void> {
  await page.waitForFunction((one) => window.__carom.episodes.includes(one), id);
  await page.evaluate((one) => window.__carom.open(one), id);
  await page.evaluate((to) => window.__carom.seek(to), step);
}

const stepOf = (page: Page) => page.evaluate(() => window.__carom.currentStep);

/** What an episode wins in the decisions from one on, as Node plays it. */
function wonFrom({ seed, actions, length }: EpisodeRecord, from: number, count: number): number {
  const game = findGame("breakout").create();
  game.seed(seed);
  game.reset();
  let won = 0;
  for (let step = 0; step < Math.min(length, from + count); step++) {
    const reward = game.step(actions[step]);
    if (step >= from) won += reward;
  }
  return won;
}

/** Runs in the page: the different pictures that the board has of each decision, until one is reached. */
async function picturesOfDecisions(last: number): Promise<{ step: number; sum: number }[]> {
  const canvas = document.querySelector<HTMLCanvasElement>(".board canvas");
  const pictures: { step: number; sum: number }[] = [];
  for (;;) {
    await new Promise(requestAnimationFrame);
    const step = window.__carom.currentStep;
    if (step >= last) return pictures;
    const image = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height);
    const pixels = new Uint32Array(image?.data.buffer ?? new ArrayBuffer(0));
    const sum = pixels.reduce((total, pixel, i) => (total + (i + 1) * pixel) % 1e9, 0);
    const before = pictures.at(-1);
    if (before?.step !== step || before.sum !== sum) pictures.push({ step, sum });
  }
}

inBrowser("time", () => {
  test("arrows go two seconds, J and L ten, digits tenths, points single decisions", async () => {
    const page = await open();
    await openAt(page, 300);
    const { length } = longest();
    const perSecond = 15;
    const presses: readonly [key: string, step: number][] = [
      ["ArrowLeft", 300 - 2 * perSecond],
      ["ArrowRight", 300],
      ["j", 300 - 10 * perSecond],
      ["l", 300],
      [",", 299],
      [".", 300],
      ...Array.from({ length: 10 }, (_, tenth): [string, number] => [
        String(tenth),
        Math.round((tenth / 10) * length),
      ]),
      ["Home", 0],
    ];
    for (const [key, step] of presses) {
      await page.keyboard.press(key);
      expect([key, await stepOf(page)]).toEqual([key, step]);
    }
    await page.context().close();
  });

  test("up and down change the speed, on and on while they are held, and time passes by it", async () => {
    const page = await open();
    await openAt(page, 0);
    const chosen = page.locator(".speeds [aria-pressed=true]");
    expect(await chosen.textContent()).toBe("1\u00d7");
    await page.keyboard.down("ArrowUp");
    for (const speed of ["2", "4", "8", "16", "16"]) {
      await page.locator(".speeds [aria-pressed=true]", { hasText: `${speed}\u00d7` }).waitFor();
      await page.keyboard.down("ArrowUp"); // as the keyboard repeats a held key
    }
    await page.keyboard.up("ArrowUp");
    for (let i = 0; i < 8; i++) await page.keyboard.down("ArrowDown");
    await page.keyboard.up("ArrowDown");
    await page.locator(".speeds [aria-pressed=true]", { hasText: "0.1\u00d7" }).waitFor();
    /** Decisions in a number of frames. */
    const passed = async (): Promise<number> => {
      await page.keyboard.press("Home");
      await page.keyboard.press("Space");
      await frames(page, 20);
      await page.keyboard.press("Space");
      return stepOf(page);
    };
    const slow = await passed();
    for (let i = 0; i < 7; i++) await page.keyboard.press("ArrowUp");
    expect(await passed()).toBeGreaterThan(slow + 20);
    await page.context().close();
  });

  test("the badge tells live, playing and paused; End returns to live", async () => {
    const page = await open();
    const badge = page.locator(".badge");
    await badge.filter({ hasText: /^Live/ }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await badge.filter({ hasText: /^(Playing|Ended)$/ }).waitFor();
    await page.keyboard.press("Home");
    await page.keyboard.press("Space");
    await badge.filter({ hasText: "Paused" }).waitFor();
    const { episode } = await page.evaluate(() => ({ episode: window.__carom.episode }));
    const newest = await page.evaluate(() => window.__carom.episodes.at(-1));
    await page.waitForFunction((had) => window.__carom.episodes.at(-1) !== had, newest);
    expect(await page.evaluate(() => window.__carom.episode)).toBe(episode); // what is watched stays
    await page.keyboard.press("End");
    await badge.filter({ hasText: /^Live/ }).waitFor();
    await page.waitForFunction((old) => window.__carom.episode !== old, episode);
    await page.context().close();
  });

  test("things move between two decisions, but not for who asks for less motion", async () => {
    for (const reducedMotion of ["no-preference", "reduce"] as const) {
      const page = await open({ reducedMotion }, `${run.url}&renderer=canvas`);
      await openAt(page, 60);
      for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowDown"); // 0.1 of real time
      await page.keyboard.press("Space");
      const pictures = await page.evaluate(picturesOfDecisions, 63);
      for (const step of [61, 62]) {
        const count = pictures.filter((one) => one.step === step).length;
        if (reducedMotion === "reduce") expect([step, count]).toEqual([step, 1]);
        else expect(count).toBeGreaterThan(1);
      }
      await page.context().close();
    }
  });

  test("a hidden page has nothing sent of the games, and gets them again when it is seen", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    let received = 0;
    const asked: string[] = [];
    page.on("websocket", (socket) => {
      socket.on("framereceived", ({ payload }) => {
        if (typeof payload !== "string") received++;
      });
      socket.on("framesent", ({ payload }) => asked.push(String(payload)));
    });
    await page.goto(run.url);
    await page.waitForFunction(() => window.__carom?.boards.some(({ step }) => step > 3));
    /** A browser without a screen never hides a page: what it would say is said for it. */
    const hide = (isHidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, isHidden);
    await hide(true);
    await expect.poll(() => asked.at(-1)).toBe('{"type":"want","boards":0}');
    // What was on its way is here once nothing has come for a second.
    let before = -1;
    const isQuiet = () => {
      const same = received === before;
      before = received;
      return same;
    };
    await expect.poll(isQuiet, { interval: 1000 }).toBe(true);
    const rows = run.run.counts().metrics;
    await expect.poll(() => run.run.counts().metrics).toBeGreaterThan(rows + 5);
    expect(received).toBe(before);
    await hide(false);
    await expect.poll(() => received).toBeGreaterThan(before + 3);
    const step = await page.evaluate(() => window.__carom.boards[0].step);
    await page.waitForFunction((had) => window.__carom.boards[0].step !== had, step);
    await context.close();
  });

  test("G holds the live games and lets them go on", async () => {
    const page = await open();
    await page.waitForFunction(() => window.__carom.boards.some(({ step }) => step > 3));
    await page.keyboard.press("Space");
    await page.keyboard.press("g");
    await frames(page);
    const held = await pictureOf(page, ".grid canvas");
    await frames(page, 20);
    expect(difference(held, await pictureOf(page, ".grid canvas"))).toBe(0);
    await page.keyboard.press("g");
    await expect
      .poll(async () => difference(held, await pictureOf(page, ".grid canvas")))
      .toBeGreaterThan(0);
    await page.context().close();
  });
});

inBrowser("the list of episodes", () => {
  test("best, worst, median, longest, newest and first are what they say", async () => {
    const page = await open();
    await page.getByRole("group", { name: "Training" }).waitFor();
    await button(page, "Pause the training").click();
    await page.locator(".status", { hasText: "Paused" }).waitFor();
    const all = run.run.episodes(0).episodes;
    await page.waitForFunction((count) => window.__carom.episodes.length === count, all.length);
    const returns = all.map((entry) => entry.return).sort((a, b) => a - b);
    const middle = returns[(returns.length - 1) >> 1];
    const keys: Readonly<Record<string, (id: string) => number>> = {
      newest: (id) => -entryOf(id).steps,
      best: (id) => -entryOf(id).return,
      worst: (id) => entryOf(id).return,
      median: (id) => Math.abs(entryOf(id).return - middle),
      longest: (id) => -entryOf(id).length,
      first: (id) => entryOf(id).steps,
    };
    function entryOf(id: string) {
      const entry = all.find((one) => one.id === id);
      if (!entry) throw new Error(`the page lists ${id}, which the run has not kept`);
      return entry;
    }
    const rows = page.getByRole("option");
    const orders = page.getByRole("group", { name: "Order" }).getByRole("button");
    expect(await orders.allTextContents()).toEqual(Object.keys(keys));
    for (const [order, key] of Object.entries(keys)) {
      await orders.getByText(order, { exact: true }).click();
      const shown = await rows.evaluateAll((some) => some.map((row) => row.dataset["id"] ?? ""));
      const sorted = all.map(({ id }) => key(id)).sort((a, b) => a - b);
      expect([order, ...shown.map(key)]).toEqual([order, ...sorted.slice(0, shown.length)]);
    }
    await button(page, "Resume the training").click();
    await page.locator(".status", { hasText: "Training" }).waitFor();
    await page.context().close();
  });

  test("chains of bricks are among the highlights, and say what was won", async () => {
    const page = await open();
    const byLength = [...run.kept].sort((a, b) => b[1].length - a[1].length);
    let chains = 0;
    for (const [id, record] of byLength.slice(0, 6)) {
      await openAt(page, 0, id);
      await page.keyboard.press("n");
      await page.waitForFunction(() => window.__carom.highlights.length > 0);
      await frames(page);
      const steps = await page.evaluate(() => window.__carom.highlights);
      const marks = await page
        .locator(".marks .mark")
        .evaluateAll((all: HTMLElement[]) =>
          all.map(({ dataset, title }) => ({ kind: dataset["kind"], title })),
        );
      expect(marks).toHaveLength(steps.length);
      for (const [i, { kind, title }] of marks.entries()) {
        if (kind !== "chain") continue;
        chains++;
        const [won] = /^\+\d+(?= within two seconds$)/.exec(title) ?? [title];
        expect(Number(won)).toBe(wonFrom(record, steps[i], 30));
      }
    }
    expect(chains).toBeGreaterThan(0);
    await page.context().close();
  });

  test("checkpoints that are listed late come on the page by themselves", async () => {
    const done = await startScriptedRun({ games: 8, pace: 2, totalSteps: 16_000 });
    done.hurry(1000);
    done.run.saveCheckpoint(3000, { arrays: {}, json: {} });
    const { episodes } = done.run.episodes(0);
    const listed = () => {
      const look = readRun(done.run.dir);
      const { length } = look.episodes(0).episodes;
      look.close();
      return length;
    };
    await expect.poll(listed).toBe(episodes.length);
    const reader = readRun(done.run.dir);
    const server = await startServer({ source: reader, port: 0, staticDir: folder });
    const page = await open({ reducedMotion: "reduce" }, server.url);
    const [{ id }] = episodes;
    let answer = (): void => {};
    const mayAnswer = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route("**/api/checkpoints*", async (route) => {
      await mayAnswer;
      await route.continue();
    });
    await page.reload();
    await page.waitForFunction((one) => window.__carom?.episodes.includes(one), id);
    await page.evaluate((one) => window.__carom.open(one), id);
    const detail = page.locator(".episode-detail");
    await detail.getByText(/^Seed \d+$/).waitFor();
    // Nothing moves any more.
    await page.waitForFunction(() => window.__carom.upToDate);
    await frames(page, 30);
    expect(await detail.getByText(/^Checkpoint/).isVisible()).toBe(false);
    answer();
    await detail.getByText("Checkpoint 3\u2009000").waitFor();
    await page.context().close();
    await server.close();
    reader.close();
    await done.close();
  });
});

inBrowser("the look", () => {
  test("T changes between light and dark, all of the page, and the choice is kept", async () => {
    const page = await open({ colorScheme: "dark" });
    const paper = async () => {
      const { data } = await pictureOf(page, "header.top");
      return data[0] + data[1] + data[2];
    };
    expect(await paper()).toBeLessThan(150);
    await page.keyboard.press("t");
    await expect.poll(paper).toBeGreaterThan(600);
    await page.reload();
    await page.waitForFunction(() => window.__carom?.length > 0);
    expect(await paper()).toBeGreaterThan(600);
    await page.context().close();
  });

  test("figures have digits of one width", async () => {
    const page = await open();
    const kinds = await page
      .locator(".figure")
      .evaluateAll((all) => all.map((one) => getComputedStyle(one).fontVariantNumeric));
    expect(kinds.length).toBeGreaterThan(20);
    expect(new Set(kinds)).toEqual(new Set(["tabular-nums"]));
    await page.context().close();
  });
});

test("the page logged no error", () => {
  expect(failures).toEqual([]);
});
