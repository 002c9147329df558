import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, nativeDevice, referenceDevice, testedDevices } from "../support/devices.js";
import { floats, make } from "../support/inputs.js";
import { expectClose } from "../support/test-op.js";

const hyper: T.RmspropHyper = {
  lr: 0.1,
  alpha: 0.75,
  eps: 1e-5,
  weightDecay: 0,
  momentum: 0.5,
  maxGradNorm: 0,
};

type Full = T.ClipRmspropState & { means: T.Tensor; velocity: T.Tensor };

function fresh(device: T.Device, size: number, options: Partial<T.RmspropHyper> = {}): Full {
  const zeros = () => T.zeros([size], { device });
  return {
    params: make(floats([size]), device, 1),
    squares: zeros(),
    means: zeros(),
    velocity: zeros(),
    gradient: make(floats([size]), device, 2),
    hyper: T.tensor(T.rmspropHyper({ ...hyper, ...options }), { device }),
    gradNorm: T.zeros([1], { device }),
  };
}

describe.each(testedDevices)("clipRmsprop on %s", (name) => {
  const open = () => deviceNamed(name);

  test("the plain first step is lr / sqrt(1 - alpha) against the sign of the gradient", () => {
    T.scope(() => {
      const { means: _, velocity: __, ...state } = fresh(open(), 2);
      state.params.fill(1);
      state.gradient.write(Float32Array.of(3, -4));
      T.clipRmsprop(state);
      expectClose(state.params.toArray(), [0.8, 1.2], { rtol: 1e-4, atol: 0 });
      expectClose(state.squares.toArray(), [2.25, 4]);
      expectClose(state.gradNorm.item(), 5);
    });
  });

  test("centered: the variance counts, not the square", () => {
    T.scope(() => {
      const { velocity: _, ...state } = fresh(open(), 1);
      state.params.fill(0);
      state.gradient.fill(4);
      T.clipRmsprop(state);
      expectClose(state.means.toArray(), [1]);
      expectClose(state.params.toArray(), [(-0.1 * 4) / Math.sqrt(4 - 1)], { rtol: 1e-4, atol: 0 });
    });
  });

  test("momentum adds up changes", () => {
    T.scope(() => {
      const { means: _, ...state } = fresh(open(), 1, { alpha: 0 });
      state.params.fill(0);
      state.gradient.fill(4);
      T.clipRmsprop(state);
      T.clipRmsprop(state);
      expectClose(state.velocity.toArray(), [1.5], { rtol: 1e-4, atol: 0 });
      expectClose(state.params.toArray(), [-0.25], { rtol: 1e-4, atol: 0 });
    });
  });

  test("a gradient that is not finite changes nothing but the reported norm", () => {
    T.scope(() => {
      const state = fresh(open(), 3);
      const before = state.params.toArray();
      for (const bad of [NaN, Infinity, -Infinity]) {
        state.gradient.write(Float32Array.of(1, bad, 1));
        T.clipRmsprop(state);
        expect(Number.isFinite(state.gradNorm.item())).toBe(false);
      }
      expect(state.params.toArray()).toEqual(before);
      for (const x of [state.squares, state.means, state.velocity]) {
        expect(x.toArray()).toEqual([0, 0, 0]);
      }
    });
  });
});

test.each([
  [0, true, true],
  [1, true, true],
  [17, false, false],
  [5000, true, false],
  [5000, false, true],
  [5000, true, true],
] as const)(
  "native equals reference over ten steps of %i parameters, centered %s, momentum %s",
  (size, centered, momentum) => {
    T.scope(() => {
      const [truth, native] = [referenceDevice(), nativeDevice()].map((device) => {
        const all = fresh(device, size, { maxGradNorm: 2, weightDecay: 0.01, eps: 0.1 });
        const means = centered ? all.means : undefined;
        const velocity = momentum ? all.velocity : undefined;
        const state = { ...all, means, velocity };
        for (let i = 0; i < 10; i++) {
          T.clipRmsprop(state);
          state.gradient.copyFrom(state.gradient.mul(0.9).add(state.params.mul(0.1)));
        }
        const results = [all.params, all.squares, all.means, all.velocity, all.gradNorm];
        return results.map((x) => x.toArray());
      });
      expectClose(native, truth, { rtol: 1e-4, atol: 1e-6 });
    });
  },
);

test("clipRmsprop names what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const state = fresh(device, 3);
    const short = T.zeros([2], { device });
    const whole = T.zeros([3], { device, dtype: "int32" });
    expect(() => T.clipRmsprop({ ...state, means: short })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: clipRmsprop: means has the wrong shape (got [2], expected [3])]`,
    );
    expect(() => T.clipRmsprop({ ...state, squares: whole })).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: clipRmsprop: dtypes differ (got float32 and int32, expected equal dtypes; cast one of them)]`,
    );
    expect(() => T.clipRmsprop({ ...state, hyper: short })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: clipRmsprop: hyper has the wrong shape (got [2], expected [8])]`,
    );
  });
});
