/**
 * One DQN update of CartPole's usual network (online and target, Huber loss, backward, Adam), batch 32, Carom beside
 * PyTorch eager with fused Adam: the same parameters and batch, turns interleaved, medians. Both first take three steps
 * whose losses must agree.
 *
 *   pnpm bench dqn-step            CAROM_PYTHON names a Python that has PyTorch
 */
import { cpus } from "node:os";
import { openDevice } from "@carom/tensor";
import { createDqn, dqnWork } from "./lib/dqn.mjs";
import { checkEqualLoss, interleave, milliseconds, ratioOf } from "./lib/measure.mjs";
import { compiledPeer, encode, findTorch, startPeer } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";

const shapes = [
  { batch: 32, inputs: 4, hidden: 64, actions: 2 },
  { batch: 32, inputs: 4, hidden: 128, actions: 2 },
];
const threadCounts = [...new Set([1, Math.min(2, cpus().length)])];

const torch = findTorch();
if (torch.reason) console.log(torch.reason);
const rows = [];
let compileProblem;
for (const threads of threadCounts) {
  const device = openDevice("cpu", { threads });
  const peer = torch.reason ? null : await startPeer(torch.python, "torch_dqn_step.py", threads);
  for (const shape of shapes) rows.push(await measure(device, peer, shape));
  peer?.close();
  device.dispose();
}

report("dqn-step", {
  title: "DQN update",
  command: "pnpm bench dqn-step",
  intro: [
    "A network of 4-h-h-2 with ReLU, online and target; Huber loss, gradients and Adam; float32, batch 32.",
    "Milliseconds per update: median and 10th to 90th percentile of 21 interleaved turns.",
    "Replayed is a recording, eager the same code called from JavaScript each time.",
    torch.reason ??
      "PyTorch uses fused Adam; the ratios are its eager median over Carom's, and its compiled median over Carom's replayed.",
    compileProblem ?? "",
  ]
    .join(" ")
    .trim(),
  body: table(
    [
      "threads",
      "h",
      "replayed",
      "eager",
      "PyTorch",
      "compiled",
      "ratio replayed",
      "ratio eager",
      "ratio compiled",
    ],
    rows.map(({ threads, hidden, times }) => [
      threads,
      hidden,
      milliseconds(times.get("replay")),
      milliseconds(times.get("eager")),
      milliseconds(times.get("torch")),
      milliseconds(times.get("compiled")),
      ratioOf(times.get("torch"), times.get("replay")),
      ratioOf(times.get("torch"), times.get("eager")),
      ratioOf(times.get("compiled"), times.get("replay")),
    ]),
  ),
  peers: torch.reason ? [] : [["PyTorch", torch.version]],
});

async function measure(device, peer, shape) {
  const work = dqnWork(shape);
  const learner = createDqn(device, shape, work);
  learner.eagerStep(5000); // until the engine has compiled what it will
  learner.restore();
  const contestants = [
    { name: "replay", run: learner.step },
    { name: "eager", run: learner.eagerStep },
  ];
  if (peer) {
    const name = `h${shape.hidden}`;
    const arrays = Object.fromEntries(Object.entries(work).map(([key, a]) => [key, encode(a)]));
    const ask = await peer.setUp({ name, ...shape, ...arrays });
    learner.step(3);
    checkEqualLoss("dqn-step", learner.loss(), (await ask("step", 3)).loss);
    contestants.push({ name: "torch", run: async (count) => (await ask("step", count)).seconds });
    const compiled = await compiledPeer(ask);
    if (compiled.run) contestants.push({ name: "compiled", run: compiled.run });
    else compileProblem = compiled.problem;
  }
  const times = await interleave(contestants, { rounds: 21, seconds: 0.06 });
  return { threads: device.threads, hidden: shape.hidden, times };
}
