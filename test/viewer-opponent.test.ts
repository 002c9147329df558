/**
 * A game for two in the viewer: the person plays one side with the mouse, the run's policy the other, and
 * what came of it is a branch that Node plays to the same end.
 */
import { decodeReplay, findGame, ReplayPlayer } from "@carom/envs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { difference, pictureOf, testsThePage } from "./support/browser.ts";
import { TrainedPages } from "./support/trained-page.ts";

const inBrowser = describe.skipIf(!testsThePage);
let pages: TrainedPages;

beforeAll(async () => {
  if (!testsThePage) return;
  const settings = { game: "connect4", steps: 20_000, policies: 3 };
  pages = await TrainedPages.start(settings);
}, 120_000);

afterAll(() => pages?.close());

inBrowser("a person against the policy", () => {
  test("takes a side by taking over; the policy answers each move at once", async () => {
    const page = await pages.open();
    await page.waitForFunction(() => window.__carom.policies.length > 0);
    await page.evaluate(() => window.__carom.seek(0));
    await page.keyboard.press("p");
    await page.getByText("against the agent", { exact: true }).waitFor();
    const board = page.locator(".board canvas").first();
    const { width = 0, height = 0 } = (await board.boundingBox()) ?? {};
    const before = await pictureOf(page, ".board canvas");
    for (let move = 0; move < 3; move++) {
      const x = ((2 * move + 1.5) / 7) * width;
      await board.click({ position: { x, y: height / 2 } });
      await page.waitForFunction((at) => window.__carom.currentStep >= at, 2 * move + 2);
    }
    expect(difference(before, await pictureOf(page, ".board canvas"), 30)).toBeGreaterThan(0.02);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => window.__carom.branches.length > 0);
    const [branch] = await page.evaluate(() => window.__carom.branches);
    const replay = decodeReplay(Uint8Array.from(branch.replay));
    const own = [...replay.actions].filter((_, i) => i < 6 && i % 2 === 0);
    expect(own).toEqual([1, 3, 5]);
    expect(new ReplayPlayer(replay, findGame("connect4")).verify().ok).toBe(true);
    await page.context().close();
  });

  test("the duel, which needs a game for one, says where to play instead", async () => {
    const page = await pages.open();
    await page.keyboard.press("h");
    await page.getByText("take over with P, and the agent plays the other side").waitFor();
    await page.context().close();
  });
});

test("the page logged no error", () => {
  expect(pages?.complaints ?? []).toEqual([]);
});
