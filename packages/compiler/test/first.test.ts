import { writeFileSync, mkdirSync } from "node:fs";
import { games } from "@carom/envs";
import { expect, test } from "vitest";
import { compileGame } from "../src/compile.js";
test("x", () => {
  mkdirSync("/tmp/compiler/out", { recursive: true });
  for (const game of games) {
    try {
      const t0 = performance.now();
      const c = compileGame(game);
      console.log(game.id, (performance.now() - t0) | 0, "ms", c.unproven.length, c.layout.bytes);
      writeFileSync(`/tmp/compiler/out/${game.id}.cpp`, c.emitCpp());
      writeFileSync(`/tmp/compiler/out/${game.id}.cu`, c.emitCuda());
    } catch (e) { console.log(game.id, String((e as Error).stack).split("\n").slice(0,9).join("\n")); }
  }
});
