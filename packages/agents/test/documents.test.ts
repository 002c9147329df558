/** What the documents say of the code: a guide and its example, the tests behind PPO's details. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

test("the blocks of docs/guides/use-as-a-library.md, one after the other, are examples/train-an-agent.mjs", () => {
  const guide = read("docs/guides/use-as-a-library.md");
  const blocks = [...guide.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1]);
  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.join("\n")).toBe(read("examples/train-an-agent.mjs"));
});

test("every detail of docs/algorithms/ppo.md is tested where its row says", () => {
  const rows = read("docs/algorithms/ppo.md")
    .split("\n")
    .filter((line) => /^\| (\d+|extra) /.test(line));
  expect(rows.length).toBe(38);
  const tests = ["packages/agents", "packages/envs"].flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules"))
      .map((path) => `${folder}/${path}`),
  );
  const where = rows.flatMap((row) =>
    [...row.matchAll(/`([\w/-]+\.test\.ts)`((?: \[B\d+\])*)/g)].map(([, file, names]) => ({
      file,
      names,
    })),
  );
  expect(where.length).toBeGreaterThan(25);
  for (const { file, names } of where) {
    const found = tests.filter((path) => path.endsWith(`/${file}`)).map(read);
    expect(found.length, file).toBeGreaterThan(0);
    for (const [name] of names.matchAll(/\[B\d+\]/g)) {
      expect(
        found.some((text) => text.includes(name)),
        `${name} in ${file}`,
      ).toBe(true);
    }
  }
});
