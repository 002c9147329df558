/** The programs in the README run as they stand there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { needPython } from "./helpers.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

test("the example plays", async (context) => {
  needPython(context);
  const folder = mkdtempSync(join(tmpdir(), "carom-documents-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const code = (/```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "")
    .replace("console.log(game", "export const shape = (game")
    .replace("console.log(env", "export const rewards = (env")
    .replace('"@carom/gym"', source("../src/index.ts"))
    .replace('"@carom/envs"', source("../../envs/src/index.ts"));
  const file = join(folder, "example.ts");
  writeFileSync(file, code);
  const { shape, rewards } = await import(/* @vite-ignore */ pathToFileURL(file).href);
  expect([shape, rewards]).toEqual([[4], new Float32Array(8).fill(1)]);
});

function source(path: string): string {
  return JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
}
