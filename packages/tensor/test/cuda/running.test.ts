/** What holds for a GPU alone: its modes, recordings that run beside the caller, faults, several devices at once. */
import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { expectClose } from "../support/test-op.js";
import { isEmulated, losses, withEnvironment } from "./support.js";

describe("modes", () => {
  test("waiting after every op changes no result, eager or recorded", () => {
    using device = T.openDevice("cuda");
    using careful = T.openDevice("cuda", { debug: true });
    const wanted = losses(device);
    expect(losses(careful)).toEqual(wanted);
    expect(losses(careful, { recorded: true })).toEqual(wanted);
    expect(losses(device, { recorded: true })).toEqual(wanted);
    expectClose(wanted, losses(referenceDevice()), { rtol: 1e-4, atol: 1e-5 });
  });

  test.each(["tf32", "bfloat16"] as const)("%s stays within 2 % of float32", (precision) => {
    using exact = T.openDevice("cuda");
    using device = T.openDevice("cuda", { precision });
    const products = (on: T.Device) =>
      T.scope(() => {
        using random = new T.RandomState(3, { device: on });
        // Positive factors: no sum is small because its terms cancel.
        const [x, w] = [random.uniform([33, 70]), random.uniform([17, 70])];
        const images = random.uniform([2, 3, 9, 9]);
        const filters = random.uniform([4, 3, 3, 3]);
        const results = [x.matmul(w.transpose()), T.linear(x, w), T.conv2d(images, filters)];
        return results.map((y) => y.toArray());
      });
    expectClose(products(device), products(exact), { rtol: 2e-2, atol: 0 });
    expectClose(losses(device), losses(exact), { rtol: 2e-2, atol: 0 });
  });
});

describe("a recording", () => {
  test("runs beside the caller between start and wait", () => {
    T.scope(() => {
      using device = T.openDevice("cuda");
      const [x, total] = [T.tensor([1, 2, 3], { device }), T.zeros([3], { device })];
      using recording = T.capture(device, () => {
        total.copyFrom(total.add(x));
        return total.sum();
      });
      for (let runs = 2; runs <= 6; runs++) {
        recording.start();
        recording.wait();
        expect(recording.outputs.item()).toBe(6 * runs);
      }
      expect(total.toArray()).toEqual([6, 12, 18]);
    });
  });

  test("tells of a bad index when it has run, and the next run is sound", () => {
    T.scope(() => {
      using device = T.openDevice("cuda");
      const table = T.tensor([10, 20, 30], { shape: [3, 1], device });
      const index = T.tensor([0, 2], { dtype: "int32", device });
      using recording = T.capture(device, () => T.indexSelect(table, index));
      index.write(Int32Array.of(1, 7));
      const bad = /^indexSelect: index out of range \(got 7 at position 1, expected 0\.\.2\)$/;
      expect(() => recording.replay()).toThrow(bad);
      recording.start();
      expect(() => recording.wait()).toThrow(bad);
      index.write(Int32Array.of(2, 1));
      recording.replay();
      expect(recording.outputs.toArray()).toEqual([[30], [20]]);
    });
  });
});

describe("an index out of range", () => {
  const operands = (device: T.Device) => ({
    table: T.ones([3, 2], { device }),
    index: T.tensor([0, 5], { dtype: "int32", device }),
  });
  const calls: Record<string, (of: ReturnType<typeof operands>) => unknown> = {
    indexSelect: ({ table, index }) => T.indexSelect(table, index),
    takeAlongLast: ({ table, index }) => T.takeAlongLast(table.slice([0, 2]), index),
    indexAdd: ({ table, index }) => T.indexAdd(table, index, T.ones([2, 2], table)),
    oneHot: ({ index }) => T.oneHot(index, 3),
  };

  test.each(Object.keys(calls))("names %s, the index and the limit, and spoils nothing", (name) => {
    using device = T.openDevice("cuda");
    T.scope(() => {
      const given = operands(device);
      const message = new RegExp(`^${name}: .*\\b5\\b`);
      for (let i = 0; i < 3; i++) {
        let refused: unknown;
        try {
          calls[name](given);
        } catch (error) {
          refused = error;
        }
        expect(refused).toMatchObject({ code: "INVALID_ARGUMENT", op: name });
        expect((refused as Error).message).toMatch(message);
      }
      // indexAdd has added what a sound index named, and nothing else.
      expect(given.table.slice([1, 3]).toArray()).toEqual([
        [1, 1],
        [1, 1],
      ]);
    });
  });
});

describe("several devices of one process", () => {
  test("on one GPU give the results that each gives alone, and share no tensors", () => {
    using one = T.openDevice("cuda");
    const wanted = losses(one);
    using two = T.openDevice("cuda");
    expect([losses(two), losses(one), losses(two)]).toEqual([wanted, wanted, wanted]);
    T.scope(() => {
      const [a, b] = [T.ones([2], { device: one }), T.ones([2], { device: two })];
      expect(() => a.add(b)).toThrow(expect.objectContaining({ code: "DEVICE_MISMATCH" }));
    });
    one.dispose();
    expect(losses(two)).toEqual(wanted);
  });

  test("a device stands beside the processor", () => {
    using gpu = T.openDevice("cuda");
    using cpu = T.openDevice("cpu", { threads: 1 });
    expectClose(losses(gpu), losses(cpu), { rtol: 1e-4, atol: 1e-5 });
  });

  /** Steps of two recordings and of eager code take turns on two GPUs. */
  const takeTurns = () => {
    using first = T.openDevice("cuda:0");
    using second = T.openDevice("cuda:1");
    const devices = [first, second];
    const [wanted, same] = devices.map((device) => losses(device, { steps: 2 }));
    expect(same).toEqual(wanted);
    T.scope(() => {
      const sums = devices.map((device, i) => T.full([4], i + 1, { device }));
      const recordings = sums.map((sum, i) =>
        T.capture(devices[i], () => void sum.copyFrom(sum.mul(2))),
      );
      for (let run = 0; run < 3; run++) for (const recording of recordings) recording.replay();
      for (const recording of [...recordings].reverse()) recording.start();
      for (const recording of recordings) recording.wait();
      expect(sums.map((sum) => sum.add(1).toArray())).toEqual([
        [33, 33, 33, 33],
        [65, 65, 65, 65],
      ]);
      const shared = new Float32Array(new SharedArrayBuffer(64));
      const seen = devices.map((device) => T.fromShared(shared, [16], { device }));
      for (const x of seen) x.copyFrom(x.add(1));
      expect([...shared]).toEqual(new Array(16).fill(2));
      for (const recording of recordings) recording.dispose();
    });
  };

  test("two GPUs take turns in one thread", ({ skip }) => {
    if (isEmulated) withEnvironment({ CAROM_EMULATED_GPUS: "2" }, takeTurns);
    else if (T.inspectCuda().devices.length > 1) takeTurns();
    else skip("this machine has one GPU");
  });
});
