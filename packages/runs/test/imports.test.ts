import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const source = join(dirname(fileURLToPath(import.meta.url)), "..", "src");

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), "utf8");
  return [...text.matchAll(/from "([^"]+)"/g)].map((match) => match[1] ?? "");
}

test("the formats import nothing but each other", () => {
  for (const file of readdirSync(join(source, "formats"))) {
    const foreign = importsOf(join("formats", file)).filter(
      (name) => !/^\.\/[a-z-]+\.js$/.test(name),
    );
    expect([file, foreign]).toEqual([file, []]);
  }
});

test("node:fs is behind one file", () => {
  const files = readdirSync(source).filter((name) => name.endsWith(".ts"));
  const users = files.filter((file) => importsOf(file).some((name) => name.startsWith("node:fs")));
  expect(users).toEqual(["disk-node.ts"]);
});
