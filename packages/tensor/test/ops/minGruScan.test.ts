import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, referenceDevice, testedDevices, testOfCpu } from "../support/devices.js";
import { bools, floats, type Input, make } from "../support/inputs.js";
import { expectClose, type Row, testOp } from "../support/test-op.js";

/** Operands of minGruScan: gate, candidate, h0, and reset if asked for; resets are rare. */
function row(steps: number, batch: number, units: number, reset = false, rare = 2): Row {
  const sequence = floats([steps, batch, units], { low: -3, high: 3 });
  const flags = bools([steps, batch], { high: 1 + 1 / rare });
  return [sequence, sequence, floats([batch, units]), ...(reset ? [flags] : [])];
}

function run(gate: T.Tensor, candidate: T.Tensor, h0: T.Tensor, reset?: T.Tensor): T.Tensor[] {
  const { output, h } = T.minGruScan(gate, candidate, h0, { reset });
  return [output, h];
}

testOp("minGruScan", {
  run,
  hand: [
    {
      // An open gate of 1/2; candidates g(1.5) = 2, g(-inf) = 0.
      inputs: [
        floats([2, 1, 1], { values: [0, 0] }),
        floats([2, 1, 1], { values: [1.5, -Infinity] }),
        floats([1, 1], { values: [4] }),
      ],
      expected: [[[[3]], [[1.5]]], [[1.5]]],
    },
    {
      inputs: [
        floats([2, 1, 1], { values: [0, 0] }),
        floats([2, 1, 1], { values: [1.5, 0.5] }),
        floats([1, 1], { values: [4] }),
        bools([2, 1], { values: [1, 0] }),
      ],
      expected: [[[[1]], [[1]]], [[1]]],
    },
  ],
  parity: [
    row(0, 2, 3),
    row(3, 0, 3),
    row(1, 1, 1, true),
    row(4, 3, 5, true),
    row(5, 2, 17),
    row(9, 7, 70, true),
    row(3, 5, 1100, true),
    row(255, 1, 3, true),
    row(256, 2, 5),
    row(300, 1, 3, true, 20),
    row(321, 3, 33, true, 50),
    row(700, 1, 100, true, 100),
    row(4, 5, 8, true).map((input): Input => ({ ...input, layout: "transposed" })),
    row(4, 5, 8, true).map((input): Input => ({ ...input, layout: "strided" })),
    row(300, 2, 8, true, 30).map((input): Input => ({ ...input, layout: "flipped" })),
  ],
  gradient: [row(1, 1, 3), row(4, 3, 5, true), row(5, 2, 3)],
  tolerance: { rtol: 2e-5, atol: 1e-6 },
});

describe.each(testedDevices)("minGruScan on %s", (name) => {
  const device = () => deviceNamed(name);
  const operands = (...of: Parameters<typeof row>): T.Tensor[] =>
    row(...of).map((input, i) => make(input, device(), i));

  test("steps one by one give what the whole gives, natively to the last bit", () => {
    T.scope(() => {
      const [gate, candidate, h0, reset] = operands(7, 3, 19, true);
      const whole = T.minGruScan(gate, candidate, h0, { reset }).output;
      let h = h0;
      for (let t = 0; t < 7; t++) {
        const [g, c, r] = [gate, candidate, reset].map((x) => x.slice([t, t + 1]));
        h = T.minGruScan(g, c, h, { reset: r }).h;
        const rtol = name === "reference" ? 1e-6 : 0;
        expectClose(h.toArray(), whole.slice(t).toArray(), { rtol, atol: 0 });
      }
    });
  });

  test("a reset forgets everything, even NaN, also between chunks of steps", () => {
    T.scope(() => {
      for (const steps of [3, 400]) {
        const [gate, candidate, h0] = operands(steps, 1, 2);
        h0.fill(NaN);
        const flags = Array.from({ length: steps }, (_, t) => (t === 1 ? 1 : 0));
        const reset = T.tensor(flags, { shape: [steps, 1], dtype: "bool", device: device() });
        const { output, h } = T.minGruScan(gate, candidate, h0, { reset });
        expect(output.slice(0).toArray()).toEqual([[NaN, NaN]]);
        expect(output.slice([1, null]).isFinite().cast("int32").min().item()).toBe(1);
        expect(h.isFinite().cast("int32").min().item()).toBe(1);
      }
    });
  });

  test("halves of one product need no copies, and get their gradient side by side", () => {
    T.scope(() => {
      const { device: on } = make(floats([1]), device(), 0);
      const both = make(floats([5, 2, 8]), on, 1);
      const [gate, candidate] = [both.slice(null, null, [0, 4]), both.slice(null, null, [4, null])];
      const h0 = T.zeros([2, 4], { device: on });
      const loss = () => {
        const [g, c] = [both.slice(null, null, [0, 4]), both.slice(null, null, [4, null])];
        return T.minGruScan(g, c, h0).output.square().sum();
      };
      const [whole] = T.grad(loss, [both]);
      const apart = T.grad(
        () => T.minGruScan(gate, candidate, h0).output.square().sum(),
        [gate, candidate],
      );
      expect(whole.toArray()).toEqual(T.concat(apart, 2).toArray());
    });
  });
});

testOfCpu("the number of threads does not change the result", () => {
  const shapes: readonly [number, number, number][] = [
    [40, 9, 130],
    [500, 2, 60],
  ];
  for (const shape of shapes) {
    const results = [1, 2].map((threads) => {
      using device = T.openDevice("cpu", { threads });
      return T.scope(() => {
        const inputs = row(...shape, true, 30).map((input, i) => make(input, device, i));
        const loss = () => run(inputs[0], inputs[1], inputs[2], inputs[3])[0].square().sum();
        return T.grad(loss, inputs.slice(0, 3)).map((y) => y.toTypedArray());
      });
    });
    expect(results[1]).toEqual(results[0]);
  }
});

test("minGruScan names what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const [gate, candidate, h0] = row(3, 2, 4).map((input, i) => make(input, device, i));
    const short = () => T.minGruScan(gate, candidate.slice([0, 2]), h0);
    expect(short).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: minGruScan: candidate has the wrong shape (got [2,2,4], expected [3,2,4])]`,
    );
    const wide = () => T.minGruScan(gate, candidate, T.zeros([2, 5], { device }));
    expect(wide).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: minGruScan: h0 has the wrong shape (got [2,5], expected [2,4])]`,
    );
    const whole = () => T.minGruScan(gate, candidate.cast("int32"), h0);
    expect(whole).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: minGruScan: candidate has the wrong dtype (got int32, expected float32)]`,
    );
  });
});
