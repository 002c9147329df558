import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { checkGradient } from "../../src/testing.js";
import { deviceNamed, nativeDevice, referenceDevice, testedDevices } from "../support/devices.js";
import { floats, type Input, make } from "../support/inputs.js";

/** Result, gradient and state after dropout of an input. */
function run(device: T.Device, input: Input, p: number) {
  using random = new T.RandomState(11, { device });
  const x = make(input, device, 1);
  const { value, grads } = T.valueAndGrad(() => {
    const y = T.dropout(x, p, random);
    return { loss: y.mul(make(floats(input.shape), device, 2)).sum(), y };
  }, [x]);
  return { loss: value.item(), slope: grads[0].toArray(), words: random.toWords() };
}

describe.each([
  [floats([1]), 0.5],
  [floats([7]), 0.9],
  [floats([0, 3]), 0.5],
  [floats([33, 65]), 0.25],
  [floats([2, 3, 50]), 1],
  [floats([20, 30], { layout: "transposed" }), 0.1],
  [floats([20, 30], { layout: "expanded" }), 0.1],
])("dropout %#", (input, p) => {
  test("is the same bits on both devices, and so is its gradient", () => {
    T.scope(() => {
      const [truth, native] = [referenceDevice(), nativeDevice()].map((device) => {
        using random = new T.RandomState(11, { device });
        return T.dropout(make(input, device, 1), p, random).toArray();
      });
      expect(native).toEqual(truth);
      const [a, b] = [referenceDevice(), nativeDevice()].map((device) => run(device, input, p));
      expect(b.slope).toEqual(a.slope);
      expect(b.words).toEqual(a.words);
      expect(b.loss).toBeCloseTo(a.loss, 3);
    });
  });
});

describe.each(testedDevices)("dropout on %s", (name) => {
  test("keeps and scales a share 1 - p, another choice at each call", () => {
    T.scope(() => {
      const device = deviceNamed(name);
      using random = new T.RandomState(3, { device });
      const x = T.ones([20_000], { device });
      const [first, second] = [0, 1].map(() => T.dropout(x, 0.2, random));
      for (const y of [first, second]) {
        expect(Math.abs(y.mean().item() - 1)).toBeLessThan(0.02);
        expect(new Set(y.toTypedArray())).toEqual(new Set([0, 1.25]));
      }
      expect(first.toArray()).not.toEqual(second.toArray());
    });
  });

  test("with p = 0 or when not training gives x itself and draws nothing", () => {
    T.scope(() => {
      const device = deviceNamed(name);
      using random = new T.RandomState(3, { device });
      const x = make(floats([3, 4]), device, 1);
      expect(T.dropout(x, 0, random).toArray()).toEqual(x.toArray());
      expect(T.dropout(x, 0.5, random, { training: false }).toArray()).toEqual(x.toArray());
      expect(random.toWords()).toEqual([3, 0, 0, 0]);
      const [slope] = T.grad(() => T.dropout(x, 0, random).sum(), [x]);
      expect(slope.toArray()).toEqual(T.ones([3, 4], { device }).toArray());
    });
  });

  test("draws a new mask at each replay, the one of the gradient included", () => {
    T.scope(() => {
      const device = deviceNamed(name);
      using random = new T.RandomState(3, { device });
      const x = T.ones([64], { device });
      const step = () => {
        const { grads, y } = T.scope(() => {
          const { aux, grads } = T.valueAndGrad(() => {
            const y = T.dropout(x, 0.5, random);
            return { loss: y.sum(), y };
          }, [x]);
          return { grads, y: aux.y };
        });
        return { y, dx: grads[0] };
      };
      const recording = T.capture(device, step);
      const seen = [0, 1, 2].map(() => {
        recording.replay();
        const { y, dx } = recording.outputs;
        expect(dx.toArray()).toEqual(y.toArray());
        return JSON.stringify(y.toArray());
      });
      recording.dispose();
      expect(new Set(seen).size).toBe(3);
    });
  });

  test("refuses what is not a probability", () => {
    T.scope(() => {
      const device = deviceNamed(name);
      using random = new T.RandomState(3, { device });
      const x = T.ones([3], { device });
      expect(() => T.dropout(x, 1.5, random)).toThrowErrorMatchingInlineSnapshot(
        `[TensorError: dropout: p is not a probability (got 1.5, expected 0..1)]`,
      );
      expect(() => T.dropout(x, Number.NaN, random)).toThrowErrorMatchingInlineSnapshot(
        `[TensorError: dropout: p is not a probability (got NaN, expected 0..1)]`,
      );
      expect(() => T.dropout(x.cast("int32"), 0.5, random)).toThrowErrorMatchingInlineSnapshot(
        `[DtypeError: dropout: x has the wrong dtype (got int32, expected float32)]`,
      );
    });
  });
});

test("the gradient of dropout, by finite differences", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = make(floats([3, 4]), device, 1, "float64");
    const loss = () => {
      using random = new T.RandomState(5, { device });
      return T.dropout(x, 0.4, random).square().sum();
    };
    expect(checkGradient(loss, [x])).toBeUndefined();
  });
});
