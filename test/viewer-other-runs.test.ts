/**
 * Boards side by side with policies of two runs of one folder, which really learned by different
 * algorithms: what is shown is compared with what Node plays from the same seed.
 */
import { dirname, join } from "node:path";
import { createEvaluationEnv, createPolicy, decodeAgent } from "@carom/agents";
import { findGame, type GameDefinition, key } from "@carom/envs";
import { createRun, type Run } from "@carom/runs";
import { openDevice } from "@carom/tensor";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findings } from "./support/axe.ts";
import { type Picture, pictureOf, testsThePage } from "./support/browser.ts";
import { TrainedPages } from "./support/trained-page.ts";

const game = "catch";
let pages: TrainedPages;
let dqn: Run;
/** A run that trains while the page is open. */
let training: Run;

const inBrowser = describe.skipIf(!testsThePage);

beforeAll(async () => {
  if (!testsThePage) return;
  const short = { game, steps: 8000, policies: 3 };
  const beside = [{ ...short, algo: "dqn", seed: 2 }];
  pages = await TrainedPages.start({ ...short, algo: "ppo", beside });
  [dqn] = pages.run.beside;
  const { variant, gameVersion, algo, config, device, threads, totalSteps } = dqn.facts();
  const made = { game, variant, gameVersion, algo, config, device, threads, totalSteps };
  const setup = { ...made, seed: 3, versions: {} };
  const folder = dirname(dqn.dir);
  createRun(join(folder, "breakout-ppo-1"), { ...setup, game: "breakout" }).close();
  training = createRun(join(folder, "catch-dqn-3"), setup);
  training.addPolicy(dqn.policy("0"), { steps: 0, score: null });
}, 120_000);

afterAll(async () => {
  training?.close();
  await pages?.close();
});

/** The run as Node plays one of its policies from a seed, by its best actions. */
function playedInNode(run: Run, id: string, seed: number): { sum: number; actions: number[] } {
  const { variant, algo, config } = run.facts();
  const definition = findGame(game);
  const begun: GameDefinition = {
    ...definition,
    create: (asked) => {
      const made = definition.create(asked);
      const begin = made.seed.bind(made);
      made.seed = () => begin(seed);
      return made;
    },
  };
  const state = decodeAgent(run.policy(id));
  const of = { game: begun, variant, config: config as never, state, count: 1 };
  const device = openDevice("cpu", { threads: 1 });
  const policy = createPolicy({ ...of, algo, device });
  const env = createEvaluationEnv({ ...of, key: key(seed) });
  env.reset();
  const actions: number[] = [];
  const starts = Uint8Array.of(1);
  let sum = 0;
  do {
    policy.act(env.observations, env.actions, { greedy: true, starts, masks: env.masks });
    starts[0] = 0;
    actions.push(env.actions[0]);
    env.step();
    sum += env.rewards[0];
  } while (env.terminated[0] === 0 && env.truncated[0] === 0);
  policy.dispose();
  env.dispose();
  device.dispose();
  return { sum, actions };
}

const runOf = (page: Page, board: number) =>
  page.getByRole("combobox", { name: `Run of board ${board}` });
const choiceOf = (page: Page, board: number) =>
  page.getByRole("combobox", { name: `What is on board ${board}` });

/** Two boards: this run's newest policy, and one of the other run. */
async function twoUp(options = {}): Promise<Page> {
  const { page } = await pages.openBest(options);
  await page.keyboard.press("c");
  await runOf(page, 1).waitFor();
  const captions = page.locator(".boards-caption");
  for (let board = await captions.count(); board > 2; board--) {
    await page.getByRole("button", { name: `Take board ${board} away` }).click();
    await expect.poll(() => captions.count()).toBe(board - 1);
  }
  await choose(choiceOf(page, 1), "Policy, step 8");
  await runOf(page, 2).selectOption(dqn.facts().id);
  await whole(page);
  return page;
}

/** Chooses the last option that begins so. */
async function choose(choice: Locator, text: string): Promise<void> {
  const all = await choice
    .locator("option")
    .evaluateAll((options: HTMLOptionElement[]) =>
      options.map(({ value, textContent }) => ({ value, text: textContent ?? "" })),
    );
  const found = all.findLast((one) => one.text.startsWith(text));
  if (!found) throw new Error(`no option begins with "${text}": ${JSON.stringify(all)}`);
  await choice.selectOption(found.value);
}

/** Returns of the whole episodes. */
const totals = (page: Page) =>
  page.locator(".boards-caption .quiet[title='Return of the whole episode']");

/** Waits until both boards have their episodes. */
async function whole(page: Page): Promise<void> {
  await painted(page); // what was there before the choice is gone
  await expect
    .poll(() => totals(page).allTextContents())
    .toEqual([expect.stringMatching(/^of /), expect.stringMatching(/^of /)]);
}

function painted(page: Page): Promise<unknown> {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0)))),
  );
}

/** Pixels of each board, as many from each. */
async function boardsOf(page: Page): Promise<string[]> {
  const picture: Picture = await pictureOf(page, ".side-by-side .boards canvas");
  const places = await page
    .locator(".boards-caption")
    .evaluateAll((all: HTMLElement[]) =>
      all.map((one) => [one.offsetLeft, one.offsetTop, one.offsetWidth]),
    );
  return places.map(([left, bottom, width]) => {
    const colors: string[] = [];
    for (let dy = 2; dy < Math.min(width, bottom); dy += 2) {
      for (let dx = 2; dx < width - 2; dx += 2) {
        const at = 4 * ((bottom - dy) * picture.width + left + dx);
        colors.push([...picture.data.subarray(at, at + 3)].join());
      }
    }
    return colors.join(" ");
  });
}

function numberOf(text: string): number {
  return Number(text.replace("\u2212", "-").replace(/[^0-9.+-]/g, ""));
}

/** The seed that the boards play. */
async function seedOf(page: Page): Promise<number> {
  const about = (await page.locator(".stage-about").textContent()) ?? "";
  return Number(/^seed (\d+)/.exec(about)?.[1]);
}

inBrowser("boards of two runs", () => {
  test("play the same seed as Node does, and part where it says", async () => {
    const page = await twoUp();
    const seed = await seedOf(page);
    const newest = [pages.run.run, dqn].map((run) => run.policies(0).policies.at(-1)?.id ?? "");
    const [ppo, other] = [pages.run.run, dqn].map((run, i) => playedInNode(run, newest[i], seed));
    const shown = await totals(page).allTextContents();
    expect(shown.map(numberOf)).toEqual([ppo.sum, other.sum]);
    const at = ppo.actions.findIndex((action, step) => action !== other.actions[step]);
    expect(at).toBeGreaterThanOrEqual(0); // else the two play alike, and there is nothing to see
    expect(await page.evaluate(() => window.__carom.difference)).toBe(at);
    await page.getByRole("button", { name: "First difference" }).click();
    await page.waitForFunction((step) => window.__carom.currentStep === step, at);
    await painted(page);
    const [left, right] = await boardsOf(page);
    expect(left).toBe(right); // they stand alike, and are about to part
    await page.keyboard.press(".");
    await painted(page);
    const [leftNext, rightNext] = await boardsOf(page);
    expect(leftNext).not.toBe(rightNext);
    await page.evaluate(() => window.__carom.seek(window.__carom.length));
    await painted(page);
    const so = await page.locator(".boards-caption output").allTextContents();
    expect(so.map(numberOf)).toEqual([ppo.sum, other.sum]);
    await page.context().close();
  });

  test("say of which run and step they are, and what the runs were made with", async () => {
    const page = await twoUp();
    const names = ["catch-ppo-1, step 8", "catch-dqn-2, step 8"];
    for (const [i, name] of names.entries()) {
      await page.getByRole("group", { name: `Board ${i + 1}: ${name}` }).waitFor();
    }
    const where = page.locator(".boards-where");
    for (const name of names) await where.getByText(name).waitFor();
    expect(await where.textContent()).toMatch(/^at decision \d+ · \w+: .* · \w+: /);
    const about = page.locator(".boards-about");
    expect(await about.allTextContents()).toEqual([
      "seed 1",
      expect.stringMatching(/^seed 2 · \d+ settings differ$/),
    ]);
    expect(await about.nth(1).getAttribute("title")).toContain("algorithm: dqn, not ppo");
    await page.getByRole("button", { name: "How the runs differ" }).focus();
    await page.keyboard.press("Enter");
    const row = page.getByRole("row", { name: "algorithm ppo dqn" });
    await row.waitFor();
    await page.keyboard.press("Escape");
    await row.waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("are chosen by keyboard; runs of another game are listed with the reason", async () => {
    const { page } = await pages.openBest();
    await page.keyboard.press("c");
    const run = runOf(page, 2);
    await run.waitFor();
    expect(await run.locator("option:disabled").allTextContents()).toEqual([
      "breakout-ppo-1: another game: breakout",
    ]);
    await run.focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown"); // as far as it goes
    await expect.poll(() => run.inputValue()).toBe("catch-dqn-2");
    await expect.poll(() => choiceOf(page, 2).inputValue()).toMatch(/^policy 2-\d+@catch-dqn-2@/);
    expect(await run.evaluate((one) => one === document.activeElement)).toBe(true);
    await page.keyboard.press("Home");
    await expect.poll(() => run.inputValue()).toBe("");
    await expect.poll(() => choiceOf(page, 2).inputValue()).toMatch(/^policy \d-\d+$/);
    await page.context().close();
  });

  test("a run that trains meanwhile adds its policies", async () => {
    const page = await twoUp();
    await runOf(page, 2).selectOption("catch-dqn-3");
    const options = choiceOf(page, 2).locator("option");
    await expect.poll(() => options.allTextContents()).toEqual(["Policy, before training"]);
    training.addPolicy(dqn.policy("2"), { steps: 4000, score: 1 });
    await expect.poll(() => options.count()).toBe(2);
    await choose(choiceOf(page, 2), "Policy, step 4");
    await whole(page);
    const seed = await seedOf(page);
    const { sum } = playedInNode(training, "1", seed);
    const total = totals(page).nth(1);
    await expect.poll(async () => numberOf((await total.textContent()) ?? "")).toBe(sum);
    await page.context().close();
  });

  for (const colorScheme of ["dark", "light"] as const) {
    test(`axe finds nothing serious or critical, ${colorScheme}`, async () => {
      const page = await twoUp({ colorScheme });
      await page.getByRole("button", { name: "How the runs differ" }).click();
      await page.getByRole("row", { name: "algorithm ppo dqn" }).waitFor();
      expect(await findings(page)).toEqual([]);
      await page.context().close();
    });
  }

  test("no page complained", () => {
    expect(pages.complaints).toEqual([]);
  });
});
