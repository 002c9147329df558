import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, nativeDevice, referenceDevice, testedDevices } from "../support/devices.js";
import { floats, make } from "../support/inputs.js";
import { expectClose } from "../support/test-op.js";

const hyper: T.AdamHyper = {
  lr: 0.1,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  maxGradNorm: 0,
  weightDecay: 0,
};

function fresh(
  device: T.Device,
  size: number,
  options: Partial<T.AdamHyper> = {},
): T.ClipAdamState {
  const zeros = () => T.zeros([size], { device });
  return {
    params: make(floats([size]), device, 1),
    m: zeros(),
    v: zeros(),
    step: T.zeros([1], { device, dtype: "int32" }),
    gradient: make(floats([size]), device, 2),
    hyper: T.tensor(T.adamHyper({ ...hyper, ...options }), { device }),
    gradNorm: T.zeros([1], { device }),
  };
}

describe.each(testedDevices)("clipAdam on %s", (name) => {
  const open = () => deviceNamed(name);

  test("the first step moves every parameter by lr against the sign of its gradient", () => {
    T.scope(() => {
      const state = fresh(open(), 3);
      state.params.fill(1);
      state.gradient.write(Float32Array.of(5, -0.01, 2));
      T.clipAdam(state);
      expectClose(state.params.toArray(), [0.9, 1.1, 0.9]);
      expectClose(state.m.toArray(), [0.5, -0.001, 0.2]);
      expect(state.step.item()).toBe(1);
      expectClose(state.gradNorm.item(), Math.sqrt(29.0001));
    });
  });

  test("a gradient longer than the limit is scaled to it", () => {
    T.scope(() => {
      const state = fresh(open(), 2, { maxGradNorm: 1 });
      state.gradient.write(Float32Array.of(30, 40));
      T.clipAdam(state);
      expectClose(state.m.toArray(), [0.06, 0.08]);
      expectClose(state.gradNorm.item(), 50);
    });
  });

  test("a gradient that is not finite changes nothing but the reported norm", () => {
    T.scope(() => {
      const state = fresh(open(), 3, { maxGradNorm: 1 });
      const before = state.params.toArray();
      for (const bad of [NaN, Infinity, -Infinity]) {
        state.gradient.write(Float32Array.of(1, bad, 1));
        T.clipAdam(state);
        expect(Number.isFinite(state.gradNorm.item())).toBe(false);
      }
      expect(state.params.toArray()).toEqual(before);
      expect(state.step.item()).toBe(0);
      expect(state.v.toArray()).toEqual([0, 0, 0]);
    });
  });

  test("weight decay shrinks parameters by lr * weightDecay", () => {
    T.scope(() => {
      const state = fresh(open(), 1, { weightDecay: 0.5 });
      state.params.fill(2);
      state.gradient.fill(0);
      T.clipAdam(state);
      expectClose(state.params.toArray(), [1.9]);
    });
  });
});

test.each([1, 17, 5000])("native equals reference over ten steps of %i parameters", (size) => {
  T.scope(() => {
    const [truth, native] = [referenceDevice(), nativeDevice()].map((device) => {
      const state = fresh(device, size, { maxGradNorm: 2, weightDecay: 0.01 });
      for (let i = 0; i < 10; i++) {
        T.clipAdam(state);
        state.gradient.copyFrom(state.gradient.mul(0.9).add(state.params.mul(0.1)));
      }
      return [state.params, state.m, state.v, state.gradNorm].map((x) => x.toArray());
    });
    expectClose(native, truth, { rtol: 1e-4, atol: 1e-6 });
  });
});

test("clipAdam names the tensor that does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const state = fresh(device, 3);
    const short = T.zeros([2], { device });
    expect(() => T.clipAdam({ ...state, v: short })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: clipAdam: v has the wrong shape (got [2], expected [3])]`,
    );
    const strided = T.zeros([6], { device }).slice([null, null, 2]);
    expect(() => T.clipAdam({ ...state, m: strided })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: clipAdam: m must be dense (got strides [2])]`,
    );
    expect(() => T.clipAdam({ ...state, step: short })).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: clipAdam: step has the wrong dtype (got float32, expected int32)]`,
    );
  });
});
