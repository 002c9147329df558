/**
 * One PPO minibatch step (forward, loss, backward, clip to a norm, Adam) of an MLP on the GPU, recorded and eager, beside
 * PyTorch as a CUDA graph and eager: the same parameters and batch, turns interleaved. The losses after three steps must
 * agree. Options: lib/harness.mjs.
 *
 *   node benchmarks/cuda/ppo-step.mjs
 */
import { createLearner } from "../lib/learner.mjs";
import { ratioOf } from "../lib/measure.mjs";
import { encode } from "../lib/peer.mjs";
import { actions, inputs, workload } from "../lib/workload.mjs";
import {
  measure,
  milliseconds,
  openGpu,
  peerTurn,
  precisions,
  publish,
  readOptions,
  startPeer,
  turn,
} from "./lib/harness.mjs";

const lossTolerance = { float32: 1e-4, tf32: 5e-3, bfloat16: 5e-2 };

const options = readOptions();
const hiddens = options.smoke ? [16] : [64, 256];
const batches = options.smoke ? [16] : [4096, 16384, 65536];
const peerKinds = ["graph", "eager", ...(options.compile ? ["compiled"] : [])];
const peer = await startPeer(options.torch, "ppo_step.py");
const problems = [];
const found = [];
for (const hidden of hiddens) {
  for (const batch of batches) {
    const work = workload(batch, hidden);
    await setUp(work, batch, hidden);
    for (const precision of precisions) {
      found.push(await measureOne({ hidden, batch, precision }, work));
    }
  }
}
peer?.close();
const names = ["replay", "eager", ...peerKinds.map((what) => `torch ${what}`)];
publish(
  "ppo-step",
  {
    title: "PPO minibatch step on the GPU",
    intro: [
      `A network of ${inputs}-h-h-(${actions}+1) with tanh; loss, gradients, clipping to a norm and Adam included.`,
      "Milliseconds per step: median and quartiles of interleaved turns. Precision is what products may round their factors to; everything else is float32 (PyTorch: autocast for bfloat16).",
    ],
    header: ["h", "batch", "precision", ...names, "ratio graph", "ratio eager", "loss"],
    rows: found.map(({ hidden, batch, precision, times, loss }) => [
      hidden,
      batch,
      precision,
      ...names.map((name) => milliseconds(times.get(name))),
      ratioOf(times.get("torch graph"), times.get("replay")),
      ratioOf(times.get("torch eager"), times.get("eager")),
      loss.toPrecision(6),
    ]),
    data: found.map(({ times, ...one }) => ({ ...one, seconds: Object.fromEntries(times) })),
    problems,
  },
  options,
);

async function setUp(work, batch, hidden) {
  const arrays = Object.fromEntries(Object.entries(work).map(([key, a]) => [key, encode(a)]));
  const shape = { batch, hidden, inputs, actions, heads: "merged" };
  const answer = await peer?.ask({ do: "setup", ...shape, ...arrays });
  if (answer?.problem) throw new Error(`PyTorch: ${answer.problem}`);
}

async function measureOne(shape, work) {
  const { hidden, precision } = shape;
  const device = openGpu(precision);
  const learner = createLearner(device, hidden, work);
  learner.step(3);
  const loss = learner.loss();
  if (!Number.isFinite(loss)) problems.push(`${JSON.stringify(shape)}: the loss is ${loss}`);
  const wait = () => void learner.loss();
  const contestants = [
    { name: "replay", run: turn(learner.step, wait) },
    { name: "eager", run: turn(learner.eagerStep, wait) },
  ];
  if (peer) {
    const { value } = await peer.ask({ do: "run", what: "eager", precision, count: 3 });
    if (!(Math.abs(loss - value) <= lossTolerance[precision] * Math.max(1, Math.abs(value)))) {
      problems.push(
        `${JSON.stringify(shape)}: the losses differ (Carom ${loss}, PyTorch ${value})`,
      );
    }
    for (const what of peerKinds) {
      contestants.push({ name: `torch ${what}`, run: peerTurn(peer, what, precision) });
    }
  }
  const times = await measure(contestants, options);
  device.dispose();
  return { ...shape, loss, times };
}
