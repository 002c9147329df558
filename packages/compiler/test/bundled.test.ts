/** Bundled and minified, a game translates to the same results: names may change, bits may not. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { findGame, type GameDefinition } from "@carom/envs";
import { type BuildOptions, buildSync } from "esbuild";
import { expect, test } from "vitest";
import { build, compare, scratch } from "./games.js";

const entry = fileURLToPath(new URL("../../envs/src/index.ts", import.meta.url));
const styles: readonly [string, BuildOptions][] = [
  ["bundled", {}],
  ["minified", { minify: true }],
  ["minified with names", { minify: true, keepNames: true }],
  ["for ES2020", { minify: true, target: "es2020" }],
  ["as one function", { minify: true, format: "cjs" }],
];

test.each(styles)("%s", async (style, options) => {
  const extension = options.format === "cjs" ? "cjs" : "mjs";
  const outfile = scratch(`${style}.${extension}`);
  buildSync({
    ...{ entryPoints: [entry], bundle: true, format: "esm", target: "es2022", outfile },
    ...options,
  });
  const url = pathToFileURL(outfile).href;
  const module: { findGame: (id: string) => GameDefinition } = await import(url);
  for (const id of style === "minified" ? ["breakout", "go", "mini-seaquest"] : ["mini-seaquest"]) {
    const bundled = build(`${style}-${id}`, () => module.findGame(id).create());
    const { equal, firstDifference } = compare(
      { ...bundled, create: () => findGame(id).create() },
      4000,
    );
    expect({ id, equal, firstDifference }).toEqual({ id, equal: true, firstDifference: -1 });
  }
});
