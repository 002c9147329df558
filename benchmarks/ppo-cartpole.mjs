/**
 * PPO on CartPole, from nothing to the last step: `carom train cartpole` beside a PyTorch PPO in one file over Gymnasium's
 * SyncVectorEnv (peers/torch_ppo_cartpole.py), with the settings of the RL Baselines3 Zoo and with CleanRL's. Runs take
 * turns, each a process of its own with a seed of its own.
 *
 *   pnpm bench ppo-cartpole              CAROM_PYTHON names a Python that has PyTorch and Gymnasium
 *   pnpm bench ppo-cartpole --rounds 5 --only zoo
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { resolveConfig } from "@carom/agents";
import { cleanrlPpo } from "./learning/bars.mjs";
import { runCarom } from "./lib/carom.mjs";
import { summary } from "./lib/measure.mjs";
import { findPython, findTorch } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";

const solved = 475;
/** The zoo's settings are the game's preset; CleanRL's are named. */
const contests = [
  { name: "zoo", steps: 100_000, set: {} },
  { name: "cleanrl", steps: 500_000, set: cleanrlPpo },
];
const script = fileURLToPath(new URL("./peers/torch_ppo_cartpole.py", import.meta.url));

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string", default: contests.map(({ name }) => name).join(",") },
    steps: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const threadCounts = [...new Set([1, Math.min(2, cpus().length)])];
const torch = findTorch();
const gymnasium = findPython("gymnasium", "Gymnasium");
const reason = torch.reason ?? gymnasium.reason;
if (reason) console.log(reason);

const chosen = contests.filter(({ name }) => values.only.split(",").includes(name));
const rows = chosen.flatMap((contest) =>
  threadCounts.map((threads) => ({
    ...contest,
    steps: Number(values.steps ?? contest.steps),
    threads,
    own: [],
    peer: [],
  })),
);
for (let round = 1; round <= rounds; round++) {
  for (const row of rows) {
    row.own.push(await trainOwn(row, round));
    if (!reason) row.peer.push(await trainPeer(row, round));
    tell(row, round);
  }
}
write();

/** Two trainings: all steps, and the same one until the score is reached. */
async function trainOwn({ steps, set, threads }, seed) {
  const whole = await trainOnce({ steps, set, threads, seed }, []);
  const until = await trainOnce({ steps, set, threads, seed }, ["--until-score", String(solved)]);
  const { score, seconds } = until.result;
  const isReached = score.episodes >= 100 && score.mean >= solved;
  return { ...timesOf(whole.result, steps, whole.process), reached: isReached ? seconds : null };
}

async function trainOnce({ steps, set, threads, seed }, more) {
  const folder = mkdtempSync(join(tmpdir(), "carom-bench-"));
  const pairs = Object.entries(set).map(([key, value]) => `${key}=${value}`);
  const words = ["train", "cartpole", "--algo", "ppo", "--steps", steps, "--threads", threads];
  const manner = ["--seed", seed, "--out", join(folder, "run"), "--no-viewer", "--json", ...more];
  const settings = pairs.length === 0 ? [] : ["--set", ...pairs];
  const start = performance.now();
  const result = await runCarom([...words, ...manner, ...settings].map(String));
  const process = (performance.now() - start) / 1000;
  rmSync(folder, { recursive: true, force: true });
  return { result, process };
}

async function trainPeer({ name, steps, threads }, seed) {
  const words = [
    script,
    "--settings",
    name,
    "--threads",
    threads,
    "--seed",
    seed,
    "--steps",
    steps,
  ];
  const env = { ...process.env, OMP_NUM_THREADS: String(threads) };
  const start = performance.now();
  const { stdout } = await promisify(execFile)(torch.python, words.map(String), { env });
  const seconds = (performance.now() - start) / 1000;
  const result = JSON.parse(stdout.trim().split("\n").at(-1));
  return { ...timesOf(result, steps, seconds), reached: result.reached?.seconds ?? null };
}

/** Whole iterations do not fit the steps exactly: the seconds are brought to the steps asked for. */
function timesOf({ steps, seconds, score }, asked, process) {
  return { seconds: (seconds * asked) / steps, process, score: score?.mean ?? score };
}

function tell({ name, threads, own, peer }, round) {
  const last = (list) => (list.length > 0 ? `${list.at(-1).seconds.toFixed(2)} s` : "-");
  const who = `${name}, ${threads} thread${threads === 1 ? "" : "s"}, round ${round}`;
  console.log(`${who}: Carom ${last(own)}, PyTorch ${last(peer)}`);
}

function write() {
  const names = ["envs", "horizon", "minibatch", "epochs", "learningRate", "gamma", "lambda"];
  const config = resolveConfig("ppo", "cartpole", "classic");
  const preset = names.map((key) => `${key}=${config[key]}`).join(" ");
  report("ppo-cartpole", {
    title: "PPO on CartPole, wall time",
    command: ["pnpm bench ppo-cartpole", ...process.argv.slice(2)].join(" "),
    intro: [
      "`carom train cartpole` beside one file of PyTorch over Gymnasium's SyncVectorEnv, each run a process of its own.",
      `${rounds} interleaved runs with seeds 1 to ${rounds}: medians, and the lowest to the highest.`,
      "Seconds are those of training, from the first step of the games on, for the same number of steps; process adds starting, saving and ending.",
      `To ${solved}: seconds until the mean of the last 100 training episodes is first at ${solved}, median of the runs that got there.`,
      `zoo: the game's preset (${preset}) beside the settings of the RL Baselines3 Zoo. cleanrl: the settings that CleanRL publishes, on both sides.`,
      "The bar: a ratio of 20, against the faster of PyTorch's numbers of threads.",
      reason ?? "",
    ]
      .join(" ")
      .trim(),
    body: tableOf(),
    peers: reason
      ? []
      : [
          ["PyTorch", torch.version],
          ["Gymnasium", gymnasium.version],
        ],
  });
}

function tableOf() {
  const header =
    "settings,steps,threads,Carom s,PyTorch s,ratio,Carom process s,PyTorch process s,ratio,Carom to 475,PyTorch to 475,ratio,Carom score,PyTorch score";
  return table(
    header.split(","),
    rows.map(({ name, steps, threads, own, peer }) => [
      name,
      steps.toLocaleString("en"),
      threads,
      ...compare(own, peer, (run) => run.seconds),
      ...compare(own, peer, (run) => run.process),
      ...compare(own, peer, (run) => run.reached),
      range(own.map((run) => run.score)),
      range(peer.map((run) => run.score)),
    ]),
  );
}

/** Both sides and their ratio. Runs without a value are counted. */
function compare(own, peer, of) {
  const sides = [own, peer].map((runs) => runs.map(of).filter((value) => value !== null));
  const texts = sides.map((found, i) => {
    const count = [own, peer][i].length;
    return found.length === count ? range(found) : `${range(found)} (${found.length} of ${count})`;
  });
  const [ours, theirs] = sides.map((found) => (found.length > 0 ? summary(found).median : null));
  const ratio = ours === null || theirs === null ? "-" : (theirs / ours).toFixed(1);
  return [...texts, ratio];
}

function range(list) {
  if (list.length === 0) return "-";
  const text = (value) => value.toFixed(value >= 100 ? 0 : 2);
  const { median } = summary(list);
  return `${text(median)} (${text(Math.min(...list))}-${text(Math.max(...list))})`;
}
