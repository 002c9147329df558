/**
 * A policy that travels with its episode: in a file that is opened from the disk with the network cut off,
 * and in the page of somebody else. What it says there is what it says in Node and in the run's own page.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createPolicy, decodeAgent } from "@carom/agents";
import { decodeReplay, encodeReplay, findGame, makeReplay, ReplayPlayer } from "@carom/envs";
import { openDevice } from "@carom/tensor";
import { buildLibrary, startScriptedRun } from "@carom/viewer/dev";
import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { difference, pictureOf, testsThePage } from "./support/browser.ts";
import { carom } from "./support/carom.ts";
import "./support/handle.ts";
import { type StaticServer, serveFolder } from "./support/static-server.ts";
import { TrainedPages } from "./support/trained-page.ts";

const folder = mkdtempSync(join(tmpdir(), "carom-policy-file-"));
const inFolder = (...names: string[]): string => join(folder, ...names);
const breakout = findGame("breakout");
let pages: TrainedPages;
let others: StaticServer;
/** The longest episode that was kept, and the policy that has to go with it. */
let id = "";
let policyId = "";
let policySteps = 0;

const inBrowser = describe.skipIf(!testsThePage);

beforeAll(async () => {
  if (!testsThePage) return;
  pages = await TrainedPages.start({ game: "breakout", steps: 120_000, policies: 5 });
  [id] = [...pages.run.kept].reduce((a, b) => (b[1].length > a[1].length ? b : a));
  const { run } = pages.run;
  const end = run.episodes(0).episodes.find((entry) => entry.id === id)?.steps ?? 0;
  const before = run.policies(0).policies.filter(({ steps }) => steps <= end);
  ({ id: policyId = "", steps: policySteps = 0 } = before.at(-1) ?? {});
  mkdirSync(inFolder("other"));
  await buildLibrary(inFolder("other/viewer"));
  others = await serveFolder(inFolder("other"));
}, 180_000);

afterAll(async () => {
  await pages?.close();
  await others?.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = (...args: string[]) => carom(args, folder);

/** Has the command write the episode as a file; gives what it printed. */
async function exported(name: string, ...more: string[]): Promise<string> {
  const args = ["export", pages.run.run.dir, "--episode", id, "--to", name, ...more];
  const { code, stdout, stderr } = await call(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

interface Opened {
  readonly page: Page;
  /** What was asked for, wherever it was. */
  readonly requests: readonly string[];
}

/** Opens a file from the disk without a network. */
async function openFile(name: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await pages.blank({ ...options, offline: true });
  const requests: string[] = [];
  context.on("request", (request) => requests.push(request.url()));
  const page = await context.newPage();
  await page.addInitScript(() => localStorage.setItem("carom.countdown", "off"));
  await pages.listen(page);
  await page.goto(pathToFileURL(inFolder(name)).href);
  await page.waitForFunction(() => window.__carom?.length > 0);
  return { page, requests };
}

function record() {
  const found = pages.run.kept.get(id);
  if (!found) throw new Error(`episode ${id} was not kept`);
  return found;
}

/** What the policy thinks of decisions of the episode, in Node on the trainer's device. */
function thoughtsInNode(steps: readonly number[]): { value: number; weights: number[] }[] {
  const { run } = pages.run;
  const { variant, algo, config } = run.facts();
  const device = openDevice("cpu", { threads: 1 });
  const state = decodeAgent(run.policy(policyId));
  const policy = createPolicy({
    ...{ game: breakout, variant, algo, config: config as never, state, device, count: 1 },
  });
  const player = new ReplayPlayer(makeReplay(record(), breakout), breakout);
  const observation = new Float32Array(player.game.spec.observation.size);
  const told = steps.map((step) => {
    player.seek(step);
    player.game.observe(observation, 0);
    const { values, probabilities } = policy.assess(observation);
    return { value: values[0], weights: [...(probabilities ?? [])] };
  });
  policy.dispose();
  device.dispose();
  return told;
}

/** The same in a page, once it knows the last of them. */
async function thoughtsIn(page: Page, steps: readonly number[]) {
  await page.waitForFunction((last) => window.__carom.thought(last), record().length - 1);
  return page.evaluate((all) => all.map((one) => window.__carom.thought(one)), steps);
}

const someSteps = (): number[] => {
  const { length } = record();
  return [0, 1, 17, length >> 1, length - 1];
};

function expectSame(
  seen: readonly ({ value: number; weights: readonly number[] } | undefined)[],
  expected: readonly { value: number; weights: readonly number[] }[],
): void {
  expect(seen.length).toBe(expected.length);
  for (const [i, { value, weights }] of expected.entries()) {
    expect(Math.abs((seen[i]?.value ?? Number.NaN) - value)).toBeLessThan(1e-5);
    expect(seen[i]?.weights).toHaveLength(3);
    for (const [a, weight] of weights.entries()) {
      expect(Math.abs((seen[i]?.weights[a] ?? Number.NaN) - weight)).toBeLessThan(1e-5);
    }
  }
}

inBrowser("a file with its policy", () => {
  test("thinks what the run's own page and Node think, offline, in a worker of its own", async () => {
    const said = await exported("it.html");
    const size = Math.ceil(statSync(inFolder("it.html")).size / 1000);
    expect(said).toMatch(
      new RegExp(`, ${size} kB with the policy of step ${policySteps} \\(\\d+ kB without\\)\n$`),
    );
    expect(size).toBeLessThan(900);
    const { page, requests } = await openFile("it.html");
    expect(page.workers()).toHaveLength(0); // nobody has asked yet
    const plain = await pictureOf(page, ".player");
    await page.keyboard.press("q");
    await page.keyboard.press("w");
    const steps = someSteps();
    const seen = await thoughtsIn(page, steps);
    expectSame(seen, thoughtsInNode(steps));
    expect(page.workers()).toHaveLength(1);
    await page
      .getByText(/policy of step \d/)
      .first()
      .waitFor();
    expect(difference(plain, await pictureOf(page, ".player"))).toBeGreaterThan(0.01);
    expect(await page.locator(".insight .bars").first().locator("li").count()).toBe(3);
    expect(requests.filter((url) => !url.startsWith("blob:"))).toEqual([
      pathToFileURL(inFolder("it.html")).href,
    ]);
    await page.context().close();

    const own = await pages.open();
    await own.evaluate((one) => window.__carom.open(one), id);
    await own.keyboard.press("q");
    const there = await thoughtsIn(own, steps);
    expectSame(
      seen,
      there.map((one) => ({ value: one?.value ?? 0, weights: one?.weights ?? [] })),
    );
    expect(there[0]?.policy).toBe(policyId);
    await own.context().close();
    expect(pages.complaints).toEqual([]);
  });

  test("is taken over, and handed back to the policy, which plays on", async () => {
    await exported("it.html", "--at", "40");
    const { page } = await openFile("it.html");
    const before = await pictureOf(page, ".board canvas");
    await page.getByRole("button", { name: "Take over and play" }).click();
    await page.keyboard.down("ArrowLeft");
    await page.waitForFunction(() => window.__carom.currentStep >= 60);
    await page.keyboard.up("ArrowLeft");
    expect(difference(before, await pictureOf(page, ".board canvas"))).toBeGreaterThan(0.001);
    await page.getByRole("button", { name: "Hand back" }).click();
    await page.locator(".badge", { hasText: "Agent plays on" }).waitFor();
    const handed = await page.evaluate(() => window.__carom.currentStep);
    const then = await pictureOf(page, ".board canvas");
    await page.waitForFunction((step) => window.__carom.currentStep > step + 15, handed);
    expect(difference(then, await pictureOf(page, ".board canvas"))).toBeGreaterThan(0.001);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => window.__carom.playing === "off");
    const [branch] = await page.evaluate(() => window.__carom.branches);
    const replay = decodeReplay(Uint8Array.from(branch.replay));
    expect(new ReplayPlayer(replay, breakout).verify().ok).toBe(true);
    const { by } = replay.meta as { by: { from: number; by: string }[] };
    expect(by).toEqual([
      { from: 40, by: "person" },
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
    expect(played.length).toBeGreaterThan(10);
    expect(played).toEqual([...replay.actions.subarray(by[1].from)]);
    // From the branch to the episode, where it left, and to the branch again.
    await page.keyboard.press("b");
    await page.waitForFunction((one) => window.__carom.episode === one, id);
    expect(await page.evaluate(() => window.__carom.currentStep)).toBe(40);
    const bar = page.getByRole("navigation", { name: "Episode and branches" });
    await bar.getByRole("button", { name: "Branch 1" }).click();
    await page.waitForFunction((one) => window.__carom.episode !== one, id);
    const pressed = bar.locator("[aria-pressed=true]");
    await expect.poll(() => pressed.allTextContents()).toEqual(["Branch 1"]);
    await page.context().close();
    expect(pages.complaints).toEqual([]);
  });

  test("has highlights, why and what lies on the board; what needs more policies says so", async () => {
    await exported("it.html", "--at", "30");
    const { page } = await openFile("it.html");
    const plain = await pictureOf(page, ".player");
    await page.keyboard.press("a");
    await page.keyboard.press("s");
    await page.keyboard.press("r");
    await page.getByText("How much the choice changes when a thing is hidden:").waitFor();
    await page.getByRole("img", { name: /^hidden 1: \d+ units$/ }).waitFor();
    await expect.poll(() => page.locator(".board-overlay").textContent()).toMatch(/\d/);
    expect(difference(plain, await pictureOf(page, ".player"))).toBeGreaterThan(0.02);
    await page.keyboard.press("y");
    const rows = page.getByRole("list", { name: "Actions" }).last().getByRole("listitem");
    await expect.poll(() => rows.count()).toBe(3);
    const gains = rows.locator(".why-gain"); // an ellipsis until an action was tried
    await expect.poll(() => gains.allTextContents()).not.toContain("\u2026");
    expect(await gains.allTextContents()).toEqual(Array(3).fill(expect.stringMatching(/\d/)));
    await page.keyboard.press("y");
    await page.keyboard.press("n");
    await page.waitForFunction(() => window.__carom.highlights.length > 0);
    await page.waitForFunction(() => window.__carom.currentStep !== 30);
    const { marks, step } = await page.evaluate(() => ({
      marks: window.__carom.highlights,
      step: window.__carom.currentStep,
    }));
    expect(marks).toContain(step);
    for (const [key, why] of [
      ["m", "The time machine needs policies of several ages"],
      ["c", "Boards side by side need several policies"],
      ["h", "A duel is rated by policies of all ages"],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByText(why).waitFor();
    }
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keys" });
    await help.getByText("why this action, and what if").waitFor();
    expect(await help.getByText("time machine").count()).toBe(0);
    await page.context().close();
    expect(pages.complaints).toEqual([]);
  });

  test("answers in a preview, which has no address of its own", async () => {
    await exported("other/preview-of.html");
    writeFileSync(
      inFolder("other/preview.html"),
      `<!doctype html><title>x</title><iframe style="width:100%;height:700px"></iframe>
      <script type="module">
        const file = await (await fetch("preview-of.html")).text();
        document.querySelector("iframe").srcdoc = file;
      </script>`,
    );
    const page = await pages.openOther(`${others.origin}/preview.html`);
    await page.waitForFunction(() => window.frames[0]?.__carom?.length > 0);
    const frame = page.frames()[1];
    expect(frame.url()).toBe("about:srcdoc");
    await frame.locator(".board").click();
    await page.keyboard.press("q");
    const steps = someSteps();
    const last = record().length - 1;
    await frame.waitForFunction((one) => window.__carom.thought(one), last);
    const seen = await frame.evaluate(
      (all) => all.map((one) => window.__carom.thought(one)),
      steps,
    );
    expectSame(seen, thoughtsInNode(steps));
    await page.context().close();
    expect(pages.complaints).toEqual([]);
  });

  test("answers in the page itself where the browser starts no workers", async () => {
    await exported("it.html");
    for (const how of ["throws", "fails later"] as const) {
      const { page } = await openFile("it.html");
      await page.addInitScript((way) => {
        const Real = window.Worker;
        // As a browser that does not start workers from the disk: at once, or when it has looked.
        window.Worker = class extends Real {
          constructor(address: string | URL) {
            if (way === "throws") throw new DOMException("no workers here", "SecurityError");
            super(URL.createObjectURL(new Blob(["throw new Error('no')"])));
            URL.revokeObjectURL(String(address));
          }
        };
      }, how);
      await page.reload();
      await page.waitForFunction(() => window.__carom?.length > 0);
      await page.keyboard.press("q");
      const steps = someSteps();
      expectSame(await thoughtsIn(page, steps), thoughtsInNode(steps));
      await expect.poll(() => page.workers().length).toBe(0);
      await page.context().close();
    }
    expect(pages.complaints).toEqual([]);
  });
});

inBrowser("a file without a policy", () => {
  test("is what --no-policy makes: it plays, and asks nobody", async () => {
    await exported("full.html");
    const said = await exported("small.html", "--no-policy");
    expect(said).toMatch(/ decisions, \d+ kB, without a policy\n$/);
    expect(statSync(inFolder("small.html")).size).toBeLessThan(400_000);
    expect(statSync(inFolder("small.html")).size).toBeLessThan(
      0.6 * statSync(inFolder("full.html")).size,
    );
    expect(readFileSync(inFolder("small.html"), "utf8")).not.toContain("worker-src");
    const { page } = await openFile("small.html");
    await page.keyboard.press("q");
    await page.keyboard.press("p");
    await page.keyboard.press(".");
    await page.waitForFunction(() => window.__carom.currentStep === 1);
    expect(await page.locator(".insight, .play, .overlays").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Take over and play" }).count()).toBe(0);
    await page.context().close();
    expect(pages.complaints).toEqual([]);
  });

  test("is what a run that has kept none makes, and that is said", async () => {
    const scripted = await startScriptedRun({ talent: 0.8, games: 4 });
    scripted.hurry(400);
    const { stdout } = await call("export", scripted.run.dir, "--to", "none.html");
    expect(stdout).toMatch(/ kB, without a policy: the run has kept none\n$/);
    await scripted.close();
  });
});

inBrowser("the share dialog", () => {
  test("says the size with and without the policy, and lets one choose", async () => {
    const page = await pages.open();
    await page.evaluate((one) => window.__carom.open(one), id);
    await page.keyboard.press("x");
    const box = page.getByRole("checkbox", { name: /^With the policy of step / });
    await page.getByText(/^With the policy of step \S+: \d+ kB; without \d+ kB$/).waitFor();
    expect(await box.isChecked()).toBe(true); // it is small
    const told = /: (\d+) kB; without (\d+) kB$/.exec(
      (await page.locator(".share-policy").textContent()) ?? "",
    );
    const save = async (name: string): Promise<number> => {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Save HTML" }).click(),
      ]);
      await file.saveAs(inFolder(name));
      await page.getByText(/^Saved /).waitFor();
      return statSync(inFolder(name)).size / 1000;
    };
    expect(Math.abs((await save("with.html")) - Number(told?.[1]))).toBeLessThan(6);
    await box.focus();
    await page.keyboard.press("Space");
    await page.getByText(`One file of about ${told?.[2]} kB`).waitFor();
    expect(Math.abs((await save("alone.html")) - Number(told?.[2]))).toBeLessThan(6);
    await page.context().close();
    const { page: opened } = await openFile("with.html");
    await opened.keyboard.press("q");
    const steps = someSteps();
    expectSame(await thoughtsIn(opened, steps), thoughtsInNode(steps));
    await opened.context().close();
    expect(readFileSync(inFolder("alone.html"), "utf8")).not.toContain('"policy":{');
    expect(pages.complaints).toEqual([]);
  });
});

/** A page of somebody else that shows a replay with a policy. */
function writePage(name: string, script: string): void {
  const at = '<div id="here" style="height:700px"></div>';
  const map = '<script type="importmap">{"imports":{"@carom/viewer":"./viewer/index.js"}}</script>';
  const code = `<script type="module">${script}</script>`;
  writeFileSync(inFolder("other", name), `<!doctype html><title>x</title>${map}${at}${code}`);
}

const mounting = `
import { mountViewer } from "@carom/viewer";
const bytes = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
const json = async (name) => (await fetch(name)).json();
const here = document.getElementById("here");
`;

inBrowser("mountViewer with a policy", () => {
  test("shows what it thinks and lets it play on; its file is bytes or an address", async () => {
    const { run } = pages.run;
    const { algo, config } = run.facts();
    writeFileSync(inFolder("other/it.replay"), encodeReplay(makeReplay(record(), breakout)));
    writeFileSync(inFolder("other/it.safetensors"), run.policy(policyId));
    writeFileSync(inFolder("other/run.json"), JSON.stringify({ algo, config }));
    const [value] = thoughtsInNode([0]);
    for (const file of ['"it.safetensors"', 'await bytes("it.safetensors")']) {
      writePage(
        "index.html",
        `${mounting}
        const policy = { file: ${file}, ...(await json("run.json")), steps: ${policySteps} };
        window.viewer = await mountViewer(here, { replay: await bytes("it.replay"), policy });
        `,
      );
      const page = await pages.openOther(`${others.origin}/`);
      await page.waitForFunction(() => window.viewer?.length > 0);
      expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBeUndefined();
      await page.locator(".board").click();
      await page.keyboard.press("q");
      await page.getByText(/^Policy of step /).waitFor();
      const figures = page.locator(".insight .bars").first().locator(".bar-figure");
      await expect.poll(() => figures.count()).toBe(3);
      const shown = (await figures.allTextContents()).map((text) => Number.parseInt(text, 10));
      expect(shown).toEqual(value.weights.map((weight) => Math.round(100 * weight)));
      // Keys that mean nothing here are left to the page around.
      await page.evaluate(() => {
        window.left = [];
        document.addEventListener("keydown", (event) => {
          if (!event.defaultPrevented) window.left.push(event.key);
        });
      });
      for (const key of ["t", "x", "q", "q"]) await page.keyboard.press(key);
      expect(await page.evaluate(() => window.left)).toEqual(["t", "x"]);
      await page.keyboard.press("p");
      await page.waitForFunction(() => window.viewer.step > 12);
      await page.keyboard.press("Escape");
      await page.locator(".badge", { hasText: "Agent plays on" }).waitFor();
      expect(page.workers()).toHaveLength(1);
      await page.evaluate(() => window.viewer.dispose());
      expect(await page.locator(".board").count()).toBe(0);
      await expect.poll(() => page.workers().length).toBe(0);
      await page.context().close();
    }
    expect(pages.complaints).toEqual([]);
  });

  test("another replay ends what a person plays, and nothing of it stays", async () => {
    const { run } = pages.run;
    const { algo, config } = run.facts();
    writeFileSync(inFolder("other/it.replay"), encodeReplay(makeReplay(record(), breakout)));
    writeFileSync(inFolder("other/it.safetensors"), run.policy(policyId));
    writeFileSync(inFolder("other/run.json"), JSON.stringify({ algo, config }));
    const catching = { seed: 3, actions: new Uint8Array(9) };
    writeFileSync(
      inFolder("other/next.replay"),
      encodeReplay(makeReplay(catching, findGame("catch"))),
    );
    writePage(
      "next.html",
      `${mounting}
      const policy = { file: "it.safetensors", ...(await json("run.json")) };
      window.viewer = await mountViewer(here, { replay: await bytes("it.replay"), policy });
      window.next = async () => window.viewer.open(await bytes("next.replay"));
      `,
    );
    const page = await pages.openOther(`${others.origin}/next.html`);
    await page.waitForFunction(() => window.viewer?.length > 0);
    await page.locator(".board").click();
    await page.keyboard.press("p");
    await page.waitForFunction(() => window.viewer.step > 5);
    await page.evaluate(() => window.next());
    await page.waitForFunction(() => window.viewer.length === 9);
    expect(await page.getByText(/Branch 1/).count()).toBe(0);
    await page.evaluate(() => window.viewer.play());
    await page.waitForFunction(() => window.viewer.step > 5);
    await page.context().close();
    expect(pages.complaints).toEqual([]);
  });

  test("refuses what cannot be: a run's page has its own, a file that is not there", async () => {
    writePage(
      "refused.html",
      `${mounting}
      const policy = { file: "nowhere.safetensors", algo: "ppo", config: {} };
      const replay = await bytes("it.replay");
      const say = ({ message }) => message;
      window.said = [
        await mountViewer(here, { replay, policy }).catch(say),
        await mountViewer(here, { run: "/?token=x", policy }).catch(say),
      ];
      `,
    );
    const page = await pages.openOther(`${others.origin}/refused.html`);
    await page.waitForFunction(() => window.said);
    expect(await page.evaluate(() => window.said)).toEqual([
      "mountViewer: the policy's file cannot be had (404, nowhere.safetensors)",
      "mountViewer: a run has policies of its own (got run and policy)",
    ]);
    await page.context().close();
    expect(pages.complaints.splice(0)).toEqual([expect.stringContaining("404")]);
  });
});

inBrowser("a game of one's own", () => {
  test("travels with its policy: in a file, and in a page that has the game", async () => {
    expect(await call("new", "sky-fall")).toMatchObject({ code: 0, stderr: "" });
    const args = ["train", "./sky-fall", "--no-viewer", "--steps", "60k", "--out", "own"];
    expect(await call(...args)).toMatchObject({ code: 0, stderr: "" });
    const which = ["export", "own", "--episode", "newest", "--to", "own.html"];
    expect((await call(...which)).stdout).toMatch(/ kB with the policy of step \d+ \(/);
    const { page } = await openFile("own.html");
    await page.keyboard.press("q");
    await page.waitForFunction(() => window.__carom.thought(3) !== undefined);
    expect(page.workers()).toHaveLength(1);
    const weights = await page.evaluate(() => window.__carom.thought(3)?.weights ?? []);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    await page.context().close();

    const carried = /<script type="application\/json" id="carom-replay">(.*?)<\/script>/.exec(
      readFileSync(inFolder("own.html"), "utf8"),
    );
    const parts = JSON.parse(carried?.[1] ?? "{}");
    writeFileSync(inFolder("other/own.json"), JSON.stringify(parts));
    writeFileSync(inFolder("other/game.js"), readFileSync(inFolder("own/game.mjs")));
    writePage(
      "own.html",
      `${mounting}
      import game from "./game.js";
      const { replay, policy } = await json("own.json");
      const decoded = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
      const { bytes: file, algo, config, steps } = policy;
      const made = { file: decoded(file), algo, config, steps };
      window.viewer = await mountViewer(here, { replay: decoded(replay), game, policy: made });
      window.viewer.seek(3);
      `,
    );
    const other = await pages.openOther(`${others.origin}/own.html`);
    await other.waitForFunction(() => window.viewer?.step === 3);
    await other.locator(".board").click();
    await other.keyboard.press("q");
    const figures = other.locator(".insight .bars").first().locator(".bar-figure");
    await expect.poll(() => figures.count()).toBe(weights.length);
    const shown = (await figures.allTextContents()).map((text) => Number.parseInt(text, 10));
    expect(shown).toEqual(weights.map((weight) => Math.round(100 * weight)));
    expect(other.workers()).toHaveLength(0); // a game that only the page has stays in it
    await other.context().close();
    expect(pages.complaints).toEqual([]);
  }, 120_000);
});

declare global {
  interface Window {
    /** What mounting a viewer was answered with. */
    said: readonly string[];
    /** Keys that the viewer left to the page. */
    left: string[];
    next: () => Promise<void>;
  }
}
