/**
 * The convolutional network of Mnih et al. 2015 on images of 84 x 84 x 4 bytes on the GPU: the loss with all gradients,
 * recorded and eager, beside PyTorch (channels-last) as a CUDA graph and eager: the same parameters and images, turns
 * interleaved. The losses must agree. Options: lib/harness.mjs.
 *
 *   node benchmarks/cuda/cnn.mjs
 */
import { ratioOf } from "../lib/measure.mjs";
import { createNetwork, heads, natureWork } from "../lib/nature.mjs";
import { encode } from "../lib/peer.mjs";
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

const lossTolerance = { float32: 1e-4, tf32: 1e-2, bfloat16: 5e-2 };

const options = readOptions();
const batches = options.smoke ? [1] : [256, 2048];
const width = options.smoke ? 1 / 8 : 1;
const peer = await startPeer(options.torch, "cnn.py");
const problems = [];
const found = [];
for (const batch of batches) {
  const work = natureWork(batch, width);
  const arrays = { parameters: encode(work.parameters), images: encode(work.images) };
  const answer = await peer?.ask({ do: "setup", batch, heads, width, ...arrays });
  if (answer?.problem) throw new Error(`PyTorch: ${answer.problem}`);
  for (const precision of precisions) found.push(await measureOne({ batch, precision }, work));
}
peer?.close();
const names = ["replay", "eager", "torch graph", "torch eager"];
publish(
  "cnn",
  {
    title: "Convolutional network on the GPU",
    intro: [
      "Convolutions of 32 8x8 (stride 4), 64 4x4 (stride 2) and 64 3x3, a layer of 512, heads of 5; ReLU; images are bytes, converted inside. A step is forward with the gradients of all parameters, no optimiser.",
      "Milliseconds: median and quartiles of interleaved turns. Precision is what products and convolutions may round their factors to (PyTorch: autocast for bfloat16).",
    ],
    header: ["batch", "precision", ...names, "ratio graph", "ratio eager", "loss"],
    rows: found.map(({ batch, precision, times, loss }) => [
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

async function measureOne(shape, work) {
  const { batch, precision } = shape;
  const device = openGpu(precision);
  const network = createNetwork(device, work, batch, "uint8");
  const loss = network.loss();
  if (!Number.isFinite(loss)) problems.push(`${JSON.stringify(shape)}: the loss is ${loss}`);
  const contestants = [
    { name: "replay", run: turn(network.step, network.wait) },
    { name: "eager", run: turn(network.stepEager, network.wait) },
  ];
  if (peer) {
    const { value } = await peer.ask({ do: "run", what: "eager", precision, count: 1 });
    if (!(Math.abs(loss - value) <= lossTolerance[precision] * Math.max(1, Math.abs(value)))) {
      problems.push(
        `${JSON.stringify(shape)}: the losses differ (Carom ${loss}, PyTorch ${value})`,
      );
    }
    for (const what of ["graph", "eager"]) {
      contestants.push({ name: `torch ${what}`, run: peerTurn(peer, what, precision) });
    }
  }
  const times = await measure(contestants, options);
  device.dispose();
  return { ...shape, loss, times };
}
