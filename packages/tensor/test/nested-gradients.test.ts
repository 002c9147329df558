/** Gradients of gradients; those of single ops are tested in test/ops. */
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { checkGradient } from "../src/testing.js";
import { nativeDevice, referenceDevice } from "./support/devices.js";
import { expectClose } from "./support/test-op.js";

const doubles = (values: T.NestedNumbers[]) =>
  T.tensor(values, { device: referenceDevice(), dtype: "float64" });

/** The gradient of a scalar function with respect to one tensor. */
const slope = (fn: () => T.Tensor, x: T.Tensor): T.Tensor => T.grad(fn, [x])[0];

describe("nested gradients", () => {
  test("second, third and fourth derivative of x^4", () => {
    T.scope(() => {
      const x = doubles([2, -3]);
      const power = () => x.square().square().sum();
      const second = () => slope(() => slope(power, x).sum(), x);
      const third = () => slope(() => second().sum(), x);
      const fourth = () => slope(() => third().sum(), x);
      expect(second().toArray()).toEqual([48, 108]);
      expect(third().toArray()).toEqual([48, -72]);
      expect(fourth().toArray()).toEqual([24, 24]);
    });
  });

  test("mixed partial derivatives agree in either order", () => {
    T.scope(() => {
      const [x, y] = [doubles([0.3, 2]), doubles([1.5, -1])];
      const f = () => x.exp().mul(y.tanh()).add(x.mul(y.square())).sum();
      const xy = slope(() => slope(f, x).sum(), y).toArray() as number[];
      const yx = slope(() => slope(f, y).sum(), x).toArray() as number[];
      expectClose(xy, yx, { rtol: 1e-14, atol: 0 });
      const wanted = [0.3, 2].map((a, i) => {
        const b = [1.5, -1][i];
        return Math.exp(a) * (1 - Math.tanh(b) ** 2) + 2 * b;
      });
      expectClose(xy, wanted, { rtol: 1e-14, atol: 0 });
    });
  });

  test("a Hessian-vector product of a quadratic form is A + A^T times v", () => {
    T.scope(() => {
      const a = doubles([
        [2, 1],
        [0, 3],
      ]);
      const [x, v] = [doubles([1, -2]), doubles([0.5, 4])];
      const form = () => x.matmul(a).mul(x).sum();
      const product = slope(() => slope(form, x).mul(v).sum(), x);
      expect(product.toArray()).toEqual([4 * 0.5 + 4, 0.5 + 6 * 4]);
    });
  });

  test("Hessian-vector products of a network are those of finite differences", () => {
    T.scope(() => {
      const device = referenceDevice();
      using random = new T.RandomState(3, { device });
      const at = (shape: number[]) => random.normal(shape, { dtype: "float64" });
      const [x, w, b, u] = [at([3, 4]), at([5, 4]), at([5]), at([2, 5])];
      const loss = () => {
        const hidden = T.linear(x, w, b, { activation: "tanh" });
        const scores = T.linear(hidden, u).logSoftmax();
        const [left, right] = [scores.slice(null, [0, 1]), scores.slice(null, [1, 2])];
        return left.mul(right).sum().add(hidden.slice(null, 2).square().mean()).add(hidden.std());
      };
      const along = [at([5, 4]), at([5]), at([2, 5])];
      const directional = () => {
        const products = T.grad(loss, [w, b, u]).map((g, i) => g.mul(along[i]).sum());
        return products.reduce((sum, part) => sum.add(part));
      };
      expect(checkGradient(directional, [w, b, u])).toBeUndefined();
    });
  });

  test("a gradient penalty is differentiated by parameters that the inner call does not name", () => {
    T.scope(() => {
      const device = referenceDevice();
      using random = new T.RandomState(5, { device });
      const at = (shape: number[]) => random.normal(shape, { dtype: "float64" });
      const [x, w, u] = [at([4, 3]), at([6, 3]), at([1, 6])];
      const critic = () => T.linear(T.linear(x, w, undefined, { activation: "tanh" }), u);
      const loss = () => {
        const [gradient] = T.grad(() => critic().sum(), [x]);
        const norm = gradient.square().sum(1).sqrt();
        return critic().mean().add(norm.sub(1).square().mean().mul(10));
      };
      expect(checkGradient(loss, [w, u])).toBeUndefined();
    });
  });

  test("the value and further results of an inner call count, too", () => {
    T.scope(() => {
      const x = doubles([2]);
      const loss = () => {
        const { value, aux, grads } = T.valueAndGrad(() => {
          const cube = x.square().mul(x);
          return { loss: cube.sum(), cube };
        }, [x]);
        return value.add(aux.cube.sum().mul(10)).add(grads[0].sum().mul(100));
      };
      // x^3 + 10 x^3 + 100 * 3 x^2
      expect(slope(loss, x).item()).toBe(11 * 12 + 100 * 12);
    });
  });

  test("a step of gradient descent is differentiated by its learning rate", () => {
    T.scope(() => {
      const [w, lr] = [doubles([3]), doubles([0.1])];
      const after = () => {
        const [g] = T.grad(() => w.square().sum(), [w]);
        return w.sub(g.mul(lr)).square().sum();
      };
      // (w - 2 w lr)^2: d/dlr = 2 (w - 2 w lr) (-2 w)
      expect(slope(after, lr).item()).toBeCloseTo(2 * (3 - 0.6) * -6, 12);
    });
  });

  test("an inner call on a made value leaves the outer tape's view of it alone", () => {
    T.scope(() => {
      const x = doubles([1.5]);
      const loss = () => {
        const y = x.square();
        const inner = slope(() => y.mul(y).sum(), y); // 2 y = 2 x^2
        return inner.mul(y).sum(); // 2 x^4
      };
      expect(slope(loss, x).item()).toBeCloseTo(8 * 1.5 ** 3, 12);
    });
  });

  test("noGrad and detach make constants of what they enclose", () => {
    T.scope(() => {
      const x = doubles([3]);
      const first = () => slope(() => x.square().mul(x).sum(), x); // 3 x^2
      expect(slope(() => first().mul(x).sum(), x).item()).toBe(81);
      expect(slope(() => T.noGrad(first).mul(x).sum(), x).item()).toBe(27);
      expect(slope(() => first().detach().mul(x).sum(), x).item()).toBe(27);
      // A constant inside the inner function: d/dx of (stop(x) x)' = d/dx of stop(x).
      const inner = () => slope(() => x.detach().mul(x).sum(), x);
      expect(() => slope(() => inner().sum(), x)).toThrow(
        "the loss does not depend on any of the parameters",
      );
    });
  });

  test("values saved for the outer walk may not be overwritten meanwhile", () => {
    T.scope(() => {
      const [x, scale] = [doubles([1, 2]), doubles([3, 4])];
      const loss = () => {
        const [g] = T.grad(() => x.mul(scale).square().sum(), [x]);
        T.noGrad(() => scale.fill(0));
        return g.sum();
      };
      expect(() => slope(loss, x)).toThrow(/overwritten in place/);
    });
  });

  test("an op whose gradient is a kernel alone refuses, and only then", () => {
    T.scope(() => {
      const device = referenceDevice();
      const at = (shape: number[]) => T.full(shape, 0.5, { device });
      const logits = at([2, 3]);
      const inputs = {
        value: at([2]),
        action: T.zeros([2], { device, dtype: "int32" }),
        oldLogProb: at([2]).sub(1.5),
        advantage: at([2]),
        returns: at([2]),
        oldValue: at([2]),
        coefficients: T.tensor(
          T.ppoCoefficients({
            clip: 0.5,
            valueClip: 0,
            entropyCoef: 0,
            valueCoef: 1,
            normalizeAdvantage: false,
          }),
          { device },
        ),
      };
      const gradient = () => slope(() => T.ppoLoss({ logits, ...inputs }).loss, logits);
      expect(() => slope(() => gradient().sum(), logits)).toThrowErrorMatchingInlineSnapshot(
        `[GradientError: ppoLoss: has no second derivative; differentiate it once only]`,
      );
      const scale = at([]);
      // The penalty's weight is followed, the logits are not.
      const [byScale] = T.grad(() => gradient().square().sum().mul(scale), [scale]);
      expect(byScale.item()).toBeGreaterThan(0);
    });
  });

  test("gradients of slices, repeats and sums of them are differentiated", () => {
    T.scope(() => {
      const x = doubles([0.5, -1, 2, 0.25]);
      const f = () => {
        const [a, b] = [x.slice([0, 3]), x.slice([1, 4])]; // they overlap
        const apart = x
          .slice([0, 2])
          .mul(x.slice([2, 4]))
          .sum();
        return a.mul(b).square().sum().add(apart).add(x.square().mul(x).sum()).add(x.slice(1));
      };
      expect(checkGradient(() => slope(f, x).square().sum(), [x])).toBeUndefined();
    });
  });

  test("native second derivatives equal those on the reference", () => {
    T.scope(() => {
      const [truth, native] = [referenceDevice(), nativeDevice()].map((device) => {
        using random = new T.RandomState(8, { device });
        const [x, w, u] = [random.normal([9, 5]), random.normal([17, 5]), random.normal([4, 17])];
        const index = T.tensor([3, 0, 1, 2, 2, 1, 0, 3, 3], { device, dtype: "int32" });
        const loss = () => {
          const hidden = T.linear(x, w, undefined, { activation: "tanh" });
          return hidden.matmul(u.transpose()).logSoftmax().takeAlongLast(index).mean();
        };
        return T.grad(() => T.grad(loss, [w, u])[0].square().sum(), [w, u]).map((g) => g.toArray());
      });
      expectClose(native, truth, { rtol: 1e-4, atol: 1e-6 });
    });
  });

  test("replayed second derivatives equal eager ones bit for bit", () => {
    T.scope(() => {
      const device = nativeDevice();
      using random = new T.RandomState(2, { device });
      const [x, w] = [random.normal([6, 4]), random.normal([3, 4])];
      const penalty = () =>
        slope(
          () =>
            slope(() => T.linear(x, w).softmax().square().sum(), x)
              .square()
              .sum(),
          w,
        );
      using recording = T.capture(device, penalty);
      w.copyFrom(w.mul(-0.7));
      recording.replay();
      expect(recording.outputs.toArray()).toEqual(penalty().toArray());
    });
  });

  test("frees everything but the results, also when the function throws", () => {
    const device = referenceDevice();
    const run = (fail: boolean) => {
      T.scope(() => {
        const x = doubles([1, 2]);
        const loss = () => {
          const [g] = T.grad(() => x.exp().mul(x).slice([0, 1]).sum(), [x]);
          if (fail) throw new Error("stop");
          return g.square().sum();
        };
        if (fail) expect(() => T.grad(loss, [x])).toThrow("stop");
        else T.grad(loss, [x]);
        expect(T.grad(() => x.sum(), [x])[0].toArray()).toEqual([1, 1]);
      });
    };
    run(false);
    run(true);
    const { liveHandles } = device.memory();
    const live = T.liveTensors(device);
    for (let i = 0; i < 3; i++) run(i === 1);
    expect(device.memory().liveHandles).toBe(liveHandles);
    expect(T.liveTensors(device)).toBe(live);
  });
});
