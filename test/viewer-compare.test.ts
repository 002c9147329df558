/**
 * Boards side by side, why an action, and human against agent, in a browser on a run that really learned:
 * what is shown is compared with what the episodes themselves say.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findings } from "./support/axe.ts";
import { difference, drawnShare, pictureOf, testsThePage } from "./support/browser.ts";
import { TrainedPages } from "./support/trained-page.ts";

let pages: TrainedPages;

const inBrowser = describe.skipIf(!testsThePage);

beforeAll(async () => {
  if (!testsThePage) return;
  pages = await TrainedPages.start({ game: "breakout", steps: 120_000, policies: 4 });
}, 120_000);

afterAll(async () => {
  await pages?.close();
});

const boards = ".side-by-side .boards canvas";

/** Puts boards side by side and waits until all have their episodes. */
async function compare(): Promise<Page> {
  const { page } = await pages.openBest();
  await page.keyboard.press("c");
  await page
    .getByRole("button", { name: "First difference" })
    .and(page.locator(":enabled"))
    .waitFor();
  return page;
}

/** What the boards do at the present decision. */
function actionsOf(page: Page): Promise<string[]> {
  return page.locator(".boards-action:not([hidden])").allTextContents();
}

/** Two frames: what was asked for is on the screen. */
function painted(page: Page): Promise<unknown> {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0)))),
  );
}

inBrowser("boards side by side", () => {
  test("play the same seed by one clock", async () => {
    const page = await compare();
    expect(await page.locator(".boards-caption").count()).toBe(4);
    expect(await page.locator(".stage-title").textContent()).toBe("4 boards, one clock");
    await page.evaluate(() => window.__carom.seek(0));
    await painted(page);
    const start = await pictureOf(page, boards);
    expect(drawnShare(start)).toBeGreaterThan(0.05);
    // On the same seed all boards begin alike: each quarter of the row has the same picture.
    const places = await page
      .locator(".boards-caption")
      .evaluateAll((all: HTMLElement[]) =>
        all.map((one) => [one.offsetLeft, one.offsetTop, one.offsetWidth]),
      );
    const width = places[0][2];
    const pixel = (i: number, dx: number, dy: number) => {
      const at = 4 * ((places[i][1] - 1 - dy) * start.width + places[i][0] + dx);
      return [...start.data.subarray(at, at + 3)].join();
    };
    for (const i of [1, 2, 3]) {
      for (let d = 2; d < width; d += 3) expect(pixel(i, d, d)).toBe(pixel(0, d, d));
    }
    await page.evaluate(() => window.__carom.seek(40));
    await painted(page);
    expect(difference(start, await pictureOf(page, boards))).toBeGreaterThan(0.001);
    await page.context().close();
  });

  test("the first difference is the first decision at which not all do the same", async () => {
    const page = await compare();
    const at = await page.evaluate(() => window.__carom.difference);
    if (at === undefined) throw new Error("the boards do not differ");
    await page.getByRole("button", { name: "First difference" }).click();
    await page.waitForFunction((step) => window.__carom.currentStep === step, at);
    expect(await page.evaluate(() => window.__carom.mode)).toBe("paused");
    await painted(page);
    expect(await page.locator(".boards-action[data-differs]").count()).toBe(4);
    expect(new Set(await actionsOf(page)).size).toBeGreaterThan(1);
    for (let step = 0; step < at; step++) {
      await page.evaluate((to) => window.__carom.seek(to), step);
      await painted(page);
      expect(new Set(await actionsOf(page)).size).toBe(1);
    }
    await page.context().close();
  });

  test("the address brings the boards back, at their decision", async () => {
    const { page, id } = await pages.openBest();
    await page.keyboard.press("c");
    await page.getByRole("button", { name: "Take board 3 away" }).click();
    const choice = (of: Page, board: number) =>
      of.getByRole("combobox", { name: `What is on board ${board}` });
    await choice(page, 2).selectOption({ label: "Policy, before training" });
    await page.waitForFunction(() => window.__carom.difference !== undefined);
    const at = await page.evaluate(() => window.__carom.difference ?? 0);
    await page.getByRole("button", { name: "First difference" }).click();
    await page.waitForFunction((step) => window.__carom.currentStep === step, at);
    await page.waitForURL(new RegExp(`#run=.*&ep=${id}&t=${at}&seed=\\d+&boards=`));
    const shown = async (of: Page) => ({
      seed: await of.getByText(/^seed \d+/).textContent(),
      boards: await Promise.all([1, 2, 3].map((board) => choice(of, board).inputValue())),
      actions: await actionsOf(of),
    });
    await painted(page);
    const before = await shown(page);
    const other = await pages.openOther(page.url());
    await other.waitForFunction((step) => window.__carom?.currentStep === step, at);
    await other.waitForFunction(() => window.__carom.difference !== undefined);
    await painted(other);
    expect(await shown(other)).toEqual(before);
    expect(await other.evaluate(() => window.__carom.mode)).toBe("paused");
    await other.keyboard.press("c");
    await other.waitForFunction((one) => window.__carom.episode === one, id);
    await other.context().close();
    await page.context().close();
  });

  test("boards are chosen, taken away and added; the episode comes back", async () => {
    const { page, id } = await pages.openBest();
    await page.keyboard.press("c");
    const captions = page.locator(".boards-caption");
    await page.getByRole("button", { name: "Take board 2 away" }).click();
    await expect.poll(() => captions.count()).toBe(3);
    const choice = page.getByRole("combobox", { name: "What is on board 2" });
    await choice.selectOption({ label: "Policy, before training" });
    await expect.poll(() => choice.inputValue()).toMatch(/^policy 0-/);
    await page.getByRole("button", { name: "Add a board" }).click();
    await expect.poll(() => captions.count()).toBe(4);
    await page.keyboard.press("c");
    await page.waitForFunction((one) => window.__carom.episode === one, id);
    await page.locator(".board canvas[role=img]").waitFor();
    await page.locator(".side-by-side").waitFor({ state: "hidden" });
    await page.context().close();
  });
});

/** Rows of the card: name, weight, gain and the rest. */
async function card(page: Page): Promise<{ name: string; weight: string; gain: string }[]> {
  const rows = page.locator(".why-row");
  await rows.first().waitFor();
  await expect.poll(() => rows.locator(".why-gain").allTextContents()).not.toContain("\u2026");
  return rows.evaluateAll((all) =>
    all.map((row) => {
      const text = (selector: string) => row.querySelector(selector)?.textContent ?? "";
      return { name: text(".bar-name"), weight: text(".why-weight"), gain: text(".why-gain") };
    }),
  );
}

function numberOf(text: string): number {
  return Number(text.replace("\u2212", "-").replace(/[^0-9.+-]/g, ""));
}

inBrowser("why this action", () => {
  test("what came of the action that was taken is what the episode itself did", async () => {
    const { page } = await pages.openBest();
    await page.keyboard.press("m"); // an episode in which the policy always plays its best action
    await page.waitForFunction(() => window.__carom.performer !== undefined);
    await page.keyboard.press("y");
    const why = page.locator(".why");
    await why.getByRole("button", { name: "best", exact: true }).click();
    await why.getByRole("button", { name: "5 s" }).click();
    const score = page.locator(".score-value");
    for (const step of [0, 45]) {
      const scores: number[] = [];
      for (const at of [step, step + 75]) {
        await page.evaluate((to) => window.__carom.seek(to), at);
        await painted(page);
        scores.push(numberOf((await score.textContent()) ?? ""));
      }
      await page.evaluate((to) => window.__carom.seek(to), step);
      await why.locator(".time-about").getByText(`decision ${step} `).waitFor();
      const rows = await card(page);
      expect(rows.map(({ name }) => name)).toEqual(["stay", "left", "right"]);
      const sum = rows.reduce((total, { weight }) => total + numberOf(weight), 0);
      expect(Math.abs(sum - 100)).toBeLessThanOrEqual(2);
      const taken = await page.locator(".why-row[data-taken] .why-gain").textContent();
      expect(numberOf(taken ?? "")).toBe(scores[1] - scores[0]);
    }
    await page.context().close();
  });

  test("pointing at an action draws its paths on the board, by keyboard as well", async () => {
    const { page } = await pages.openBest();
    await page.evaluate(() => window.__carom.seek(30));
    await page.keyboard.press("y");
    await card(page);
    await painted(page);
    const board = ".board canvas";
    const bare = await pictureOf(page, board);
    await page.locator(".why-row").first().focus();
    await painted(page);
    const share = difference(bare, await pictureOf(page, board), 8);
    expect(share).toBeGreaterThan(0.001);
    expect(share).toBeLessThan(0.2);
    await page.getByRole("button", { name: "Close (Y)" }).focus();
    await painted(page);
    expect(difference(bare, await pictureOf(page, board), 8)).toBe(0);
    // And which object mattered is a key away.
    const mattered = page.getByRole("button", { name: "What mattered to the policy" });
    await mattered.press("Enter");
    const things = page.locator(".close-up .bars .bar-name");
    await expect.poll(() => things.allTextContents()).toEqual(expect.arrayContaining(["ball"]));
    await mattered.press("Enter");
    await things.first().waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Close (Y)" }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".why").waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("asks for a pause while the episode plays", async () => {
    const { page } = await pages.openBest();
    await page.keyboard.press("y");
    await card(page);
    await page.keyboard.press("k");
    await page.locator(".why .hint").getByText("Pause to ask").waitFor();
    expect(await page.locator(".why-row").count()).toBe(0);
    await page.context().close();
  });
});

inBrowser("human against agent", () => {
  test("both play the same seed; the end says who won, and what the person plays like", async () => {
    const { page } = await pages.openBest();
    await page.keyboard.press("h");
    await page.waitForFunction(() => window.__carom.duel.phase === "countdown");
    const duel = ".duel .boards canvas";
    await page.locator(duel).waitFor();
    await page.waitForFunction(() => window.__carom.duel.phase === "playing");
    const start = await pictureOf(page, duel);
    await page.keyboard.down("ArrowLeft");
    const caption = page.getByRole("group", { name: "You" });
    const [left, top, width] = await caption.evaluate((one: HTMLElement) => [
      one.offsetLeft,
      one.offsetTop,
      one.offsetWidth,
    ]);
    // The paddle comes to the left wall of the person's board: its colour is there then.
    const corner = (picture: typeof start) => {
      const rows = Array.from({ length: Math.round(width / 8) }, (_, dy) => {
        const at = 4 * ((top - 2 - dy) * picture.width + left + 3);
        return [...picture.data.subarray(at, at + 3)].join();
      });
      return new Set(rows).size;
    };
    expect(corner(start)).toBe(1);
    await expect.poll(async () => corner(await pictureOf(page, duel))).toBeGreaterThan(1);
    await page.keyboard.up("ArrowLeft");
    await page.waitForFunction(() => window.__carom.duel.phase === "over");
    const title = (await page.locator(".duel-title").textContent()) ?? "";
    const figures = await page.locator(".duel-results .figure").first().textContent();
    const [person, agent] = (figures ?? "").split(":").map(numberOf);
    expect(await page.evaluate(() => window.__carom.duel.person)).toBe(person);
    if (person === agent) expect(title).toBe("Level");
    else if (person > agent) expect(title).toBe(`You win by ${person - agent}`);
    else expect(title).toBe(`The agent wins by ${agent - person}`);
    await page
      .locator(".duel-rating")
      .getByText(/policy|policies/)
      .waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".duel").waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("the page's own keys rest while a person plays; Escape gives up", async () => {
    const { page } = await pages.openBest();
    const step = await page.evaluate(() => window.__carom.currentStep);
    await page.keyboard.press("h");
    await page.waitForFunction(() => window.__carom.duel.phase === "countdown");
    await page.keyboard.press("5");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => window.__carom.duel.phase === "off");
    expect(await page.evaluate(() => window.__carom.currentStep)).toBe(step);
    await page.context().close();
  });
});

inBrowser("axe finds nothing serious or critical", () => {
  for (const colorScheme of ["dark", "light"] as const) {
    test(`with what is done with policies, ${colorScheme}`, async () => {
      const { page } = await pages.openBest({ colorScheme });
      await page.getByRole("button", { name: "Policies of the run" }).click();
      expect(await findings(page)).toEqual([]);
      await page.getByRole("button", { name: /^Time machine/ }).click();
      await page.waitForFunction(() => window.__carom.performer !== undefined);
      await page.keyboard.press("y");
      await card(page);
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("c");
      await page.locator(boards).waitFor();
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("h");
      await page.waitForFunction(() => window.__carom.duel.phase === "playing");
      expect(await findings(page)).toEqual([]);
      await page.context().close();
    });
  }

  test("no page complained", () => {
    expect(pages.complaints).toEqual([]);
  });
});
