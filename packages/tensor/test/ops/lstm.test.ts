import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, referenceDevice, testedDevices } from "../support/devices.js";
import { bools, floats, type Input, make } from "../support/inputs.js";
import { expectClose, type Row, testOp } from "../support/test-op.js";

/** Operands of lstm: x, h, c, the weights, and then biases, and reset, if asked for. */
function row(steps: number, batch: number, inputs: number, units: number, more = ""): Row {
  const weight = (...shape: number[]): Input => floats(shape, { low: -0.7, high: 0.7 });
  const bias = more.includes("bias") ? [weight(4 * units), weight(4 * units)] : [];
  const reset = more.includes("reset") ? [bools([steps, batch])] : [];
  const state = floats([batch, units], { low: -1, high: 1 });
  const x = floats([steps, batch, inputs]);
  return [x, state, state, weight(4 * units, inputs), weight(4 * units, units), ...bias, ...reset];
}

function run(...operands: T.Tensor[]): T.Tensor[] {
  const reset = operands.at(-1)?.dtype === "bool" ? operands.at(-1) : undefined;
  const [x, h0, c0, weightIh, weightHh, ...rest] = operands.filter((y) => y !== reset);
  const weights = { weightIh, weightHh, biasIh: rest[0], biasHh: rest[1] };
  const { output, h, c } = T.lstm(x, { h: h0, c: c0 }, weights, { reset });
  return [output, h, c];
}

const zeros = (shape: number[]): Input =>
  floats(shape, { values: new Array(shape.reduce((a, b) => a * b, 1)).fill(0) });

testOp("lstm", {
  run,
  hand: [
    {
      // Without weights all gates are 1/2 and the fresh value is 0: the cell halves every step.
      inputs: [
        zeros([2, 2, 1]),
        floats([2, 1]),
        floats([2, 1], { values: [4, 8] }),
        zeros([4, 1]),
        zeros([4, 1]),
        bools([2, 2], { values: [0, 1, 0, 0] }),
      ],
      expected: [
        [
          [[Math.tanh(2) / 2], [0]],
          [[Math.tanh(1) / 2], [0]],
        ],
        [[Math.tanh(1) / 2], [0]],
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

describe.each(testedDevices)("lstm on %s", (name) => {
  const device = () => deviceNamed(name);
  const operands = (steps: number, batch: number): T.Tensor[] =>
    row(steps, batch, 5, 19, "bias reset").map((input, i) => make(input, device(), i));

  test.each([
    [6, 1],
    [5, 12],
  ])("%i steps of %i sequences one by one give what the whole gives", (steps, batch) => {
    T.scope(() => {
      const [x, h0, c0, weightIh, weightHh, biasIh, biasHh, reset] = operands(steps, batch);
      const weights = { weightIh, weightHh, biasIh, biasHh };
      const whole = T.lstm(x, { h: h0, c: c0 }, weights, { reset });
      let state: T.LstmState = { h: h0, c: c0 };
      for (let t = 0; t < steps; t++) {
        const one = { reset: reset.slice([t, t + 1]) };
        state = T.lstm(x.slice([t, t + 1]), state, weights, one);
        expectClose(state.h.toArray(), whole.output.slice(t).toArray(), { rtol: 1e-5, atol: 1e-6 });
      }
      expectClose(state.c.toArray(), whole.c.toArray(), { rtol: 1e-5, atol: 1e-6 });
      expect(whole.h.toArray()).toEqual(whole.output.slice(-1).toArray());
    });
  });

  test("a reset forgets everything, even NaN, and stops the gradient", () => {
    T.scope(() => {
      const [x, h, c, weightIh, weightHh] = operands(3, 2);
      for (const state of [h, c]) state.fill(NaN);
      const flags = { shape: [3, 2], dtype: "bool", device: device() } as const;
      const reset = T.tensor([1, 1, 0, 0, 0, 1], flags);
      const loss = () => T.lstm(x, { h, c }, { weightIh, weightHh }, { reset }).c.sum();
      const { value, grads } = T.valueAndGrad(loss, [x, h, c]);
      expect(Number.isFinite(value.item())).toBe(true);
      const none = T.zeros(h.shape, { device: device() }).toArray();
      expect(grads.slice(1).map((g) => g.toArray())).toEqual([none, none]);
      expect(grads[0].slice([0, 2], 1).abs().max().item()).toBe(0);
      expect(grads[0].slice(0, 0).abs().max().item()).toBeGreaterThan(0);
    });
  });

  test("inside a recording", () => {
    T.scope(() => {
      const [x, h, c, weightIh, weightHh, biasIh, biasHh, reset] = operands(4, 9);
      const weights = { weightIh, weightHh, biasIh, biasHh };
      const loss = () => T.lstm(x, { h, c }, weights, { reset }).output.square().sum();
      const step = () => T.grad(loss, [x, h, c, weightHh]);
      const wanted = step().map((g) => g.toArray());
      using recording = T.capture(device(), step);
      recording.replay();
      expect(recording.outputs.map((g) => g.toArray())).toEqual(wanted);
    });
  });
});

test("lstm names what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const [x, h, c, weightIh, weightHh] = row(3, 2, 4, 5).map((input, i) => make(input, device, i));
    const weights = { weightIh, weightHh };
    const zero = (...shape: number[]) => T.zeros(shape, { device });
    const wide = () => T.lstm(x, { h, c: zero(2, 6) }, weights);
    expect(wide).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: lstm: c has the wrong shape (got [2,6], expected [2,5])]`,
    );
    const three = { ...weights, weightHh: zero(15, 5) };
    expect(() => T.lstm(x, { h, c }, three)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: lstm: weightHh has the wrong shape (got [15,5], expected [20,5])]`,
    );
    const biased = { ...weights, biasIh: zero(5) };
    expect(() => T.lstm(x, { h, c }, biased)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: lstm: biasIh has the wrong shape (got [5], expected [20])]`,
    );
  });
});
