/**
 * One PPO minibatch step (forward, loss, backward, clip to a norm, Adam) of Breakout's network, Carom beside PyTorch
 * eager with fused Adam: the same parameters and batch, turns interleaved, medians. Both first take three steps whose
 * losses must agree.
 *
 *   pnpm bench ppo-step            CAROM_PYTHON names a Python that has PyTorch
 */
import { cpus } from "node:os";
import { openDevice } from "@carom/tensor";
import { createLearner } from "./lib/learner.mjs";
import { interleave } from "./lib/measure.mjs";
import { encode, findTorch, startPeer } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";
import { actions, inputs, workload } from "./lib/workload.mjs";

const shapes = [
  { batch: 256, hidden: 64 },
  { batch: 2048, hidden: 64 },
  { batch: 256, hidden: 128 },
  { batch: 2048, hidden: 128 },
];
const threadCounts = [...new Set([1, Math.min(2, cpus().length)])];

const torch = findTorch();
if (torch.reason) console.log(torch.reason);
const rows = [];
for (const threads of threadCounts) {
  const device = openDevice("cpu", { threads });
  const peer = torch.reason ? null : await startPeer(torch.python, "torch_ppo_step.py", threads);
  for (const shape of shapes) rows.push(await measure(device, peer, shape));
  peer?.close();
  device.dispose();
}

const ms = ({ median, low, high }) => `${fixed(median)} (${fixed(low)}-${fixed(high)})`;
report("ppo-step", {
  title: "PPO minibatch step",
  command: "pnpm bench ppo-step",
  intro: [
    `A network of ${inputs}-h-h-(${actions}+1) with tanh; loss, gradients, clipping to a norm and Adam included; float32.`,
    "Milliseconds per step: median and 10th to 90th percentile of 21 interleaved turns.",
    "Replayed is a recording, eager the same code called from JavaScript each time.",
    torch.reason ??
      "PyTorch runs eagerly with fused Adam; ratio is its median over that of Carom replayed, quiet ratio the same of the 10th percentiles, which other programs on the machine disturb less.",
  ].join(" "),
  body: table(
    ["threads", "batch", "h", "Carom replayed", "Carom eager", "PyTorch", "ratio", "quiet ratio"],
    rows.map(({ threads, batch, hidden, times }) => {
      const torchTime = times.get("torch");
      const own = times.get("replay");
      const ratio = (of) => (torchTime ? (torchTime[of] / own[of]).toFixed(1) : "-");
      return [
        threads,
        batch,
        hidden,
        ms(own),
        ms(times.get("eager")),
        torchTime ? ms(torchTime) : "-",
        ratio("median"),
        ratio("low"),
      ];
    }),
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
    const setup = { do: "setup", name, batch, hidden, inputs, actions, heads: "merged" };
    await peer.ask({ ...setup, ...arrays });
    const ask = (count) => peer.ask({ do: "step", name, count });
    learner.step(3);
    checkEqual(learner.loss(), (await ask(3)).loss);
    contestants.push({ name: "torch", run: async (count) => (await ask(count)).seconds });
  }
  const times = await interleave(contestants, { rounds: 21, seconds: 0.06 });
  return { threads: device.threads, batch, hidden, times };
}

/** Both must do the same work: a benchmark of two different losses says nothing. */
function checkEqual(own, peers) {
  if (Math.abs(own - peers) <= 1e-4 * Math.max(1, Math.abs(peers))) return;
  throw new Error(`ppo-step: the losses after three steps differ (Carom ${own}, PyTorch ${peers})`);
}

function fixed(seconds) {
  return (seconds * 1000).toFixed(3);
}
