/**
 * Trains a small network for many steps, eagerly and replayed, and prints what memory there was before
 * and after: that of the native core, of the process, and of JavaScript's heap. Exits with 1 if the core
 * holds one byte or one handle more, or the process grows by more than 32 MiB: the engine doubles its
 * young generation once or twice, 16 MiB at a time, unless it is held by --max-semi-space-size=2.
 *
 *   node benchmarks/flat-memory.mjs [steps]     default 1000000
 */
import * as T from "@carom/tensor";

const steps = Number(process.argv[2] ?? 1e6);
const device = T.openDevice("cpu", { threads: 1 });
const random = new T.RandomState(1, { device });
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const shapes = [[16, 4], [16], [2, 16]];
const params = T.scope(() => shapes.map((shape) => random.normal(shape)));
const [x, y] = T.scope(() => [random.normal([8, 4]), random.normal([8, 2])]);
const loss = () => {
  const hidden = T.linear(x, params[0], params[1], { activation: "tanh" });
  return T.linear(hidden, params[2]).sub(y).square().mean();
};
const step = () => {
  const { value, grads } = T.valueAndGrad(loss, params);
  params.forEach((param, i) => {
    param.copyFrom(param.sub(grads[i].mul(0.001)));
  });
  return value;
};

function figures() {
  globalThis.gc?.();
  const { liveHandles, liveBytes, cachedBytes, peakBytes } = device.memory();
  const { rss, heapUsed } = process.memoryUsage();
  const live = T.liveTensors(device);
  return { live, liveHandles, liveBytes, cachedBytes, peakBytes, rss, heapUsed };
}

/** Runs `one` so many times and returns whether memory stayed where it was after the first tenth. */
function watch(name, one) {
  for (let i = 0; i < Math.min(steps / 10, 20_000); i++) one();
  const before = figures();
  const start = performance.now();
  const rss = [before.rss];
  for (let quarter = 0; quarter < 4; quarter++) {
    for (let i = 0; i < steps / 4; i++) one();
    rss.push(figures().rss);
  }
  const seconds = (performance.now() - start) / 1000;
  const after = figures();
  const flat = ["live", "liveHandles", "liveBytes", "cachedBytes"].every(
    (k) => before[k] === after[k],
  );
  const growth = rss[4] - rss[0];
  console.log(
    `${name}: ${steps} steps in ${seconds.toFixed(1)} s, ` +
      `core ${before.liveBytes} -> ${after.liveBytes} B live in ${before.liveHandles} -> ` +
      `${after.liveHandles} storages, ${before.cachedBytes} -> ${after.cachedBytes} B cached, ` +
      `peak ${after.peakBytes} B; process ${rss.map(mib).join(" -> ")}, ` +
      `heap ${mib(before.heapUsed)} -> ${mib(after.heapUsed)}`,
  );
  return flat && growth < 32 * 2 ** 20;
}

const eager = watch("eager", () => T.scope(() => void step()));
const recording = T.capture(device, step);
const replayed = watch("replayed", () => recording.replay());
console.log(`loss at the end ${recording.outputs.item().toPrecision(4)}`);
recording.dispose();
if (!(eager && replayed)) process.exitCode = 1;
device.dispose();
