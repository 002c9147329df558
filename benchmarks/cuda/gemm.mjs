/**
 * Matrix products on the GPU beside cuBLAS (torch.mm), in every precision: shapes of reinforcement learning and a large
 * square. Each is checked against the processor first. Several products are recorded into one graph on both sides, so
 * that kernels are measured and not launches. Options: lib/harness.mjs.
 *
 *   node benchmarks/cuda/gemm.mjs
 */
import { capture, matmul, openDevice, scope, tensor } from "@carom/tensor";
import { ratioOf } from "../lib/measure.mjs";
import {
  measure,
  openGpu,
  peerTurn,
  precisions,
  publish,
  readOptions,
  relativeError,
  times as repeat,
  startPeer,
  tolerances,
  turn,
} from "./lib/harness.mjs";

/** M x N x K: layers of policies at several batch sizes, a head, the dense layer of the CNN, a large square. */
const shapes = [
  [4096, 64, 118],
  [65536, 64, 118],
  [16384, 64, 64],
  [4096, 256, 256],
  [16384, 256, 256],
  [65536, 256, 256],
  [65536, 4, 256],
  [2048, 512, 3136],
  [4096, 4096, 4096],
];
/** Plain, right and left operand transposed. */
const kinds = ["NN", "NT", "TN"];

const options = readOptions();
const peer = await startPeer(options.torch, "gemm.py");
const cpu = openDevice("cpu");
const devices = new Map(precisions.map((precision) => [precision, openGpu(precision)]));
const problems = [];
const found = [];
for (const [m, n, k] of options.smoke ? [[48, 20, 33]] : shapes) {
  for (const kind of kinds) found.push(...(await measureShape({ m, n, k, kind })));
}
peer?.close();
for (const device of [cpu, ...devices.values()]) device.dispose();

const rate = ({ m, n, k }, seconds) => (2 * m * n * k) / seconds / 1e12;
const spread = (one, name) => {
  const times = one.times.get(name);
  if (times === undefined) return "-";
  const text = (seconds) => rate(one, seconds).toPrecision(3);
  return `${text(times.median)} (${text(times.q3)}-${text(times.q1)})`;
};
publish(
  "gemm",
  {
    title: "Matrix products on the GPU",
    intro: [
      "c [M, N] = a b, TFLOP/s: median and quartiles of interleaved turns, several products in one graph. N is a plain operand, T a transposed one. Operands and results of Carom are float32 in every precision; PyTorch is given operands in bfloat16 for that one.",
      "Error is the norm of the difference to the processor's float32 over the norm of the result.",
    ],
    header: ["M x N x K", "kind", "precision", "Carom", "cuBLAS", "ratio", "µs", "error"],
    rows: found.map((one) => [
      `${one.m}x${one.n}x${one.k}`,
      one.kind,
      one.precision,
      spread(one, "own"),
      spread(one, "torch"),
      ratioOf(one.times.get("torch"), one.times.get("own")),
      (one.times.get("own").median * 1e6).toFixed(1),
      one.error.toExponential(1),
    ]),
    data: found.map(({ times, ...one }) => ({ ...one, seconds: Object.fromEntries(times) })),
    problems,
  },
  options,
);

/** Enough products in one graph for about a millisecond at 20 TFLOP/s. */
function productsOf({ m, n, k }) {
  if (options.smoke) return 2;
  return Math.max(1, Math.min(50, Math.round(2e10 / (2 * m * n * k))));
}

async function measureShape(shape) {
  const products = productsOf(shape);
  const answer = await peer?.ask({ do: "setup", ...shape, products });
  if (answer?.problem) throw new Error(`PyTorch: ${answer.problem}`);
  const data = operands(shape);
  const right = scope(() => multiply(cpu, shape, data)().toTypedArray());
  const all = [];
  for (const precision of precisions) {
    const own = scope(() => recordProducts(devices.get(precision), shape, data, products));
    const error = relativeError(own.recording.outputs.toTypedArray(), right);
    const contestants = [{ name: "own", run: own.run }];
    if (peer) contestants.push({ name: "torch", run: peerTurn(peer, "products", precision) });
    const times = await measure(contestants, options);
    own.last.dispose();
    own.recording.dispose();
    for (const time of times.values()) {
      for (const key of Object.keys(time)) time[key] /= products;
    }
    if (!(error <= tolerances[precision])) {
      problems.push(`${JSON.stringify({ ...shape, precision })}: the error is ${error}`);
    }
    all.push({ ...shape, precision, error, times });
  }
  return all;
}

/** Uniform in [-0.5, 0.5), different for every element. */
function operands({ m, n, k }) {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return [m * k, k * n].map((size) => Float32Array.from({ length: size }, uniform));
}

/** The product of the operands, stored as their kind says. */
function multiply(device, { m, n, k, kind }, [left, right]) {
  const put = (data, rows, columns, transposed) =>
    transposed
      ? tensor(data, { shape: [columns, rows], device }).transpose()
      : tensor(data, { shape: [rows, columns], device });
  const a = put(left, m, k, kind[0] === "T");
  const b = put(right, k, n, kind[1] === "T");
  return () => matmul(a, b);
}

/** Records so many products; the recording keeps their operands alive. */
function recordProducts(device, shape, data, products) {
  const product = multiply(device, shape, data);
  const recording = capture(device, () => {
    for (let i = 1; i < products; i++) scope(() => void product());
    return product();
  });
  const last = recording.outputs.slice([0, 1], [0, 1]).reshape([]);
  const run = turn(
    repeat(() => recording.replay()),
    () => void last.item(),
  );
  return { recording, last, run };
}
