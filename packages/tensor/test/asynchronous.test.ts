/** Recordings that run while the caller goes on, and what a memory limit leaves behind. */
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { openTestedDevice, testedDevice } from "../src/testing.js";
import { nativeDevice, testedDevices } from "./support/devices.js";
import { expectClose } from "./support/test-op.js";

/** Enough for several threads; less for a GPU, which may be an emulated one. */
const size = testedDevice() === "cpu" ? 300 : 64;

describe("asynchronous runs", () => {
  test("eager ops go on while a recording runs", () => {
    T.scope(() => {
      const device = openTestedDevice({ threads: 2 });
      using random = new T.RandomState(1, { device });
      const [a, b] = [random.normal([size, size]), random.normal([size, size])];
      const wanted = a.matmul(b).matmul(a).sum().item();
      using recording = T.capture(device, () => a.matmul(b).matmul(a).sum());
      for (let i = 0; i < 5; i++) {
        recording.start();
        const meanwhile = T.scope(() => b.mul(2).sub(b).sub(b).abs().max().item());
        expect(meanwhile).toBe(0);
        recording.wait();
        expectClose(recording.outputs.item(), wanted, { rtol: 1e-3, atol: 1e-2 });
      }
      recording.dispose();
      device.dispose();
    });
  });

  test("a running recording can be disposed", () => {
    T.scope(() => {
      const device = nativeDevice();
      const a = T.ones([size, size], { device });
      const recording = T.capture(device, () => a.matmul(a));
      recording.start();
      recording.dispose();
      expect(a.sum().item()).toBe(size * size);
    });
  });
});

describe.each(testedDevices)("a memory limit on %s", (name) => {
  test("is a typed error with figures, leaks nothing, and the device works on", () => {
    const device = T.openDevice(name, { memoryLimit: 2 ** 20 });
    const train = (batch: number) =>
      T.scope(() => {
        const [x, w] = [T.ones([batch, 64], { device }), T.ones([64, 64], { device })];
        return T.grad(() => T.linear(x, w).tanh().sum(), [w])[0]
          .sum()
          .item();
      });
    train(8);
    const live = T.liveTensors(device);
    for (let i = 0; i < 20; i++) {
      expect(() => train(100_000)).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY" }));
      expect(() => train(1200)).toThrow(/1048576|1 MiB|1\.0 MiB/);
    }
    expect(T.liveTensors(device)).toBe(live);
    expect(train(8)).toBeDefined();
    device.dispose();
  });
});
