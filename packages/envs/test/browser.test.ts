/**
 * The same bits in a browser as in Node: episodes played here are played again in Chromium, from the
 * same sources, and every checksum has to agree, as have the pixels of games painted. Skipped,
 * visibly, where there is no Chromium.
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ActionLog, RandomPlay } from "../src/conformance/play.js";
import { decodeReplay, encodeReplay, findGame, games, key, makeReplay } from "../src/index.js";
import { paintedFrames } from "../src/testing/painted-frames.js";

const executablePath = process.env.CAROM_CHROMIUM ?? "/usr/bin/chromium";

const PAGE = `<!doctype html><script type="module">
  import * as envs from "/index.js";
  import { paintedFrames } from "/testing/painted-frames.js";
  globalThis.paintedFrames = paintedFrames;
  globalThis.envs = envs;
</script>`;

/** Serves a page that loads this package's sources, translated to JavaScript. */
function serveSources(): Promise<Server> {
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").replace(/\.js$/, ".ts").replaceAll("..", "");
    const file = fileURLToPath(new URL(`../src${path}`, import.meta.url));
    if (!path.endsWith(".ts") || !existsSync(file)) {
      response.setHeader("content-type", "text/html").end(PAGE);
      return;
    }
    const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
      compilerOptions: options,
    });
    response.setHeader("content-type", "text/javascript").end(outputText);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** A replay of random play, as bytes. */
function playedAtRandom(id: string, variant: string, seed: number): number[] {
  const game = findGame(id).create(variant);
  const random = new RandomPlay(seed);
  const log = new ActionLog(game.spec);
  game.seed(seed);
  game.reset();
  while (!game.terminated && log.length < 3000) {
    const action = random.draw(game);
    log.add(action);
    game.step(action);
  }
  const episode = { seed, actions: log.bytes };
  return [...encodeReplay(makeReplay(episode, findGame(id), { variant }))];
}

/** The page: decodes the replays, verifies them and makes them anew. */
function replayInPage(replays: number[][]): { ok: boolean; bytes: number[] }[] {
  const { envs } = globalThis as typeof globalThis & { envs: typeof import("../src/index.js") };
  return replays.map((bytes) => {
    const replay = envs.decodeReplay(Uint8Array.from(bytes));
    const definition = envs.findGame(replay.game);
    const { ok } = new envs.ReplayPlayer(replay, definition).verify();
    const again = envs.makeReplay(replay, definition, { variant: replay.variant });
    return { ok, bytes: [...envs.encodeReplay(again)] };
  });
}

/** The page: pictures of each variant of a game, in base64. */
function paintInPage(id: string): string[] {
  const page = globalThis as typeof globalThis & {
    envs: typeof import("../src/index.js");
    paintedFrames: typeof paintedFrames;
  };
  const game = page.envs.findGame(id);
  return game.variants.map((variant) => {
    let text = "";
    for (const byte of page.paintedFrames(game, variant)) text += String.fromCharCode(byte);
    return btoa(text);
  });
}

describe.skipIf(!existsSync(executablePath))("Chromium", () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    server = await serveSources();
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  async function openPage(): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction("globalThis.envs");
    return page;
  }

  test("replays made in Node have the same checksums there", async () => {
    const page = await openPage();
    const replays = games.flatMap((game) =>
      game.variants.flatMap((variant) =>
        Array.from({ length: 20 }, (_, i) => {
          return playedAtRandom(game.id, variant, key(2).child(game.id, i).toSeed());
        }),
      ),
    );
    const results = await page.evaluate(replayInPage, replays);
    expect(results).toEqual(replays.map((bytes) => ({ ok: true, bytes })));
    expect(decodeReplay(Uint8Array.from(replays[0])).length).toBeGreaterThan(20);
  });

  test("games painted there have the same pixels, byte for byte", async () => {
    const page = await openPage();
    for (const game of games) {
      const there = await page.evaluate(paintInPage, game.id);
      game.variants.forEach((variant, i) => {
        const painted = Buffer.from(there[i], "base64");
        const same = painted.equals(paintedFrames(game, variant));
        expect(same, `${game.id}/${variant} is painted alike`).toBe(true);
      });
    }
  });
});
