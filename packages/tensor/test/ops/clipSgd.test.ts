import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, nativeDevice, referenceDevice, testedDevices } from "../support/devices.js";
import { floats, make } from "../support/inputs.js";
import { expectClose } from "../support/test-op.js";

const hyper: T.SgdHyper = { lr: 0.1, momentum: 0.5, dampening: 0, weightDecay: 0, maxGradNorm: 0 };

type WithVelocity = T.ClipSgdState & { velocity: T.Tensor };

function fresh(device: T.Device, size: number, options: Partial<T.SgdHyper> = {}): WithVelocity {
  return {
    params: make(floats([size]), device, 1),
    velocity: T.zeros([size], { device }),
    step: T.zeros([1], { device, dtype: "int32" }),
    gradient: make(floats([size]), device, 2),
    hyper: T.tensor(T.sgdHyper({ ...hyper, ...options }), { device }),
    gradNorm: T.zeros([1], { device }),
  };
}

describe.each(testedDevices)("clipSgd on %s", (name) => {
  const open = () => deviceNamed(name);

  test("without velocity the step is lr times the clipped gradient", () => {
    T.scope(() => {
      const { velocity: _, ...state } = fresh(open(), 2, { maxGradNorm: 5 });
      state.params.fill(1);
      state.gradient.write(Float32Array.of(30, -40));
      T.clipSgd(state);
      expectClose(state.params.toArray(), [0.7, 1.4]);
      expectClose(state.gradNorm.item(), 50);
      expect(state.step.item()).toBe(1);
    });
  });

  test("the velocity starts as the whole gradient, then keeps its share", () => {
    T.scope(() => {
      const state = fresh(open(), 1, { dampening: 0.25 });
      state.params.fill(0);
      state.gradient.fill(4);
      T.clipSgd(state);
      expectClose(state.velocity.toArray(), [4]);
      T.clipSgd(state);
      expectClose(state.velocity.toArray(), [0.5 * 4 + 0.75 * 4]);
      expectClose(state.params.toArray(), [-0.4 - 0.5]);
    });
  });

  test("Nesterov looks ahead along the velocity", () => {
    T.scope(() => {
      const state = fresh(open(), 1);
      state.params.fill(0);
      state.gradient.fill(2);
      T.clipSgd(state, { nesterov: true });
      expectClose(state.params.toArray(), [-0.1 * (2 + 0.5 * 2)]);
    });
  });

  test("a gradient that is not finite changes nothing but the reported norm", () => {
    T.scope(() => {
      const state = fresh(open(), 3);
      const before = state.params.toArray();
      for (const bad of [NaN, Infinity, -Infinity]) {
        state.gradient.write(Float32Array.of(1, bad, 1));
        T.clipSgd(state);
        expect(Number.isFinite(state.gradNorm.item())).toBe(false);
      }
      expect(state.params.toArray()).toEqual(before);
      expect(state.step.item()).toBe(0);
      expect(state.velocity.toArray()).toEqual([0, 0, 0]);
    });
  });
});

test.each([
  [0, true, false],
  [1, true, true],
  [17, false, false],
  [5000, true, false],
  [5000, true, true],
] as const)(
  "native equals reference over ten steps of %i parameters, momentum %s, nesterov %s",
  (size, momentum, nesterov) => {
    T.scope(() => {
      const [truth, native] = [referenceDevice(), nativeDevice()].map((device) => {
        const options = { maxGradNorm: 2, weightDecay: 0.01, dampening: nesterov ? 0 : 0.1 };
        const { velocity, ...rest } = fresh(device, size, options);
        const state = momentum ? { ...rest, velocity } : rest;
        for (let i = 0; i < 10; i++) {
          T.clipSgd(state, { nesterov });
          state.gradient.copyFrom(state.gradient.mul(0.9).add(state.params.mul(0.1)));
        }
        return [state.params, velocity, state.gradNorm].map((x) => x.toArray());
      });
      expectClose(native, truth, { rtol: 1e-4, atol: 1e-6 });
    });
  },
);

test("clipSgd names what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const state = fresh(device, 3);
    const { velocity: _, ...plain } = state;
    const short = T.zeros([2], { device });
    expect(() => T.clipSgd({ ...state, velocity: short })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: clipSgd: velocity has the wrong shape (got [2], expected [3])]`,
    );
    expect(() => T.clipSgd({ ...state, gradNorm: short })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: clipSgd: gradNorm has the wrong shape (got [2], expected [1])]`,
    );
    expect(() => T.clipSgd({ ...state, step: short })).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: clipSgd: step has the wrong dtype (got float32, expected int32)]`,
    );
    expect(() => T.clipSgd(plain, { nesterov: true })).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: clipSgd: nesterov needs a velocity (got none, expected one of the shape of params)]`,
    );
  });
});
