/**
 * A game of one's own in the viewer, and the guide to it followed to the letter: from a folder
 * outside of the repository with nothing installed, to real boards in a real browser.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checksum, decodeReplay, type GameDefinition, ReplayPlayer } from "@carom/envs";
import { createRun, readRun } from "@carom/runs";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  closePages,
  colorCount,
  launchBrowser,
  pictureOf,
  testsThePage,
} from "./support/browser.ts";
import {
  carom,
  endAll,
  type Finished,
  type Running,
  startCarom,
  temporaryFolder,
} from "./support/carom.js";
import "./support/handle.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder.path, name);
const call = (...args: string[]): Promise<Finished> => carom(args, folder.path);

afterEach(endAll);
afterAll(folder.remove);

test("the guide, followed to the letter: its game is checked, trained on and evaluated", async () => {
  const guide = readFileSync(join(root, "docs/guides/add-a-game.md"), "utf8");
  const blocks = (kind: string): string[] =>
    [...guide.matchAll(new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``, "g"))].map((one) => one[1]);
  const [game, itsTest] = blocks("ts");
  writeFileSync(inFolder("dodge.ts"), game);
  writeFileSync(inFolder("dodge.test.ts"), itsTest);
  const commands = blocks("sh").flatMap((block) => block.trimEnd().split("\n"));
  const done: string[] = [];
  for (const command of commands) {
    const [program, ...words] = command.replace(/\s+#.*$/, "").split(" ");
    expect(program).toBe("pnpm");
    const args = words[0] === "carom" ? words.slice(1) : words;
    done.push(args[0]);
    if (args[0] === "watch") continue; // in the browser, below
    const { code, stderr, stdout } = await call(...args);
    expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: "" });
    if (command.includes("check ./dodge.ts")) expect(stdout).toContain("dodge.test.ts: 1 passed");
  }
  expect(done).toEqual(["new", "check", "train", "check", "train", "eval", "watch"]);
});

const inBrowser = describe.skipIf(!testsThePage);

inBrowser("the viewer", () => {
  let browser: Browser;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
    expect(await call("new", "sky-fall")).toMatchObject({ code: 0, stderr: "" });
    const args = ["train", "./sky-fall", "--no-viewer", "--steps", "100k", "--out", "done"];
    expect(await call(...args)).toMatchObject({ code: 0, stderr: "" });
  });
  afterEach(() => closePages(browser));
  afterAll(() => browser?.close());

  /** Opens the page of a command that serves it. */
  async function open(running: Running): Promise<Page> {
    const [, address] = await running.printed(/^viewer: (http:\S+)\n/m);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await page.goto(address);
    return page;
  }

  /** Waits for an episode on the stage, and for its id. */
  async function episodeOn(page: Page): Promise<string> {
    const shown = () => window.__carom?.episode !== undefined && window.__carom.length > 0;
    await page.waitForFunction(shown).catch(async (error: Error) => {
      const note = await page.locator(".stage-note").textContent();
      throw new Error(`no episode came on stage; the page says "${note}" (${error.message})`);
    });
    return page.evaluate(() => window.__carom.episode ?? "");
  }

  /** Compares the episode on the stage with the run's folder, played by the run's own copy of the game. */
  async function compare(page: Page, run: string): Promise<void> {
    await page.keyboard.press("Space");
    const id = await episodeOn(page);
    await page.evaluate((one) => window.__carom.open(one), id);
    const module: { default: GameDefinition } = await import(
      pathToFileURL(inFolder(`${run}/game.mjs`)).href
    );
    const player = new ReplayPlayer(
      decodeReplay(readRun(inFolder(run)).replay(id)),
      module.default,
    );
    const steps = [0, 1, player.length >> 1, player.length];
    const expected = steps.map((step) => {
      player.seek(step);
      return { step, checksum: checksum(player.game) };
    });
    const seen = await page.evaluate((all) => window.__carom.checksumsAt(all), steps);
    expect(steps.map((step, i) => ({ step, checksum: seen[i] }))).toEqual(expected);
  }

  test("shows the boards and replays of a game it has never heard of, while it trains", async () => {
    const args = ["train", "./sky-fall", "--steps", "500M", "--out", "live", "--threads", "1"];
    const running = startCarom(args, folder.path);
    const page = await open(running);
    await episodeOn(page);
    expect(await page.title()).toBe("Sky fall \u00b7 Carom");
    await page.waitForFunction(() => window.__carom.boards.some(({ step }) => step > 3));
    const picture = await pictureOf(page, ".board canvas");
    expect(colorCount(picture, 40)).toBeGreaterThanOrEqual(4); // ground, digits, coin, basket
    expect(colorCount(await pictureOf(page, ".grid canvas"), 40)).toBeGreaterThanOrEqual(3);
    await compare(page, "live");
    await page.context().close();
    running.child.kill("SIGINT");
    expect((await running.finished).code).toBe(130);
    expect(complaints).toEqual([]);
  });

  test("shows a past run of it", async () => {
    const running = startCarom(["watch", "done"], folder.path);
    const page = await open(running);
    await episodeOn(page);
    await compare(page, "done");
    await page.keyboard.press("q");
    await page.waitForFunction(() => window.__carom.thought(0) !== undefined);
    const { policies, weights } = await page.evaluate(() => ({
      policies: window.__carom.policies.map(({ steps }) => steps),
      weights: window.__carom.thought(0)?.weights ?? [],
    }));
    expect(policies[0]).toBe(0); // as it was before training
    expect(policies.at(-1)).toBe(readRun(inFolder("done")).facts().steps);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  test("says what is wrong with a copy of a game that it cannot have", async () => {
    appendFileSync(inFolder("done/game.mjs"), "\n");
    const page = await open(startCarom(["watch", "done"], folder.path));
    await page.getByText(/^This page cannot play the game: .*game\.mjs, is damaged/).waitFor();
    await page.context().close();
    complaints.length = 0; // the browser logs the refused request
  });

  test("says that a game runs in Python, and shows its curves", async () => {
    const facts = { game: "gym:CartPole-v1", variant: "default", gameVersion: 1, algo: "ppo" };
    const run = createRun(inFolder("python"), {
      ...{
        ...facts,
        seed: 1,
        config: {},
        device: "cpu",
        threads: 1,
        totalSteps: 100,
        versions: {},
      },
    });
    for (let steps = 1; steps <= 20; steps++) run.appendMetrics({ steps, score: steps });
    run.close();
    const page = await open(startCarom(["watch", "python"], folder.path));
    await page.getByText("This game runs in Python and cannot be shown here.").first().waitFor();
    await page.waitForFunction(() => window.__carom.rows === 20);
    await page.locator(".charts canvas, figure canvas").first().waitFor();
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  test("shows the game of the guide", async () => {
    const page = await open(startCarom(["watch", "runs/first"], folder.path));
    await episodeOn(page);
    expect(await page.title()).toBe("Dodge \u00b7 Carom");
    await compare(page, "runs/first");
    await page.context().close();
    expect(complaints).toEqual([]);
  });
});
