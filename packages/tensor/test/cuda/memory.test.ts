/** Memory of a GPU that is used up: a typed error with figures, nothing lost, and a smaller batch trains on. */
import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { isEmulated, losses, withEnvironment } from "./support.js";

/** 100 trainings with a batch that does not fit: each is refused, and nothing is held afterwards. */
function refuseOften(device: T.Device, batch: number): void {
  const before = losses(device);
  const [{ liveBytes, liveHandles }, live] = [device.memory(), T.liveTensors(device)];
  const figures =
    /^alloc: not enough memory \(requested \d+ bytes, free \d+ bytes, live \d+ bytes, cached \d+ bytes, limit \d+ bytes\)$/;
  for (let i = 0; i < 100; i++) {
    let refused: unknown;
    try {
      losses(device, { batch, steps: 1 });
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(T.TensorError);
    expect(refused).toMatchObject({
      code: "OUT_OF_MEMORY",
      message: expect.stringMatching(figures),
    });
  }
  expect(device.memory()).toMatchObject({ liveBytes, liveHandles });
  expect(T.liveTensors(device)).toBe(live);
  expect(losses(device)).toEqual(before);
  expect(losses(device, { recorded: true })).toEqual(before);
}

test("a limit", () => {
  using device = T.openDevice("cuda", { memoryLimit: 256 * 1024 });
  refuseOften(device, 4096);
});

// A GPU's memory cannot be used up politely: others may work on it.
describe.each(isEmulated ? [2] : [])("a GPU of %i MiB", (size) => {
  const bytes = size * 2 ** 20;
  const inSmallMemory = (body: (device: T.Device) => void): void => {
    withEnvironment({ CAROM_EMULATED_GPU_MEMORY: String(bytes) }, () => {
      using device = T.openDevice("cuda");
      body(device);
    });
  };

  test("is used up", () => {
    inSmallMemory((device) => refuseOften(device, 2 ** 16));
  });

  test("gives cached blocks back before it refuses", () => {
    inSmallMemory((device) => {
      const [a, b] = [0.4, 0.5].map((share) => Math.floor((share * bytes) / 4));
      for (const count of [a, b, a, b]) T.zeros([count], { device }).dispose();
      expect(device.memory().liveBytes).toBe(0);
    });
  });

  test("refuses a recording for want of its memory, and the device works on", () => {
    inSmallMemory((device) => {
      const run = () => losses(device, { batch: 2 ** 14, recorded: true });
      const wanted = losses(device);
      const { liveBytes } = device.memory();
      for (let i = 0; i < 10; i++) {
        expect(run).toThrow(expect.objectContaining({ code: "OUT_OF_MEMORY" }));
      }
      expect(device.memory().liveBytes).toBe(liveBytes);
      expect(losses(device, { recorded: true })).toEqual(wanted);
    });
  });
});
