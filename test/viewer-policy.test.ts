/**
 * Policies in the page, on runs that really learned: what the page says a policy thinks is what it thinks
 * in Node on the trainer's device, it plays the same decisions, and the overlays show it.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createEvaluationEnv,
  createPolicy,
  decodeAgent,
  type Policy,
  type SavedState,
} from "@carom/agents";
import { decodeReplay, findGame, type GameDefinition, key, ReplayPlayer } from "@carom/envs";
import { openDevice } from "@carom/tensor";
import {
  buildPage,
  startScriptedRun,
  startTrainedRun,
  type TrainedRun,
  type TrainedRunOptions,
} from "@carom/viewer/dev";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "./support/handle.ts";
import {
  difference,
  launchBrowser,
  pictureOf,
  settledWidth,
  testsThePage,
} from "./support/browser.ts";

const folder = mkdtempSync(join(tmpdir(), "carom-viewer-policy-"));
const device = openDevice("cpu", { threads: 1 });
const runs: TrainedRun[] = [];
const complaints: string[] = [];
let browser: Browser;
let breakout: TrainedRun;

const inBrowser = describe.skipIf(!testsThePage);

beforeAll(async () => {
  if (!testsThePage) return;
  await buildPage(folder);
  browser = await launchBrowser();
  breakout = await train({ game: "breakout", steps: 120_000, policies: 5 });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  for (const run of runs) await run.close();
  device.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function train(options: TrainedRunOptions): Promise<TrainedRun> {
  const run = await startTrainedRun({ ...options, staticDir: folder });
  runs.push(run);
  return run;
}

/** Opens the page, paused on the first kept episode. */
async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await page.goto(url);
  await page.waitForFunction(
    () => window.__carom?.episode !== undefined && window.__carom.length > 0,
  );
  return page;
}

/** Shows the episode with the most decisions, paused in its middle. */
async function openLongest(page: Page, run: TrainedRun): Promise<string> {
  const [id] = [...run.kept].reduce((a, b) => (b[1].length > a[1].length ? b : a));
  await page.waitForFunction((one) => window.__carom.episodes.includes(one), id);
  await page.evaluate((one) => window.__carom.open(one), id);
  await page.evaluate(() => window.__carom.seek(window.__carom.length >> 1));
  return id;
}

interface Native {
  readonly game: GameDefinition;
  readonly state: SavedState;
  readonly policy: Policy;
}

/** A kept policy on the trainer's own device. */
function nativePolicy({ run }: TrainedRun, id: string): Native {
  const { game: name, variant, algo, config } = run.facts();
  const game = findGame(name);
  const state = decodeAgent(run.policy(id));
  const made = { game, variant, algo, config: config as never, state };
  return { game, state, policy: createPolicy({ ...made, device, count: 1 }) };
}

inBrowser("after a person hands back", () => {
  test("the policy of that time plays on, and both are named in the branch", async () => {
    const page = await open(breakout.url);
    await page.evaluate(() => localStorage.setItem("carom.countdown", "off"));
    await page.reload();
    await page.waitForFunction(() => window.__carom?.length > 0);
    const id = await openLongest(page, breakout);
    const from = await page.evaluate(() => window.__carom.currentStep);
    await page.keyboard.press("p");
    await page.waitForFunction((step) => window.__carom.currentStep > step + 10, from);
    await page.keyboard.press("Escape");
    await page.locator(".badge", { hasText: "Agent plays on" }).waitFor();
    const handed = await page.evaluate(() => window.__carom.currentStep);
    await page.waitForFunction((step) => window.__carom.currentStep > step + 15, handed);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => window.__carom.playing === "off");
    const [branch] = await page.evaluate(() => window.__carom.branches);
    const replay = decodeReplay(Uint8Array.from(branch.replay));
    expect(new ReplayPlayer(replay, findGame("breakout")).verify().ok).toBe(true);
    const { by } = replay.meta as { by: { from: number; by: string }[] };
    expect(by).toEqual([
      { from, by: "person" },
      { from: expect.any(Number), by: "agent" },
    ]);
    // What was played is what the policy weighs most, decision by decision.
    await page.keyboard.press("q");
    await page.waitForFunction((at) => window.__carom.thought(at) !== undefined, branch.length - 1);
    const played = await page.evaluate(
      ([first, last]) =>
        Array.from({ length: last - first }, (_, i) => {
          const weights = window.__carom.thought(first + i)?.weights ?? [];
          return weights.indexOf(Math.max(...weights));
        }),
      [by[1].from, branch.length] as const,
    );
    expect(played).toEqual([...replay.actions.subarray(by[1].from)]);
    // Which of both the policy would rather be in, at the last decision that both have.
    await page.keyboard.press("b");
    await page.getByRole("treeitem").nth(1).click();
    const told = page.locator(".branch-foot .hint", { hasText: /^Value / });
    await told.waitFor();
    const parts = /^Value (\S+) against Episode \d+ at decision (\d+), to the policy of step/.exec(
      ((await told.textContent()) ?? "").replace("\u2212", "-"),
    );
    const left = breakout.kept.get(id);
    if (!left) throw new Error(`episode ${id} was not kept`);
    const at = Math.min(left.length, replay.length) - 1;
    expect(Number(parts?.[2])).toBe(at);
    const before = breakout.run.policies(0).policies.filter(({ steps }) => steps <= endOf(id));
    const { policy, game } = nativePolicy(breakout, before.at(-1)?.id ?? "");
    const valueIn = ({ seed, actions }: { seed: number; actions: Uint8Array }): number => {
      const one = game.create(game.defaultVariant);
      one.seed(seed);
      one.reset();
      for (let step = 0; step < at; step++) one.step(actions[step]);
      const observation = new Float32Array(one.spec.observation.size);
      one.observe(observation, 0);
      return policy.assess(observation).values[0];
    };
    const difference = valueIn(replay) - valueIn(left);
    expect(Math.abs(Number(parts?.[1]) - difference)).toBeLessThan(
      0.01 * Math.abs(difference) + 1e-4,
    );
    policy.dispose();
    await page.context().close();
  });
});

inBrowser("policies in the page", () => {
  test("are loaded with the first question only, in a worker, and say whose they are", async () => {
    const page = await open(breakout.url);
    const scripts: string[] = [];
    page.on("request", (request) => scripts.push(request.url()));
    expect(page.workers()).toHaveLength(0);
    expect(await page.locator(".insight").isVisible()).toBe(false);
    await page.keyboard.press("q");
    await page.waitForFunction(() => window.__carom.thought(0) !== undefined);
    expect(page.workers()).toHaveLength(1);
    expect(scripts.filter((url) => url.includes("/api/policies/"))).toHaveLength(1);
    await page.getByText(/^Policy of step \d/).waitFor();
    await page.keyboard.press("q");
    await page.locator(".insight").waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("think in the page what they think in Node", async () => {
    const page = await open(breakout.url);
    const id = await openLongest(page, breakout);
    await page.keyboard.press("q");
    const record = breakout.kept.get(id);
    if (!record) throw new Error(`episode ${id} was not kept`);
    await page.waitForFunction((last) => window.__carom.thought(last), record.length - 1);
    const steps = [0, 1, record.length >> 1, record.length - 1];
    const seen = await page.evaluate((all) => all.map((one) => window.__carom.thought(one)), steps);
    const before = breakout.run.policies(0).policies.filter(({ steps: at }) => at <= endOf(id));
    expect(seen[0]?.policy).toBe(before.at(-1)?.id);
    const { game, policy } = nativePolicy(breakout, seen[0]?.policy ?? "");
    const one = game.create(game.defaultVariant);
    one.seed(record.seed);
    one.reset();
    const observation = new Float32Array(one.spec.observation.size);
    for (let step = 0; step < record.length; step++) {
      const told = seen[steps.indexOf(step)];
      if (told) {
        one.observe(observation, 0);
        const { values, probabilities } = policy.assess(observation);
        expect(Math.abs(told.value - values[0])).toBeLessThan(1e-5 * Math.max(1, values[0]));
        for (const [a, weight] of told.weights.entries()) {
          expect(Math.abs(weight - (probabilities?.[a] ?? 0))).toBeLessThan(1e-5);
        }
      }
      one.step(record.actions[step]);
    }
    policy.dispose();
    await page.context().close();
  });

  test.each([
    { game: "breakout", algo: "ppo" },
    { game: "catch", algo: "dqn" },
    { game: "cartpole", algo: "a2c" },
  ])("play $game ($algo) as they do in Node, decision by decision", async ({ game, algo }) => {
    const run =
      game === "breakout" ? breakout : await train({ game, algo, steps: 8000, policies: 2 });
    const page = await open(run.url);
    const last = run.run.policies(0).policies.at(-1)?.id ?? "";
    const { state, policy, game: definition } = nativePolicy(run, last);
    const { variant, config } = run.run.facts();
    for (const root of [1, 2]) {
      const made = { game: definition, variant, config: config as never, state };
      const env = createEvaluationEnv({ ...made, count: 1, key: key(root) });
      env.reset();
      const { seed } = env.current(0);
      const actions: number[] = [];
      const starts = Uint8Array.of(1);
      while (actions.length < 120) {
        policy.act(env.observations, env.actions, { greedy: true, starts, masks: env.masks });
        starts[0] = 0;
        actions.push(env.actions[0]);
        env.step();
        if (env.terminated[0] !== 0 || env.truncated[0] !== 0) break;
      }
      env.dispose();
      const seen = await page.evaluate(
        ([id, from]) => window.__carom.play(String(id), Number(from), 120),
        [last, seed] as const,
      );
      expect(seen).toEqual(actions);
    }
    policy.dispose();
    await page.context().close();
  });

  test("a run that has kept none says so, and its rewards are highlights all the same", async () => {
    const scripted = await startScriptedRun({ talent: 0.8, games: 4, staticDir: folder });
    scripted.hurry(400);
    const page = await open(scripted.url);
    await page.keyboard.press("q");
    await page.getByText("This run has kept no policies, so nothing can be asked.").waitFor();
    await page.keyboard.press("n");
    await page.waitForFunction(() => window.__carom.highlights.length > 0);
    await page.context().close();
    await scripted.close();
  });
});

/** Env steps at which an episode ended. */
function endOf(id: string): number {
  return breakout.run.episodes(0).episodes.find((entry) => entry.id === id)?.steps ?? 0;
}

inBrowser("overlays", () => {
  test("the value is a line on the timeline, and the probabilities are bars", async () => {
    const page = await open(breakout.url);
    await openLongest(page, breakout);
    const plain = await pictureOf(page, ".transport");
    await page.keyboard.press("w");
    await page.keyboard.press("q");
    await page.waitForFunction(() => {
      const { length } = window.__carom;
      return window.__carom.thought(length - 1) !== undefined;
    });
    await page.waitForFunction(
      () => (document.querySelector(".to-go")?.getAttribute("d") ?? "").length > 100,
    );
    expect(difference(plain, await pictureOf(page, ".transport"))).toBeGreaterThan(0.01);
    const bars = page.locator(".insight .bars").first().locator("li");
    await expect.poll(() => bars.count()).toBe(3);
    const texts = await bars.locator(".bar-figure").allTextContents();
    const sum = texts.reduce((total, text) => total + Number.parseInt(text, 10), 0);
    expect(Math.abs(sum - 100)).toBeLessThanOrEqual(2);
    expect(await page.locator(".insight .bars li[data-taken]").count()).toBe(1);
    await page.context().close();
  });

  test("rewards rise from where something changed; where motion is reduced they stand", async () => {
    const page = await open(breakout.url);
    const id = await openLongest(page, breakout);
    const step = firstReward(id);
    await page.keyboard.press("e");
    await page.evaluate((one) => window.__carom.seek(one - 1), step);
    expect(await page.locator(".pop").count()).toBe(0);
    await page.keyboard.press("Space");
    await page.locator(".pop", { hasText: /^\+\d/ }).first().waitFor();
    await page.context().close();
    const still = await open(breakout.url, { reducedMotion: "reduce" });
    await openLongest(still, breakout);
    await still.keyboard.press("e");
    await still.evaluate((one) => window.__carom.seek(one), step);
    await still.locator(".pop[data-still]").waitFor();
    await still.waitForTimeout(1200);
    expect(await still.locator(".pop").count()).toBe(1);
    await still.keyboard.press(".");
    await expect.poll(() => still.locator(".pop").count()).toBe(0);
    await still.context().close();
  });

  test("the next action, what matters and the layers are shown, and take no room when off", async () => {
    const page = await open(breakout.url);
    await openLongest(page, breakout);
    const board = page.locator(".board canvas").first();
    await settledWidth(page);
    const before = await board.boundingBox();
    for (const overlay of ["r", "s", "a"]) await page.keyboard.press(overlay);
    await page.locator(".next b").waitFor();
    expect(await page.locator(".next b").textContent()).toMatch(/^(stay|left|right)$/);
    await page.locator(".close-up .bars li").first().waitFor();
    const things = await page.locator(".close-up .bars .bar-name").allTextContents();
    expect(things).toEqual(expect.arrayContaining(["ball", "paddle"]));
    await expect.poll(() => page.locator(".strips canvas").count()).toBeGreaterThanOrEqual(3);
    const strip = await pictureOf(page, ".strips canvas");
    expect(new Set(strip.data).size).toBeGreaterThan(8); // not one flat colour
    for (const overlay of ["r", "s", "a"]) await page.keyboard.press(overlay);
    await page.locator(".insight").waitFor({ state: "hidden" });
    await expect.poll(() => board.boundingBox()).toEqual(before);
    await page.context().close();
  });

  test("N goes from highlight to highlight, marks are on the timeline, the list names five", async () => {
    const page = await open(breakout.url);
    await openLongest(page, breakout);
    await page.evaluate(() => window.__carom.seek(0));
    await page.keyboard.press("n");
    await page.waitForFunction(() =>
      window.__carom.highlights.includes(window.__carom.currentStep),
    );
    const { highlights, currentStep, mode } = await page.evaluate(() => ({ ...window.__carom }));
    expect(highlights.length).toBeGreaterThan(2);
    expect([mode, currentStep]).toEqual(["paused", highlights[0]]);
    await page.keyboard.press("n");
    await page.waitForFunction((one) => window.__carom.currentStep === one, highlights[1]);
    await page.keyboard.press("Shift+N");
    await page.waitForFunction((one) => window.__carom.currentStep === one, highlights[0]);
    const kinds = await page
      .locator(".marks .mark")
      .evaluateAll((all: HTMLElement[]) => all.map(({ dataset }) => dataset["kind"]));
    expect(kinds).toHaveLength(highlights.length);
    expect(kinds).toEqual(expect.arrayContaining(["drop", "surprise"]));
    await page.getByRole("button", { name: "Overlays and highlights" }).click();
    const listed = page.getByRole("group", { name: "Highlights" }).getByRole("button");
    await expect.poll(() => listed.count()).toBe(Math.min(5, highlights.length));
    await listed.last().press("Enter");
    await page.waitForFunction((one) => window.__carom.currentStep !== one, highlights[0]);
    await page.context().close();
  });

  test("no rule of the page's policy was broken, and nothing complained", () => {
    expect(complaints).toEqual([]);
  });
});

/** The decision after which the first reward of an episode was there. */
function firstReward(id: string): number {
  const record = breakout.kept.get(id);
  if (!record) throw new Error(`episode ${id} was not kept`);
  const game = findGame("breakout").create();
  game.seed(record.seed);
  game.reset();
  for (let step = 0; step < record.length; step++) {
    if (game.step(record.actions[step]) !== 0) return step + 1;
  }
  throw new Error(`episode ${id} has no reward`);
}
