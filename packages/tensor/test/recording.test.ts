/** What a recording tells of itself, and what it refuses. Replaying is tested in capture.test.ts. */
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { formatListing } from "../src/listing.js";
import { deviceNamed, nativeDevice, referenceDevice, testedDevices } from "./support/devices.js";

describe("a listing", () => {
  const ops = [
    { op: "linear", shapes: "[256,64], [32,64] -> [256,32]", bytes: 106496, flops: 1048576 },
    { op: "exp", shapes: "[256,32] -> [256,32]", bytes: 65536, flops: 8192 },
    { op: "fill", shapes: "-> [3]", bytes: 12, flops: 0 },
  ];
  const memory = { heldBytes: 32768, requestedBytes: 65536, scratchBytes: 0 };

  test("is a table with totals and memory", () => {
    expect(`\n${formatListing(ops, memory)}`).toMatchInlineSnapshot(`
      "
         op      shapes                           bytes    flop
      0  linear  [256,64], [32,64] -> [256,32]   106 kB  1.05 M
      1  exp     [256,32] -> [256,32]           65.5 kB  8.19 k
      2  fill    -> [3]                            12 B
         total   3 ops                           172 kB  1.06 M
      memory: tensors 32.8 kB (32.8 kB saved by reuse), work space 0 B"
    `);
  });

  test("has times, shares and speeds when there is a profile", () => {
    const times = [20, 4, 0.125];
    const timed = ops.map((op, i) => ({ ...op, microseconds: times[i] }));
    expect(`\n${formatListing(timed, memory)}`).toMatchInlineSnapshot(`
      "
         op      shapes                           bytes    flop     us    share         speed
      0  linear  [256,64], [32,64] -> [256,32]   106 kB  1.05 M  20.00   82.9 %  52.4 GFLOP/s
      1  exp     [256,32] -> [256,32]           65.5 kB  8.19 k   4.00   16.6 %     16.4 GB/s
      2  fill    -> [3]                            12 B           0.13    0.5 %      0.1 GB/s
         total   3 ops                           172 kB  1.06 M  24.13  100.0 %  43.8 GFLOP/s
      memory: tensors 32.8 kB (32.8 kB saved by reuse), work space 0 B"
    `);
  });

  test("of nothing is a head and a total", () => {
    const none = { heldBytes: 0, requestedBytes: 0, scratchBytes: 0 };
    expect(`\n${formatListing([], none)}`).toMatchInlineSnapshot(`
      "
        op     shapes  bytes  flop
        total  0 ops     0 B
      memory: tensors 0 B, work space 0 B"
    `);
  });
});

describe.each(testedDevices)("a recording on %s", (name) => {
  const open = () => deviceNamed(name);
  const other = () => (name === "reference" ? nativeDevice() : referenceDevice());

  test("a profile has a time for each op, and its runs do what replays do", () => {
    T.scope(() => {
      const device = open();
      const [total, step] = [T.zeros([1], { device }), T.ones([1], { device })];
      using recording = T.capture(device, () => {
        total.copyFrom(total.add(step.square().sqrt()));
      });
      const profile = recording.profile(4);
      expect(profile.map(({ op }) => op)).toEqual(recording.ops().map(({ op }) => op));
      expect(profile.every(({ microseconds }) => microseconds >= 0)).toBe(true);
      recording.replay();
      expect(total.item()).toBe(6);
      expect(recording.describe({ profile })).toMatch(/share +speed\n(.|\n)*total +4 ops/);
    });
  });

  test("a profile refuses what cannot be, and passes on what goes wrong in an op", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([1, 2], { device });
      const index = T.tensor([0], { device, dtype: "int32" });
      const recording = T.capture(device, () => T.indexSelect(x, index));
      expect(() => recording.profile(0)).toThrow(/profile: runs/);
      expect(() => recording.profile(1.5)).toThrow(/profile: runs/);
      expect(() => T.capture(device, () => recording.profile())).toThrow(T.CaptureError);
      index.write(Int32Array.of(7));
      expect(() => recording.profile()).toThrow(/indexSelect/);
      index.write(Int32Array.of(1));
      expect(recording.profile()).toHaveLength(1);
      recording.dispose();
      expect(() => recording.profile()).toThrow(T.DisposedError);
      expect(() => recording.memory()).toThrow(T.DisposedError);
      expect(() => recording.describe()).toThrow(T.DisposedError);
    });
  });

  test("a trace tells when each recording ran, by its name", () => {
    T.scope(() => {
      const device = open();
      const x = T.ones([64], { device });
      const double = () => x.copyFrom(x.mul(2));
      using named = T.capture(device, double, { name: "double" });
      using other = T.capture(device, double);
      const trace = T.traceReplays(device, () => {
        named.replay();
        other.start();
        other.wait();
        named.replay();
      });
      expect(other.name).toMatch(/^recording \d+$/);
      expect(trace.spans.map((span) => span.name)).toEqual(["double", other.name, "double"]);
      const times = trace.spans.flatMap(({ start, end }) => [start, end]);
      expect([...times, trace.seconds]).toEqual([...times, trace.seconds].sort((a, b) => a - b));
      expect(trace.busy).toBeGreaterThan(0);
      expect(trace.busy).toBeLessThanOrEqual(1);
      expect(x.toTypedArray()[0]).toBe(2 ** 5);
    });
  });

  test("a trace has the end of what was started: by the device's clock, on a processor when it was waited for", () => {
    T.scope(() => {
      const device = open();
      const [x, y] = [T.ones([64], { device }), T.ones([64], { device })];
      using first = T.capture(device, () => x.copyFrom(x.mul(2)), { name: "first" });
      using second = T.capture(device, () => y.copyFrom(y.mul(2)), { name: "second" });
      const { spans } = T.traceReplays(device, () => {
        first.start();
        second.replay();
        first.wait();
      });
      const end = (name: string) => spans.find((span) => span.name === name)?.end ?? Number.NaN;
      const start = (name: string) => spans.find((span) => span.name === name)?.start ?? Number.NaN;
      expect(start("first")).toBeLessThanOrEqual(start("second"));
      // A GPU does one after the other, whenever somebody waits.
      if (device.name === "cpu") expect(end("first")).toBeGreaterThanOrEqual(end("second"));
      else expect(end("first")).toBeLessThanOrEqual(start("second"));
    });
  });

  test("a trace refuses what cannot be, ends when what it traces fails, and forgets disposed recordings", () => {
    T.scope(() => {
      const device = open();
      const x = T.ones([4], { device });
      const trace = (fn: () => void) => T.traceReplays(device, fn);
      expect(() => T.capture(device, () => trace(() => {}))).toThrow(T.CaptureError);
      expect(() => trace(() => void trace(() => {}))).toThrow(T.CaptureError);
      expect(() =>
        trace(() => {
          throw new RangeError("mine");
        }),
      ).toThrow(RangeError);
      const found = trace(() => {
        const short = T.capture(device, () => x.add(1));
        short.replay();
        short.dispose();
      });
      expect([found.spans, found.busy]).toEqual([[], 0]);
    });
  });

  test("refuses ops on another device, in place or not", () => {
    T.scope(() => {
      const device = open();
      const [x, foreign] = [T.ones([2], { device }), T.ones([2], { device: other() })];
      const inside = (fn: () => unknown) => () => T.capture(device, () => void fn());
      expect(inside(() => x.add(foreign))).toThrow(T.DeviceError);
      const message = /^capture: an op ran on another device, which no replay would repeat/;
      expect(inside(() => foreign.exp())).toThrow(message);
      expect(inside(() => foreign.fill(1))).toThrow(message);
      expect(inside(() => T.zeros([2], { device: other() }))).toThrow(message);
      expect(inside(() => T.capture(other(), () => foreign.exp()))).toThrow(
        /already under way on "(cpu|cuda|reference)"/,
      );
      expect(foreign.exp().size + x.exp().size).toBe(4);
    });
  });

  test("refuses disposed tensors, and inputs of another size or type", () => {
    T.scope(() => {
      const device = open();
      const [x, gone] = [T.ones([2], { device }), T.ones([2], { device })];
      gone.dispose();
      expect(() => T.capture(device, () => x.add(gone))).toThrow(T.DisposedError);
      using recording = T.capture(device, () => x.mul(2));
      expect(() => x.write(new Float32Array(3))).toThrow(
        "write: wrong array length (got 3, expected 2 for [2])",
      );
      expect(() => x.write(new Float64Array(2))).toThrow(T.DtypeError);
      expect(() => x.copyFrom(T.ones([3], { device }))).toThrow(T.ShapeError);
      recording.replay();
      expect(recording.outputs.toArray()).toEqual([2, 2]);
    });
  });

  test("outlives the tensors it reads, also between replays", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([1, 2], { device });
      using recording = T.capture(device, () => ({ y: x.mul(3), z: x.sum() }));
      recording.replay();
      x.dispose();
      for (let i = 0; i < 20; i++) T.full([2], 9, { device });
      recording.replay();
      expect(recording.outputs.y.toArray()).toEqual([3, 6]);
      expect(recording.outputs.z.item()).toBe(3);
    });
  });
});

test("temporaries of a native recording share memory, and it says how much", () => {
  T.scope(() => {
    const device = nativeDevice();
    const x = T.ones([1024], { device });
    using recording = T.capture(device, () => {
      let y = x;
      for (let i = 0; i < 10; i++) y = T.scope(() => y.mul(0.5).add(1));
      return y;
    });
    const { heldBytes, requestedBytes } = recording.memory();
    expect(requestedBytes).toBeGreaterThanOrEqual(20 * 4096);
    expect(heldBytes).toBeLessThan(requestedBytes);
    expect(recording.describe()).toMatch(/saved by reuse/);
  });
});
