import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, referenceDevice, testedDevices, testOfCpu } from "../support/devices.js";
import { bools, floats, type Input, make } from "../support/inputs.js";
import { expectClose, type Row, testOp } from "../support/test-op.js";

/** Operands of gru: x, h0, the weights, and then biases, and reset, if asked for. */
function row(steps: number, batch: number, inputs: number, units: number, more = ""): Row {
  const weight = (...shape: number[]): Input => floats(shape, { low: -0.7, high: 0.7 });
  const bias = more.includes("bias") ? [weight(3 * units), weight(3 * units)] : [];
  const reset = more.includes("reset") ? [bools([steps, batch])] : [];
  const state = floats([batch, units], { low: -1, high: 1 });
  const x = floats([steps, batch, inputs]);
  return [x, state, weight(3 * units, inputs), weight(3 * units, units), ...bias, ...reset];
}

function run(...operands: T.Tensor[]): T.Tensor[] {
  const reset = operands.at(-1)?.dtype === "bool" ? operands.at(-1) : undefined;
  const [x, h0, weightIh, weightHh, ...rest] = operands.filter((y) => y !== reset);
  const [biasIh, biasHh] = rest;
  const { output, h } = T.gru(x, h0, { weightIh, weightHh, biasIh, biasHh }, { reset });
  return [output, h];
}

const half = (shape: number[]): Input =>
  floats(shape, { values: new Array(shape.reduce((a, b) => a * b, 1)).fill(0) });

testOp("gru", {
  run,
  hand: [
    {
      // Without weights both gates are 1/2 and the candidate is 0: the state halves every step.
      inputs: [half([2, 1, 1]), floats([1, 2], { values: [4, -8] }), half([6, 1]), half([6, 2])],
      expected: [[[[2, -4]], [[1, -2]]], [[1, -2]]],
    },
    {
      inputs: [
        half([2, 2, 1]),
        floats([2, 1], { values: [4, 8] }),
        half([3, 1]),
        half([3, 1]),
        bools([2, 2], { values: [0, 1, 0, 0] }),
      ],
      expected: [
        [
          [[2], [0]],
          [[1], [0]],
        ],
        [[1], [0]],
      ],
    },
  ],
  parity: [
    row(0, 2, 3, 4),
    row(3, 0, 3, 4, "bias"),
    row(1, 1, 1, 1, "bias"),
    row(1, 3, 5, 7, "bias reset"),
    row(5, 1, 3, 17, "reset"),
    row(7, 9, 4, 20, "bias"),
    row(6, 70, 3, 33, "bias reset"),
    row(3, 2, 4, 300, "bias reset"),
    row(4, 5, 3, 8, "bias reset").map((input): Input => ({ ...input, layout: "transposed" })),
    row(4, 5, 3, 8, "bias reset").map((input): Input => ({ ...input, layout: "strided" })),
  ],
  gradient: [
    row(1, 1, 2, 3),
    row(3, 2, 2, 3, "bias reset"),
    row(6, 5, 3, 4, "bias reset"),
    row(3, 3, 2, 5, "bias"),
  ],
  tolerance: { rtol: 1e-4, atol: 2e-6 },
});

describe.each(testedDevices)("gru on %s", (name) => {
  const device = () => deviceNamed(name);
  const operands = (steps: number, batch: number): T.Tensor[] =>
    row(steps, batch, 5, 19, "bias reset").map((input, i) => make(input, device(), i));

  test.each([
    [6, 1],
    [5, 12],
  ])("%i steps of %i sequences one by one give what the whole gives", (steps, batch) => {
    T.scope(() => {
      const [x, h0, weightIh, weightHh, biasIh, biasHh, reset] = operands(steps, batch);
      const weights = { weightIh, weightHh, biasIh, biasHh };
      const whole = T.gru(x, h0, weights, { reset });
      let h = h0;
      for (let t = 0; t < steps; t++) {
        const one = { reset: reset.slice([t, t + 1]) };
        h = T.gru(x.slice([t, t + 1]), h, weights, one).h;
        expectClose(h.toArray(), whole.output.slice(t).toArray(), { rtol: 1e-5, atol: 1e-6 });
      }
      expect(whole.h.toArray()).toEqual(whole.output.slice(-1).toArray());
    });
  });

  test("a reset forgets everything, even NaN, and stops the gradient", () => {
    T.scope(() => {
      const [x, h0, weightIh, weightHh] = operands(3, 2);
      h0.fill(NaN);
      const reset = T.tensor([1, 1, 0, 0, 0, 1], {
        shape: [3, 2],
        dtype: "bool",
        device: device(),
      });
      const loss = () => T.gru(x, h0, { weightIh, weightHh }, { reset }).h.sum();
      const { value, grads } = T.valueAndGrad(loss, [x, h0]);
      expect(Number.isFinite(value.item())).toBe(true);
      expect(grads[1].toArray()).toEqual(T.zeros(h0.shape, { device: device() }).toArray());
      const [early] = grads[0].slice([0, 2], 1).abs().max(1).toArray() as number[];
      expect(early).toBe(0);
    });
  });

  test("inside a recording", () => {
    T.scope(() => {
      const [x, h0, weightIh, weightHh, biasIh, biasHh, reset] = operands(4, 9);
      const weights = { weightIh, weightHh, biasIh, biasHh };
      const loss = () => T.gru(x, h0, weights, { reset }).output.square().sum();
      const step = () => T.grad(loss, [x, h0, weightHh]);
      const wanted = step().map((g) => g.toArray());
      using recording = T.capture(device(), step);
      recording.replay();
      expect(recording.outputs.map((g) => g.toArray())).toEqual(wanted);
    });
  });
});

testOfCpu("the number of threads does not change the result", () => {
  const results = [1, 2].map((threads) => {
    using device = T.openDevice("cpu", { threads });
    return T.scope(() => {
      const inputs = row(9, 70, 4, 32, "bias reset").map((input, i) => make(input, device, i));
      const loss = () =>
        run(...inputs)[0]
          .square()
          .sum();
      const grads = T.grad(loss, inputs.slice(0, 6));
      return [...run(...inputs), ...grads].map((y) => y.toArray());
    });
  });
  expect(results[1].slice(0, 2)).toEqual(results[0].slice(0, 2));
  expectClose(results[1].slice(2), results[0].slice(2), { rtol: 1e-4, atol: 1e-5 });
});

test("gru names what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const [x, h0, weightIh, weightHh] = row(3, 2, 4, 5).map((input, i) => make(input, device, i));
    const weights = { weightIh, weightHh };
    const zeros = (...shape: number[]) => T.zeros(shape, { device });
    const state = () => T.gru(x, zeros(3, 5), weights);
    expect(state).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gru: h0 has the wrong batch (got h0 [3,5] for a sequence [3,2,4], expected [2,H])]`,
    );
    expect(() => T.gru(x.slice(0), h0, weights)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gru: x has the wrong rank (got shape [2,4], expected rank 3)]`,
    );
    const narrow = { ...weights, weightIh: zeros(15, 3) };
    expect(() => T.gru(x, h0, narrow)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gru: weightIh has the wrong shape (got [15,3], expected [15,4])]`,
    );
    const four = { ...weights, weightHh: zeros(20, 5) };
    expect(() => T.gru(x, h0, four)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gru: weightHh has the wrong shape (got [20,5], expected [15,5])]`,
    );
    const reset = zeros(3, 2);
    expect(() => T.gru(x, h0, weights, { reset })).toThrowErrorMatchingInlineSnapshot(
      `[DtypeError: gru: reset has the wrong dtype (got float32, expected bool)]`,
    );
  });
});
