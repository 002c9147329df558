import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { deviceNamed, testedDevices } from "./support/devices.js";
import { expectClose } from "./support/test-op.js";

describe.each(testedDevices)("capture on %s", (name) => {
  const open = () => deviceNamed(name);

  test("replays with new inputs into the same outputs", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([1, 2], { device });
      using recording = T.capture(device, () => ({ y: x.mul(2).add(1), total: x.sum() }));
      expect(recording.outputs.y.toArray()).toEqual([3, 5]);
      x.write(Float32Array.of(10, 20));
      recording.replay();
      expect(recording.outputs.y.toArray()).toEqual([21, 41]);
      expect(recording.outputs.total.item()).toBe(30);
    });
  });

  test("makes ranges by ops", () => {
    T.scope(() => {
      const device = open();
      const ranges = () => ({
        up: T.arange(3, undefined, 1, { device }),
        down: T.arange(5, 0, -2, { device, dtype: "int32" }),
        bytes: T.arange(2, 5, 1, { device, dtype: "uint8" }),
        none: T.arange(2, 2, 1, { device }),
      });
      using recording = T.capture(device, ranges);
      recording.replay();
      for (const [name, range] of Object.entries(ranges())) {
        const recorded = recording.outputs[name as keyof ReturnType<typeof ranges>];
        expect([recorded.dtype, recorded.toArray()]).toEqual([range.dtype, range.toArray()]);
      }
    });
  });

  test("changes tensors made before, again at each replay", () => {
    T.scope(() => {
      const device = open();
      const total = T.zeros([2], { device });
      using recording = T.capture(device, () => {
        total.copyFrom(total.add(1));
      });
      recording.replay();
      recording.replay();
      expect(total.toArray()).toEqual([3, 3]);
    });
  });

  test("draws new random numbers at each replay, the same as without a recording", () => {
    T.scope(() => {
      const device = open();
      using random = new T.RandomState(3, { device });
      using eager = new T.RandomState(3, { device });
      using recording = T.capture(device, () => ({ draw: random.uniform([4]) }));
      for (let i = 0; i < 3; i++) {
        expect(recording.outputs.draw.toArray()).toEqual(eager.uniform([4]).toArray());
        recording.replay();
      }
    });
  });

  test("reads memory shared with JavaScript afresh", () => {
    T.scope(() => {
      const device = open();
      const shared = new Float32Array(new SharedArrayBuffer(8));
      const x = T.fromShared(shared, [2], { device });
      using recording = T.capture(device, () => x.square());
      shared.set([3, 4]);
      recording.replay();
      expect(recording.outputs.toArray()).toEqual([9, 16]);
    });
  });

  test("a training step learns the same replayed as run eagerly", () => {
    T.scope(() => {
      const device = open();
      const run = (captured: boolean): T.NestedNumbers => {
        const w = T.tensor([[0.1, -0.2]], { device });
        const flat = w.reshape([2]);
        const x = T.tensor(
          [
            [1, 2],
            [3, -1],
            [0.5, 1],
          ],
          { device },
        );
        const y = T.tensor([[1], [2], [3]], { device });
        const state = {
          params: flat,
          m: T.zeros([2], { device }),
          v: T.zeros([2], { device }),
          step: T.zeros([1], { device, dtype: "int32" }),
          hyper: T.tensor(
            T.adamHyper({
              lr: 0.05,
              beta1: 0.9,
              beta2: 0.999,
              eps: 1e-8,
              maxGradNorm: 1,
              weightDecay: 0,
            }),
            { device },
          ),
          gradNorm: T.zeros([1], { device }),
        };
        const step = () => {
          const [gradient] = T.grad(() => T.linear(x, w).sub(y).square().mean(), [w]);
          T.clipAdam({ ...state, gradient: gradient.reshape([2]) });
        };
        if (captured) {
          using recording = T.capture(device, step);
          for (let i = 0; i < 9; i++) recording.replay();
        } else for (let i = 0; i < 10; i++) T.scope(step);
        return w.toArray();
      };
      expect(run(true)).toEqual(run(false));
    });
  });

  test("keeps what it uses alive after those tensors are disposed", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([2], { device });
      using recording = T.capture(device, () => x.mul(3));
      x.dispose();
      T.full([64], 9, { device });
      recording.replay();
      expect(recording.outputs.item()).toBe(6);
    });
  });

  test("start and wait do what replay does", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([1, 2, 3], { device });
      using recording = T.capture(device, () => x.cast("float32").square().sum());
      x.write(Float32Array.of(2, 2, 2));
      recording.start();
      expect(() => recording.start()).toThrow(T.CaptureError);
      expect(() => recording.replay()).toThrow(T.CaptureError);
      recording.wait();
      expect(recording.outputs.item()).toBe(12);
      expect(() => recording.wait()).toThrow(T.CaptureError);
    });
  });

  test("an error during a replay reaches the caller, and the next replay works", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([5, 6, 7], { device });
      const index = T.tensor([0, 1], { device, dtype: "int32" });
      using recording = T.capture(device, () => T.indexSelect(x, index));
      index.write(Int32Array.of(0, 3));
      // A GPU may still be at work when replay() returns; the next read knows.
      const replayed = () => {
        recording.replay();
        return recording.outputs.toArray();
      };
      expect(replayed).toThrow(/indexSelect: .*3/);
      index.write(Int32Array.of(2, 0));
      recording.replay();
      expect(recording.outputs.toArray()).toEqual([7, 5]);
    });
  });

  test("frees memory, outputs included, when it is disposed", () => {
    const device = open();
    T.scope(() => {
      T.zeros([4], { device }).add(1);
    });
    const before = device.memory().liveHandles;
    const recording = T.capture(device, () => T.full([4], 2, { device }).add(1));
    recording.dispose();
    recording.dispose();
    expect(device.memory().liveHandles).toBe(before);
    expect(() => recording.replay()).toThrow(T.DisposedError);
  });

  test("owns what the function made, not what it passed through", () => {
    T.scope(() => {
      const device = open();
      const outer = T.scope(() => T.tensor([1], { device }));
      const kept = T.keep(T.tensor([2], { device }));
      const recording = T.capture(device, () => ({ outer, kept, made: outer.add(kept) }));
      recording.dispose();
      expect([outer.disposed, kept.disposed]).toEqual([false, false]);
      expect(recording.outputs.made.disposed).toBe(true);
      kept.dispose();
    });
  });

  test("describes its ops", () => {
    T.scope(() => {
      const device = open();
      const x = T.zeros([2, 3], { device });
      using recording = T.capture(device, () => x.exp().sum(1));
      expect(recording.ops().map(({ op, shapes }) => `${op} ${shapes}`)).toEqual([
        "exp [2,3] -> [2,3]",
        "sum [2,3] -> [2]",
      ]);
      expect(recording.describe()).toMatch(/0 +exp +\[2,3\] -> \[2,3\]/);
    });
  });

  test("refuses host values, nesting and replays inside, and recovers", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([1, 2], { device });
      using other = T.capture(device, () => x.exp());
      const inside = (action: () => void) => () => T.capture(device, () => void action());
      expect(inside(() => x.sum().item())).toThrow("item: cannot read a value while recording");
      expect(inside(() => x.toArray())).toThrow(T.CaptureError);
      expect(inside(() => x.write(Float32Array.of(1, 2)))).toThrow(T.CaptureError);
      expect(inside(() => T.tensor([1], { device }))).toThrow(T.CaptureError);
      expect(inside(() => T.capture(device, () => x.exp()))).toThrow(T.CaptureError);
      expect(inside(() => other.replay())).toThrow(T.CaptureError);
      expect(x.sum().item()).toBe(3);
      other.replay();
    });
  });

  test("leaves no trace when the function throws", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([1, 2], { device });
      const live = T.liveTensors(device);
      const failing = () =>
        T.capture(device, () => {
          x.exp();
          throw new Error("stop");
        });
      expect(failing).toThrow("stop");
      expect(T.liveTensors(device)).toBe(live);
      expectClose(x.exp().toArray(), [Math.E, Math.E ** 2]);
    });
  });
});
