/** The guide to the library and the example that it goes through are one program. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

test("the blocks of docs/guides/use-as-a-library.md, one after the other, are examples/train-an-agent.mjs", () => {
  const guide = read("docs/guides/use-as-a-library.md");
  const blocks = [...guide.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1]);
  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.join("\n")).toBe(read("examples/train-an-agent.mjs"));
});
