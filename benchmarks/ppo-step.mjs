/**
 * One PPO minibatch step (forward, loss, backward, clip to a norm, Adam) of Breakout's network, Carom beside PyTorch
 * with fused Adam, eager and compiled: the same parameters and batch, turns interleaved, medians. Both first take three
 * steps whose losses must agree.
 *
 *   pnpm bench ppo-step            CAROM_PYTHON names a Python that has PyTorch
 */
import { cpus } from "node:os";
import { openDevice } from "@carom/tensor";
import { createLearner } from "./lib/learner.mjs";
import { checkEqualLoss, interleave, milliseconds, ratioOf } from "./lib/measure.mjs";
import { compiledPeer, encode, findTorch, startPeer } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";
import { actions, inputs, workload } from "./lib/workload.mjs";

const shapes = [
  { batch: 256, hidden: 64 },
  { batch: 2048, hidden: 64 },
  { batch: 8192, hidden: 64 },
  { batch: 256, hidden: 128 },
  { batch: 2048, hidden: 128 },
  { batch: 8192, hidden: 128 },
];
const threadCounts = [...new Set([1, Math.min(2, cpus().length)])];

const torch = findTorch();
if (torch.reason) console.log(torch.reason);
const rows = [];
let compileProblem;
for (const threads of threadCounts) {
  const device = openDevice("cpu", { threads });
  const peer = torch.reason ? null : await startPeer(torch.python, "torch_ppo_step.py", threads);
  for (const shape of shapes) rows.push(await measure(device, peer, shape));
  peer?.close();
  device.dispose();
}

report("ppo-step", {
  title: "PPO minibatch step",
  command: "pnpm bench ppo-step",
  intro: [
    `A network of ${inputs}-h-h-(${actions}+1) with tanh; loss, gradients, clipping to a norm and Adam included; float32.`,
    "Milliseconds per step: median and 10th to 90th percentile of 21 interleaved turns.",
    "Replayed is a recording, eager the same code called from JavaScript each time.",
    torch.reason ??
      "PyTorch uses fused Adam; compiled is torch.compile over forward and loss, hence backward too. Ratios are its medians over that of Carom replayed, quiet ratio the same of the 10th percentiles of its eager turns, which other programs on the machine disturb less.",
    compileProblem ?? "",
  ]
    .join(" ")
    .trim(),
  body: table(
    [
      "threads",
      "batch",
      "h",
      "replayed",
      "eager",
      "PyTorch",
      "compiled",
      "ratio",
      "quiet ratio",
      "ratio compiled",
    ],
    rows.map(({ threads, batch, hidden, times }) => [
      threads,
      batch,
      hidden,
      milliseconds(times.get("replay")),
      milliseconds(times.get("eager")),
      milliseconds(times.get("torch")),
      milliseconds(times.get("compiled")),
      ratioOf(times.get("torch"), times.get("replay")),
      ratioOf(times.get("torch"), times.get("replay"), "low"),
      ratioOf(times.get("compiled"), times.get("replay")),
    ]),
  ),
  peers: torch.reason ? [] : [["PyTorch", torch.version]],
});

async function measure(device, peer, { batch, hidden }) {
  const work = workload(batch, hidden);
  const learner = createLearner(device, hidden, work);
  const contestants = [
    { name: "replay", run: learner.step },
    { name: "eager", run: learner.eagerStep },
  ];
  if (peer) {
    const name = `${batch}x${hidden}`;
    const arrays = Object.fromEntries(Object.entries(work).map(([key, a]) => [key, encode(a)]));
    const shape = { batch, hidden, inputs, actions, heads: "merged" };
    const ask = await peer.setUp({ name, ...shape, ...arrays });
    learner.step(3);
    checkEqualLoss("ppo-step", learner.loss(), (await ask("step", 3)).loss);
    contestants.push({ name: "torch", run: async (count) => (await ask("step", count)).seconds });
    const compiled = await compiledPeer(ask);
    if (compiled.run) contestants.push({ name: "compiled", run: compiled.run });
    else compileProblem = compiled.problem;
  }
  const times = await interleave(contestants, { rounds: 21, seconds: 0.06 });
  return { threads: device.threads, batch, hidden, times };
}
