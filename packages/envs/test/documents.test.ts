/** The programs in the README and in the guide run as they stand there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import {
  checkGame,
  encodeReplay,
  findGame,
  type GameDefinition,
  makeReplay,
} from "../src/index.js";

const folder = mkdtempSync(join(tmpdir(), "carom-documents-"));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * The n-th TypeScript block of a document as a module that imports this package's sources; what it
 * logs is its default export.
 */
async function load(document: string, block: number): Promise<Record<string, unknown>> {
  const text = readFileSync(new URL(document, import.meta.url), "utf8");
  const blocks = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]);
  const sources = fileURLToPath(new URL("../src/index.ts", import.meta.url));
  const file = join(folder, `block-${block}-${document.replaceAll(/\W/g, "")}.ts`);
  const code = blocks[block]
    .replaceAll('"@carom/envs"', JSON.stringify(sources))
    .replace(/"([\w-]+\.replay)"/g, (_, name) => JSON.stringify(join(folder, name)));
  writeFileSync(file, code.replace("console.log(", "export default ("));
  return await import(/* @vite-ignore */ pathToFileURL(file).href);
}

test("README: the example plays, finds its best episode and shows it", async () => {
  const shown = (await load("../README.md", 0)).default;
  const lines = String(shown).split("\n");
  expect(lines[0].length).toBe(32);
  expect(String(shown)).toContain("o");
});

test("README: the wrapped env shows stacks of pictures", async () => {
  expect((await load("../README.md", 1)).default).toBe("84 x 84 x 4");
});

test("the guide's game keeps the contract of games", async () => {
  const { dodge } = await load("../../../docs/guides/add-a-game.md", 0);
  expect(checkGame(dodge as GameDefinition).failures).toEqual([]);
});

test("the guide to demonstrations reads one, with its observations", async () => {
  const breakout = findGame("breakout");
  const replay = makeReplay({ seed: 2, actions: Uint8Array.of(0, 1, 2, 2, 1) }, breakout);
  writeFileSync(join(folder, "breakout-branch-1.replay"), encodeReplay(replay));
  const observations = (await load("../../../docs/guides/demonstrations.md", 0)).default;
  const { size } = breakout.create().spec.observation;
  const last = new Float32Array(size);
  const game = breakout.create();
  game.seed(2);
  game.reset();
  for (const action of replay.actions.subarray(0, 4)) game.step(action);
  game.observe(last, 0);
  expect((observations as Float32Array).subarray(4 * size)).toEqual(last);
});
