/**
 * The convolutional network of Mnih et al. 2015 on images of 84 x 84 x 4, forward and with all gradients, Carom beside
 * PyTorch in its default layout, channels-last, and compiled: the same parameters and images, turns interleaved,
 * medians. The losses must agree first.
 *
 *   pnpm bench cnn            CAROM_PYTHON names a Python that has PyTorch
 */
import { cpus } from "node:os";
import {
  capture,
  conv2d,
  linear,
  noGrad,
  openDevice,
  scope,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import { interleave } from "./lib/measure.mjs";
import { encode, findTorch, startPeer } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";

const heads = 5; // four logits and a value
const layers = [
  { shape: [32, 4, 8, 8], stride: 4 },
  { shape: [64, 32, 4, 4], stride: 2 },
  { shape: [64, 64, 3, 3], stride: 1 },
  { shape: [512, 3136] },
  { shape: [heads, 512] },
];
const kinds = [
  { input: "uint8", batch: 32, compiled: true },
  { input: "uint8", batch: 256, compiled: true },
  { input: "float32", batch: 32, compiled: false },
  { input: "float32", batch: 256, compiled: false },
];
const threadCounts = [...new Set([1, Math.min(2, cpus().length)])];

const torch = findTorch();
if (torch.reason) console.log(torch.reason);
const notes = new Set();
const rows = [];
for (const threads of threadCounts) {
  const device = openDevice("cpu", { threads });
  for (const kind of kinds) rows.push(...(await measure(device, threads, kind)));
  device.dispose();
}
write();

/** Two rows: forward, and forward with gradients. */
async function measure(device, threads, { input, batch, compiled }) {
  const work = workload(batch);
  const own = createNetwork(device, work, batch, input);
  const peer = torch.reason ? null : await startPeer(torch.python, "torch_cnn.py", threads);
  const formats = peer ? await setUpPeer(peer, work, batch, input, compiled, own.loss()) : [];
  const found = [];
  for (const what of ["forward", "step"]) {
    const contestants = [
      { name: "replay", run: own[what] },
      { name: "eager", run: own[`${what}Eager`] },
      ...formats.map((name) => ({
        name,
        run: async (count) => (await peer.ask({ do: what, name, count })).seconds,
      })),
    ];
    const times = await interleave(contestants, { rounds: 9, seconds: batch > 64 ? 0.12 : 0.08 });
    found.push({ threads, input, batch, what, times });
  }
  peer?.close();
  own.dispose();
  return found;
}

async function setUpPeer(peer, work, batch, input, compiled, loss) {
  const formats = [];
  for (const format of ["default", "channelsLast", ...(compiled ? ["compiled"] : [])]) {
    const arrays = { parameters: encode(work.parameters), images: encode(work.images) };
    const answer = await peer.ask({
      do: "setup",
      name: format,
      batch,
      input,
      format,
      heads,
      ...arrays,
    });
    if (answer.reason) {
      notes.add(`torch.compile did not run here: ${answer.reason}`);
      continue;
    }
    if (Math.abs(loss - answer.loss) > 1e-4 * Math.max(1, Math.abs(loss))) {
      throw new Error(`cnn: the losses differ (Carom ${loss}, PyTorch ${answer.loss})`);
    }
    formats.push(format);
  }
  return formats;
}

function createNetwork(device, work, batch, input) {
  const put = (data, shape) => tensor(data, { shape, device });
  let at = 0;
  const parameters = layers.flatMap(({ shape }) =>
    [shape, [shape[0]]].map((one) => {
      const count = one.reduce((product, size) => product * size, 1);
      at += count;
      return put(work.parameters.slice(at - count, at), one);
    }),
  );
  const images = scope(() => {
    const channelsFirst = put(work.images, [batch, 4, 84, 84]);
    const bytes = channelsFirst.permute([0, 2, 3, 1]).clone();
    return (input === "uint8" ? bytes : bytes.cast("float32").mul(1 / 255)).permute([0, 3, 1, 2]);
  });
  const forward = () => {
    const scale = input === "uint8" ? { inputScale: 1 / 255 } : {};
    const [w1, b1, w2, b2, w3, b3, w4, b4, w5, b5] = parameters;
    let h = conv2d(images, w1, b1, { stride: 4, activation: "relu", ...scale }); // [B, 32, 20, 20]
    h = conv2d(h, w2, b2, { stride: 2, activation: "relu" }); // [B, 64, 9, 9]
    h = conv2d(h, w3, b3, { activation: "relu" }); // [B, 64, 7, 7]
    h = linear(h.reshape([batch, 3136]), w4, b4, { activation: "relu" }); // [B, 512]
    return linear(h, w5, b5); // [B, heads]
  };
  const step = () => valueAndGrad(() => forward().square().mean(), parameters);
  const recordedForward = capture(device, () => noGrad(forward));
  const recordedStep = capture(device, step);
  return {
    forward: timed(() => recordedForward.replay()),
    forwardEager: timed(() => scope(() => void noGrad(forward))),
    step: timed(() => recordedStep.replay()),
    stepEager: timed(() => scope(() => void step())),
    loss() {
      recordedStep.replay();
      return recordedStep.outputs.value.item();
    },
    dispose() {
      recordedForward.dispose();
      recordedStep.dispose();
      for (const one of [images, ...parameters]) one.dispose();
    },
  };
}

/** Parameters of every layer in turn, weight then bias, and images of bytes; the same every time. */
function workload(batch) {
  let state = 1;
  const random = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const parts = layers.flatMap(({ shape: [outputs, ...rest] }) => {
    const inputs = rest.reduce((product, size) => product * size, 1);
    const bound = Math.sqrt(6 / inputs);
    const weight = Float32Array.from(
      { length: outputs * inputs },
      () => bound * (2 * random() - 1),
    );
    return [...weight, ...new Float32Array(outputs).fill(0.01)];
  });
  const images = Uint8Array.from({ length: batch * 4 * 84 * 84 }, () => 256 * random());
  return { parameters: Float32Array.from(parts), images };
}

/** Seconds that `count` calls take. */
function timed(call) {
  return (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call();
    return (performance.now() - start) / 1000;
  };
}

function write() {
  const ms = (time) =>
    time ? `${fixed(time.median)} (${fixed(time.low)}-${fixed(time.high)})` : "-";
  const names = ["replay", "eager", "default", "channelsLast", "compiled"];
  report("cnn", {
    title: "Convolutional network",
    command: "pnpm bench cnn",
    intro: [
      "Images of 84 x 84 x 4; convolutions of 32 8x8 (stride 4), 64 4x4 (stride 2) and 64 3x3, a layer of 512, heads of 5; ReLU; float32.",
      "Milliseconds: median and 10th to 90th percentile of 9 interleaved turns. Step is forward with the gradients of all parameters, no optimiser.",
      "Replayed is a recording, eager the same code called from JavaScript each time. Bytes are converted inside: by Carom as the first layer reads them.",
      torch.reason ??
        "Ratios are PyTorch's time over that of Carom replayed, of medians and (quiet) of 10th percentiles.",
      ...notes,
    ].join(" "),
    body: table(
      [
        ..."threads,input,batch,what,Carom replayed,Carom eager,PyTorch default,PyTorch channels-last,PyTorch compiled".split(
          ",",
        ),
        "ratio default",
        "ratio channels-last",
        "ratio compiled",
        "quiet ratios",
      ],
      rows.map(({ threads, input, batch, what, times }) => {
        const ratio = (name, of) =>
          times.has(name) ? (times.get(name)[of] / times.get("replay")[of]).toFixed(2) : "-";
        return [
          threads,
          input,
          batch,
          what,
          ...names.map((name) => ms(times.get(name))),
          ...names.slice(2).map((name) => ratio(name, "median")),
          names
            .slice(2)
            .map((name) => ratio(name, "low"))
            .join(" "),
        ];
      }),
    ),
    peers: torch.reason ? [] : [["PyTorch", torch.version]],
  });
}

function fixed(seconds) {
  return (seconds * 1000).toFixed(2);
}
