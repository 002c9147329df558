/**
 * Files of what is on the stage, whatever it is, in a browser: a branch, an episode that a policy of this or
 * of another run played in the page, and the episode that the stage has gone on to under the open dialog.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checksum, decodeReplay, findGame, ReplayPlayer } from "@carom/envs";
import type { Run } from "@carom/runs";
import { type ScriptedRun, startScriptedRun } from "@carom/viewer/dev";
import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testsThePage } from "./support/browser.ts";
import "./support/handle.ts";
import { TrainedPages } from "./support/trained-page.ts";

const folder = mkdtempSync(join(tmpdir(), "carom-share-stage-"));
const inFolder = (name: string): string => join(folder, name);
let pages: TrainedPages;
/** The run of the page, and one beside it. */
let ppo: Run;
let dqn: Run;
/** A run that plays while the page is open, and keeps policies when it is told to. */
let live: ScriptedRun;

const inBrowser = describe.skipIf(!testsThePage);

beforeAll(async () => {
  if (!testsThePage) return;
  const short = { game: "catch", steps: 8000, policies: 3 };
  const beside = [{ ...short, algo: "dqn", seed: 2 }];
  pages = await TrainedPages.start({ ...short, steps: 60_000, policies: 5, algo: "ppo", beside });
  ppo = pages.run.run;
  [dqn] = pages.run.beside;
  live = await startScriptedRun({ game: "breakout", games: 8, staticDir: pages.folder });
  live.hurry(200);
}, 180_000);

afterAll(async () => {
  await live?.close();
  await pages?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As `openBest`, where nobody waits for a countdown. */
async function openBest(): Promise<Page> {
  const { origin } = new URL(pages.run.url);
  const localStorage = [{ name: "carom.countdown", value: "off" }];
  const { page } = await pages.openBest({
    storageState: { cookies: [], origins: [{ origin, localStorage }] },
  });
  return page;
}

/** What a file carries, as far as it is looked at. */
interface Parts {
  readonly run: string;
  readonly name?: string;
  readonly entry: { readonly id: string };
  /** Base64. */
  readonly replay: string;
  readonly policy?: { readonly bytes: string; readonly steps: number };
}

const share = (page: Page) => page.getByRole("dialog", { name: "Share" });
const policyBox = (page: Page) => page.getByRole("checkbox", { name: /^With the policy / });

/** Saves what is on the stage; gives the name of the file and what it carries. */
async function save(page: Page): Promise<{ name: string; parts: Parts }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save HTML" }).click(),
  ]);
  const name = file.suggestedFilename();
  await file.saveAs(inFolder(name));
  await page.getByText(`Saved ${name}`).waitFor();
  return { name, parts: partsOf(name) };
}

function partsOf(name: string): Parts {
  const data = /<script type="application\/json" id="carom-replay">(.*?)<\/script>/.exec(
    readFileSync(inFolder(name), "utf8"),
  );
  return JSON.parse(data?.[1] ?? "");
}

/** Opens a file from the disk without a network. */
async function openFile(name: string): Promise<Page> {
  const context = await pages.blank({ offline: true });
  const page = await context.newPage();
  await pages.listen(page);
  await page.goto(pathToFileURL(inFolder(name)).href);
  return page;
}

/** Opens a saved file: it says what it is, shows what Node plays, and plays it; its policy thinks. */
async function expectItPlays(name: string, title: string, parts: Parts): Promise<void> {
  const page = await openFile(name);
  await page.waitForFunction(() => window.__carom?.length > 0);
  await page.getByRole("heading", { name: title, exact: true }).waitFor();
  expect(await page.title()).toBe(`Catch, ${title} \u00b7 ${parts.run}`);
  const replay = decodeReplay(Buffer.from(parts.replay, "base64"));
  const player = new ReplayPlayer(replay, findGame("catch"));
  const steps = Array.from({ length: replay.length + 1 }, (_, step) => step);
  const expected = steps.map((step) => {
    player.seek(step);
    return checksum(player.game);
  });
  expect(await page.evaluate((all) => window.__carom.checksumsAt(all), steps)).toEqual(expected);
  await page.keyboard.press("Home");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => window.__carom.currentStep > 2);
  await page.keyboard.press("q");
  await page.waitForFunction(() => window.__carom.thought(0) !== undefined);
  await page.context().close();
}

/** What of a policy is in a file, of the newest one of a run. */
function newestOf(run: Run) {
  const { algo, config } = run.facts();
  const { id = "", steps } = run.policies(0).policies.at(-1) ?? {};
  return { steps, algo, config, bytes: Buffer.from(run.policy(id)).toString("base64") };
}

inBrowser("a file of what is no episode of the training", () => {
  test("a branch opens from the disk under its name, and plays", async () => {
    const page = await openBest();
    await page.evaluate(() => window.__carom.seek(2));
    await page.keyboard.press("p");
    await page.keyboard.down("ArrowLeft");
    await page.waitForFunction(() => window.__carom.currentStep >= 6);
    await page.keyboard.up("ArrowLeft");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => window.__carom.playing === "off");
    const [branch] = await page.evaluate(() => window.__carom.branches);
    await page.keyboard.press("x");
    const { name, parts } = await save(page);
    expect(name).toBe("catch-ppo-1-branch-1.html");
    expect([...Buffer.from(parts.replay, "base64")]).toEqual([...branch.replay]);
    await page.context().close();
    await expectItPlays(name, "Branch 1", parts);
    expect(pages.complaints).toEqual([]);
  });

  test("what a policy played here opens, with that policy, of whichever run it is", async () => {
    const page = await openBest();
    await page.keyboard.press("c");
    const run = page.getByRole("combobox", { name: "Run of board 1" });
    const board = page.getByRole("combobox", { name: "What is on board 1" });
    await run.waitFor();
    // The longest board is on the stage, of those the first: all of this game are as long.
    await board.selectOption({ label: "Policy, before training" });
    await run.selectOption("catch-dqn-2");
    const steps = newestOf(dqn).steps ?? 0;
    await page.waitForFunction((one) => window.__carom.performer === one, steps);
    await page.keyboard.press("x");
    await page.getByText(/^With the policy of catch-dqn-2, step \S+: \d+ kB/).waitFor();
    const other = await save(page);
    expect(other.name).toMatch(/^catch-dqn-2-policy-of-step-\S+\.html$/);
    expect(other.parts.policy).toEqual(newestOf(dqn));
    expect(other.parts.run).toBe("catch-dqn-2");
    await page.keyboard.press("Escape");
    await run.selectOption("");
    const own = newestOf(ppo);
    await page.waitForFunction((one) => window.__carom.performer === one, own.steps);
    await page.keyboard.press("x");
    await page.getByText(/^With the policy of step \S+: \d+ kB/).waitFor();
    const mine = await save(page);
    expect(mine.parts.policy).toEqual(own);
    expect(mine.parts.run).toBe("catch-ppo-1");
    await page.context().close();
    for (const { name, parts } of [other, mine]) {
      await expectItPlays(name, parts.name ?? "", parts);
      expect(parts.name).toMatch(/^Policy of step /);
    }
    expect(pages.complaints).toEqual([]);
  });

  test("one that cannot be read says so on the page, with a policy and without", async () => {
    const page = await openBest();
    await page.keyboard.press("x");
    await policyBox(page).check();
    for (const name of ["with.html", "without.html"]) {
      const saved = await save(page);
      const text = readFileSync(inFolder(saved.name), "utf8");
      writeFileSync(inFolder(name), text.replace(/"entry":\{"id":"\d+"/, '"entry":{"id":"b7"'));
      await policyBox(page).uncheck();
    }
    await page.context().close();
    for (const name of ["with.html", "without.html"]) {
      const opened = await openFile(name);
      const said = opened.getByRole("alert");
      await said.waitFor();
      expect(await said.textContent()).toBe(
        'This file cannot be shown: episode: id is not a number (got "b7")',
      );
      await opened.context().close();
    }
    expect(pages.complaints).toEqual([]);
  });
});

inBrowser("under the open dialog", () => {
  test("the stage goes on: told and saved is what is there then, with its own policy", async () => {
    const entries = ppo.episodes(0).episodes;
    const kept = ppo.policies(0).policies;
    const policyAt = (steps: number) => kept.findLast((one) => one.steps <= steps)?.steps ?? 0;
    const [first] = entries;
    const last = entries.findLast(({ steps }) => policyAt(steps) > policyAt(first.steps));
    if (!last) throw new Error("the run has kept no episodes of two policies");
    const page = await openBest();
    await page.evaluate((id) => window.__carom.open(id), first.id);
    await page.keyboard.press("x");
    const choice = share(page).locator(".share-policy");
    await expect.poll(() => choice.textContent()).toMatch(/^With the policy .*: \d+ kB; /);
    const before = /^[^:]*/.exec((await choice.textContent()) ?? "")?.[0] ?? "";
    await page.evaluate((id) => window.__carom.open(id), last.id);
    await expect.poll(() => choice.textContent()).not.toContain(before);
    const { parts } = await save(page);
    expect([parts.entry?.id, parts.policy?.steps]).toEqual([last.id, policyAt(last.steps)]);
    // Both in one task: no frame comes between the other episode and the click.
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.evaluate(async (id) => {
        const click = () =>
          [...document.querySelectorAll("button")]
            .find(({ textContent }) => textContent === "Save HTML")
            ?.click();
        await window.__carom.open(id).then(click);
      }, first.id),
    ]);
    await file.saveAs(inFolder("first.html"));
    const { entry, policy } = partsOf("first.html");
    expect([entry.id, policy?.steps]).toEqual([first.id, policyAt(first.steps)]);
    await page.context().close();
    expect(pages.complaints).toEqual([]);
  });

  test("policies come: one is offered at once, a large one is left out before its size is known", async () => {
    const page = await pages.open({}, live.url);
    const held: Route[] = [];
    await page.route(/player\.js/, (route) => void held.push(route));
    const [id] = [...live.kept].reduce((a, b) => (b[1].return > a[1].return ? b : a)); // it stays kept
    await page.waitForFunction((one) => window.__carom.episodes.includes(one), id);
    await page.evaluate((one) => window.__carom.open(one), id);
    await page.evaluate(() => window.__carom.seek(0));
    await page.keyboard.press("x");
    await page.getByText("The run has kept no policy that could go with it.").waitFor();
    live.run.addPolicy(new Uint8Array(1000), { steps: 0, score: null });
    await page.getByText(/^With the policy before training$/).waitFor();
    expect(await policyBox(page).isChecked()).toBe(true);
    live.run.addPolicy(new Uint8Array(4_000_001), { steps: 1, score: null });
    await page.getByText(/^With the policy of step 1$/).waitFor();
    expect(await policyBox(page).isChecked()).toBe(false);
    await expect.poll(() => held.length).toBe(2); // nobody knows how large the players are
    await page.context().close();
  });

  test("a file that takes long can be stopped; nothing comes then", async () => {
    const page = await openBest();
    await page.keyboard.press("x");
    await page.getByText(/^With the policy .*: \d+ kB; /).waitFor(); // the players were weighed
    const downloads: string[] = [];
    page.on("download", (file) => downloads.push(file.suggestedFilename()));
    const held: Route[] = [];
    await page.route(/policy-player\.js/, (route) => void held.push(route));
    await page.getByRole("button", { name: "Save HTML" }).click();
    await expect.poll(() => held.length).toBe(1);
    await share(page).getByRole("button", { name: "Cancel" }).click();
    await page.getByText("The export was stopped.").waitFor();
    await held[0].continue();
    await page.unroute(/policy-player\.js/);
    const { name } = await save(page); // and the next one can be made
    expect(downloads).toEqual([name]);
    await page.context().close();
    expect(pages.complaints).toEqual([]);
  });
});
