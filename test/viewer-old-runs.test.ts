/**
 * Runs that are over, in a browser, after what they were made with has changed: another version of a
 * game of Carom, rules that changed in silence, a game of one's own that was edited or is gone. Charts,
 * episodes and pictures are there all the same; what cannot be played again is said.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  checksum,
  decodeReplay,
  encodeReplay,
  findGame,
  type GameDefinition,
  key,
  LocalVectorEnv,
  makeReplay,
  nextBelow,
  type Replay,
  ReplayPlayer,
  seedRandom,
} from "@carom/envs";
import { createRun, readRun } from "@carom/runs";
import { type Server, startServer } from "@carom/server";
import { buildPage } from "@carom/viewer/dev";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  closePages,
  colorCount,
  difference,
  launchBrowser,
  pictureOf,
  settledWidth,
  testsThePage,
} from "./support/browser.ts";
import { carom, endAll, type Finished, startCarom, temporaryFolder } from "./support/carom.js";
import { drawn, frames } from "./support/viewer.ts";
import "./support/handle.ts";

const breakout = findGame("breakout");
const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder.path, name);
const call = (...args: string[]): Promise<Finished> => carom(args, folder.path);
const servers: Server[] = [];
let browser: Browser;
let replay: Replay;

const inBrowser = describe.skipIf(!testsThePage);

beforeAll(async () => {
  if (!testsThePage) return;
  await buildPage(inFolder("page"));
  browser = await launchBrowser();
  replay = longEpisode();
}, 120_000);

afterEach(async () => {
  await closePages(browser);
  for (const server of servers.splice(0)) await server.close();
  await endAll();
});

afterAll(async () => {
  await browser?.close();
  folder.remove();
});

/** The longest of some random episodes, with its pictures. */
function longEpisode(): Replay {
  let best: Replay | undefined;
  const env = new LocalVectorEnv(breakout, {
    count: 8,
    key: key(3),
    onEpisode: (record) => {
      if (best && best.length >= record.length) return;
      best = makeReplay(record, breakout, { pictures: true });
    },
  });
  const random = new Uint32Array(4);
  seedRandom(random, 3);
  env.reset();
  for (let step = 0; step < 1500; step++) {
    for (let i = 0; i < env.count; i++) env.actions[i] = nextBelow(random, 3);
    env.step();
  }
  if (!best) throw new Error("no episode ended");
  return best;
}

/** A finished run with one kept episode, served; gives its address. */
async function serve(name: string, kept: Replay, version: number): Promise<string> {
  const run = createRun(inFolder(name), {
    ...{ game: "breakout", variant: kept.variant, gameVersion: version, algo: "ppo", seed: 1 },
    ...{ config: {}, device: "cpu", threads: 1, totalSteps: 5000, versions: {} },
  });
  for (let steps = 100; steps <= 2000; steps += 100)
    run.appendMetrics({ steps, score: steps / 50 });
  const { length, seed } = kept;
  const facts = {
    env: 2,
    episode: 4,
    seed,
    length,
    return: kept.return,
    terminated: true,
    steps: 900,
  };
  run.addEpisode(encodeReplay(kept), facts, "best");
  run.update({ status: "finished", steps: 5000 });
  run.close();
  const source = readRun(inFolder(name));
  const server = await startServer({ source, port: 0, staticDir: inFolder("page") });
  servers.push(server);
  return server.url;
}

const complaints: string[] = [];

async function open(address: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.goto(address);
  return page;
}

/** Waits for the episode on the stage and stands at a decision. */
async function standAt(page: Page, step: number): Promise<void> {
  await page.waitForFunction(
    () => window.__carom?.episode !== undefined && window.__carom.length > 0,
  );
  await page.evaluate((to) => window.__carom.seek(to), step);
  await frames(page, 5);
  await settledWidth(page);
}

/** The board at some decisions, as a page shows it. */
async function boards(page: Page, steps: readonly number[]) {
  // The line under the board takes room: without it the board has the same size on both pages.
  await standAt(page, 0);
  await page.evaluate(() => {
    for (const line of document.querySelectorAll<HTMLElement>(".stage-caption")) {
      line.style.display = "none";
    }
  });
  const pictures = [];
  for (const step of steps) {
    await standAt(page, step);
    pictures.push(await pictureOf(page, ".board canvas"));
  }
  return pictures;
}

inBrowser("a game of Carom whose rules have changed", () => {
  test("another version: the recorded pictures are those of then, and charts and list are there", async () => {
    const every = replay.pictures?.every ?? 0;
    const steps = [0, every, 5 * every, replay.length];
    const now = await open(await serve("same", replay, replay.version));
    const expected = await boards(now, steps);
    expect(
      await now
        .locator(".stage-note, .stage-caption")
        .evaluateAll((all) => all.map((one) => one.textContent)),
    ).toEqual(["", ""]);
    await now.context().close();

    const old = { ...replay, version: 99 };
    const page = await open(await serve("older", old, 99));
    const seen = await boards(page, steps);
    for (const [i] of steps.entries()) expect(difference(expected[i], seen[i])).toBe(0);
    expect(difference(seen[1], seen[2])).toBeGreaterThan(0.0005);
    const caption = page.locator(".stage-caption");
    expect(await caption.textContent()).toBe(
      `The rules of Breakout have changed since: this page plays version ${replay.version}, the run version 99. ` +
        `Shown is what was recorded: a picture every ${every} decisions.`,
    );
    expect(await page.locator(".score-value").textContent()).toBe(String(replay.return));
    await page.waitForFunction(() => window.__carom.rows === 20);
    await drawn(page, 20);
    expect(colorCount(await pictureOf(page, ".trends canvas"), 20)).toBeGreaterThan(2);
    expect(await page.evaluate(() => window.__carom.episodes.length)).toBe(1);
    await page.keyboard.press("Home");
    await page.keyboard.press("Space");
    await page.waitForFunction((end) => window.__carom.currentStep > end, 2 * every);
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  test("its film and its file are made of the recorded pictures", async () => {
    const page = await open(await serve("film", { ...replay, version: 99 }, 99));
    await standAt(page, 0);
    await page.keyboard.press("x");
    const save = async (button: string): Promise<string> => {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: button, exact: true }).click(),
      ]);
      await file.saveAs(inFolder(file.suggestedFilename()));
      await page.getByText(`Saved ${file.suggestedFilename()}`).waitFor();
      return inFolder(file.suggestedFilename());
    };
    expect(
      readFileSync(await save("Save"))
        .subarray(0, 6)
        .toString(),
    ).toBe("GIF89a");
    const html = await save("Save HTML");
    await page.context().close();
    const alone = await open(pathToFileURL(html).href);
    await standAt(alone, replay.length);
    await alone
      .getByText(/^The rules of Breakout have changed since: .* Shown is what was recorded/)
      .waitFor();
    expect(colorCount(await pictureOf(alone, ".board canvas"), 40)).toBeGreaterThanOrEqual(7);
    await alone.context().close();
    expect(complaints).toEqual([]);
  });

  test("in silence: the checksums tell, and recorded pictures take over", async () => {
    const checksums = replay.checksums.map((sum, i) => (i < 2 ? sum : sum ^ 1));
    const page = await open(await serve("silent", { ...replay, checksums }, replay.version));
    await standAt(page, 100);
    await page
      .getByText(
        /^The game's rules have changed since this was recorded: this page plays it differently from decision 128 on\. Shown is what/,
      )
      .waitFor();
    expect(await page.evaluate(() => window.__carom.currentStep)).toBe(100);
    await page.context().close();
  });

  test("a run from before there were pictures says why its episodes cannot be shown", async () => {
    const { pictures: _, ...plain } = replay;
    const page = await open(await serve("before", { ...plain, version: 99 }, 99));
    await page
      .getByText(/^Episode 4 of env 2 cannot be shown: The rules of Breakout have changed/)
      .waitFor();
    await page.waitForFunction(() => window.__carom.rows === 20);
    await page.context().close();
    expect(complaints).toEqual([]);
  });
});

inBrowser("a game of one's own", () => {
  beforeAll(async () => {
    expect(await call("new", "sky-fall")).toMatchObject({ code: 0, stderr: "" });
    const args = ["train", "./sky-fall", "--no-viewer", "--steps", "60k", "--out", "done"];
    expect(await call(...args)).toMatchObject({ code: 0, stderr: "" });
  }, 120_000);

  async function watch(): Promise<Page> {
    const running = startCarom(["watch", "done"], folder.path);
    const [, address] = await running.printed(/^viewer: (http:\S+)\n/m);
    return open(address);
  }

  test("that was edited since: the run plays by its own copy, exactly, on the page and as a file", async () => {
    const path = inFolder("sky-fall/sky-fall.ts");
    const before = readFileSync(path, "utf8");
    const edited = before.replace(/return 1;/, "return 7;").replace(/\+ 1/, "+ 2");
    expect(edited).not.toBe(before);
    writeFileSync(path, edited);
    const page = await watch();
    await standAt(page, 5);
    const id = await page.evaluate(() => window.__carom.episode ?? "");
    const kept = decodeReplay(readRun(inFolder("done")).replay(id));
    const copy: { default: GameDefinition } = await import(
      pathToFileURL(inFolder("done/game.mjs")).href
    );
    const player = new ReplayPlayer(kept, copy.default);
    const steps = [0, 5, kept.length >> 1, kept.length];
    const sums = steps.map((step) => {
      player.seek(step);
      return checksum(player.game);
    });
    expect(await page.evaluate((all) => window.__carom.checksumsAt(all), steps)).toEqual(sums);
    expect(await page.locator(".stage-caption").isVisible()).toBe(false);
    await page.context().close();

    const exported = await call("export", "done", "--episode", id, "--to", "it.html");
    expect(exported).toMatchObject({ code: 0, stderr: "" });
    expect(exported.stdout).toMatch(
      /^it\.html: episode \d+ of done, return .* decisions, \d+ kB with the policy of step \d+ \(\d+ kB without\)\n$/,
    );
    expect(readFileSync(inFolder("it.html"), "utf8")).not.toContain(folder.path);
    const alone = await open(pathToFileURL(inFolder("it.html")).href);
    await standAt(alone, 0);
    expect(await alone.evaluate((all) => window.__carom.checksumsAt(all), steps)).toEqual(sums);
    await alone.context().close();
    expect(complaints).toEqual([]);
  });

  test("whose copy is damaged: that is said, and the recorded pictures are shown", async () => {
    appendFileSync(inFolder("done/game.mjs"), "\n");
    const page = await watch();
    await standAt(page, 0);
    await page
      .getByText(
        /^This page cannot play the game: .*game\.mjs, is damaged.* Shown is what was recorded: a picture every 8 decisions\.$/,
      )
      .waitFor();
    const first = await pictureOf(page, ".board canvas");
    expect(colorCount(first, 40)).toBeGreaterThanOrEqual(3);
    await standAt(page, 16);
    expect(difference(first, await pictureOf(page, ".board canvas"))).toBeGreaterThan(0.0005);
    expect(await page.locator(".stage-title").textContent()).toMatch(/^Episode \d+$/);
    await page.context().close();
  });

  test.each([
    [["export", "nowhere", "--to", "a.html"], /nowhere/],
    [
      ["export", "done", "--to", "a.txt"],
      /--to: a file ending in \.html, \.gif, \.png is expected \(got "a\.txt"\)/,
    ],
    [
      ["export", "done", "--to", "a.html", "--episode", "99999"],
      /--episode: best, worst, first, newest or the id/,
    ],
  ])("carom %j says what is wrong", async (args, message) => {
    const { code, stderr } = await call(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
