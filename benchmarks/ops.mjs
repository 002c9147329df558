/**
 * Single ops called eagerly from JavaScript, beside the same in eager PyTorch; turns interleaved, medians. f+b: with the
 * gradient.
 *
 *   pnpm bench ops                 CAROM_PYTHON names a Python that has PyTorch
 *   pnpm bench ops softmax         only those whose name has the word in it
 */
import { cpus } from "node:os";
import * as T from "@carom/tensor";
import { interleave } from "./lib/measure.mjs";
import { opCases } from "./lib/op-cases.mjs";
import { findTorch, startPeer } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";

const word = process.argv[2] ?? "";
const threadCounts = [...new Set([1, Math.min(2, cpus().length)])];

const torch = findTorch();
if (torch.reason) console.log(torch.reason);
const rows = new Map();
for (const threads of threadCounts) {
  const device = T.openDevice("cpu", { threads });
  const peer = torch.reason ? null : await startPeer(torch.python, "torch_ops.py", threads);
  for (const [name, call] of Object.entries(opCases(T, makers(device)))) {
    if (call === undefined || !name.includes(word)) continue;
    const times = await measure(peer, name, call);
    rows.set(name, [...(rows.get(name) ?? []), times]);
  }
  peer?.close();
  device.dispose();
}

const threadWord = (threads) => (threads === 1 ? "1 thread" : `${threads} threads`);
report(word === "" ? "ops" : "ops-some", {
  title: "Single ops",
  command: ["pnpm bench ops", word].join(" ").trim(),
  intro: [
    "Microseconds per call from JavaScript, without recording, float32: medians of 9 interleaved turns. f+b includes the gradient.",
    torch.reason ?? "Ratios are eager PyTorch's time over ours: below 1 we are slower.",
  ].join(" "),
  body: table(
    ["op", ...threadCounts.flatMap((t) => [threadWord(t), "PyTorch", "ratio"])],
    [...rows].map(([name, list]) => [name, ...list.flatMap(cells)]),
  ),
  peers: torch.reason ? [] : [["PyTorch", torch.version]],
});

function cells(times) {
  const [own, peer] = [times.get("own"), times.get("torch")];
  const us = ({ median }) => (median * 1e6).toFixed(1);
  return peer ? [us(own), us(peer), (peer.median / own.median).toFixed(2)] : [us(own), "-", "-"];
}

async function measure(peer, name, call) {
  const run = (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) T.scope(() => void call());
    return (performance.now() - start) / 1000;
  };
  const contestants = [{ name: "own", run }];
  if (peer) {
    const runTorch = async (count) => (await peer.ask({ do: name, count })).seconds;
    contestants.push({ name: "torch", run: runTorch });
  }
  return await interleave(contestants, { rounds: 9, seconds: 0.015 });
}

/** Inputs on a device: uniform in [-1, 1), or [0, 1) for positive. */
function makers(device) {
  const random = new T.RandomState(7, { device });
  const size = (shape) => shape.reduce((count, n) => count * n, 1);
  const positive = (shape) => random.uniform(shape);
  return {
    device,
    positive,
    floats: (shape) => positive(shape).mul(2).sub(1),
    ints: (shape, below) =>
      T.tensor(
        Int32Array.from({ length: size(shape) }, (_, i) => Math.imul(i, 7919) % below),
        { shape, device },
      ),
  };
}
