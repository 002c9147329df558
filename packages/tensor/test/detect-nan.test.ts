import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { deviceNamed, testedDevices } from "./support/devices.js";

describe.each(testedDevices)("detectNaN on %s", (name) => {
  const open = () => deviceNamed(name);
  const message = (device: T.Device, fn: () => unknown): string => {
    try {
      T.detectNaN(device, () => T.scope(() => void fn()));
    } catch (error) {
      expect(error).toBeInstanceOf(T.NanError);
      return (error as Error).message;
    }
    return "";
  };

  test("returns what the function returns when all is well", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([1, 2], { device });
      const y = T.detectNaN(device, () => x.div(0).add(1).exp());
      expect(y.toArray()).toEqual([Infinity, Infinity]);
    });
  });

  test("names the op, the shapes and the place of the first NaN", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([1, 2, 3, 4, -5, -6], { shape: [2, 3], device });
      expect(message(device, () => x.mul(2).log().sum())).toBe(
        "log: NaN at [1,1] ([2,3] -> [2,3]; no input had one)",
      );
      expect(message(device, () => x.transpose().log())).toBe(
        "log: NaN at [1,1] ([3,2] -> [3,2]; no input had one)",
      );
      const zero = T.zeros([3], { device });
      expect(message(device, () => x.mul(0).div(zero))).toBe(
        "div: NaN at [0,0] ([2,3], [2,3] -> [2,3]; no input had one)",
      );
      expect(message(device, () => x.square().sub(Infinity).add(Infinity))).toBe(
        "add: NaN at [0,0] ([2,3], [2,3] -> [2,3]; no input had one)",
      );
    });
  });

  test("says which input had one already", () => {
    T.scope(() => {
      const device = open();
      const [x, y] = [T.ones([2], { device }), T.tensor([0, Number.NaN], { device })];
      const wanted = "add: NaN at [1] ([2], [2] -> [2]; input 1 had one already)";
      expect(message(device, () => x.add(y))).toBe(wanted);
      // Also where the op overwrites that input.
      expect(message(device, () => y.copyFrom(y.add(x)))).toMatch(/^add: .*input 0 had/);
      const index = T.tensor([0], { device, dtype: "int32" });
      expect(message(device, () => T.indexAdd(y, index, T.ones([1], { device })))).toMatch(
        /^indexAdd: NaN at \[1\]/,
      );
    });
  });

  test("names the op whose gradient it is", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([4, 0], { device });
      const step = () => T.grad(() => x.sqrt().mul(0).sum(), [x]);
      expect(message(device, step)).toBe(
        "div: NaN at [1], in the gradient of sqrt ([2], [2] -> [2]; no input had one)",
      );
      try {
        T.detectNaN(device, step);
      } catch (error) {
        const { code, op, facts } = error as T.NanError;
        expect([code, op]).toEqual(["NAN", "div"]);
        expect(facts).toEqual({ rule: "sqrt", index: [1], tainted: [] });
      }
    });
  });

  test("forgets the gradient when it is over, however it ended", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([0], { device });
      message(device, () => T.grad(() => x.sqrt().mul(0).sum(), [x]));
      expect(message(device, () => x.sub(1).log())).not.toMatch("gradient");
    });
  });

  test("the device is as before afterwards, also after an error", () => {
    T.scope(() => {
      const device = open();
      const x = T.tensor([-1], { device });
      expect(() => T.detectNaN(device, () => x.log())).toThrow(T.NanError);
      expect(x.log().item()).toBeNaN();
      using recording = T.capture(device, () => x.mul(2));
      recording.replay();
      expect(recording.outputs.item()).toBe(-2);
    });
  });

  test("does not go together with recordings", () => {
    T.scope(() => {
      const device = open();
      const x = T.ones([2], { device });
      expect(() => {
        T.capture(device, () => T.detectNaN(device, () => x.exp()));
      }).toThrowErrorMatchingInlineSnapshot(
        `[CaptureError: detectNaN: cannot look at values while recording; put detectNaN around the function, without capture]`,
      );
      expect(() => {
        T.detectNaN(device, () => T.capture(device, () => x.exp()));
      }).toThrowErrorMatchingInlineSnapshot(
        `[CaptureError: capture: cannot record inside detectNaN, which looks at values; run the function eagerly there]`,
      );
      using recording = T.capture(device, () => x.exp());
      expect(() => {
        T.detectNaN(device, () => recording.replay());
      }).toThrowErrorMatchingInlineSnapshot(
        `[CaptureError: replay: a recording cannot be checked op by op; run its function eagerly inside detectNaN]`,
      );
    });
  });

  test("looks through a whole training step", () => {
    T.scope(() => {
      const device = open();
      using random = new T.RandomState(1, { device });
      const [x, w] = [random.normal([6, 4]), random.normal([3, 4])];
      const step = () => {
        const loss = () => T.linear(x, w, undefined, { activation: "tanh" }).logSoftmax().mean();
        return T.grad(loss, [w])[0];
      };
      expect(T.detectNaN(device, step).toArray()).toEqual(step().toArray());
      w.fill(Number.NaN);
      expect(message(device, step)).toMatch(/^linear: NaN at \[0,0\] .*input 1 had one already/);
    });
  });
});
