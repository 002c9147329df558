/** The gradient tape's own rules; the gradients of single ops are tested in test/ops. */
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { checkGradient } from "../src/testing.js";
import { nativeDevice, referenceDevice } from "./support/devices.js";

const reference = (values: number[]) => T.tensor(values, { device: referenceDevice() });

describe("valueAndGrad", () => {
  test("returns value, further results and gradients, and frees the rest", () => {
    const device = referenceDevice();
    const before = T.liveTensors(device);
    const x = reference([1, 2]);
    const result = T.valueAndGrad(() => {
      const square = x.square();
      return { loss: square.sum(), square, twice: x.mul(2) };
    }, [x]);
    expect(T.liveTensors(device) - before).toBe(5);
    expect(result.value.item()).toBe(5);
    expect(result.aux.square.toArray()).toEqual([1, 4]);
    expect(result.aux.twice.toArray()).toEqual([2, 4]);
    expect(result.grads[0].toArray()).toEqual([2, 4]);
    for (const t of [x, result.value, result.aux.square, result.aux.twice, ...result.grads]) {
      t.dispose();
    }
  });

  test("adds up the gradients of all uses", () => {
    T.scope(() => {
      const x = reference([3]);
      const [dx] = T.grad(() => x.mul(x).add(x.mul(2)).add(x).sum(), [x]);
      expect(dx.toArray()).toEqual([9]);
    });
  });

  test("gives zeros for a parameter that the loss does not reach", () => {
    T.scope(() => {
      const [x, y] = [reference([1]), reference([2, 3])];
      const [, dy] = T.grad(() => x.sum(), [x, y]);
      expect(dy.toArray()).toEqual([0, 0]);
    });
  });

  test("gives gradients that may be overwritten without touching each other", () => {
    T.scope(() => {
      const [x, y] = [reference([1, 2]), reference([3, 4])];
      const [dx, dy, again] = T.grad(() => x.add(y).sum(), [x, y, x]);
      dx.fill(7);
      expect(dy.toArray()).toEqual([1, 1]);
      expect(again.toArray()).toEqual([1, 1]);
      expect(T.grad(() => x.sum(), [x])[0].toArray()).toEqual([1, 1]);
    });
  });

  test("counts a loss that is a parameter itself", () => {
    T.scope(() => {
      const x = reference([5]);
      expect(T.grad(() => x, [x])[0].toArray()).toEqual([1]);
    });
  });

  test("may be used again and again on the same parameters", () => {
    T.scope(() => {
      const x = reference([1]);
      for (let i = 0; i < 3; i++) {
        expect(T.grad(() => x.square().sum(), [x])[0].item()).toBe(2);
      }
    });
  });

  test("follows no op outside of it", () => {
    T.scope(() => {
      const x = reference([2]);
      const outside = x.square();
      const [dx] = T.grad(() => outside.mul(x).sum(), [x]);
      expect(dx.item()).toBe(4);
    });
  });

  test("frees the tape when the function throws", () => {
    const device = referenceDevice();
    const before = device.memory().liveHandles;
    const x = reference([1]);
    expect(() =>
      T.valueAndGrad(() => {
        x.exp().square();
        throw new Error("stop");
      }, [x]),
    ).toThrow("stop");
    expect(T.scope(() => T.grad(() => x.sum(), [x])[0].item())).toBe(1);
    x.dispose();
    // The constants 1 and 2 may have been cached on the way.
    expect(device.memory().liveHandles - before).toBeLessThanOrEqual(2);
  });

  test("lets inner scopes end before the backward pass", () => {
    T.scope(() => {
      const x = reference([0.5, 1]);
      const loss = () =>
        T.scope(() =>
          T.scope(() => x.exp())
            .mul(x.tanh())
            .sum(),
        );
      const [dx] = T.grad(loss, [x]);
      const wanted = [0.5, 1].map((v) => Math.exp(v) * (Math.tanh(v) + 1 - Math.tanh(v) ** 2));
      (dx.toArray() as number[]).forEach((got, i) => {
        expect(got).toBeCloseTo(wanted[i], 5);
      });
    });
  });

  test("refuses a loss without one element or without parameters in it", () => {
    T.scope(() => {
      const x = reference([1, 2]);
      const integers = T.zeros([2], { device: referenceDevice(), dtype: "int32" });
      expect(() => T.grad(() => x.mul(2), [x])).toThrowErrorMatchingInlineSnapshot(
        `[GradientError: valueAndGrad: the loss must have one element (got shape [2], expected [])]`,
      );
      expect(() => T.grad(() => x.detach().sum(), [x])).toThrowErrorMatchingInlineSnapshot(
        `[GradientError: valueAndGrad: the loss does not depend on any of the parameters]`,
      );
      expect(() => T.grad(() => x.sum(), [integers])).toThrowErrorMatchingInlineSnapshot(
        `[GradientError: valueAndGrad: a parameter cannot be differentiated (got int32, expected float32)]`,
      );
    });
  });

  test("accepts an inner gradient inside noGrad, as a constant", () => {
    T.scope(() => {
      const x = reference([3]);
      const loss = () =>
        T.noGrad(() => T.grad(() => x.square().sum(), [x])[0])
          .mul(x)
          .sum();
      expect(() => T.grad(loss, [x])).not.toThrow();
    });
  });
});

describe("noGrad", () => {
  test("makes results count as constants and restores the tape", () => {
    T.scope(() => {
      const x = reference([3]);
      const [dx] = T.grad(
        () =>
          T.noGrad(() => x.square())
            .mul(x)
            .add(x)
            .sum(),
        [x],
      );
      expect(dx.item()).toBe(10);
    });
  });
});

describe("writing in place", () => {
  test("a saved value that was overwritten is an error in the backward pass", () => {
    T.scope(() => {
      const [x, scale] = [reference([1, 2]), reference([3, 4])];
      const loss = () => {
        const y = x.mul(scale);
        scale.fill(0);
        return y.sum();
      };
      expect(() => T.grad(loss, [x])).toThrowErrorMatchingInlineSnapshot(
        `[GradientError: mul: a value saved for the gradient was overwritten in place before the backward pass]`,
      );
    });
  });

  test("so is one that was overwritten through a view", () => {
    T.scope(() => {
      const [x, scale] = [reference([1, 2]), reference([3, 4])];
      const loss = () => {
        const y = x.mul(scale);
        scale.slice([0, 1]).fill(0);
        return y.sum();
      };
      expect(() => T.grad(loss, [x])).toThrow(T.GradientError);
    });
  });

  test("values that no gradient reads may be overwritten", () => {
    T.scope(() => {
      const [x, shift] = [reference([1, 2]), reference([3, 4])];
      const loss = () => {
        const y = x.add(shift);
        shift.fill(0);
        return y.sum();
      };
      expect(T.grad(loss, [x])[0].toArray()).toEqual([1, 1]);
    });
  });

  test("a followed tensor cannot be overwritten, under noGrad it can", () => {
    T.scope(() => {
      const x = reference([1, 2]);
      const loss = (write: () => void) => () => {
        write();
        return x.sum();
      };
      expect(() =>
        T.grad(
          loss(() => x.fill(0)),
          [x],
        ),
      ).toThrowErrorMatchingInlineSnapshot(
        `[GradientError: fill: cannot overwrite a value that the gradient tape follows (use detach() or noGrad)]`,
      );
      T.grad(
        loss(() => T.noGrad(() => x.fill(0))),
        [x],
      );
      expect(x.toArray()).toEqual([0, 0]);
    });
  });

  test("storing a followed value stops its gradient there", () => {
    T.scope(() => {
      const [x, log] = [reference([2]), reference([0])];
      const [dx] = T.grad(() => {
        const y = x.square();
        log.copyFrom(y);
        return y.add(log).sum();
      }, [x]);
      expect(dx.item()).toBe(4);
      expect(log.item()).toBe(4);
    });
  });
});

describe("the work of a backward pass", () => {
  /** Names of the ops that `grad` runs for a loss, once the constants are there. */
  const opsOf = (loss: () => T.Tensor, params: readonly T.Tensor[]): string[] => {
    T.grad(loss, params);
    using recording = T.capture(params[0].device, () => T.grad(loss, params));
    return recording.ops().map(({ op }) => op);
  };

  test("the gradient of a mean is one copy of a constant", () => {
    T.scope(() => {
      const x = reference([1, 2, 3, 4]);
      expect(opsOf(() => x.mean(), [x])).toEqual(["mean", "copy"]);
    });
  });

  test("a gradient that is used once is neither zeroed nor added to", () => {
    T.scope(() => {
      const device = referenceDevice();
      const [x, w1, w2] = [
        T.ones([2, 3], { device }),
        T.ones([4, 3], { device }),
        T.ones([1, 4], { device }),
      ];
      const loss = () => T.linear(T.linear(x, w1, undefined, { activation: "tanh" }), w2).sum();
      expect(opsOf(loss, [w1, w2])).toEqual([
        ...["linear", "linear", "sum"],
        ...["matmul", "matmul", "linearBackward", "matmul"],
      ]);
    });
  });

  test("slices that cover a tensor fill one buffer without zeroing it", () => {
    T.scope(() => {
      const x = reference([1, 2, 3]);
      const loss = () => x.slice([0, 2]).square().sum().add(x.slice(2).exp());
      const ops = opsOf(loss, [x]);
      expect(ops.filter((op) => op === "copy")).toHaveLength(2);
      expect(ops).not.toContain("fill");
    });
  });
});

test("a network of many ops has the gradient that finite differences find", () => {
  T.scope(() => {
    const device = referenceDevice();
    const at = (shape: number[], seed: number) => {
      using random = new T.RandomState(seed, { device });
      return random.normal(shape, { dtype: "float64" });
    };
    const [x, w, b] = [at([3, 4], 1), at([5, 4], 2), at([5], 3)];
    const loss = () => {
      const h = T.linear(x, w, b, { activation: "tanh" });
      const [left, right] = [h.slice(null, [0, 3]), h.slice(null, [3, 5])];
      const mixed = left.softmax().matmul(left.transpose()).sum(0).mul(right.max(1));
      return T.concat([mixed, h.flatten()]).square().mean().add(h.std()).log();
    };
    expect(checkGradient(loss, [x, w, b])).toBeUndefined();
  });
});

test("gradients on the native core equal those on the reference for the same network", () => {
  T.scope(() => {
    const [truth, native] = [referenceDevice(), nativeDevice()].map((device) => {
      using random = new T.RandomState(4, { device });
      const [x, w, b] = [random.uniform([6, 4]), random.uniform([5, 4]), random.uniform([5])];
      const loss = () => T.linear(x, w, b, { activation: "relu" }).logSoftmax().mean();
      return T.grad(loss, [w, b]).flatMap((grad) => [...grad.toTypedArray()]);
    });
    native.forEach((value, i) => {
      expect(value).toBeCloseTo(truth[i], 5);
    });
  });
});
