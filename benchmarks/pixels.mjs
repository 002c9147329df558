/**
 * Breakout from pixels: what one network pass of the published protocols costs in PyTorch and in Carom, how many steps a
 * second that leaves a PyTorch agent at best (games, replay and optimiser for nothing), and what `carom train` does with
 * everything counted.
 *
 *   pnpm bench pixels                    CAROM_PYTHON names a Python that has PyTorch
 *   pnpm bench pixels --time 30s --only dqn
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { resolveConfig } from "@carom/agents";
import { openDevice } from "@carom/tensor";
import { runCarom } from "./lib/carom.mjs";
import { interleave } from "./lib/measure.mjs";
import { createNetwork, natureWork, setUpPeer } from "./lib/nature.mjs";
import { findTorch, startPeer } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";

const pictures = { observation: "pixels", frameSkip: 4, frameStack: 4 };
/**
 * The protocols: settings of `carom train`, and the seconds of one step of the agent from the seconds of network passes,
 * which are named by what they do and their batch.
 */
const protocols = [
  {
    algo: "dqn",
    text: "batch 32 every 4 steps",
    set: { ...pictures, envs: 1, buffer: 10_000, learningStarts: 1000, trainEvery: 4, batch: 32 },
    cost: (pass) => pass("forward", 1) + (pass("step", 32) + pass("forward", 32)) / 4,
  },
  {
    algo: "ppo",
    text: "8 games x 128 steps, 4 epochs, minibatch 256",
    set: { ...pictures, envs: 8, horizon: 128, epochs: 4, minibatch: 256 },
    cost: (pass) => pass("forward", 8) / 8 + (4 * pass("step", 256)) / 256,
  },
];
/** By batch: what is measured of it. Compiling takes PyTorch a while, so only large batches are compiled. */
const passes = [
  { batch: 1, whats: ["forward"], compiled: false },
  { batch: 8, whats: ["forward"], compiled: false },
  { batch: 32, whats: ["forward", "step"], compiled: true },
  { batch: 256, whats: ["step"], compiled: true },
];

const { values } = parseArgs({
  options: {
    time: { type: "string", default: "20s" },
    only: { type: "string", default: protocols.map(({ algo }) => algo).join(",") },
  },
});
const threadCounts = [...new Set([1, Math.min(2, cpus().length)])];
const chosen = protocols.filter(({ algo }) => values.only.split(",").includes(algo));
const torch = findTorch();
if (torch.reason) console.log(torch.reason);

const notes = new Set();
const networks = [];
for (const threads of threadCounts) networks.push(await measureNetwork(threads));
const trainings = [];
for (const protocol of chosen) {
  for (const threads of threadCounts) trainings.push(await measureTraining(protocol, threads));
}
write();

/** Seconds of every pass: ours, and PyTorch's in the quickest of its formats. */
async function measureNetwork(threads) {
  const device = openDevice("cpu", { threads });
  const peer = torch.reason ? null : await startPeer(torch.python, "torch_cnn.py", threads);
  const found = [];
  for (const { batch, whats, compiled } of passes) {
    const work = natureWork(batch);
    const own = createNetwork(device, work, batch, "uint8");
    const kind = { batch, input: "uint8", compiled };
    const formats = peer ? await setUpPeer(peer, work, kind, own.loss(), notes) : [];
    for (const what of whats) {
      const contestants = [
        { name: "own", run: own[what] },
        ...formats.map((name) => ({
          name,
          run: async (count) => (await peer.ask({ do: what, name, count })).seconds,
        })),
      ];
      const times = await interleave(contestants, { rounds: 9, seconds: 0.08 });
      const theirs = formats.map((name) => times.get(name).median);
      const best = theirs.length > 0 ? Math.min(...theirs) : null;
      found.push({ what, batch, own: times.get("own").median, peer: best });
    }
    own.dispose();
  }
  peer?.close();
  device.dispose();
  return { threads, found };
}

/** Steps per second in the second half of a training, when learning has begun; or why there is none. */
async function measureTraining({ algo, set }, threads) {
  try {
    resolveConfig(algo, "breakout", "classic", set);
  } catch (error) {
    return { algo, threads, missing: error.message };
  }
  const folder = mkdtempSync(join(tmpdir(), "carom-bench-"));
  const out = join(folder, "run");
  const pairs = Object.entries(set).map(([key, value]) => `${key}=${value}`);
  const words = ["train", "breakout", "--algo", algo, "--threads", String(threads)];
  const length = ["--time", values.time, "--checkpoint-every", "1h"];
  const manner = ["--out", out, "--no-viewer", "--json", "--set", ...pairs];
  try {
    await runCarom([...words, ...length, ...manner]);
    return { algo, threads, rate: lateRate(join(out, "metrics.jsonl")) };
  } catch (error) {
    return { algo, threads, missing: error.message };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lateRate(file) {
  const rows = readFileSync(file, "utf8").trim().split("\n").map(parse);
  const last = rows.at(-1);
  const middle = rows.find((row) => row.seconds >= last.seconds / 2);
  if (middle === last) return last.steps / last.seconds;
  return (last.steps - middle.steps) / (last.seconds - middle.seconds);
}

function parse(line) {
  return JSON.parse(line);
}

function write() {
  report("pixels", {
    title: "Breakout from pixels",
    command: ["pnpm bench pixels", ...process.argv.slice(2)].join(" "),
    intro: [
      "Pictures of 84 x 84, the last 4 of them, every action played 4 times; the network of Mnih et al. 2015.",
      "Milliseconds of a network pass on bytes: medians of 9 interleaved turns; step is forward with all gradients. PyTorch is the quickest of its default layout, channels-last and, from 32 images on, compiled.",
      `Training: \`carom train breakout --time ${values.time}\`, steps of the agent per second in the second half, everything counted.`,
      "Network alone: the steps per second that are left if nothing but the passes of the protocol took time. For PyTorch that is more than any agent written with it can do.",
      torch.reason ?? "",
      ...notes,
    ]
      .join(" ")
      .trim(),
    body: `${networkTable()}\n\n${trainingTable()}`,
    peers: torch.reason ? [] : [["PyTorch", torch.version]],
  });
}

function networkTable() {
  return table(
    ["threads", "pass", "batch", "Carom ms", "PyTorch ms", "ratio"],
    networks.flatMap(({ threads, found }) =>
      found.map(({ what, batch, own, peer }) => [
        threads,
        what,
        batch,
        (own * 1000).toFixed(2),
        peer === null ? "-" : (peer * 1000).toFixed(2),
        peer === null ? "-" : (peer / own).toFixed(2),
      ]),
    ),
  );
}

function trainingTable() {
  const rows = trainings.map(({ algo, threads, rate, missing }) => {
    const { text, cost } = protocols.find((one) => one.algo === algo);
    const { found } = networks.find((one) => one.threads === threads);
    const bound = (side) => {
      const pass = (what, batch) =>
        found.find((one) => one.what === what && one.batch === batch)[side];
      const seconds = cost(pass);
      return Number.isFinite(1 / seconds) ? 1 / seconds : null;
    };
    const [own, peer] = [bound("own"), torch.reason ? null : bound("peer")];
    return [
      algo,
      text,
      threads,
      rate === undefined ? `not built: ${missing}` : count(rate),
      count(own),
      peer === null ? "-" : count(peer),
      rate === undefined || peer === null ? "-" : (rate / peer).toFixed(2),
    ];
  });
  const header =
    "algorithm,protocol,threads,Carom steps/s,Carom network alone,PyTorch network alone,Carom over PyTorch's network alone";
  return table(header.split(","), rows);
}

function count(value) {
  return Math.round(value).toLocaleString("en");
}
