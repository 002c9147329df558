/**
 * Random programs (random-programs.ts) and their classes compute the same. CAROM_COMPILER_PROGRAMS sets how
 * many are tried; each has 12 methods and plays 3000 steps.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Game } from "@carom/envs";
import { expect, test } from "vitest";
import { build, compare, scratch } from "./games.js";
import { randomModule } from "./random-programs.js";

/** Ends the program where an integer overflows, or a double that does not fit becomes one. */
const SANITIZED = ["-fsanitize=undefined,float-cast-overflow", "-fno-sanitize-recover=all"];
const programs = Number(process.env.CAROM_COMPILER_PROGRAMS ?? 6);
const first = Number(process.env.CAROM_COMPILER_SEED ?? 1);
const base = fileURLToPath(new URL("./random-base.mjs", import.meta.url));

test.each(Array.from({ length: programs }, (_, i) => first + i))("program %i", async (number) => {
  const file = scratch(`random-${number}.mjs`);
  writeFileSync(file, randomModule(pathToFileURL(base).href, number * 7919, 12));
  const url = pathToFileURL(file).href;
  const module: { Random: new () => Game } = await import(/* @vite-ignore */ url);
  const create = (): Game => new module.Random();
  for (const checked of [false, true]) {
    const built = build(`random-${number}-${checked}`, create, { checked, flags: SANITIZED });
    const { equal, firstDifference, fault } = compare(built, 3000);
    expect({ equal, firstDifference, fault }).toEqual({
      equal: true,
      firstDifference: -1,
      fault: "",
    });
  }
});
