/** The program in the README runs as it stands there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as T from "@carom/tensor";
import { afterAll, expect, test } from "vitest";
import * as nn from "../src/index.js";

const folder = mkdtempSync(join(tmpdir(), "carom-documents-"));
afterAll(() => rmSync(folder, { recursive: true }));

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const source = (path: string): string =>
  JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

test.each(examples.map((code, i) => [i + 1, code] as const))(
  "README: example %i learns",
  async (number, code) => {
    const file = join(folder, `readme${number}.ts`);
    const runnable = code
      .replaceAll('"@carom/nn"', source("../src/index.ts"))
      .replaceAll('"@carom/tensor"', source("../../tensor/src/index.ts"))
      .replace("console.log(", "export default (");
    writeFileSync(file, runnable);
    const module: { default: number } = await import(/* @vite-ignore */ pathToFileURL(file).href);
    expect(module.default).toBeLessThan(0.01);
    T.defaultDevice().dispose();
  },
);

test("the README names everything that the package exports", () => {
  expect(Object.keys(nn).filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
