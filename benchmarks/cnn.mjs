/**
 * The convolutional network of Mnih et al. 2015 on images of 84 x 84 x 4, forward and with all gradients, Carom beside
 * PyTorch in its default layout, channels-last, and compiled: the same parameters and images, turns interleaved,
 * medians. The losses must agree first.
 *
 *   pnpm bench cnn            CAROM_PYTHON names a Python that has PyTorch
 */
import { cpus } from "node:os";
import { openDevice } from "@carom/tensor";
import { interleave } from "./lib/measure.mjs";
import { createNetwork, natureWork, setUpPeer } from "./lib/nature.mjs";
import { findTorch, startPeer } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";

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
async function measure(device, threads, kind) {
  const { input, batch } = kind;
  const work = natureWork(batch);
  const own = createNetwork(device, work, batch, input);
  const peer = torch.reason ? null : await startPeer(torch.python, "torch_cnn.py", threads);
  const formats = peer ? await setUpPeer(peer, work, kind, own.loss(), notes) : [];
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
