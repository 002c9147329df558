/**
 * End to end: what `carom train` reaches on this machine, and where its time goes.
 *
 *   pnpm bench train
 *   pnpm bench train --time 30s --repeats 3
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { summary } from "./lib/measure.mjs";
import { report, table } from "./lib/report.mjs";

const main = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
const { values } = parseArgs({
  options: {
    game: { type: "string", default: "breakout" },
    time: { type: "string", default: "15s" },
    repeats: { type: "string", default: "3" },
  },
});

const threads = [...new Set([1, cpus().length])];
const runs = threads.map((count) => ({ threads: count, rows: [] }));
for (let repeat = 1; repeat <= Number(values.repeats); repeat++) {
  for (const { threads: count, rows } of runs) rows.push(train(count, repeat));
}
report("train", {
  title: `Training ${values.game}, end to end`,
  command: ["pnpm bench train", ...process.argv.slice(2)].join(" "),
  intro: `\`carom train ${values.game} --time ${values.time} --no-viewer\`, ${values.repeats} runs per number of threads, interleaved; medians over runs. The shares are of the training thread's time.`,
  body: table(
    ["threads", "steps/s", "lowest to highest", "game", "policy", "learning"],
    runs.map(({ threads: count, rows }) => {
      const rates = rows.map((row) => row.stepsPerSecond);
      const share = (name) => `${Math.round(100 * summary(rows.map((r) => r[name])).median)} %`;
      return [
        count,
        Math.round(summary(rates).median).toLocaleString("en"),
        `${Math.min(...rates).toLocaleString("en")} to ${Math.max(...rates).toLocaleString("en")}`,
        share("timeGame"),
        share("timePolicy"),
        share("timeLearn"),
      ];
    }),
  ),
});

function train(threadCount, seed) {
  const folder = mkdtempSync(join(tmpdir(), "carom-bench-"));
  const out = join(folder, "run");
  const args = ["train", values.game, "--threads", threadCount, "--time", values.time];
  const child = spawnSync(
    process.execPath,
    [main, ...args, "--seed", seed, "--out", out, "--no-viewer", "--json"].map(String),
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  if (child.status !== 0) throw new Error(`carom train ended with code ${child.status}`);
  const result = JSON.parse(child.stdout.trim().split("\n").at(-1));
  const rows = readFileSync(join(out, "metrics.jsonl"), "utf8").trim().split("\n").map(parse);
  rmSync(folder, { recursive: true });
  const mean = (name) => rows.reduce((sum, row) => sum + (row[name] ?? 0), 0) / rows.length;
  return {
    stepsPerSecond: result.stepsPerSecond,
    timeGame: mean("timeGame"),
    timePolicy: mean("timePolicy"),
    timeLearn: mean("timeLearn"),
  };
}

function parse(line) {
  return JSON.parse(line);
}
