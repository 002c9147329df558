/**
 * Frozen frames: what the viewer draws of a decision, pixel by pixel. The same seed and actions give the
 * same board, so on the Chromium that the frames were taken with (`frozen/frames.json`) the pixels must
 * have the same hash; another Chromium may round edges in its own way, and is given a tolerance.
 *
 * After an intended change: delete `frozen/`, run this file, look at the new pictures, commit them.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  encodeReplay,
  findGame,
  key,
  LocalVectorEnv,
  makeReplay,
  type Replay,
  sampleAction,
  seedRandom,
} from "@carom/envs";
import { createRun, readRun } from "@carom/runs";
import { type Server, startServer } from "@carom/server";
import { buildPage } from "@carom/viewer/dev";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "./support/handle.ts";
import {
  decodePicture,
  difference,
  launchBrowser,
  type Picture,
  testsThePage,
} from "./support/browser.ts";
import { frames, openViewer } from "./support/viewer.ts";

/** Rectangles and a disc, digits, lines, and many discs. */
const games = ["breakout", "2048", "cartpole", "connect4"];
/** Share of the pixels that may differ visibly on another Chromium. */
const tolerance = 0.002;
/** How far a colour may be off before that can be seen. */
const visible = 32;

const frozen = fileURLToPath(new URL("./frozen/", import.meta.url));
const index = join(frozen, "frames.json");
const folder = mkdtempSync(join(tmpdir(), "carom-viewer-frozen-"));
const inBrowser = describe.skipIf(!testsThePage);
const failures: string[] = [];
const servers: Server[] = [];
let browser: Browser;

/** Which Chromium took the frames, and the SHA-256 of their pixels. */
interface Frames {
  readonly chromium: string;
  readonly pixels: Readonly<Record<string, string>>;
}

const known: Frames = existsSync(index)
  ? JSON.parse(readFileSync(index, "utf8"))
  : { chromium: "", pixels: {} };
const taken: Record<string, string> = { ...known.pixels };

beforeAll(async () => {
  if (!testsThePage) return;
  await buildPage(join(folder, "page"));
  browser = await launchBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  for (const server of servers) await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The first episode of random play from a seed. */
function episodeOf(id: string): Replay {
  const game = findGame(id);
  let first: Replay | undefined;
  const env = new LocalVectorEnv(game, {
    count: 1,
    key: key(11),
    onEpisode: (record) => {
      first ??= makeReplay(record, game);
    },
  });
  const random = new Uint32Array(4);
  seedRandom(random, 11);
  env.reset();
  while (!first) {
    let action = sampleAction(env.spec.actions, random);
    while (env.masks && env.masks[Number(action)] === 0) {
      action = sampleAction(env.spec.actions, random);
    }
    env.actions[0] = Number(action);
    env.step();
  }
  return first;
}

/** A finished run with one kept episode, served; gives its address. */
async function serve(id: string, replay: Replay): Promise<string> {
  const run = createRun(join(folder, id), {
    ...{ game: id, variant: replay.variant, gameVersion: findGame(id).create().spec.version },
    ...{ algo: "ppo", seed: 1, config: {}, device: "cpu", threads: 1, totalSteps: 1000 },
    versions: {},
  });
  const { length, seed } = replay;
  const facts = { env: 0, episode: 0, seed, length, return: replay.return, steps: 900 };
  run.addEpisode(encodeReplay(replay), { ...facts, terminated: true }, "best");
  run.update({ status: "finished", steps: 1000 });
  run.close();
  const source = readRun(join(folder, id));
  const server = await startServer({ source, port: 0, staticDir: join(folder, "page") });
  servers.push(server);
  return server.url;
}

/** The board in a room of 640 by 640 pixels, whatever the page around it looks like, at a decision. */
async function freeze(page: Page, step: number): Promise<Buffer> {
  await page.evaluate((to) => window.__carom.seek(to), step);
  await page.locator(".board").evaluate((board: HTMLElement) => {
    board.style.cssText =
      "position:fixed;inset:0;width:640px;height:640px;z-index:9;background:#000";
  });
  await frames(page, 5); // the room is measured in the first, the board fitted in the second
  const canvas = page.locator(".board canvas[role=img]");
  const box = await canvas.boundingBox();
  expect(Math.max(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThan(480);
  return canvas.screenshot();
}

const hashOf = ({ width, height, data }: Picture): string =>
  createHash("sha256").update(`${width}x${height}`).update(data).digest("hex");

inBrowser("a frozen frame is drawn as it was", () => {
  for (const id of games) {
    test(`${id}, by WebGL and on the 2-D canvas`, async () => {
      const replay = episodeOf(id);
      const url = await serve(id, replay);
      const step = replay.length >> 1;
      for (const renderer of ["webgl", "canvas"]) {
        const name = `${id}-${renderer}`;
        const options = { reducedMotion: "reduce", colorScheme: "dark" } as const;
        const page = await openViewer(browser, `${url}&renderer=${renderer}`, {
          options,
          failures,
        });
        expect(await page.evaluate(() => window.__carom.renderer)).toBe(renderer);
        const png = await freeze(page, step);
        const picture = await decodePicture(page, png);
        const path = join(frozen, `${name}.png`);
        if (existsSync(path)) {
          const before = await decodePicture(page, readFileSync(path));
          expect(hashOf(before)).toBe(known.pixels[name]);
          if (browser.version() === known.chromium) expect(hashOf(picture)).toBe(hashOf(before));
          else expect(difference(before, picture, visible)).toBeLessThan(tolerance);
        } else {
          mkdirSync(frozen, { recursive: true });
          writeFileSync(path, png);
          taken[name] = hashOf(picture);
        }
        await page.context().close();
      }
    });
  }

  test("no picture had to be taken anew", () => {
    if (Object.keys(taken).length > Object.keys(known.pixels).length) {
      const frames: Frames = { chromium: browser.version(), pixels: taken };
      writeFileSync(index, `${JSON.stringify(frames, null, 2)}\n`);
    }
    expect(taken).toEqual(known.pixels);
    expect(failures).toEqual([]);
  });
});
