/** Every op that writes in place: what a gradient still needs cannot be overwritten unnoticed. */
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { referenceDevice } from "./support/devices.js";

const device = () => referenceDevice();
const vector = (value = 1) => T.full([2], value, { device: device() });
const counter = () => T.zeros([1], { device: device(), dtype: "int32" });
const gradNorm = () => T.zeros([1], { device: device() });
const hyper = (values: Float32Array) => T.tensor(values, { device: device() });

/** Each op as a write into a float vector of two. */
const writes: Readonly<Record<string, (target: T.Tensor) => void>> = {
  copyFrom: (target) => target.copyFrom(vector(5)),
  fill: (target) => target.fill(5),
  write: (target) => target.write(Float32Array.of(5, 6)),
  "write through a view with gaps": (target) => target.flip().write(Float32Array.of(5, 6)),
  storeRow: (target) => T.storeRow(target, counter(), T.full([], 5, { device: device() })),
  indexAdd: (target) => {
    const index = T.tensor([1], { device: device(), dtype: "int32" });
    T.indexAdd(target, index, T.ones([1], { device: device() }));
  },
  accumulate: (target) => {
    const x = vector();
    T.grad(() => x.square().sum(), [x], { accumulate: [target] });
  },
  "clipAdam (parameters)": (target) => adam({ params: target }),
  "clipAdam (first moment)": (target) => adam({ m: target }),
  "clipAdam (second moment)": (target) => adam({ v: target }),
  "batchNorm (running mean)": (target) => batchStatistics({ runningMean: target }),
  "batchNorm (running variance)": (target) => batchStatistics({ runningVariance: target }),
};

function adam(own: Partial<T.ClipAdamState>): void {
  T.clipAdam({
    params: vector(),
    m: vector(0),
    v: vector(0),
    gradient: vector(),
    step: counter(),
    hyper: hyper(
      T.adamHyper({ lr: 1, beta1: 0.9, beta2: 0.9, eps: 1, maxGradNorm: 0, weightDecay: 0 }),
    ),
    gradNorm: gradNorm(),
    ...own,
  });
}

function batchStatistics(own: Partial<T.BatchNormOptions>): void {
  const x = T.tensor([1, 2, 3, 5, 8, 13], { shape: [3, 2], device: device() });
  T.batchNorm(x, { training: true, runningMean: vector(), runningVariance: vector(), ...own });
}

describe.each(Object.entries(writes))("%s", (_, write) => {
  test("overwrites", () => {
    T.scope(() => {
      const target = vector(4);
      const before = target.toArray();
      write(target);
      expect(target.toArray()).not.toEqual(before);
    });
  });

  test("is an error in the backward pass if it hits a saved value", () => {
    T.scope(() => {
      const [x, target] = [vector(2), vector(3)];
      const loss = () => {
        const y = x.mul(target);
        write(target);
        return y.sum();
      };
      expect(() => T.grad(loss, [x])).toThrow(
        /mul: a value saved for the gradient was overwritten in place/,
      );
    });
  });

  test("is an error if it hits a saved value through other views", () => {
    T.scope(() => {
      const [x, holder] = [vector(2), T.full([4], 3, { device: device() })];
      const loss = () => {
        const y = x.mul(holder.slice([1, 3]));
        write(holder.slice([2, 4]));
        return y.sum();
      };
      expect(() => T.grad(loss, [x])).toThrow(T.GradientError);
    });
  });

  test("is refused at once on a followed tensor", () => {
    T.scope(() => {
      const [x, target] = [vector(2), vector(3)];
      const loss = () => {
        write(target);
        return x.mul(target).sum();
      };
      expect(() => T.grad(loss, [x, target])).toThrow(
        /cannot overwrite a value that the gradient tape follows/,
      );
      const made = () => {
        const y = x.square();
        write(y);
        return y.sum();
      };
      expect(() => T.grad(made, [x])).toThrow(T.GradientError);
    });
  });

  test("is allowed on what no gradient reads", () => {
    T.scope(() => {
      const [x, target] = [vector(2), vector(3)];
      const loss = () => {
        const y = x.add(target);
        write(target);
        return y.sum();
      };
      expect(T.grad(loss, [x])[0].toArray()).toEqual([1, 1]);
    });
  });

  test("is refused on an expanded view, whose elements share memory", () => {
    T.scope(() => {
      const shared = T.ones([1], { device: device() }).expand([2]);
      expect(() => write(shared)).toThrow(T.TensorError);
    });
  });
});
