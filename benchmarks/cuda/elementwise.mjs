/**
 * Elementwise ops on vectors far larger than the GPU's cache, in bytes per second, beside the device's own copy (PyTorch's
 * copy_, or Carom's clone where there is no PyTorch): an op that only moves memory should reach 85 % of it. Results are
 * checked at some elements. Options: lib/harness.mjs.
 *
 *   node benchmarks/cuda/elementwise.mjs
 */
import { add, clone, mul, RandomState, relu, scope, tensor } from "@carom/tensor";
import {
  measure,
  openGpu,
  peerTurn,
  publish,
  readOptions,
  times as repeat,
  startPeer,
  turn,
} from "./lib/harness.mjs";

const goal = 0.85;
const factor = 1.5;

const options = readOptions();
const size = options.smoke ? 4096 : 2 ** 26;
const peer = await startPeer(options.torch, "elementwise.py");
await peer?.ask({ do: "setup", size });
const device = openGpu();
const random = new RandomState(3, { device });
const [x, y] = [0, 1].map(() => scope(() => random.uniform([size]).sub(0.5)));
const probe = tensor(Float32Array.of(1), { device });

/** What an op computes, on the GPU and of two numbers, and how many vectors it reads and writes at least. */
const cases = [
  { name: "copy", call: () => clone(x), of: (a) => a, vectors: 2 },
  { name: "add", call: () => add(x, y), of: (a, b) => a + b, vectors: 3 },
  { name: "relu", call: () => relu(x), of: (a) => Math.max(a, 0), vectors: 2 },
  { name: "axpy", call: () => add(mul(x, factor), y), of: (a, b) => factor * a + b, vectors: 3 },
];
const problems = [];
const found = [];
for (const one of cases) {
  check(one);
  const run = turn(
    repeat(() => scope(() => void one.call())),
    () => void probe.item(),
  );
  const contestants = [{ name: "own", run }];
  if (peer) contestants.push({ name: "torch", run: peerTurn(peer, one.name, "float32") });
  const times = await measure(contestants, options);
  const bytes = 4 * size * one.vectors;
  const rates = [...times].map(([name, { median }]) => [name, bytes / median / 1e9]);
  found.push({
    name: one.name,
    rates: Object.fromEntries(rates),
    seconds: Object.fromEntries(times),
  });
}
peer?.close();
device.dispose();

const copy = found[0].rates.torch ?? found[0].rates.own;
const share = (rate) => (rate === undefined ? "-" : `${((100 * rate) / copy).toFixed(1)} %`);
publish(
  "elementwise",
  {
    title: "Elementwise ops on the GPU",
    intro: [
      `Vectors of ${size.toLocaleString("en")} float32, called one by one. GB/s counts each vector that must be read or written once; axpy is ${factor} x + y, two ops in Carom and one in PyTorch.`,
      `Share is of the device's copy by ${peer ? "PyTorch" : "Carom"}; the goal is ${goal * 100} %.`,
    ],
    header: ["op", "GB/s", "share", "PyTorch GB/s", "share"],
    rows: found.map(({ name, rates }) => [
      name,
      rates.own.toFixed(1),
      share(rates.own),
      rates.torch?.toFixed(1) ?? "-",
      share(rates.torch),
    ]),
    data: { size, copy, found },
    problems,
  },
  options,
);

function check({ name, call, of }) {
  scope(() => {
    const out = call();
    for (const begin of [0, Math.floor(size / 2) - 7, size - 64]) {
      const some = [x, y, out].map((all) => all.slice([begin, begin + 64]).toTypedArray());
      for (let i = 0; i < 64; i++) {
        const [a, b, got] = some.map((list) => list[i]);
        if (Math.abs(got - of(a, b)) <= 1e-6) continue;
        problems.push(`${name}: element ${begin + i} is ${got}, expected ${of(a, b)}`);
        return;
      }
    }
  });
}
