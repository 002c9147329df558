/**
 * One seed of one row: `carom train`, then `carom eval` of the last state and of the best checkpoint. What it leaves is
 * runs/learning/<row>/seed-<n>.json; the run's folder beside it is removed then. Killed at any moment, it is continued the
 * next time from the run's newest checkpoint.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCarom } from "../lib/carom.mjs";
import { commit, processor } from "../lib/report.mjs";
import { isSameProtocol } from "./protocol.mjs";
import { writeWhole } from "./store.mjs";

/** Points of a stored curve, evenly spaced over steps (or seconds, where time is the limit). */
export const curvePoints = 50;
/** Episodes of every evaluation, and of the training score. */
const episodes = 100;

/** The finished result of a seed that lies on this machine, or null. */
export function finishedSeed(home, row, seed, settings) {
  const kept = readJson(filesOf(home, row.id, seed).finished);
  return kept !== null && isSameProtocol(kept.settings, settings) ? kept : null;
}

/**
 * Trains, evaluates and keeps the result.
 *
 * @param {object} task  { home, row, seed, ready, jobs, keep, onChild }: `ready` from prepare, `jobs` that run side by
 *   side, `keep` to leave the run's folder
 * @returns what finishedSeed gives
 */
export async function runSeed(task) {
  const { home, row, seed, ready, jobs, keep, onChild } = task;
  const { settings, hash } = ready;
  const files = filesOf(home, row.id, seed);
  const begun = begin(files, ready);
  const trained = await train(files, row, ready, seed, onChild);
  const evaluated = await evaluate(files.run, row.actions, onChild);
  const rows = readRows(files.run);
  const now = commit();
  const result = {
    commit: begun.commit === now ? now : `${begun.commit} to ${now}`,
    date: new Date().toISOString().slice(0, 10),
    machine: processor(),
    jobs,
    steps: trained.steps,
    seconds: trained.seconds,
    train: trained.score.mean === null ? null : short(trained.score.mean),
    ...evaluated,
    reached: reachedOf(row, rows),
    curve: curveOf(rows, settings),
  };
  const kept = { id: row.id, seed, hash, settings, result };
  writeWhole(files.finished, `${JSON.stringify(kept)}\n`);
  rmSync(files.begun, { force: true });
  if (!keep) rmSync(files.run, { recursive: true, force: true });
  return kept;
}

/** Steps and training score of a run that goes on, or null. */
export function progressOf(home, id, seed) {
  const { run } = filesOf(home, id, seed);
  return existsSync(join(run, "metrics.jsonl")) ? (readRows(run).at(-1) ?? null) : null;
}

function filesOf(home, id, seed) {
  const base = join(home, id, `seed-${seed}`);
  return { run: base, begun: `${base}.begun.json`, finished: `${base}.json` };
}

/** Keeps an unfinished run of the same protocol; anything else there is cleared away. */
function begin(files, { settings }) {
  const before = readJson(files.begun);
  const goesOn = existsSync(join(files.run, "run.json")) && before !== null;
  if (goesOn && isSameProtocol(before.settings, settings)) return before;
  for (const path of [files.run, files.finished, files.begun]) {
    rmSync(path, { recursive: true, force: true });
  }
  const begun = { settings, commit: commit() };
  writeWhole(files.begun, `${JSON.stringify(begun)}\n`);
  return begun;
}

async function train({ run }, row, { words }, seed, onChild) {
  const done = readJson(join(run, "result.json"));
  if (done !== null) return done;
  const manner = ["--checkpoint-every", row.checkpointEvery, "--no-viewer", "--json"];
  const fresh = [...words.slice(0, 2), "--seed", String(seed), "--out", run, ...words.slice(2)];
  if (existsSync(join(run, "run.json"))) {
    try {
      await runCarom(["train", "--resume", run, ...manner], onChild);
    } catch (error) {
      // Killed between its last checkpoint and its result: there is nothing left to go on with.
      if (!/ is finished: /.test(error.message)) throw error;
      rmSync(run, { recursive: true });
      await runCarom(fresh, onChild);
    }
  } else {
    mkdirSync(dirname(run), { recursive: true });
    await runCarom(fresh, onChild);
  }
  return JSON.parse(readFileSync(join(run, "result.json"), "utf8"));
}

async function evaluate(run, actions, onChild) {
  const found = {};
  for (const [name, which] of Object.entries({ final: "latest", best: "best" })) {
    const greedy = actions === "greedy" ? ["--greedy"] : [];
    const words = ["eval", run, "--checkpoint", which, "--episodes", String(episodes)];
    const score = await runCarom([...words, "--threads", "1", ...greedy, "--json"], onChild);
    found[name] = short(score.mean);
    found[`${name}Step`] = score.step;
  }
  return found;
}

/** The lines of metrics that have a score. */
function readRows(run) {
  return readFileSync(join(run, "metrics.jsonl"), "utf8")
    .split("\n")
    .flatMap((line) => (line.endsWith("}") ? [JSON.parse(line)] : []))
    .filter((row) => typeof row.score === "number");
}

/** When the mean of the last 100 training episodes was first at each bar: steps and seconds, or null. */
function reachedOf({ claims }, rows) {
  const scores = [...new Set(claims.map((claim) => claim.bar))];
  const first = (bar) => rows.find((row) => row.episodes >= episodes && row.score >= bar);
  return Object.fromEntries(
    scores.map((bar) => {
      const row = first(bar);
      return [bar, row === undefined ? null : [row.steps, Number(row.seconds.toFixed(2))]];
    }),
  );
}

/** The training score at evenly spaced points; null where no episode had ended. */
function curveOf(rows, { steps, time }) {
  const [axis, length] = time === null ? ["steps", steps] : ["seconds", time];
  let at = 0;
  return Array.from({ length: curvePoints }, (_, i) => {
    const end = (length * (i + 1)) / curvePoints;
    while (at < rows.length && rows[at][axis] <= end * (1 + 1e-9)) at++;
    const isLast = i === curvePoints - 1 && rows.length > 0;
    const row = isLast ? rows.at(-1) : rows[at - 1];
    return row === undefined ? null : short(row.score);
  });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

function short(value) {
  return Number(value.toPrecision(5));
}
