/**
 * The time machine in a browser, on a run that really learned: every kept policy plays the seed of the
 * episode on the stage, the reader goes through their ages, and the others lie over the board as ghosts.
 */
import { findGame } from "@carom/envs";
import { startScriptedRun } from "@carom/viewer/dev";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { difference, pictureOf, testsThePage } from "./support/browser.ts";
import { TrainedPages } from "./support/trained-page.ts";

const game = findGame("breakout");
let pages: TrainedPages;

const inBrowser = describe.skipIf(!testsThePage);

beforeAll(async () => {
  if (!testsThePage) return;
  pages = await TrainedPages.start({ game: "breakout", steps: 120_000, policies: 6 });
}, 120_000);

afterAll(async () => {
  await pages?.close();
});

/** Turns the time machine on for the best episode and waits until all policies have played. */
async function machine(): Promise<{ page: Page; id: string }> {
  const opened = await pages.openBest();
  await opened.page.keyboard.press("m");
  await played(opened.page);
  return opened;
}

async function played(page: Page): Promise<void> {
  const all = pages.run.run.policies(0).policies.length;
  await page.waitForFunction(
    (count) =>
      window.__carom.performer !== undefined &&
      window.__carom.ages.filter((one) => one !== undefined).length === count,
    all,
  );
}

/** Return of an episode, as Node plays it. */
function returnOf(seed: number, actions: readonly number[]): number {
  const played = game.create();
  played.seed(seed);
  played.reset();
  return actions.reduce((sum, action) => sum + played.step(action), 0);
}

inBrowser("the time machine", () => {
  test("shows at a glance what each policy makes of the same seed", async () => {
    const { page, id } = await machine();
    const seed = pages.run.kept.get(id)?.seed ?? Number.NaN;
    const { policies } = pages.run.run.policies(0);
    const ages = await page.evaluate(() => window.__carom.ages);
    for (const [i, policy] of policies.entries()) {
      const ask = ([name, of]: [string, number]) => window.__carom.play(name, of, 1e6);
      const actions = await page.evaluate(ask, [policy.id, seed] as [string, number]);
      expect(ages[i]).toBe(returnOf(seed, actions));
    }
    const scale = page.getByRole("slider", { name: "Age of the policy" });
    expect(await scale.getAttribute("aria-valuemax")).toBe(String(policies.length - 1));
    const heights = await scale
      .locator("i")
      .evaluateAll((bars) => bars.map((bar) => getComputedStyle(bar, "::after").height));
    expect(heights).toHaveLength(policies.length);
    expect(new Set(heights).size).toBe(new Set(ages).size);
    await page.context().close();
  });

  test("steps through the ages at the same decision, and back to the episode", async () => {
    const { page, id } = await machine();
    const { policies } = pages.run.run.policies(0);
    await page.evaluate(() => window.__carom.seek(20));
    const state = () => page.evaluate(() => [window.__carom.performer, window.__carom.currentStep]);
    const newest = policies.findLastIndex(({ steps }) => steps <= stepsOf(id));
    expect(await state()).toEqual([policies[newest].steps, 20]);
    const before = await page.evaluate(() => window.__carom.checksum());
    await page.keyboard.press("Shift+ArrowLeft");
    const older = policies[newest - 1].steps;
    await page.waitForFunction((steps) => window.__carom.performer === steps, older);
    expect(await state()).toEqual([older, 20]);
    expect(await page.locator(".stage-title").textContent()).toContain("Policy");
    const scale = page.getByRole("slider", { name: "Age of the policy" });
    await scale.focus();
    await page.keyboard.press("Home");
    await page.waitForFunction(() => window.__carom.performer === 0);
    expect(await page.evaluate(() => window.__carom.checksum())).not.toBe(before);
    expect(await scale.getAttribute("aria-valuenow")).toBe("0");
    const box = await scale.boundingBox();
    if (!box) throw new Error("the scale is not on the page");
    await page.mouse.move(box.x + 4, box.y + 10);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 4, box.y + 10, { steps: 6 });
    await page.mouse.up();
    const last = policies.at(-1)?.steps;
    await page.waitForFunction((steps) => window.__carom.performer === steps, last);
    await page.keyboard.press("m");
    await page.waitForFunction((one) => window.__carom.episode === one, id);
    expect(await page.evaluate(() => window.__carom.performer)).toBeUndefined();
    await page.locator(".time-machine").waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("draws the other policies as ghosts that move, and takes them away", async () => {
    const { page } = await machine();
    await page.evaluate(() => window.__carom.seek(24));
    const board = ".board canvas";
    const button = page.getByRole("button", { name: "Ghosts" });
    const toggle = async (): Promise<void> => {
      await button.click();
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(0))));
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => done(0))));
    };
    const ghosts = await pictureOf(page, board);
    await toggle();
    const bare = await pictureOf(page, board);
    const share = difference(ghosts, bare, 8);
    expect(share).toBeGreaterThan(0.0005);
    expect(share).toBeLessThan(0.1);
    await toggle();
    expect(difference(ghosts, await pictureOf(page, board), 8)).toBe(0);
    await page.keyboard.press(".");
    await page.keyboard.press(".");
    await page.waitForFunction(() => window.__carom.currentStep === 26);
    const later = await pictureOf(page, board);
    await toggle();
    const laterBare = await pictureOf(page, board);
    expect(difference(later, laterBare, 8)).toBeGreaterThan(0.0005);
    // The ghosts are elsewhere, beyond what the shown board itself did.
    expect(difference(ghosts, later, 8)).toBeGreaterThan(difference(bare, laterBare, 8));
    await page.context().close();
  });

  test("another seed is another game for all; an episode from the list ends it", async () => {
    const { page, id } = await machine();
    const before = await page.evaluate(() => window.__carom.checksum());
    await page.getByRole("button", { name: "New seed" }).click();
    await page.waitForFunction((old) => window.__carom.checksum() !== old, before);
    await played(page);
    expect(await page.locator(".stage-about").textContent()).toContain("played in this page");
    await page.evaluate((one) => window.__carom.open(one), id);
    await page.waitForFunction(() => window.__carom.performer === undefined);
    await page.locator(".time-machine").waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("a run that keeps no policies says so", async () => {
    const scripted = await startScriptedRun({ staticDir: pages.folder, games: 4, talent: 0.6 });
    scripted.hurry(600);
    const page = await pages.open({}, scripted.url);
    await page.keyboard.press("m");
    await page.locator(".time-about").getByText("kept no policies").waitFor();
    await page.context().close();
    await scripted.close();
  });

  test("no page complained", () => {
    expect(pages.complaints).toEqual([]);
  });
});

/** Env step at which a kept episode ended. */
function stepsOf(id: string): number {
  const { episodes } = pages.run.run.episodes(0);
  return episodes.find((entry) => entry.id === id)?.steps ?? Number.NaN;
}
