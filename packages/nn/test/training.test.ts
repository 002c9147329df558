/** Whole training steps: against PyTorch, replayed, and continued from a saved state. */
import { readFileSync } from "node:fs";
import { capture, RandomState, scope, type Tensor, tensor, valueAndGrad } from "@carom/tensor";
import { describe, expect, test } from "vitest";
import {
  Adam,
  categoricalEntropy,
  categoricalLogProb,
  constantSchedule,
  cosineSchedule,
  flatten,
  type Layer,
  linearSchedule,
  loadParameters,
  mlp,
  type SafetensorsTensor,
  saveParameters,
} from "../src/index.js";
import { device, type TestDevice, testedDevices } from "./devices.js";

interface Plain {
  shape: number[];
  values: number[];
}

function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./goldens/${name}`, import.meta.url), "utf8")) as T;
}

interface Training {
  sizes: number[];
  first: Record<string, Plain>;
  last: Record<string, Plain>;
  x: Plain;
  y: Plain;
  losses: number[];
  norms: number[];
}

const training = golden<Training>("training.json");

const load = ({ shape, values }: Plain, name: TestDevice): Tensor =>
  tensor(values, { shape, device: device(name) });

const parameters = (named: Record<string, Plain>): Record<string, SafetensorsTensor> =>
  Object.fromEntries(
    Object.entries(named).map(([key, { shape, values }]) => {
      return [key, { dtype: "float32" as const, shape, data: Float32Array.from(values) }];
    }),
  );

/** The golden network, its data and its optimiser. */
function setUp(name: TestDevice) {
  using random = new RandomState(1, { device: device(name) });
  const net = mlp(training.sizes, { random });
  loadParameters(net, parameters(training.first));
  const buffer = flatten(net);
  const adam = new Adam(buffer, { lr: 0.02, eps: 1e-5, maxGradNorm: 0.5 });
  return { net, buffer, adam, x: load(training.x, name), y: load(training.y, name) };
}

function step({ net, buffer, adam, x, y }: ReturnType<typeof setUp>): Tensor {
  const loss = () => net.forward(x).sub(y).square().mean();
  const { value, grads } = valueAndGrad(loss, buffer.tensors);
  adam.step(grads);
  return value;
}

function values(net: Layer): number[] {
  return Object.values(saveParameters(net)).flatMap(({ data }) => [...(data as Float32Array)]);
}

describe.each(testedDevices)("training on %s", (name) => {
  const schedule = linearSchedule(0.02, 0, 20);

  test("follows PyTorch step by step: loss, gradient norm, parameters", () => {
    scope(() => {
      const setup = setUp(name);
      training.losses.forEach((wanted, i) => {
        setup.adam.configure({ lr: schedule(i) });
        expect(scope(() => step(setup).item())).toBeCloseTo(wanted, 4);
        expect(setup.adam.gradNorm.item()).toBeCloseTo(training.norms[i], 4);
      });
      const wanted = Object.values(training.last).flatMap((p) => p.values);
      values(setup.net).forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i], 4);
      });
      setup.adam.dispose();
      setup.buffer.dispose();
    });
  });

  test("a replayed step is bit-equal to an eager one, learning rate included", () => {
    scope(() => {
      const [eager, replayed] = [setUp(name), setUp(name)];
      for (let i = 0; i < 5; i++) {
        eager.adam.configure({ lr: schedule(i) });
        scope(() => void step(eager));
      }
      using recording = capture(device(name), () => step(replayed));
      for (let i = 1; i < 5; i++) {
        replayed.adam.configure({ lr: schedule(i) });
        recording.replay();
      }
      expect(values(replayed.net)).toEqual(values(eager.net));
      for (const { adam, buffer } of [eager, replayed]) {
        adam.dispose();
        buffer.dispose();
      }
    });
  });

  test("continuing from a saved state is bit-equal to not stopping", () => {
    scope(() => {
      const [whole, first, second] = [setUp(name), setUp(name), setUp(name)];
      const run = (setup: ReturnType<typeof setUp>, count: number) => {
        for (let i = 0; i < count; i++) scope(() => void step(setup));
      };
      run(whole, 6);
      run(first, 3);
      loadParameters(second.net, saveParameters(first.net));
      second.adam.restore(first.adam.state());
      run(second, 3);
      expect(values(second.net)).toEqual(values(whole.net));
      for (const { adam, buffer } of [whole, first, second]) {
        adam.dispose();
        buffer.dispose();
      }
    });
  });
});

describe.each(testedDevices)("categorical on %s", (name) => {
  const data = golden<Record<string, Plain>>("categorical.json");
  const close = (got: Tensor, wanted: Plain) => {
    expect(got.shape).toEqual(wanted.shape);
    [...got.toTypedArray()].forEach((value, i) => {
      expect(value).toBeCloseTo(wanted.values[i], 5);
    });
  };

  test("log-probability, entropy and their gradients equal PyTorch's", () => {
    scope(() => {
      const logits = load(data["logits"], name);
      const action = load(data["action"], name).cast("int32");
      close(categoricalLogProb(logits, action), data["logProb"]);
      close(categoricalEntropy(logits), data["entropy"]);
      const logProb = valueAndGrad(() => categoricalLogProb(logits, action).sum(), [logits]);
      close(logProb.grads[0], data["logProbGrad"]);
      const entropy = valueAndGrad(() => categoricalEntropy(logits).sum(), [logits]);
      close(entropy.grads[0], data["entropyGrad"]);
    });
  });
});

describe("Adam", () => {
  test("refuses hyper-parameters out of range and states of other models", () => {
    scope(() => {
      const { adam, buffer } = setUp("reference");
      expect(() => adam.configure({ lr: -1 })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: Adam: lr is out of range (got -1, expected 0 <= lr < Infinity)]`,
      );
      expect(() => adam.configure({ beta2: 1 })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: Adam: beta2 is out of range (got 1, expected 0 <= beta2 < 1)]`,
      );
      expect(() => adam.configure({ eps: Number.NaN })).toThrowErrorMatchingInlineSnapshot(
        `[NnError: Adam: eps is out of range (got NaN, expected 0 <= eps < Infinity)]`,
      );
      const short = new Float32Array(1);
      const state = { step: 1, m: short, v: short };
      expect(() => adam.restore(state)).toThrowErrorMatchingInlineSnapshot(
        `[NnError: Adam.restore: the state is of another model (got 1 values of m, expected 89)]`,
      );
      expect(() => adam.step([])).toThrowErrorMatchingInlineSnapshot(
        `[NnError: Adam.step: needs one gradient per parameter (got 0, expected 6)]`,
      );
      expect(() => buffer.viewsOf(buffer.tensors[0])).toThrowErrorMatchingInlineSnapshot(
        `[NnError: viewsOf: the tensor is of another model (got shape [8,3], expected [89])]`,
      );
      expect(adam.options.lr).toBe(0.02);
      adam.dispose();
      buffer.dispose();
    });
  });
});

describe("schedules", () => {
  test("start, pass the middle, end, and stay there", () => {
    const at = [-1, 0, 5, 10, 11];
    expect(at.map(constantSchedule(3))).toEqual([3, 3, 3, 3, 3]);
    expect(at.map(linearSchedule(1, 0, 10))).toEqual([1, 1, 0.5, 0, 0]);
    const cosine = at.map(cosineSchedule(1, 0, 10));
    [1, 1, 0.5, 0, 0].forEach((value, i) => {
      expect(cosine[i]).toBeCloseTo(value, 12);
    });
    expect(linearSchedule(1, 2, 0)(0)).toBe(2);
  });
});
