/**
 * Compares the translation of every game with its class over many random steps: rewards, ends, states,
 * observations, masks, copies, and a picture every 97 steps.
 *
 *   pnpm build && node packages/compiler/bench/equality.mjs [steps] [game...]
 *
 * Without steps: 10^6 for each variant, 10^7 for Breakout's.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgram, compareWithClass, compileGame } from "@carom/compiler";
import { games } from "@carom/envs";

const [given, ...ids] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "carom-equality-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
let different = 0;
for (const game of games) {
  if (ids.length > 0 && !ids.includes(game.id)) continue;
  for (const variant of game.variants) compare(game, variant);
}
process.exitCode = different > 0 ? 1 : 0;

function compare(game, variant) {
  const create = () => game.create(variant);
  const compiled = compileGame(create);
  const file = join(folder, "game.cpp");
  const program = join(folder, "game.out");
  writeFileSync(file, compiled.emitCpp());
  buildProgram(file, program);
  const steps = given === undefined ? (game.id === "breakout" ? 1e7 : 1e6) : Number(given);
  const begin = performance.now();
  const settings = {
    seed: 1,
    steps,
    chunk: 65536,
    pixelEvery: 97,
    maxSteps: compiled.spec.maxSteps,
  };
  const { equal, firstDifference } = compareWithClass(
    { create, compiled, pixels: {}, program },
    settings,
  );
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  if (!equal) different += 1;
  const result = equal ? "equal" : `DIFFERENT at step ${firstDifference + 1}`;
  console.log(
    `${game.id.padEnd(24)} ${variant.padEnd(14)} ${String(steps).padStart(9)} steps  ${result}  ${seconds} s`,
  );
}
