/**
 * A person in the viewer: takes over in the middle of an episode and plays on with the keys of the
 * game; what was played is a branch that Node plays to the same state; the tree keeps it, and so does
 * the run where it takes demonstrations.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checksum, decodeReplay, findGame, ReplayPlayer } from "@carom/envs";
import { buildPage, type ScriptedRun, startScriptedRun } from "@carom/viewer/dev";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "./support/handle.ts";
import { difference, launchBrowser, pictureOf, testsThePage } from "./support/browser.ts";
import { frames, onFreshGame, openViewer } from "./support/viewer.ts";

const folder = mkdtempSync(join(tmpdir(), "carom-viewer-play-"));
const inBrowser = describe.skipIf(!testsThePage);
const failures: string[] = [];
let browser: Browser;
let run: ScriptedRun;

beforeAll(async () => {
  if (!testsThePage) return;
  await buildPage(folder);
  browser = await launchBrowser();
  run = await startScriptedRun({
    ...{ talent: 0.9, games: 16, pace: 2, totalSteps: 1e9, staticDir: folder },
  });
  do run.hurry(600);
  while (![...run.kept.values()].some(({ length }) => length > 300));
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await run?.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (
  url = run.url,
  options: BrowserContextOptions = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<Page> => {
  const all = { boards: "4", countdown: "off", ...settings };
  return openViewer(browser, url, { settings: all, options, failures });
};

/** Opens a long kept episode at a decision, paused. */
async function openAt(page: Page, step: number): Promise<{ id: string; length: number }> {
  const [id, record] = [...run.kept].reduce((a, b) => (b[1].length > a[1].length ? b : a));
  await page.waitForFunction((one) => window.__carom.episodes.includes(one), id);
  await page.evaluate((one) => window.__carom.open(one), id);
  await page.evaluate((to) => window.__carom.seek(to), step);
  return { id, length: record.length };
}

const branchesOf = (page: Page) => page.evaluate(() => window.__carom.branches);
const playing = (page: Page) => page.evaluate(() => window.__carom.playing);
const stepOf = (page: Page) => page.evaluate(() => window.__carom.currentStep);

inBrowser("taking over", () => {
  test("a person plays on from a recorded decision; the branch is what the keys said", async () => {
    const page = await open();
    const { id } = await openAt(page, 40);
    const before = await pictureOf(page, ".board canvas");
    await page.keyboard.press("p");
    expect(await playing(page)).toBe("person");
    await page.locator(".badge", { hasText: /^You play$/ }).waitFor();
    await page.keyboard.down("ArrowLeft");
    const held = await stepOf(page);
    await page.waitForFunction((from) => window.__carom.currentStep >= from + 14, held);
    expect(difference(before, await pictureOf(page, ".board canvas"))).toBeGreaterThan(0.001);
    await page.keyboard.up("ArrowLeft");
    await page.keyboard.down("d");
    const since = await stepOf(page);
    await page.waitForFunction((from) => window.__carom.currentStep >= from + 10, since);
    await page.keyboard.up("d");
    await page.keyboard.press("Escape");
    expect(await playing(page)).toBe("off");
    const [branch] = await branchesOf(page);
    const replay = decodeReplay(Uint8Array.from(branch.replay));
    const own = [...replay.actions.subarray(40)];
    expect(branch.at).toBe(40);
    expect([...replay.actions.subarray(0, 40)]).toEqual([
      ...(run.kept.get(id)?.actions.subarray(0, 40) ?? []),
    ]);
    expect(own.slice(0, 2)).not.toContain(2);
    expect(own.filter((action) => action === 1).length).toBeGreaterThanOrEqual(12);
    expect(own.filter((action) => action === 2).length).toBeGreaterThanOrEqual(8);
    await page.context().close();
  });

  test("a branch has the same states in the page as in Node, at every decision", async () => {
    const page = await open();
    await openAt(page, 30);
    await page.keyboard.press("p");
    await page.keyboard.down("ArrowRight");
    await page.waitForFunction(() => window.__carom.currentStep >= 60);
    await page.keyboard.up("ArrowRight");
    await page.keyboard.press("p");
    const [branch] = await branchesOf(page);
    const replay = decodeReplay(Uint8Array.from(branch.replay));
    const player = new ReplayPlayer(replay, findGame("breakout"));
    expect(player.verify()).toEqual({ ok: true, firstMismatch: -1 });
    const steps = Array.from({ length: replay.length + 1 }, (_, step) => step);
    const seen = await page.evaluate((all) => window.__carom.checksumsAt(all), steps);
    const expected = steps.map((step) => {
      player.seek(step);
      return checksum(player.game);
    });
    expect(seen).toEqual(expected);
    await page.context().close();
  });

  test("a live game is taken over, and its own goes on in the training", async () => {
    const page = await open();
    await onFreshGame(page, 2);
    await page.getByText("being played now").waitFor();
    const { rows } = await page.evaluate(() => ({ rows: window.__carom.rows }));
    await page.keyboard.press("p");
    await page.getByText(/^Episode \d+ (had|was over with) \d+/).waitFor();
    const from = await stepOf(page);
    await page.waitForFunction((step) => window.__carom.currentStep > step + 10, from);
    await page.keyboard.press("Escape");
    const [branch] = await branchesOf(page);
    expect(branch.length).toBeGreaterThan(branch.at + 5);
    await page.waitForFunction((had) => window.__carom.rows > had, rows);
    await page.context().close();
  });

  test("counts down before it begins; Escape in the countdown goes back, with no branch", async () => {
    const page = await open(run.url, {}, { countdown: "on" });
    await openAt(page, 50);
    await page.keyboard.press("p");
    expect(await playing(page)).toBe("countdown");
    await page.locator(".countdown", { hasText: /[123]/ }).waitFor();
    expect(await stepOf(page)).toBe(50);
    await page.keyboard.press("Escape");
    expect([await playing(page), await stepOf(page)]).toEqual(["off", 50]);
    expect(await branchesOf(page)).toEqual([]);
    await page.keyboard.press("p");
    await page.waitForFunction(() => window.__carom.playing === "person");
    await page.context().close();
  });

  test("half speed is the speed of the transport; a pause holds the game until a key", async () => {
    const page = await open();
    await openAt(page, 20);
    await page.keyboard.press("p");
    await page.getByRole("button", { name: "Half speed" }).click();
    await page.locator(".toggle[aria-pressed=true]", { hasText: "Half speed" }).waitFor();
    await page.locator(".speeds [aria-pressed=true]", { hasText: "0.5×" }).waitFor();
    await page.waitForFunction(() => window.__carom.currentStep >= 24);
    await page.getByRole("button", { name: "Pause" }).click();
    const step = await stepOf(page);
    await frames(page, 20);
    expect(await stepOf(page)).toBe(step);
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction((at) => window.__carom.currentStep > at, step);
    await page.context().close();
  });

  test("a gamepad's stick is the arrows", async () => {
    const page = await open();
    await openAt(page, 20);
    await page.evaluate(() => {
      const pad = { axes: [-1, 0], buttons: [] };
      navigator.getGamepads = () => [pad as unknown as Gamepad];
    });
    await page.keyboard.press("p");
    await page.waitForFunction(() => window.__carom.currentStep >= 32);
    await page.keyboard.press("Escape");
    const [branch] = await branchesOf(page);
    const { actions } = decodeReplay(Uint8Array.from(branch.replay));
    expect(new Set(actions.subarray(22))).toEqual(new Set([1]));
    await page.context().close();
  });

  test("another episode on the stage ends the play, and keeps the branch", async () => {
    const page = await open();
    await openAt(page, 20);
    await page.keyboard.press("p");
    await page.waitForFunction(() => window.__carom.currentStep >= 30);
    await page.getByRole("option").nth(1).click();
    await page.waitForFunction(() => window.__carom.playing === "off");
    expect((await branchesOf(page)).length).toBe(1);
    await page.context().close();
  });

  test("a board game waits for its player: keys move the mark, clicks and Enter play", async () => {
    const gomoku = await startScriptedRun({ game: "gomoku", games: 4, pace: 1, staticDir: folder });
    gomoku.hurry(300);
    const page = await open(gomoku.url);
    const id = [...gomoku.kept.keys()][0];
    await page.evaluate((one) => window.__carom.open(one), id);
    await page.evaluate(() => window.__carom.seek(0));
    await page.keyboard.press("p");
    expect(await playing(page)).toBe("person");
    const mark = page.locator(".board-mark");
    await mark.waitFor();
    await frames(page);
    const first = await mark.boundingBox();
    await page.keyboard.press("ArrowRight");
    const moved = async () => ((await mark.boundingBox())?.x ?? 0) - (first?.x ?? 0);
    await expect.poll(async () => Math.round(await moved())).toBe(Math.round(first?.width ?? -1));
    expect(await stepOf(page)).toBe(0);
    const empty = await pictureOf(page, ".board canvas");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => window.__carom.currentStep === 1);
    await page
      .locator(".board canvas")
      .first()
      .click({ position: { x: 5, y: 5 } });
    await page.waitForFunction(() => window.__carom.currentStep === 2);
    expect(difference(empty, await pictureOf(page, ".board canvas"), 30)).toBeGreaterThan(0.002);
    await page.keyboard.press("Escape");
    const [branch] = await branchesOf(page);
    const { actions } = decodeReplay(Uint8Array.from(branch.replay));
    const side = 15;
    expect([...actions]).toEqual([7 * side + 8, 0]);
    await page.context().close();
    await gomoku.close();
  });
});

inBrowser("branches", () => {
  test("form a tree, play again, are renamed, saved, deleted, and outlive the page", async () => {
    const page = await open(run.url, { acceptDownloads: true });
    await openAt(page, 20);
    await page.keyboard.press("p");
    await page.waitForFunction(() => window.__carom.currentStep >= 40);
    await page.keyboard.press("Escape");
    await page.evaluate(() => window.__carom.seek(30));
    await page.keyboard.press("p");
    await page.waitForFunction(() => window.__carom.currentStep >= 45);
    await page.keyboard.press("Escape");
    await page.keyboard.press("b");
    const rows = page.getByRole("treeitem");
    const levels = () =>
      rows.evaluateAll((all) => all.map((row) => row.getAttribute("aria-level")));
    await rows.nth(2).waitFor();
    expect(await levels()).toEqual(["1", "2", "3"]);

    await rows.nth(1).click();
    await page.waitForFunction(() => window.__carom.mode === "playing");
    await page.locator(".stage-title", { hasText: "Branch 1" }).waitFor();
    await page.getByRole("button", { name: "Rename the branch" }).click();
    await page.keyboard.type("<b>tunnel</b>");
    await page.keyboard.press("Enter");
    await page.getByRole("treeitem", { name: "<b>tunnel</b>" }).waitFor();

    const [saved] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save the branch" }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe("breakout-b-tunnel-b.replay");
    const replay = decodeReplay(readFileSync(await saved.path()));
    expect(replay.meta).toMatchObject({ at: 20, by: [{ from: 20, by: "person" }] });

    await page.reload();
    await page.waitForFunction(() => window.__carom?.branches.length === 2);
    await page.keyboard.press("b");
    await rows.nth(2).waitFor();
    expect(await levels()).toEqual(["1", "2", "3"]);
    await rows.nth(1).click();
    const remove = page.locator(".branch-tools").getByRole("button").last();
    await remove.click();
    expect((await branchesOf(page)).length).toBe(2);
    await remove.click();
    await page.waitForFunction(() => window.__carom.branches.length === 1);
    await rows.nth(2).waitFor({ state: "detached" });
    expect(await levels()).toEqual(["1", "2"]);
    await page.context().close();
  });
});

inBrowser("demonstrations", () => {
  async function withBranch(page: Page): Promise<void> {
    await openAt(page, 20);
    await page.keyboard.press("p");
    await page.waitForFunction(() => window.__carom.currentStep >= 40);
    await page.keyboard.press("Escape");
    await page.keyboard.press("b");
  }
  const keepButton = (page: Page) => page.getByRole("button", { name: /Keep with the run/ });

  test("a branch becomes an episode of the run, byte by byte", async () => {
    const page = await open();
    await withBranch(page);
    await keepButton(page).click();
    const hint = page.getByText(/^Kept with the run, as its episode \d+$/);
    await hint.waitFor();
    const id = /\d+$/.exec((await hint.textContent()) ?? "")?.[0] ?? "";
    const [branch] = await branchesOf(page);
    expect([...run.run.replay(id)]).toEqual([...branch.replay]);
    await page.waitForFunction((one) => window.__carom.episodes.includes(one), id);
    await page.evaluate((one) => window.__carom.open(one), id);
    expect(await page.evaluate(() => window.__carom.length)).toBe(branch.length);
    await page.context().close();
  });

  test("where the run is only shown there is a file and no more", async () => {
    const shown = await startScriptedRun({
      ...{ games: 16, pace: 2, totalSteps: 1e9, seed: 1, talent: 0.9 },
      ...{ staticDir: folder, takesDemonstrations: false },
    });
    shown.hurry(300);
    const page = await open(shown.url);
    const [id] = [...shown.kept.keys()];
    await page.evaluate((one) => window.__carom.open(one), id);
    await page.keyboard.press("Home");
    await page.keyboard.press("p");
    await page.waitForFunction(() => window.__carom.currentStep >= 5);
    await page.keyboard.press("Escape");
    await page.keyboard.press("b");
    await page.getByRole("button", { name: "Save the branch" }).waitFor();
    expect(await keepButton(page).isVisible()).toBe(false);
    await page.context().close();
    await shown.close();
  });
});

test("the page logged no error", () => {
  expect(failures).toEqual([]);
});
