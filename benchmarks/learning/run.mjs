/**
 * pnpm bench:learning: trains the rows of bars.mjs that have no result yet, and writes benchmarks/results/learning.md.
 *
 *   pnpm bench:learning --list              rows and what there is of each
 *   pnpm bench:learning --only ppo-cartpole,dqn-*
 *   pnpm bench:learning --seeds 3 --jobs 2  fewer seeds; two side by side
 *   pnpm bench:learning --report            only the report, from results/learning.json
 *   pnpm bench:learning --fresh             trains again what has a result
 *   pnpm bench:learning --keep              leaves the runs under runs/learning/ for `carom watch`
 *   pnpm bench:learning --steps-scale 0.05  tries rows out with few steps; nothing is kept
 *
 * May be killed and started again at any moment: finished seeds are kept, unfinished ones go on where they were.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CaromError } from "../lib/carom.mjs";
import { table } from "../lib/report.mjs";
import { bars } from "./bars.mjs";
import { runAll } from "./jobs.mjs";
import { lengthText, prepare } from "./protocol.mjs";
import { judgements, lookUp, writeReport } from "./report.mjs";
import { finishedSeed, progressOf, runSeed } from "./seed.mjs";
import { addToStore, readStore } from "./store.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    seeds: { type: "string" },
    jobs: { type: "string", default: "1" },
    "steps-scale": { type: "string", default: "1" },
    list: { type: "boolean" },
    report: { type: "boolean" },
    fresh: { type: "boolean" },
    keep: { type: "boolean" },
  },
});
/** Seconds between two lines about what is being trained. */
const wordEvery = 60;
const command = ["pnpm bench:learning", ...process.argv.slice(2)].join(" ");
const scale = numberOf("steps-scale");
const jobs = numberOf("jobs");
const isScratch = scale !== 1;
const home = isScratch
  ? mkdtempSync(join(tmpdir(), "carom-learning-"))
  : fileURLToPath(new URL("../../runs/learning/", import.meta.url));
const chosen = choose();

if (values.list) list();
else if (values.report) writeReport(command, chosen);
else await trainAll();

/** The rows that --only names; a name may end in `*`. */
function choose() {
  if (values.only === undefined) return bars;
  const names = values.only.split(",");
  const fits = (name, id) => (name.endsWith("*") ? id.startsWith(name.slice(0, -1)) : id === name);
  const unknown = names.find((name) => !bars.some(({ id }) => fits(name, id)));
  if (unknown !== undefined) stop(`No row "${unknown}": --list shows them.`);
  return bars.filter(({ id }) => names.some((name) => fits(name, id)));
}

function list() {
  const store = readStore();
  const lines = chosen.map((row) => {
    const { ready, results } = lookUp(row, store);
    const length = ready.settings === undefined ? "-" : lengthText(ready.settings);
    const status = ready.missing === undefined ? "" : `not built: ${ready.missing}`;
    const { algo, game } = row;
    return [row.id, algo, game, length, `${results.length} of ${row.seeds}`, status];
  });
  console.log(table(["row", "algorithm", "game", "length", "seeds", ""], lines));
}

async function trainAll() {
  const tasks = chosen.flatMap(tasksOf);
  console.log(`${tasks.length} seeds to train, ${jobs} at a time`);
  const children = new Set();
  const state = { done: 0, stopped: null, failed: new Set(), results: [] };
  stopInOrder(children, state);
  const ticker = setInterval(() => tellProgress(state, tasks.length), wordEvery * 1000);
  const running = new Set();
  state.running = running;
  await runAll(tasks, {
    jobs,
    isAlone: ({ row }) => row.alone,
    isStopped: () => state.stopped !== null,
    run: (task) => runOne(task, { children, running, state, total: tasks.length }),
  });
  clearInterval(ticker);
  finish(state);
}

/** The seeds of a row that have no result of its protocol. A result that only this machine has is added to the store. */
function tasksOf(row) {
  const ready = prepare(row, scale);
  if (ready.missing !== undefined) {
    console.log(`${row.id}: not built (${ready.missing})`);
    return [];
  }
  const count = values.seeds === undefined ? row.seeds : numberOf("seeds");
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  if (isScratch || values.fresh) return seeds.map((seed) => ({ row, ready, seed }));
  return seeds.filter((seed) => !isKnown(row, ready, seed)).map((seed) => ({ row, ready, seed }));
}

function isKnown(row, ready, seed) {
  const known = lookUp({ ...row, seeds: seed }, readStore()).results;
  if (known.some((result) => result.seed === seed)) return true;
  const finished = finishedSeed(home, row, seed, ready.settings);
  if (finished !== null) addToStore(finished);
  return finished !== null;
}

async function runOne({ row, ready, seed }, { children, running, state, total }) {
  if (state.failed.has(row.id)) return; // the next seed would fail alike
  const name = `${row.id} seed ${seed}`;
  const entry = { id: row.id, seed, settings: ready.settings };
  running.add(entry);
  const onChild = (child) => {
    children.add(child);
    child.once("close", () => children.delete(child));
    if (state.stopped !== null) child.kill("SIGTERM");
  };
  const { keep = false } = values;
  try {
    const kept = await runSeed({ home, row, seed, ready, jobs, keep, onChild });
    if (!isScratch) addToStore(kept);
    state.results.push(kept);
    state.done++;
    console.log(`${name}: ${resultText(kept.result)}  [${state.done} of ${total}]`);
  } catch (error) {
    if (!(error instanceof CaromError)) throw error;
    if (state.stopped !== null) return;
    state.failed.add(row.id);
    console.error(`${name}: ${error.message}`);
  } finally {
    running.delete(entry);
  }
}

function resultText({ train, final, best, seconds, steps }) {
  const rate = Math.round(steps / Math.max(seconds, 1e-9)).toLocaleString("en");
  return `final ${final}, best ${best}, training ${train ?? "-"}; ${seconds.toFixed(1)} s, ${rate} steps/s`;
}

function tellProgress({ running, done }, total) {
  for (const { id, seed, settings } of running) {
    const row = progressOf(home, id, seed);
    if (row === null) continue;
    const { steps, time } = settings;
    const share = time === null ? row.steps / steps : row.seconds / time;
    const score = Number(row.score.toPrecision(4));
    console.log(
      `  ${id} seed ${seed}: ${Math.round(100 * share)} %, score ${score}  [${done} of ${total}]`,
    );
  }
}

/** The first signal lets every training save itself, the second ends at once. */
function stopInOrder(children, state) {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () => {
      if (state.stopped !== null && performance.now() - state.stoppedAt > 500) process.exit(1);
      if (state.stopped !== null) return;
      state.stopped = signal;
      state.stoppedAt = performance.now();
      console.log("stopping: unfinished seeds are saved and go on the next time");
      for (const child of children) child.kill("SIGTERM");
    });
  }
}

function finish({ stopped, failed, results }) {
  if (isScratch) {
    rmSync(home, { recursive: true, force: true });
    showScratch(results);
  } else {
    writeReport(command, chosen);
  }
  if (failed.size > 0) console.error(`failed, and left out from there: ${[...failed].join(", ")}`);
  if (stopped !== null) process.exitCode = stopped === "SIGINT" ? 130 : 143;
  else if (failed.size > 0) process.exitCode = 1;
}

/** What came out of a trial: judged like the real thing, and worth nothing. */
function showScratch(results) {
  const found = chosen.map((row) => ({
    row,
    ready: prepare(row, scale),
    results: results
      .filter(({ id }) => id === row.id)
      .map(({ seed, result }) => ({ seed, ...result })),
  }));
  const trained = found.filter((one) => one.results.length > 0);
  console.log(
    `\n${judgements(trained, {})}\n\na trial with ${scale} of the steps: nothing is kept`,
  );
}

function numberOf(name) {
  const value = Number(values[name]);
  if (!(value > 0) || (name !== "steps-scale" && !Number.isInteger(value))) {
    stop(`--${name}: expected a positive number (got "${values[name]}")`);
  }
  return value;
}

function stop(message) {
  console.error(message);
  process.exit(2);
}
