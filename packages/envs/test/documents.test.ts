/** The programs in the README and in the guide run as they stand there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { checkGame, type GameDefinition } from "../src/index.js";

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
  const code = blocks[block].replaceAll('"@carom/envs"', JSON.stringify(sources));
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
