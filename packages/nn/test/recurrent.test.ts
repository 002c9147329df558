/** Recurrent layers: shapes, names, steps against sequences, and what they learn to remember. */
import {
  capture,
  type LstmState,
  RandomState,
  scope,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import { describe, expect, test } from "vitest";
import {
  Adam,
  disposeModule,
  flatten,
  GRU,
  Linear,
  LSTM,
  MinGRU,
  type Module,
  parametersOf,
  type RecurrentPassOptions,
} from "../src/index.js";
import { device, native, type TestDevice, testedDevices } from "./devices.js";

/** The three layers behind one face: a pass from the initial state, at once or step by step. */
interface Memory extends Module {
  whole(x: Tensor, options?: RecurrentPassOptions): Tensor;
  stepwise(x: Tensor, reset?: Tensor): Tensor;
}

const kinds = ["GRU", "LSTM", "MinGRU"] as const;

function memory(kind: (typeof kinds)[number], inputs: number, units: number, random: RandomState) {
  const layer = new { GRU, LSTM, MinGRU }[kind](inputs, units, { random });
  const lstm = layer instanceof LSTM;
  const first = (batch: number): LstmState => {
    if (lstm) return layer.initialState(batch);
    return { h: layer.initialState(batch), c: layer.initialState(batch) };
  };
  return {
    parameters: () => layer.parameters(),
    whole(x, options) {
      const state = first(x.shape[1]);
      return (lstm ? layer.forward(x, state, options) : layer.forward(x, state.h, options)).output;
    },
    stepwise(x, reset) {
      let state = first(x.shape[1]);
      for (let t = 0; t < x.shape[0]; t++) {
        const options = { reset: reset?.slice(t) };
        if (lstm) state = layer.step(x.slice(t), state, options);
        else state = { ...state, h: layer.step(x.slice(t), state.h, options) };
      }
      return state.h;
    },
  } satisfies Memory;
}

const shapesOf = (module: Module) =>
  Array.from(module.parameters(), ([name, { tensor: x }]) => [name, x.shape]);

describe.each(testedDevices)("recurrent layers on %s", (name) => {
  test("GRU and LSTM have PyTorch's parameters, MinGRU one product", () => {
    using random = new RandomState(1, { device: device(name) });
    const options = { random };
    const layers = [new GRU(3, 4, options), new LSTM(3, 4, options), new MinGRU(3, 4, options)];
    expect(layers.map(shapesOf)).toEqual([
      [
        ["weight_ih_l0", [12, 3]],
        ["weight_hh_l0", [12, 4]],
        ["bias_ih_l0", [12]],
        ["bias_hh_l0", [12]],
      ],
      [
        ["weight_ih_l0", [16, 3]],
        ["weight_hh_l0", [16, 4]],
        ["bias_ih_l0", [16]],
        ["bias_hh_l0", [16]],
      ],
      [
        ["weight", [8, 3]],
        ["bias", [8]],
      ],
    ]);
    for (const layer of layers) {
      const bound = layer instanceof MinGRU ? 1 / Math.sqrt(3) : 1 / 2;
      for (const { tensor: x } of layer.parameters().values()) {
        expect(scope(() => x.abs().max().item())).toBeLessThanOrEqual(bound);
      }
      disposeModule(layer);
    }
    const bare = new GRU(3, 4, { random, bias: false });
    expect(shapesOf(bare).map(([key]) => key)).toEqual(["weight_ih_l0", "weight_hh_l0"]);
    disposeModule(bare);
  });

  test.each(kinds)("%s: steps one by one give the sequence, resets included", (kind) => {
    scope(() => {
      using random = new RandomState(2, { device: device(name) });
      const layer = memory(kind, 3, 7, random);
      const x = random.normal([6, 2, 3]);
      const flags = [0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0];
      const reset = tensor(flags, { shape: [6, 2], dtype: "bool", device: device(name) });
      for (const given of [undefined, reset]) {
        const whole = layer.whole(x, { reset: given }).slice(-1).toTypedArray();
        const last = layer.stepwise(x, given).toTypedArray();
        whole.forEach((value, i) => {
          expect(last[i]).toBeCloseTo(value, 5);
        });
      }
      // After a reset, what came before makes no difference.
      const cut = x.slice([1, null]);
      const later = layer.whole(cut, { reset: reset.slice([1, null]) }).slice(-1, 0);
      expect(layer.whole(x, { reset }).slice(-1, 0).toArray()).toEqual(later.toArray());
      disposeModule(layer);
    });
  });
});

/**
 * Sequences of `steps` inputs [bit, is a bit]: a bit at the first step of each episode, nothing
 * after it. A second episode begins early on in every other sequence; the last bit is the answer.
 */
function episodes(steps: number, batch: number, random: RandomState, name: TestDevice) {
  const draws = scope(() => random.uniform([batch, 3]).toArray()) as number[][];
  const x = new Float32Array(steps * batch * 2);
  const reset = new Uint8Array(steps * batch);
  const answers = draws.map(([first, second, when], b) => {
    const begins = b % 2 === 0 ? [0] : [0, 1 + Math.floor(when * 4)];
    const bits = [first, second].map((draw) => (draw < 0.5 ? -1 : 1));
    begins.forEach((t, i) => {
      x.set([bits[i], 1], (t * batch + b) * 2);
      reset[t * batch + b] = 1;
    });
    return bits[begins.length - 1];
  });
  const on = { device: device(name) };
  return {
    x: tensor(x, { shape: [steps, batch, 2], ...on }),
    reset: tensor([...reset], { shape: [steps, batch], dtype: "bool", ...on }),
    answer: tensor(answers, { shape: [batch, 1], ...on }),
  };
}

describe("learning to remember", () => {
  // Thousands of steps take minutes on an emulated GPU.
  test.each(native === "cpu" ? kinds : [])(
    "%s keeps one bit over 20 steps, with resets on the way",
    (kind) => {
      scope(() => {
        using random = new RandomState(3, { device: device(native) });
        const layer = memory(kind, 2, 16, random);
        const head = new Linear(16, 1, { random });
        const net: Module = { parameters: () => parametersOf({ layer, head }) };
        using buffer = flatten(net);
        using adam = new Adam(buffer, { lr: 0.02, maxGradNorm: 1 });
        const { x, reset, answer } = episodes(24, 64, random, native);
        const guess = () => head.forward(layer.whole(x, { reset }).slice(-1)); // [B, 1]
        using recording = capture(device(native), () => {
          const loss = () => guess().sub(answer).square().mean();
          const { value, grads } = valueAndGrad(loss, buffer.tensors);
          adam.step(grads);
          return value;
        });
        const start = recording.outputs.item();
        // An LSTM takes its time: its forget gates begin half closed.
        for (let i = 0; i < 1500 && (i % 100 > 0 || recording.outputs.item() > 0.02); i++) {
          recording.replay();
        }
        expect(start).toBeGreaterThan(0.5);
        expect(recording.outputs.item()).toBeLessThan(0.05);
        // On sequences that it has not seen, one step at a time.
        const fresh = episodes(24, 64, random, native);
        const last = head.forward(layer.stepwise(fresh.x, fresh.reset));
        const right = last.mul(fresh.answer).greater(0).cast("float32").mean();
        expect(right.item()).toBe(1);
      });
    },
  );

  test("both devices learn the same", () => {
    const losses = (["reference", native] as const).map((name) =>
      scope(() => {
        using random = new RandomState(3, { device: device(name) });
        const layer = memory("GRU", 2, 5, random);
        using buffer = flatten(layer);
        using adam = new Adam(buffer, { lr: 0.02 });
        const { x, reset } = episodes(6, 4, random, name);
        const loss = () => layer.whole(x, { reset }).sub(0.3).square().mean();
        return Array.from({ length: 5 }, () => {
          const { value, grads } = valueAndGrad(loss, buffer.tensors);
          adam.step(grads);
          return value.item();
        });
      }),
    );
    losses[0].forEach((loss, i) => {
      expect(losses[1][i]).toBeCloseTo(loss, 5);
    });
    expect(losses[0][4]).toBeLessThan(losses[0][0]);
  });

  test("sizes that make no sense are refused", () => {
    using random = new RandomState(1, { device: device("reference") });
    expect(() => new GRU(0, 4, { random })).toThrowErrorMatchingInlineSnapshot(
      `[NnError: GRU: sizes are not valid (got 0 inputs and 4 units, expected positive integers)]`,
    );
    expect(() => new MinGRU(2, 1.5, { random })).toThrowErrorMatchingInlineSnapshot(
      `[NnError: MinGRU: sizes are not valid (got 2 inputs and 1.5 units, expected positive integers)]`,
    );
  });
});
