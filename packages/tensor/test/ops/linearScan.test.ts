import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, referenceDevice, testedDevices, testOfCpu } from "../support/devices.js";
import { floats, type Input, make } from "../support/inputs.js";
import { expectClose, type Row, testOp } from "../support/test-op.js";

/** a and b; factors about as large as discounts, of either sign. */
function row(shape: readonly number[], options: Partial<Input> = {}): Row {
  return [floats(shape, { low: -1, high: 1, ...options }), floats(shape, options)];
}

const factors = floats([3, 2], { values: [5, 7, 0.5, 0, 2, -1] });
const added = floats([3, 2], { values: [1, 2, 3, 4, 5, 6] });

testOp("linearScan", {
  run: (a, b) => [T.linearScan(a, b), T.linearScan(a, b, { reverse: true })],
  hand: [
    {
      inputs: [factors, added],
      expected: [
        [
          [1, 2],
          [3.5, 4],
          [12, 2],
        ],
        [
          [28.5, 30],
          [5.5, 4],
          [5, 6],
        ],
      ],
    },
    {
      // Infinity goes on, and times 0 it is NaN.
      inputs: [floats([4], { values: [0, 1, 1, 0] }), floats([4], { values: [1, Infinity, 2, 3] })],
      expected: [
        [1, Infinity, Infinity, Number.NaN],
        [Number.NaN, Infinity, 5, 3],
      ],
    },
  ],
  parity: [
    row([0, 3]),
    row([3, 0]),
    row([1]),
    row([7]),
    row([9, 1]),
    row([5, 6]),
    row([33, 17]),
    row([6, 2, 3, 4]),
    row([70, 300]),
    row([300, 70]),
    row([1025, 3]),
    row([4000]),
    row([150, 9], { dtype: "float64" }),
    ...(["transposed", "strided", "flipped", "expanded"] as const).map((layout) =>
      row([20, 3, 5], { layout }),
    ),
  ],
  gradient: [row([1]), row([4]), row([5, 3]), row([3, 2, 2])],
});

describe.each(testedDevices)("linearScan on %s", (name) => {
  const device = () => deviceNamed(name);

  test("in two parts, the second going on from the first, it is the whole", () => {
    T.scope(() => {
      const [a, b] = row([40, 3]).map((input, i) => make(input, device(), i));
      const whole = T.linearScan(a, b);
      const first = T.linearScan(a.slice([0, 25]), b.slice([0, 25]));
      const start = b.slice(25).add(a.slice(25).mul(first.slice(24)));
      const rest = T.concat([start.reshape([1, 3]), b.slice([26, null])]);
      const second = T.linearScan(a.slice([25, null]), rest);
      expectClose(T.concat([first, second]).toArray(), whole.toArray());
    });
  });

  test("with factors of 1 it is cumsum", () => {
    T.scope(() => {
      const b = make(floats([700, 4]), device(), 1);
      const a = T.ones(b.shape, { device: device() });
      expectClose(T.linearScan(a, b).toArray(), b.cumsum(0).toArray());
      expectClose(
        T.linearScan(a, b, { reverse: true }).toArray(),
        b.flip(0).cumsum(0).flip(0).toArray(),
      );
    });
  });

  test("a recording repeats it with what its operands hold then", () => {
    T.scope(() => {
      const [a, b] = row([300, 2]).map((input, i) => make(input, device(), i));
      const recording = T.capture(device(), () => T.linearScan(a, b, { reverse: true }));
      b.copyFrom(b.mul(3));
      recording.replay();
      const eager = T.linearScan(a, b, { reverse: true });
      expect(recording.outputs.toTypedArray()).toEqual(eager.toTypedArray());
      recording.dispose();
    });
  });

  test("only what is asked for gets a gradient", () => {
    T.scope(() => {
      const [a, b] = row([6, 2]).map((input, i) => make(input, device(), i));
      const both = T.grad(() => T.linearScan(a, b).square().sum(), [a, b]);
      const [da] = T.grad(() => T.linearScan(a, b).square().sum(), [a]);
      const [db] = T.grad(() => T.linearScan(a, b).square().sum(), [b]);
      expect([da.toArray(), db.toArray()]).toEqual(both.map((x) => x.toArray()));
    });
  });
});

testOfCpu("linearScan: the number of threads does not change the result", () => {
  for (const shape of [
    [2000, 131],
    [50, 5000],
  ]) {
    const results = [1, 2].map((threads) => {
      using device = T.openDevice("cpu", { threads });
      return T.scope(() => {
        const [a, b] = row(shape).map((input, i) => make(input, device, i));
        return T.linearScan(a, b, { reverse: true }).toTypedArray();
      });
    });
    expect(results[1]).toEqual(results[0]);
  }
});

test("linearScan names what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const [a, b] = row([4, 3]).map((input, i) => make(input, device, i));
    expect(() => T.linearScan(a, b.slice([0, 3]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: linearScan: b has the wrong shape (got [3,3], expected [4,3])]`,
    );
    expect(() => T.linearScan(a.cast("int32"), b)).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: linearScan: a has the wrong dtype (got int32, expected float32)]`,
    );
    expect(() => T.linearScan(a, b.cast("float64"))).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: linearScan: dtypes differ (got float32 and float64, expected equal dtypes; cast one of them)]`,
    );
    expect(() => T.linearScan(a.sum(), b.sum())).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: linearScan: a has no dimension to go along (got shape [], expected [T,...])]`,
    );
  });
});
