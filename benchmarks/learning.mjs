/**
 * Learning curves: trains with several seeds through the command that users run, and draws the mean score of the last
 * 100 episodes against seconds and steps.
 *
 *   pnpm bench learning
 *   pnpm bench learning --game breakout --variants classic,puffer --seeds 1,2,3
 *
 * --algo, --steps, --time, --threads and --set go to `carom train`. Runs are kept under runs/learning/.
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chart, colors } from "./lib/plot.mjs";
import { report, saveResult, table } from "./lib/report.mjs";

const main = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));
const folder = fileURLToPath(new URL("../runs/learning/", import.meta.url));
/** A curve keeps so many points at most: more are not seen. */
const maxPoints = 400;

const { values } = parseArgs({
  options: {
    game: { type: "string", default: "breakout" },
    variants: { type: "string", default: "classic,puffer" },
    seeds: { type: "string", default: "1,2,3" },
    algo: { type: "string" },
    steps: { type: "string" },
    time: { type: "string" },
    threads: { type: "string" },
    set: { type: "string", multiple: true },
  },
});
const settings = ["algo", "steps", "time", "threads", "set"].flatMap((name) =>
  [values[name] ?? []].flat().flatMap((value) => [`--${name}`, value]),
);
const variants = values.variants.split(",");
const seeds = values.seeds.split(",");
const name = ["learning", values.game, ...(values.algo ? [values.algo] : [])].join("-");

const trained = [];
for (const variant of variants) {
  for (const seed of seeds) trained.push(await train(variant, seed));
}
saveResult(`${name}.svg`, drawAll());
report(name, {
  title: `Learning ${values.game}`,
  command: ["pnpm bench learning", ...process.argv.slice(2)].join(" "),
  intro: [
    `\`carom train ${values.game} --variant V --seed S --no-viewer\`, one run after the other.`,
    "Score: mean return of the last 100 episodes. Seconds are those of training, from the first step on.",
  ]
    .join(" ")
    .concat(`\n\n![learning curves](${name}.svg)`),
  body: tableOf(),
});

/** Trains once and reads what the run left. */
async function train(variant, seed) {
  const out = `${folder}${values.game}-${variant}-${seed}`;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const args = ["train", values.game, "--variant", variant, "--seed", seed, ...settings];
  console.log(`carom ${args.join(" ")}`);
  const output = await runCarom([...args, "--out", out, "--no-viewer", "--json"]);
  const result = JSON.parse(output.trim().split("\n").at(-1));
  const rows = readFileSync(`${out}/metrics.jsonl`, "utf8")
    .split("\n")
    .flatMap((line) => (line.endsWith("}") ? [JSON.parse(line)] : []))
    .filter((row) => typeof row.score === "number");
  console.log(`  ${result.score.mean} after ${result.seconds} s, ${result.stepsPerSecond} steps/s`);
  return { variant, seed, result, rows };
}

function runCarom(args) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`carom ${args.join(" ")} ended with code ${code}:\n${output}`));
    });
  });
}

function drawAll() {
  const panel = (variant, axis, xLabel) => ({
    title: `${values.game}, ${variant}`,
    xLabel,
    yLabel: "mean score of the last 100",
    curves: trained
      .filter((one) => one.variant === variant)
      .map((one) => ({
        label: `seed ${one.seed}`,
        color: colors[seeds.indexOf(one.seed) % colors.length],
        points: thin(one.rows.map((row) => [row[axis], row.score])),
      })),
  });
  const rows = variants.map((variant) => [
    panel(variant, "seconds", "seconds of training"),
    panel(variant, "steps", "env steps"),
  ]);
  return chart(rows, { title: `Learning ${values.game}` });
}

function thin(points) {
  const every = Math.ceil(points.length / maxPoints);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

function tableOf() {
  const milestones = Object.keys(trained[0].result.reached);
  const passed = milestones.filter((m) => trained.some((one) => one.result.reached[m] !== null));
  const header = ["variant", "seed", "steps", "seconds", "steps/s", "score"];
  const rows = trained.map(({ variant, seed, result }) => [
    variant,
    seed,
    result.steps.toLocaleString("en"),
    result.seconds.toFixed(1),
    result.stepsPerSecond.toLocaleString("en"),
    result.score.mean?.toFixed(1) ?? "-",
    ...passed.map((m) => passing(result.reached[m])),
  ]);
  return table([...header, ...passed.map((m) => `${m} after`)], rows);
}

function passing(reached) {
  return reached ? `${reached.seconds.toFixed(1)} s (${(reached.steps / 1e6).toFixed(2)} M)` : "-";
}
