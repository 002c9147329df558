/** The programs in the README and in the guide run as they stand there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import * as T from "../src/index.js";

const folder = mkdtempSync(join(tmpdir(), "carom-documents-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A TypeScript block of a document as a module; what it logs is its default export. */
async function load(document: string, block: number): Promise<unknown> {
  const text = readFileSync(new URL(document, import.meta.url), "utf8");
  const blocks = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]);
  const sources = fileURLToPath(new URL("../src/index.ts", import.meta.url));
  const code = blocks[block].replaceAll('"@carom/tensor"', JSON.stringify(sources));
  const file = join(folder, `block-${block}.ts`);
  writeFileSync(file, code.replace(/console\.log\((.*)\);/, "export default [$1];"));
  const module: { default: unknown } = await import(/* @vite-ignore */ pathToFileURL(file).href);
  return module.default;
}

test("README: the example finds the weights", async () => {
  const [first, last, weight] = (await load("../README.md", 0)) as [number, number, number[][]];
  expect(first).toBeGreaterThan(1);
  expect(last).toBeLessThan(1e-6);
  [2, -1, 0.5].forEach((wanted, i) => {
    expect(weight[0][i]).toBeCloseTo(wanted, 3);
  });
  T.defaultDevice().dispose();
});

const guide = new URL("../../../docs/guides/add-an-op.md", import.meta.url);
const excerpts = [
  ...readFileSync(guide, "utf8").matchAll(/```\w+\n(?:\/\/|#) (\S+)\n([\s\S]*?)```/g),
];

test.each(excerpts.map(([, file, code], i) => [i + 1, file, code] as const))(
  "the guide to adding an op: excerpt %i is what %s says",
  (_, file, code) => {
    const source = readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
    expect(source).toContain(code);
  },
);

test("the README names every function that the package exports", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const functions = Object.entries(T).filter(([, value]) => typeof value === "function");
  const unnamed = functions.map(([name]) => name).filter((name) => !readme.includes(name));
  expect(unnamed.filter((name) => !name.endsWith("Error"))).toEqual([]);
});
