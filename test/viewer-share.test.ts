/**
 * Episodes that travel, in a browser: addresses that name a moment, one-file replays opened from the
 * disk, GIFs, films and pictures, and the viewer inside pages of others.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checksum, encodeReplay, findGame, makeReplay, ReplayPlayer } from "@carom/envs";
import type { mountViewer, Viewer } from "@carom/viewer";
import { buildLibrary, buildPage, type ScriptedRun, startScriptedRun } from "@carom/viewer/dev";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "./support/handle.ts";
import {
  colorCount,
  difference,
  drawnShare,
  launchBrowser,
  pictureOf,
  settledWidth,
  testsThePage,
} from "./support/browser.ts";
import { type StaticServer, serveFolder } from "./support/static-server.ts";

const breakout = findGame("breakout");
const folder = mkdtempSync(join(tmpdir(), "carom-share-"));
const inFolder = (...names: string[]): string => join(folder, ...names);
let browser: Browser;
let run: ScriptedRun;
let others: StaticServer;
const failures: string[] = [];

const inBrowser = describe.skipIf(!testsThePage);

beforeAll(async () => {
  if (!testsThePage) return;
  await buildPage(inFolder("page"));
  mkdirSync(inFolder("other"));
  const example = fileURLToPath(new URL("../examples/embed-a-replay", import.meta.url));
  cpSync(example, inFolder("other"), { recursive: true });
  await buildLibrary(inFolder("other/viewer"));
  others = await serveFolder(inFolder("other"));
  browser = await launchBrowser();
  run = await startScriptedRun({
    ...{ talent: 0.6, games: 16, pace: 2, totalSteps: 1e9 },
    ...{ staticDir: inFolder("page"), allowOrigins: [others.origin] },
  });
  others.behind = run.url;
  run.hurry(600);
  writeFileSync(inFolder("other/best.replay"), bytesOf(newestId()));
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await run?.close();
  await others?.close();
  rmSync(folder, { recursive: true, force: true });
});

function newestId(): string {
  return [...run.kept.keys()].at(-1) ?? "";
}

function bytesOf(id: string): Uint8Array {
  const record = run.kept.get(id);
  if (!record) throw new Error(`episode ${id} was not kept`);
  return encodeReplay(makeReplay(record, breakout, { pictures: true }));
}

function checksumsInNode(id: string, steps: readonly number[]): number[] {
  const record = run.kept.get(id);
  if (!record) throw new Error(`episode ${id} was not kept`);
  const player = new ReplayPlayer(makeReplay(record, breakout), breakout);
  return steps.map((step) => {
    player.seek(step);
    return checksum(player.game);
  });
}

async function blank(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") failures.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return page;
}

/** Opens the page and waits until an episode is on the stage. */
async function open(fragment = ""): Promise<Page> {
  const page = await blank();
  await page.goto(run.url + fragment);
  await page.waitForFunction(() => window.__carom?.episode !== undefined);
  return page;
}

/** Opens an episode at a decision, paused. */
async function openAt(id: string, step: number): Promise<Page> {
  const page = await open();
  await page.evaluate((one) => window.__carom.open(one), id);
  await page.evaluate((to) => window.__carom.seek(to), step);
  return page;
}

/** Presses a button of the dialog and gives the file that comes. */
async function save(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button, exact: true }).click(),
  ]);
  const path = inFolder(file.suggestedFilename());
  await file.saveAs(path);
  await page.getByText(`Saved ${file.suggestedFilename()}`).waitFor();
  return { name: file.suggestedFilename(), bytes: readFileSync(path) };
}

inBrowser("addresses", () => {
  test("the address comes to name the moment that stands, and opens it again", async () => {
    const id = newestId();
    const page = await openAt(id, 70);
    const named = `#run=${run.run.facts().id}&ep=${id}&t=70`;
    await page.waitForFunction((hash) => location.hash === hash, named);
    await page.keyboard.press(".");
    await page.waitForFunction((hash) => location.hash === hash, named.replace("t=70", "t=71"));
    const address = page.url();
    await page.keyboard.press("Space");
    await page.waitForFunction(() => window.__carom.currentStep > 80);
    expect(page.url()).toBe(address); // it follows only what stands
    await page.context().close();
    const again = await open(new URL(address).hash);
    await again.waitForFunction(() => window.__carom.mode === "paused");
    const seen = await again.evaluate(() => [
      window.__carom.episode,
      window.__carom.currentStep,
      window.__carom.checksum(),
    ]);
    expect(seen).toEqual([id, 71, ...checksumsInNode(id, [71])]);
    await again.keyboard.press("e"); // rewards on the board
    await again.waitForFunction(() => location.hash.endsWith("&t=71&overlay=rewards"));
    const third = await open(new URL(again.url()).hash);
    await third.waitForFunction(() => window.__carom.currentStep === 71);
    await third.keyboard.press(".");
    await third.waitForFunction(() => location.hash.endsWith("&t=72&overlay=rewards"));
    await third.context().close();
    await again.evaluate((one) => {
      location.hash = `#ep=${one}&t=33`; // the form without a run
    }, id);
    await again.waitForFunction(() => window.__carom.currentStep === 33);
    await again.context().close();
  });

  test("an episode that is not kept, or of another run, is said", async () => {
    const page = await blank();
    await page.goto(`${run.url}#ep=99999&t=5`);
    await page
      .getByText("The address names episode 99999, which is not kept (any more).")
      .waitFor();
    await page.evaluate((id) => {
      location.hash = `#run=other-1&ep=${id}&t=3`;
    }, newestId());
    await page.getByText(/The address names a moment of the run other-1; this is \S+\./).waitFor();
    await page.waitForFunction(() => window.__carom.episode !== undefined, undefined, {
      timeout: 30_000,
    }); // live goes on
    await page.context().close();
  });
});

inBrowser("files", () => {
  test("one HTML file plays the episode from the disk, offline, by keyboard", async () => {
    const id = newestId();
    const page = await openAt(id, 40);
    await page.keyboard.press("x");
    const { name, bytes } = await save(page, "Save HTML");
    expect(name).toMatch(/^breakout-scripted-1-episode-\d+\.html$/);
    expect(bytes.length).toBeLessThan(400_000);
    await page.context().close();

    const alone = await blank();
    await alone.context().setOffline(true);
    const requests: string[] = [];
    alone.on("request", (request) => requests.push(request.url()));
    await alone.goto(pathToFileURL(inFolder(name)).href);
    await alone.waitForFunction(() => window.__carom?.length > 0);
    expect(await alone.evaluate(() => window.__carom.currentStep)).toBe(40);
    const { length } = new ReplayPlayer(makeReplay(record(id), breakout), breakout);
    const steps = [0, 1, 64, length >> 1, length, 7];
    const seen = await alone.evaluate((all) => window.__carom.checksumsAt(all), steps);
    expect(seen).toEqual(checksumsInNode(id, steps));
    const before = await pictureOf(alone, ".board canvas");
    expect(colorCount(before, 40)).toBeGreaterThanOrEqual(8);
    await alone.keyboard.press("Space");
    await alone.waitForFunction(() => window.__carom.currentStep > 20);
    expect(difference(before, await pictureOf(alone, ".board canvas"))).toBeGreaterThan(0.0005);
    await alone.keyboard.press("Home");
    await alone.keyboard.press("?");
    await alone.getByRole("dialog", { name: "Keys" }).getByText("play or pause").waitFor();
    expect(await alone.getByText("back to live").count()).toBe(0);
    expect(requests).toEqual([pathToFileURL(inFolder(name)).href]);
    await alone.context().close();
    expect(failures).toEqual([]);
  });

  test("what a run calls itself cannot become part of the file", async () => {
    const { replayPage } = await import("@carom/viewer/share");
    const title = `</script><script>window.hit=1</script><img src=x onerror="window.hit=1">`;
    const player = readFileSync(inFolder("page/player.js"), "utf8");
    const page = await replayPage(player, { title, replay: bytesOf(newestId()), step: 0 });
    writeFileSync(inFolder("hostile.html"), page);
    const alone = await blank();
    await alone.goto(pathToFileURL(inFolder("hostile.html")).href);
    await alone.waitForFunction(() => window.__carom?.length > 0);
    expect(await alone.locator("header h1").textContent()).toBe(title);
    expect(await alone.evaluate(() => "hit" in window)).toBe(false);
    // And nothing else may run in it.
    await alone.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.hit = 1";
      document.body.append(script);
    });
    expect(await alone.evaluate(() => "hit" in window)).toBe(false);
    await alone.context().close();
    expect(failures.splice(0).every((text) => /Content Security Policy|^policy:/.test(text))).toBe(
      true,
    );
  });

  test("a GIF has the pictures and the time of the range", async () => {
    const id = newestId();
    const page = await openAt(id, 100);
    await page.keyboard.press("x");
    await page.getByRole("button", { name: "\u00b1 5 s" }).click();
    const { bytes } = await save(page, "Save");
    const gif = await page.evaluate(decodeGif, bytes.toString("base64"));
    // 15 decisions a second, 5 s to both sides, and the last picture stays for a second.
    expect(gif.seconds).toBeCloseTo(11, 1);
    expect(gif.frames).toBeGreaterThan(100);
    expect(gif.frames).toBeLessThanOrEqual(151);
    expect(Math.max(gif.width, gif.height)).toBeGreaterThan(240);
    expect(gif.colors).toBeGreaterThanOrEqual(8);
    expect(gif.changed).toBeGreaterThan(0.9);
    await page.context().close();
  });

  test("a film plays, and a picture is twice as large as the board", async () => {
    const page = await openAt(newestId(), 100);
    const width = await settledWidth(page);
    await page.keyboard.press("x");
    const picture = await save(page, "Save PNG");
    const png = await page.evaluate(sizeOfPicture, picture.bytes.toString("base64"));
    expect(Math.abs(png.width - 2 * width)).toBeLessThan(0.25 * width); // whole pixels per board unit
    expect(png.colors).toBeGreaterThanOrEqual(8);
    await page.getByRole("button", { name: "WebM" }).click();
    await page.getByRole("button", { name: "\u00b1 5 s" }).click();
    const film = await save(page, "Save");
    const seen = await page.evaluate(watchFilm, film.bytes.toString("base64"));
    expect(seen.seconds).toBeGreaterThan(10.5);
    expect(seen.seconds).toBeLessThan(11.5);
    expect(seen.drawn).toBeGreaterThan(0.05);
    expect(seen.moved).toBeGreaterThan(0.0005);
    await page.context().close();
    expect(failures).toEqual([]);
  });

  test("an export can be stopped, and everything is done by keyboard alone", async () => {
    const page = await openAt(newestId(), 10);
    await page.keyboard.press("x");
    await page.getByRole("button", { name: "WebM" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Save", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("progressbar", { name: "Progress", exact: true }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("The export was stopped.").waitFor();
    expect(await page.getByRole("button", { name: "Save", exact: true }).isEnabled()).toBe(true);
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog", { name: "Share" }).isVisible()).toBe(false);
    await page.keyboard.press(".");
    expect(await page.evaluate(() => window.__carom.currentStep)).toBe(11);
    await page.context().close();
  });
});

function record(id: string) {
  const found = run.kept.get(id);
  if (!found) throw new Error(`episode ${id} was not kept`);
  return found;
}

inBrowser("inside other pages", () => {
  test("a replay in a page is steered by it, and keys are its own while it has the focus", async () => {
    const page = await blank();
    await page.goto(others.origin);
    await page.waitForFunction(() => window.viewer?.length > 0);
    expect(await page.evaluate(() => [window.viewer.step, window.viewer.mode])).toEqual([
      0,
      "paused",
    ]);
    const first = await pictureOf(page, ".board canvas");
    expect(drawnShare(first)).toBeGreaterThan(0.05);
    await page.getByRole("button", { name: "Go to decision 100" }).click();
    await page.getByText("Decision 100 of").waitFor();
    await page.waitForFunction(() => window.viewer.step === 100);
    expect(difference(first, await pictureOf(page, ".board canvas"))).toBeGreaterThan(0.0005);
    await page.locator("h1").click();
    await page.keyboard.press(".");
    expect(await page.evaluate(() => window.viewer.step)).toBe(100); // the focus is elsewhere
    await page.locator(".board").click();
    await page.keyboard.press(".");
    await page.waitForFunction(() => window.viewer.step === 101);
    await page.getByRole("button", { name: "Play", exact: true }).first().click();
    await page.waitForFunction(() => window.viewer.mode === "playing" && window.viewer.step > 110);
    expect(await page.locator("h1").evaluate((h1) => getComputedStyle(h1).fontFamily)).toContain(
      "Georgia",
    );
    expect(await page.evaluate(() => [document.title, location.hash])).toEqual([
      "A replay in a page of one's own",
      "",
    ]);
    await page.evaluate(() => window.viewer.dispose());
    expect(await page.locator(".board").count()).toBe(0);
    await page.context().close();
    expect(failures).toEqual([]);
  });

  test("another replay takes its place; what is no replay is refused", async () => {
    const page = await blank();
    await page.goto(others.origin);
    await page.waitForFunction(() => window.viewer?.length > 0);
    const id = [...run.kept.keys()][0];
    const told = await page.evaluate(
      async (base64) => {
        const heard: unknown[] = [];
        window.viewer.on("episode", (event) => heard.push(event));
        await window.viewer.open(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
        while (heard.length === 0) await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame); // told once, not once per frame
        const refusal = await window.viewer.open(new Uint8Array(9)).catch((error) => error.message);
        return { heard, refusal, length: window.viewer.length };
      },
      Buffer.from(bytesOf(id)).toString("base64"),
    );
    const { length } = record(id);
    expect(told.heard).toEqual([{ id: "0", length }]);
    expect(told.length).toBe(length);
    expect(told.refusal).toContain("replay: cannot be read");
    await page.context().close();
  });

  test("a run is shown through the server of another page, which its own allows: its stage, or all of it", async () => {
    const page = await blank();
    await page.goto(others.origin);
    await page.waitForFunction(() => window.viewer?.length > 0);
    const mount = (parts: "stage" | "page") =>
      page.evaluate(
        async ({ address, wanted }) => {
          window.viewer.dispose();
          const element = document.getElementById("replay") as HTMLElement;
          element.style.cssText = "position:fixed;inset:0;height:auto";
          window.viewer = await window.mountViewer(element, { run: address, parts: wanted });
          await window.viewer.ready;
        },
        { address: new URL(run.url).search, wanted: parts },
      );
    await mount("stage");
    await page.waitForFunction(() => window.viewer.step > 2);
    expect(await page.evaluate(() => window.viewer.mode)).toBe("live");
    expect(await page.locator(".grid").count()).toBe(0);
    await mount("page");
    await page.waitForFunction(() => window.viewer.step > 2);
    await page.getByRole("tab", { name: "Episodes" }).waitFor();
    const drawnOf = async () => drawnShare(await pictureOf(page, ".grid canvas"));
    await expect.poll(drawnOf).toBeGreaterThan(0.02);
    expect(await page.title()).toBe("A replay in a page of one's own");
    // Panels take the mouse, and fields the keys, in a shadow root too.
    await page.getByRole("button", { name: "Choose charts" }).click();
    const chart = page.getByRole("checkbox", { name: "Entropy" });
    await chart.click();
    expect(await chart.isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    const address = page.url();
    await page.getByRole("button", { name: "Copy a link to this moment" }).click();
    expect(page.url()).toBe(address);
    await page.evaluate((id) => window.viewer.open(id), [...run.kept.keys()][0]);
    expect(await page.evaluate(() => window.viewer.mode)).toBe("paused");
    await page.context().close();
    expect(failures).toEqual([]);
  });
});

declare global {
  interface Window {
    /** The viewer of the example's page. */
    viewer: Viewer;
    mountViewer: typeof mountViewer;
  }
}

/** Runs in the page: what a GIF holds, as the browser decodes it. */
async function decodeGif(base64: string) {
  const data = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const decoder = new ImageDecoder({ data, type: "image/gif" });
  await decoder.completed;
  await decoder.tracks.ready;
  const frames = decoder.tracks.selectedTrack?.frameCount ?? 0;
  let microseconds = 0;
  let changed = 0;
  let [width, height, colors, before] = [0, 0, 0, ""];
  for (let i = 0; i < frames; i++) {
    const { image } = await decoder.decode({ frameIndex: i });
    microseconds += image.duration ?? 0;
    [width, height] = [image.displayWidth, image.displayHeight];
    const context = new OffscreenCanvas(width, height).getContext("2d");
    if (!context) throw new Error("no 2-D canvas");
    context.drawImage(image, 0, 0);
    image.close();
    const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    const text = String(
      pixels.reduce((sum, pixel, p) => (sum + (p + 1) * (pixel & 0xffffff)) % 1e12, 0),
    );
    if (i > 0 && text !== before) changed++;
    before = text;
    const counts = new Map<number, number>();
    for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
    colors = [...counts.values()].filter((count) => count > 20).length;
  }
  return {
    frames,
    width,
    height,
    colors,
    seconds: microseconds / 1e6,
    changed: changed / (frames - 1),
  };
}

/** Runs in the page. */
async function sizeOfPicture(base64: string) {
  const data = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const image = await createImageBitmap(new Blob([data], { type: "image/png" }));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  if (!context) throw new Error("no 2-D canvas");
  context.drawImage(image, 0, 0);
  const bytes = context.getImageData(0, 0, image.width, image.height).data;
  const counts = new Map<number, number>();
  for (const pixel of new Uint32Array(bytes.buffer))
    counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const colors = [...counts.values()].filter((count) => count > 40).length;
  return { width: image.width, height: image.height, colors };
}

/** Runs in the page: how long a film is, and what two of its moments look like. */
async function watchFilm(base64: string) {
  const data = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const video = document.createElement("video");
  video.src = URL.createObjectURL(new Blob([data], { type: "video/webm" }));
  video.muted = true;
  await new Promise((resolve, reject) => {
    video.onloadeddata = resolve;
    video.onerror = () => reject(new Error(video.error?.message));
  });
  const look = async (second: number) => {
    video.currentTime = second;
    await new Promise((resolve) => {
      video.onseeked = resolve;
    });
    const context = new OffscreenCanvas(video.videoWidth, video.videoHeight).getContext("2d");
    if (!context) throw new Error("no 2-D canvas");
    context.drawImage(video, 0, 0);
    return context.getImageData(0, 0, video.videoWidth, video.videoHeight).data;
  };
  const [one, two] = [await look(1), await look(6)];
  let [drawn, moved] = [0, 0];
  for (let i = 0; i < one.length; i += 4) {
    if (Math.abs(one[i] - one[4 * 5000]) > 40) drawn++;
    if (Math.abs(one[i] - two[i]) > 40) moved++;
  }
  const pixels = one.length / 4;
  return { seconds: video.duration, drawn: drawn / pixels, moved: moved / pixels };
}
