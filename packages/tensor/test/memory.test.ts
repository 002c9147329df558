/** Memory of devices: figures, limit, and training that does not grow. */
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { testedDevices } from "./support/devices.js";

describe.each(testedDevices)("memory of %s", (name) => {
  test("is counted in storages and bytes, also the most there ever was", () => {
    using device = T.openDevice(name);
    expect(device.memory()).toMatchObject({ liveHandles: 0, liveBytes: 0 });
    const x = T.zeros([1000], { device });
    const view = x.slice([0, 10]);
    const { liveHandles, liveBytes, allocations } = device.memory();
    expect([liveHandles, allocations]).toEqual([1, 1]);
    expect(liveBytes).toBeGreaterThanOrEqual(4000);
    x.dispose();
    expect(device.memory().liveBytes).toBe(liveBytes);
    view.dispose();
    expect(device.memory()).toMatchObject({ liveHandles: 0, liveBytes: 0 });
    expect(device.memory().peakBytes).toBeGreaterThanOrEqual(4000);
  });

  test("has a limit, whose excess is an error with figures", () => {
    using device = T.openDevice(name, { memoryLimit: 10_000 });
    const x = T.zeros([1024], { device });
    const attempt = () => T.zeros([4096], { device });
    expect(attempt).toThrow(/alloc: not enough memory .*16384 bytes.*4096.*10000/);
    expect(attempt).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY" }));
    expect(x.sum().item()).toBe(0);
  });

  test("stays where it is over thousands of training steps, eager and replayed", () => {
    using device = T.openDevice(name, name === "cpu" ? { threads: 2 } : {});
    T.scope(() => {
      using random = new T.RandomState(1, { device });
      const params = [random.normal([8, 4]), random.normal([8]), random.normal([2, 8])];
      const [x, y] = [random.normal([6, 4]), random.normal([6, 2])];
      const step = () => {
        const hidden = () => T.linear(x, params[0], params[1], { activation: "tanh" });
        const loss = () => T.linear(hidden(), params[2]).sub(y).square().mean();
        const { value, grads } = T.valueAndGrad(loss, params);
        params.forEach((param, i) => {
          param.copyFrom(param.sub(grads[i].mul(0.01)));
        });
        return value;
      };
      const watch = (one: () => void, steps: number) => {
        for (let i = 0; i < 50; i++) one();
        const { liveHandles, liveBytes, cachedBytes, peakBytes } = device.memory();
        const live = T.liveTensors(device);
        for (let i = 0; i < steps; i++) one();
        const wanted = { liveHandles, liveBytes, cachedBytes, peakBytes };
        expect(device.memory()).toMatchObject(wanted);
        expect(T.liveTensors(device)).toBe(live);
      };
      const steps = { cpu: 10_000, reference: 500, cuda: 100 }[name]; // the slow ones fewer
      watch(() => T.scope(() => void step()), steps);
      using recording = T.capture(device, step);
      watch(() => recording.replay(), steps);
    });
  });
});
