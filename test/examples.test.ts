/** What the README shows is the example file, and every example runs on the built packages and ends well. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../", import.meta.url).pathname;
const examples = readdirSync(`${root}examples`).filter((name) => name.endsWith(".mjs"));

test("the README's example is examples/train-catch.mjs", () => {
  const [, shown] = /```js\n([\s\S]*?)```/.exec(readFileSync(`${root}README.md`, "utf8")) ?? [];
  expect(shown).toBe(readFileSync(`${root}examples/train-catch.mjs`, "utf8"));
});

test.each(examples)(
  "examples/%s runs",
  (name) => {
    const built = existsSync(`${root}packages/agents/dist/index.js`);
    expect(built, "examples use the built packages: run `pnpm build` first").toBe(true);
    const path = `${root}examples/${name}`;
    const { status, stdout, stderr } = spawnSync(process.execPath, [path], { encoding: "utf8" });
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
    const mean = /mean return.*? (-?[\d.]+)$/m.exec(stdout);
    if (mean) expect(Number(mean[1])).toBeGreaterThan(0.9);
  },
  300_000,
);
