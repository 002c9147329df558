/** Gradients gathered over several calls, and how much of a backward pass runs. */
import { describe, expect, test } from "vitest";
import * as T from "../src/index.js";
import { deviceNamed, referenceDevice, testedDevices } from "./support/devices.js";
import { expectClose } from "./support/test-op.js";

describe.each(testedDevices)("accumulating gradients on %s", (name) => {
  const open = () => deviceNamed(name);

  /** A small network, 12 samples of data, and the mean loss over some of them. */
  const problem = (device: T.Device) => {
    using random = new T.RandomState(4, { device });
    const params = [random.normal([5, 3]), random.normal([5]), random.normal([2, 5])];
    const [x, y] = [random.normal([12, 3]), random.normal([12, 2])];
    const loss = (inputs: T.Tensor, targets: T.Tensor) => {
      const hidden = T.linear(inputs, params[0], params[1], { activation: "tanh" });
      return T.linear(hidden, params[2]).sub(targets).square().mean();
    };
    const buffers = params.map((param) => T.zeros(param.shape, { device }));
    return { params, x, y, loss, buffers };
  };

  test("three small batches give the gradient of the large one", () => {
    T.scope(() => {
      const { params, x, y, loss, buffers } = problem(open());
      const whole = T.grad(() => loss(x, y), params).map((g) => g.toArray());
      for (let i = 0; i < 3; i++) {
        const rows = [4 * i, 4 * i + 4] as const;
        const { value, grads } = T.valueAndGrad(() => loss(x.slice(rows), y.slice(rows)), params, {
          accumulate: buffers,
          scale: 1 / 3,
        });
        expect(grads).toEqual(buffers);
        expect(value.item()).toBeCloseTo(loss(x.slice(rows), y.slice(rows)).item(), 6);
      }
      buffers.forEach((buffer, i) => {
        expectClose(buffer.toArray(), whole[i], { rtol: 1e-5, atol: 1e-7 });
      });
    });
  });

  test("a captured small batch, replayed, gathers the same bits as run eagerly", () => {
    T.scope(() => {
      const device = open();
      const { params, x, y, loss, buffers } = problem(device);
      const [inputs, targets] = [T.zeros([4, 3], { device }), T.zeros([4, 2], { device })];
      const step = () =>
        T.valueAndGrad(() => loss(inputs, targets), params, {
          accumulate: buffers,
          scale: 1 / 3,
        }).value;
      const gather = (run: () => void) => {
        for (const buffer of buffers) buffer.fill(0);
        for (let i = 0; i < 3; i++) {
          inputs.copyFrom(x.slice([4 * i, 4 * i + 4]));
          targets.copyFrom(y.slice([4 * i, 4 * i + 4]));
          run();
        }
        return buffers.map((buffer) => buffer.toArray());
      };
      const eager = gather(() => T.scope(() => void step()));
      using recording = T.capture(device, step);
      expect(gather(() => recording.replay())).toEqual(eager);
    });
  });

  test("a parameter without gradient leaves its buffer, one given twice adds twice", () => {
    T.scope(() => {
      const device = open();
      const [x, y] = [T.tensor([1, 2], { device }), T.tensor([5], { device })];
      const buffers = [T.ones([2], { device }), T.ones([1], { device }), T.zeros([2], { device })];
      const before = T.liveTensors(device);
      T.grad(() => x.square().sum(), [x, y, x], { accumulate: buffers });
      expect(T.liveTensors(device)).toBe(before);
      expect(buffers.map((buffer) => buffer.toArray())).toEqual([[3, 5], [1], [2, 4]]);
    });
  });
});

test("buffers that do not fit are refused", () => {
  T.scope(() => {
    const device = referenceDevice();
    const x = T.ones([2], { device });
    const attempt = (accumulate: T.Tensor[]) => () =>
      T.grad(() => x.square().sum(), [x], { accumulate });
    expect(attempt([])).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: valueAndGrad: needs one buffer per parameter (got 0, expected 1)]`,
    );
    expect(attempt([T.ones([3], { device })])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: valueAndGrad: buffer 0 has the wrong shape (got [3], expected [2])]`,
    );
    expect(attempt([T.ones([2], { device, dtype: "float64" })])).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: valueAndGrad: dtypes differ (got float32 and float64, expected equal dtypes; cast one of them)]`,
    );
    expect(attempt([T.ones([1], { device }).expand([2])])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: valueAndGrad: cannot write into an expanded view, its elements share memory]`,
    );
    expect(attempt([x.slice([0, 2])])).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: valueAndGrad: buffer 0 shares memory with its parameter]`,
    );
    const buffer = T.zeros([2], { device });
    const inner = () => T.grad(() => x.square().sum(), [x], { accumulate: [buffer] })[0].sum();
    expect(() => T.grad(() => inner().add(x.sum()), [x])).toThrowErrorMatchingInlineSnapshot(
      `[GradientError: valueAndGrad: cannot accumulate a gradient that an outer tape follows (add the gradients it returns)]`,
    );
  });
});

describe("gradients are computed where they are needed, and nowhere else", () => {
  const opsOf = (loss: () => T.Tensor, params: readonly T.Tensor[]): string[] => {
    T.grad(loss, params);
    using recording = T.capture(params[0].device, () => T.grad(loss, params));
    return recording.ops().map(({ op }) => op);
  };
  const count = (ops: readonly string[], op: string) => ops.filter((name) => name === op).length;

  test("data gets no gradient, a frozen first layer ends the walk", () => {
    T.scope(() => {
      const device = referenceDevice();
      const [x, w1, w2] = [
        T.ones([2, 3], { device }),
        T.ones([4, 3], { device }),
        T.ones([5, 4], { device }),
      ];
      const loss = () => T.linear(T.linear(x, w1), w2).sum();
      expect(count(opsOf(loss, [w1, w2]), "matmul")).toBe(3);
      expect(count(opsOf(loss, [w2]), "matmul")).toBe(1);
      expect(count(opsOf(loss, [x, w1, w2]), "matmul")).toBe(4);
    });
  });

  test("a branch under noGrad or behind detach has no backward pass", () => {
    T.scope(() => {
      const device = referenceDevice();
      const [x, w] = [T.ones([2, 3], { device }), T.ones([3, 3], { device })];
      const target = () => x.matmul(w).tanh();
      const loss = (constant: () => T.Tensor) => () => x.matmul(w).mul(constant()).sum();
      const both = opsOf(loss(target), [w]);
      const cut = opsOf(
        loss(() => T.noGrad(target)),
        [w],
      );
      const detached = opsOf(
        loss(() => target().detach()),
        [w],
      );
      expect(count(both, "matmul")).toBe(4);
      expect(count(cut, "matmul")).toBe(3);
      expect(detached).toEqual(cut);
    });
  });

  test("what does not lead to the loss is not walked", () => {
    T.scope(() => {
      const device = referenceDevice();
      const w = T.ones([3, 3], { device });
      const loss = () => {
        w.exp().matmul(w); // never used
        return w.sum();
      };
      const ops = opsOf(loss, [w]);
      expect([count(ops, "matmul"), count(ops, "exp"), count(ops, "mul")]).toEqual([1, 1, 0]);
    });
  });

  test("an operand without gradient saves nothing", () => {
    T.scope(() => {
      const device = referenceDevice();
      const [x, w] = [T.ones([1000], { device }), T.ones([1000], { device })];
      const held = (params: readonly T.Tensor[]) => {
        let bytes = 0;
        T.grad(() => {
          const before = device.memory().liveBytes;
          // The product of 4000 bytes dies with this scope unless the tape has saved it.
          const y = T.scope(() => w.mul(w).mul(x).sum());
          bytes = device.memory().liveBytes - before;
          return y.add(x.sum()).add(w.sum());
        }, params);
        return bytes;
      };
      expect(held([w])).toBeLessThan(4000);
      expect(held([x])).toBeGreaterThanOrEqual(4000);
    });
  });
});
