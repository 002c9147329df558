/**
 * pnpm bench: builds, then runs benchmarks/<name>.mjs. Tables and pictures go to benchmarks/results/.
 *
 *   pnpm bench                   the speed benchmarks, one after the other
 *   pnpm bench ppo-step          one of them; what follows its name is for it
 *   pnpm bench ppo-cartpole --rounds 5
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { build, requireNode, root } from "./lib/build.mjs";
import { endWithRunners } from "./lib/runners.mjs";

/** What runs without a name; the others need a peer, or train for minutes, and are asked for by name. */
const speed = [
  "gemm",
  "ops",
  "forward",
  "ppo-step",
  "dqn-step",
  "cnn",
  "games",
  "threads",
  "train",
  "viewer",
];

requireNode();
endWithRunners();
const [name, ...args] = process.argv.slice(2);
const names = name === undefined ? speed : [name];
for (const one of names) {
  if (existsSync(join(root, "benchmarks", `${one}.mjs`))) continue;
  console.error(`No benchmark "${one}": there are ${[...speed, "learning"].join(", ")}.`);
  process.exit(2);
}
await build(["carom"]);
for (const one of names) {
  const code = await run(join(root, "benchmarks", `${one}.mjs`), args);
  if (code !== 0) process.exit(code);
}

function run(script, rest) {
  const child = spawn(process.execPath, [script, ...rest], { cwd: root, stdio: "inherit" });
  const end = () => child.kill("SIGTERM");
  process.once("SIGTERM", end);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("SIGTERM", end);
      resolve(code ?? 1);
    });
  });
}
