/**
 * What it costs to start work on the GPU from TypeScript: an op on tiny tensors, a recording of 1, 10 and 100 of them, and
 * the way there and back (a replay and one element read), beside PyTorch. Options: lib/harness.mjs.
 *
 *   node benchmarks/cuda/launch.mjs
 */
import { add, capture, scope, tensor } from "@carom/tensor";
import { ratioOf } from "../lib/measure.mjs";
import {
  measure,
  microseconds,
  openGpu,
  peerTurn,
  publish,
  readOptions,
  times as repeat,
  startPeer,
  turn,
} from "./lib/harness.mjs";

const options = readOptions();
const size = 16;
const peer = await startPeer(options.torch, "launch.py");
await peer?.ask({ do: "setup", size });
const device = openGpu();
const [x, y, probe] = [size, size, 1].map((count) =>
  tensor(new Float32Array(count).fill(1), { device }),
);
const wait = () => void probe.item();

const found = [];
found.push(await measureOne("eager add", "eager", () => scope(() => void add(x, y))));
const problems = [];
for (const steps of [1, 10, 100]) {
  const recording = capture(device, () => {
    let value = add(x, y);
    for (let i = 1; i < steps; i++) value = add(value, y);
    return value;
  });
  const call = () => recording.replay();
  found.push(await measureOne(`replay of ${steps}`, `graph ${steps}`, call));
  const [got] = recording.outputs.toTypedArray();
  if (got !== steps + 1) problems.push(`replay of ${steps}: got ${got}, expected ${steps + 1}`);
  recording.dispose();
}
const recording = capture(device, () => add(probe, 1));
const thereAndBack = () => {
  recording.replay();
  recording.outputs.item();
};
found.push(await measureOne("replay of 1 and its result", undefined, thereAndBack));
recording.dispose();
peer?.close();
device.dispose();

publish(
  "launch",
  {
    title: "Starting work on the GPU",
    intro: [
      `Additions of tensors of ${size} elements. Microseconds per call, many in a row before the GPU is waited for: median and quartiles of interleaved turns.`,
    ],
    header: ["call", "Carom", "PyTorch", "ratio"],
    rows: found.map(({ name, times }) => [
      name,
      microseconds(times.get("own")),
      microseconds(times.get("torch")),
      ratioOf(times.get("torch"), times.get("own")),
    ]),
    data: found.map(({ name, times }) => ({ name, seconds: Object.fromEntries(times) })),
    problems,
  },
  options,
);

async function measureOne(name, what, call) {
  const contestants = [{ name: "own", run: turn(repeat(call), wait) }];
  if (peer && what) contestants.push({ name: "torch", run: peerTurn(peer, what, "float32") });
  return { name, times: await measure(contestants, options) };
}
