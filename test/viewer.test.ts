/**
 * The viewer in a browser, on a scripted run with real games and the real server: boards are drawn
 * and move, what is shown is what was recorded, the connection comes back, and strangers stay out.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checksum, findGame, makeReplay, ReplayPlayer } from "@carom/envs";
import { buildPage, type ScriptedRun, startScriptedRun } from "@carom/viewer/dev";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "./support/handle.ts";
import {
  colorCount,
  difference,
  drawnShare,
  launchBrowser,
  pictureOf,
  settledWidth,
  testsThePage,
} from "./support/browser.ts";
import { onFreshGame } from "./support/viewer.ts";

const breakout = findGame("breakout");
const folder = mkdtempSync(join(tmpdir(), "carom-viewer-"));
let browser: Browser;
let run: ScriptedRun;

const inBrowser = describe.skipIf(!testsThePage);

beforeAll(async () => {
  if (!testsThePage) return;
  await buildPage(folder);
  browser = await launchBrowser();
  run = await startScriptedRun({
    talent: 0.6,
    games: 16,
    pace: 2,
    totalSteps: 1e9,
    staticDir: folder,
    config: { '<img src="x" onerror="window.hit=1">': "<b>bold</b>" },
  });
  run.hurry(600);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await run?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the page and waits until an episode is on the stage. */
async function open(query = "", options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") failures.push(message.text());
  });
  await page.addInitScript(() => localStorage.setItem("carom.boards", "4"));
  await page.goto(run.url + query);
  const shown = () => window.__carom?.episode !== undefined && window.__carom.length > 0;
  await page.waitForFunction(shown).catch(async (error: Error) => {
    const note = await page.locator(".stage-note").textContent();
    throw new Error(`no episode came on stage; the page says "${note}" (${error.message})`);
  });
  return page;
}

const failures: string[] = [];

/** The replay of a kept episode as Node plays it. */
function replayOf(id: string): ReplayPlayer {
  const record = run.kept.get(id);
  if (!record) throw new Error(`episode ${id} was not kept`);
  return new ReplayPlayer(makeReplay(record, breakout), breakout);
}

function checksumsInNode(id: string, steps: readonly number[]): number[] {
  const player = replayOf(id);
  return steps.map((step) => {
    player.seek(step);
    return checksum(player.game);
  });
}

inBrowser("the page", () => {
  test("draws its boards with WebGL, and they move", async () => {
    const page = await open("&renderer=webgl");
    await page.getByRole("button", { name: "16", exact: true }).click();
    await page.waitForFunction(() => window.__carom.boards.length === 16);
    expect(await page.evaluate(() => window.__carom.renderer)).toBe("webgl");
    const stage = await pictureOf(page, ".board canvas");
    const grid = await pictureOf(page, ".grid canvas");
    expect(drawnShare(stage)).toBeGreaterThan(0.05);
    expect(colorCount(stage, 40)).toBeGreaterThanOrEqual(8); // ground, six rows of bricks, paddle, ball
    expect(drawnShare(grid)).toBeGreaterThan(0.05);
    for (const [canvas, before] of [
      [".grid canvas", grid],
      [".board canvas", stage],
    ] as const) {
      const moved = async () => difference(before, await pictureOf(page, canvas));
      await expect.poll(moved).toBeGreaterThan(0.0005);
    }
    await page.context().close();
  });

  test("loads everything from its own server, breaks no rule of its policy, logs no error", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => {
      if (message.type() === "error") failures.push(message.text());
    });
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    await page.goto(`${run.url}&renderer=webgl`);
    await page.waitForFunction(() => window.__carom?.boards.length > 0 && window.__carom.rows > 10);
    const { origin } = new URL(run.url);
    const foreign = requests.filter(
      (url) => !/^(blob|data):/.test(url) && new URL(url).origin !== origin,
    );
    expect(foreign).toEqual([]);
    await context.close();
    expect(failures).toEqual([]);
  });

  test("shows what comes from a run as text, never as markup", async () => {
    const page = await open();
    await page.getByRole("tab", { name: "Run" }).click();
    const facts = page.locator(".facts");
    await facts.getByText("<b>bold</b>").waitFor();
    expect(await facts.textContent()).toContain('<img src="x" onerror="window.hit=1">');
    expect(await facts.locator("img, b").count()).toBe(0);
    expect(await page.evaluate(() => "hit" in window)).toBe(false);
    await page.context().close();
  });
});

inBrowser("replays", () => {
  test("scrubbing to a decision shows exactly the recorded state", async () => {
    const page = await open();
    const id = [...run.kept.keys()].at(-1) ?? "";
    await page.waitForFunction((one) => window.__carom.episodes.includes(one), id);
    await page.evaluate((one) => window.__carom.open(one), id);
    const { length } = replayOf(id);
    const steps = [0, 1, 63, 64, 65, length >> 1, length - 1, length, 7];
    for (const step of steps) {
      await page.evaluate((to) => window.__carom.seek(to), step);
      const seen = await page.evaluate(() => [
        window.__carom.currentStep,
        window.__carom.checksum(),
      ]);
      expect(seen).toEqual([step, checksumsInNode(id, [step])[0]]);
    }
    await page.context().close();
  });

  test("whole episodes have the same checksums in the page as in Node", async () => {
    const page = await open();
    const ids = [...run.kept.keys()].slice(-4);
    for (const id of ids) {
      await page.waitForFunction((one) => window.__carom.episodes.includes(one), id);
      await page.evaluate((one) => window.__carom.open(one), id);
      const steps = Array.from({ length: replayOf(id).length + 1 }, (_, step) => step);
      const seen = await page.evaluate((all) => window.__carom.checksumsAt(all), steps);
      expect(seen).toEqual(checksumsInNode(id, steps));
    }
    await page.context().close();
  });

  test("a link to a moment opens there, paused", async () => {
    const id = [...run.kept.keys()].at(-2) ?? "";
    const page = await open(`#ep=${id}&t=21`);
    await page.waitForFunction((one) => window.__carom.episode === one, id);
    expect(await page.evaluate(() => [window.__carom.mode, window.__carom.currentStep])).toEqual([
      "paused",
      21,
    ]);
    await page.context().close();
  });

  test("the 2-D canvas draws the same picture as WebGL", async () => {
    const id = [...run.kept.keys()].at(-1) ?? "";
    const pictures = [];
    for (const renderer of ["webgl", "canvas"]) {
      const page = await open(`&renderer=${renderer}#ep=${id}&t=40`);
      await page.waitForFunction((one) => window.__carom.episode === one, id);
      await settledWidth(page);
      pictures.push(await pictureOf(page, ".board canvas"));
      await page.context().close();
    }
    expect(difference(pictures[0], pictures[1], 48)).toBeLessThan(0.001);
  });
});

inBrowser("controls", () => {
  test("keys play, pause, step, scrub, and go back to live", async () => {
    const page = await open();
    const state = () =>
      page.evaluate(() => ({ mode: window.__carom.mode, step: window.__carom.currentStep }));
    expect((await state()).mode).toBe("live");
    await page.keyboard.press("Space");
    expect((await state()).mode).toBe("paused");
    await page.evaluate(() => window.__carom.seek(5)); // not at the end, where there is no next one
    const paused = await state();
    await page.keyboard.press(".");
    expect(await state()).toEqual({ mode: "paused", step: paused.step + 1 });
    await page.keyboard.press(",");
    await page.keyboard.press("Home");
    expect(await state()).toEqual({ mode: "paused", step: 0 });
    await page.keyboard.press("5");
    const half = Math.round((await page.evaluate(() => window.__carom.length)) / 2);
    expect(await state()).toEqual({ mode: "paused", step: half });
    await page.keyboard.press("k");
    expect((await state()).mode).toBe("playing");
    await page.keyboard.press("End");
    expect((await state()).mode).toBe("live");
    await page.keyboard.press("ArrowRight");
    expect((await state()).mode).toBe("playing");
    await page.context().close();
  });

  test("a click in the list plays that episode; brackets go to its neighbours", async () => {
    const page = await open();
    await page.getByRole("button", { name: "best", exact: true }).click();
    const rows = page.getByRole("option");
    await rows.first().click();
    const episode = () => page.evaluate(() => window.__carom.episode);
    const ids = await rows.evaluateAll((all) => all.map((row) => row.getAttribute("data-id")));
    const returns = ids.slice(0, 5).map((id) => run.kept.get(id ?? "")?.return ?? Number.NaN);
    expect(returns).toEqual([...returns].sort((a, b) => b - a));
    await page.waitForFunction((id) => window.__carom.episode === id, ids[0]);
    await page.keyboard.press("]");
    await page.waitForFunction((id) => window.__carom.episode === id, ids[1]);
    expect(await page.evaluate(() => window.__carom.mode)).toBe("playing");
    await page.keyboard.press("[");
    await page.waitForFunction((id) => window.__carom.episode === id, ids[0]);
    expect(await episode()).toBe(ids[0]);
    await page.context().close();
  });

  test("dragging on the timeline scrubs", async () => {
    const page = await open();
    await page.keyboard.press("Space");
    const box = await page.locator(".timeline").boundingBox();
    if (!box) throw new Error("no timeline");
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, y, { steps: 4 });
    await page.mouse.up();
    const [step, length] = await page.evaluate(() => [
      window.__carom.currentStep,
      window.__carom.length,
    ]);
    expect(Math.abs(step - length * 0.75)).toBeLessThanOrEqual(1 + length / box.width);
    await page.context().close();
  });

  test("the help opens with ? and closes with Escape", async () => {
    const page = await open();
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keys" });
    await help.waitFor();
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("a click on a live board puts it on the stage, where it goes on", async () => {
    const page = await open();
    await onFreshGame(page, 3);
    await page.getByText("being played now").waitFor();
    const step = await page.evaluate(() => window.__carom.currentStep);
    await page.waitForFunction((before) => window.__carom.currentStep > before, step);
    await page.context().close();
  });

  test("who asks for less motion finds things standing still", async () => {
    const page = await open("", { reducedMotion: "reduce" });
    await page.waitForFunction(() => window.__carom.boards.length > 0);
    const before = await pictureOf(page, ".grid canvas");
    expect(await page.evaluate(() => window.__carom.mode)).toBe("paused");
    await page.waitForTimeout(700);
    expect(difference(before, await pictureOf(page, ".grid canvas"))).toBe(0);
    await page.context().close();
  });
});

inBrowser("the connection", () => {
  test("comes back by itself and goes on where history stopped", async () => {
    const page = await open();
    await page.waitForFunction(() => window.__carom.rows > 10);
    await run.stopServer();
    await page.getByText("Connection lost").waitFor();
    const rows = await page.evaluate(() => window.__carom.rows);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await run.startServer();
    await page.waitForFunction(
      (had) => window.__carom.link === "open" && window.__carom.rows > had,
      rows,
    );
    const since = asked
      .filter((url) => url.includes("/api/metrics"))
      .map((url) => Number(new URL(url).searchParams.get("since")));
    expect(Math.min(...since)).toBeGreaterThanOrEqual(rows);
    await page.waitForFunction(() => window.__carom.boards.length === 4);
    await page.context().close();
  });

  test("is refused without the token, and the page says so", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(new URL("/", run.url).href);
    await page.getByText("Open the address that it printed").waitFor();
    await context.close();
  });

  test("is refused to a page of another origin, even with the token", async () => {
    const other = await startScriptedRun({ games: 1, staticDir: folder });
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(other.url);
    const live = run.url.replace("http:", "ws:").replace("/?", "/live?");
    const results = await page.evaluate(reach, { api: run.url.replace("/?", "/api/run?"), live });
    expect(results).toEqual({ api: "refused", live: "refused" });
    await context.close();
    await other.close();
  });
});

/** Runs in a page of a foreign origin: can it read the run or follow it live? */
async function reach({
  api,
  live,
}: {
  api: string;
  live: string;
}): Promise<{ api: string; live: string }> {
  const read = await fetch(api).then(
    (response) => (response.ok ? "read" : "refused"),
    () => "refused",
  );
  const followed = await new Promise<string>((resolve) => {
    try {
      const socket = new WebSocket(live);
      socket.onopen = () => resolve("followed");
      socket.onerror = () => resolve("refused");
    } catch {
      resolve("refused");
    }
  });
  return { api: read, live: followed };
}
