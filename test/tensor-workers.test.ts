/**
 * Two worker threads, each with a device of its own, train at once: each ends with the same bits as it
 * does alone. Runs the built package, as workers of a program do.
 */
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { testedDevice } from "@carom/tensor/testing";
import { expect, test } from "vitest";

const tensor = pathToFileURL(new URL("../packages/tensor/dist/index.js", import.meta.url).pathname);

/** Trains a small network for some steps and posts its parameters. */
const source = `
  import { parentPort, workerData } from "node:worker_threads";
  import * as T from ${JSON.stringify(tensor.href)};
  const { on, seed, steps, captured } = workerData;
  const device = T.openDevice(on, { threads: 2 });
  T.scope(() => {
    using_(new T.RandomState(seed, { device }), (random) => {
      const params = [random.normal([64, 24]), random.normal([64]), random.normal([3, 64])];
      const [x, y] = [random.normal([96, 24]), random.normal([96, 3])];
      const step = () => {
        const loss = () => {
          const hidden = T.linear(x, params[0], params[1], { activation: "tanh" });
          return T.linear(hidden, params[2]).sub(y).square().mean();
        };
        const grads = T.grad(loss, params);
        params.forEach((param, i) => param.copyFrom(param.sub(grads[i].mul(0.01))));
      };
      if (captured) {
        const recording = T.capture(device, step);
        for (let i = 1; i < steps; i++) recording.replay();
        recording.dispose();
      } else for (let i = 0; i < steps; i++) T.scope(step);
      parentPort.postMessage(params.map((param) => param.toTypedArray()));
    });
  });
  device.dispose();
  function using_(resource, fn) {
    try { fn(resource); } finally { resource.dispose(); }
  }
`;

interface Plan {
  readonly on: "cpu" | "cuda";
  readonly seed: number;
  readonly steps: number;
  readonly captured: boolean;
}

function train(plan: Plan): Promise<Float32Array[]> {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: plan,
  });
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", resolve);
  });
}

test("two workers training at once give the bits that each gives alone", async () => {
  const on = testedDevice();
  const steps = on === "cpu" ? 400 : 20; // an emulated GPU is slow
  const plans: Plan[] = [
    { on, seed: 1, steps, captured: false },
    { on, seed: 2, steps, captured: true },
  ];
  const alone: Float32Array[][] = [];
  for (const plan of plans) alone.push(await train(plan));
  const together = await Promise.all(plans.map(train));
  expect(together).toEqual(alone);
  expect(alone[0]).not.toEqual(alone[1]);
  expect(alone.flat().every((values) => values.every(Number.isFinite))).toBe(true);
}, 30_000);
