/**
 * The layers: against PyTorch on both devices, their gradients by finite differences, and what training
 * changes.
 */
import {
  capture,
  type Device,
  full,
  keep,
  RandomState,
  relu,
  scope,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import { checkGradient } from "@carom/tensor/testing";
import { describe, expect, test } from "vitest";
import {
  AvgPool2d,
  BatchNorm,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  disposeModule,
  Embedding,
  Flatten,
  GroupNorm,
  impalaStage,
  type Layer,
  LayerNorm,
  Linear,
  loadParameters,
  MaxPool2d,
  MultiHeadAttention,
  NoisyLinear,
  orthogonalInit,
  Residual,
  RMSNorm,
  residualConvBlock,
  residualDenseBlock,
  type SafetensorsTensor,
  Sequential,
  saveParameters,
} from "../src/index.js";
import { device, testedDevices } from "./devices.js";
import { expectClose, golden, load, type Plain, weightedSum } from "./goldens.js";

interface ModuleCase {
  name: string;
  parameters: Record<string, Plain>;
  buffers: Record<string, Plain>;
  inputs: Plain[];
  output: Plain;
  inputGrads: Plain[];
  grads: Record<string, Plain>;
  after: Record<string, Plain>;
}

interface Run {
  make: (random: RandomState, device: Device) => Layer;
  forward?: (layer: Layer, inputs: Tensor[]) => Tensor;
}

const attention = (options: object = {}): Run["make"] => {
  return (random) => new MultiHeadAttention(6, 3, { random, ...options });
};

function attend(layer: Layer, [query, key, value, mask]: (Tensor | undefined)[]): Tensor {
  if (!(layer instanceof MultiHeadAttention) || !query || !key || !value) throw new Error("wrong");
  return layer.attend(query, key, value, mask && { mask });
}

const training = { training: true };

const runs: Record<string, Run> = {
  Conv2d: {
    make: (random) => new Conv2d(4, 6, [3, 2], { random, stride: 2, padding: 1, groups: 2 }),
  },
  ConvTranspose2d: {
    make: (random) =>
      new ConvTranspose2d(4, 6, 3, { random, stride: 2, padding: 1, outputPadding: 1 }),
  },
  Embedding: { make: (random) => new Embedding(7, 3, { random }) },
  LayerNorm: { make: (_, on) => new LayerNorm([5, 4], { device: on }) },
  RMSNorm: { make: (_, on) => new RMSNorm(4, { device: on }) },
  GroupNorm: { make: (_, on) => new GroupNorm(2, 4, { device: on }) },
  "BatchNorm train": {
    make: (_, on) => new BatchNorm(4, { device: on }),
    forward: (layer, [x]) => layer.forward(x, training),
  },
  "BatchNorm eval": { make: (_, on) => new BatchNorm(4, { device: on }) },
  MaxPool2d: { make: () => new MaxPool2d(3, { stride: 2, padding: 1 }) },
  AvgPool2d: { make: () => new AvgPool2d(2) },
  MultiHeadAttention: { make: attention() },
  "MultiHeadAttention causal": { make: attention({ causal: true }) },
  "MultiHeadAttention crossed and masked": {
    make: attention(),
    forward: (layer, [query, key, mask]) => attend(layer, [query, key, key, mask]),
  },
  "MultiHeadAttention unpacked": {
    make: attention({ keyWidth: 4, valueWidth: 2 }),
    forward: attend,
  },
  "NoisyLinear train": {
    make: (random) => new NoisyLinear(4, 3, { random }),
    forward: (layer, [x]) => layer.forward(x, training),
  },
  residualConvBlock: { make: (random) => residualConvBlock(3, random) },
  residualDenseBlock: { make: (random) => residualDenseBlock(4, { random, expansion: 2 }) },
};

const { cases } = golden<{ cases: ModuleCase[] }>("modules.json");

const state = (plains: Record<string, Plain>): Record<string, SafetensorsTensor> =>
  Object.fromEntries(
    Object.entries(plains).map(([name, { shape, values }]) => {
      return [name, { dtype: "float32", shape, data: Float32Array.from(values.map(Number)) }];
    }),
  );

test("every golden case has a layer, and every layer a golden case", () => {
  expect(cases.map(({ name }) => name)).toEqual(Object.keys(runs));
});

describe.each(testedDevices)("PyTorch and %s agree on", (where) => {
  test.each(cases.map((row) => [row.name, row] as const))("%s", (name, row) => {
    scope(() => {
      using random = new RandomState(1, { device: device(where) });
      const { make, forward = (layer: Layer, [x]: Tensor[]) => layer.forward(x) } = runs[name];
      const layer = make(random, device(where));
      loadParameters(layer, state({ ...row.parameters, ...row.buffers }));
      const inputs = row.inputs.map((input) => load(input, where));
      const floats = inputs.filter(({ dtype }) => dtype === "float32");
      const parameters = layer.parameters();
      const followed = [...floats, ...Array.from(parameters.values(), ({ tensor: x }) => x)];
      const { aux, grads } = valueAndGrad(() => {
        const output = forward(layer, inputs);
        return { loss: weightedSum([output]), y: output };
      }, followed);
      expectClose(aux.y, row.output);
      row.inputGrads.forEach((wanted, i) => {
        expectClose(grads[i], wanted, 1e-4, 2e-5);
      });
      [...parameters.keys()].forEach((key, i) => {
        expectClose(grads[floats.length + i], row.grads[key], 1e-4, 2e-5);
      });
      for (const [key, buffer] of layer.buffers?.() ?? []) {
        expectClose(buffer.tensor, row.after[key]);
      }
      disposeModule(layer);
    });
  });
});

/** Puts everything that a layer holds into float64. */
function widen(layer: Layer): Tensor[] {
  const boxes = [...layer.parameters().values(), ...(layer.buffers?.().values() ?? [])];
  for (const box of boxes) {
    const narrow = box.tensor;
    box.tensor = keep(narrow.cast("float64"));
    narrow.dispose();
  }
  return Array.from(layer.parameters().values(), ({ tensor: x }) => x);
}

describe("gradients by finite differences", () => {
  const on = { device: device("reference") };
  const layers: [string, number[], (random: RandomState) => Layer][] = [
    ["Conv2d", [2, 2, 4, 3], (random) => new Conv2d(2, 3, 2, { random, activation: "tanh" })],
    ["ConvTranspose2d", [1, 2, 3, 2], (random) => new ConvTranspose2d(2, 2, 2, { random })],
    ["LayerNorm", [3, 4], () => new LayerNorm(4, on)],
    ["RMSNorm", [3, 4], () => new RMSNorm(4, on)],
    ["GroupNorm", [2, 4, 3], () => new GroupNorm(2, 4, on)],
    ["BatchNorm", [3, 2, 2], () => new BatchNorm(2, on)],
    ["MaxPool2d", [1, 2, 4, 4], () => new MaxPool2d(2)],
    ["AvgPool2d", [1, 2, 4, 4], () => new AvgPool2d(2)],
    ["MultiHeadAttention", [2, 3, 4], (random) => new MultiHeadAttention(4, 2, { random })],
    ["NoisyLinear", [3, 4], (random) => new NoisyLinear(4, 2, { random })],
    ["residual blocks", [2, 4], (random) => residualDenseBlock(4, { random })],
    [
      "a small convolutional network",
      [1, 2, 5, 4],
      (random) =>
        new Sequential([impalaStage(2, 2, random), new Flatten(), new Linear(12, 2, { random })]),
    ],
  ];

  test.each(layers)("%s", (_, shape, make) => {
    scope(() => {
      using random = new RandomState(3, on);
      const layer = make(random);
      const parameters = widen(layer);
      const x = random.normal(shape, { dtype: "float64" });
      const loss = () => weightedSum([layer.forward(x, training)]);
      expect(checkGradient(loss, [x, ...parameters], { rtol: 1e-4, atol: 1e-6 })).toBeUndefined();
      disposeModule(layer);
    });
  });
});

describe.each(testedDevices)("layers on %s", (where) => {
  const at = { device: device(where) };
  const values = (x: Tensor) => [...x.toTypedArray()];

  test("Sequential takes plain functions, counts them, and hands the options on", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const dropout = new Dropout(0.5, random);
      const net = new Sequential([
        new Linear(3, 4, { random }),
        relu,
        dropout,
        new BatchNorm(4, at),
      ]);
      expect([...net.parameters().keys()]).toEqual(["0.weight", "0.bias", "3.weight", "3.bias"]);
      expect([...net.buffers().keys()]).toEqual(["3.running_mean", "3.running_var"]);
      const x = random.normal([64, 3]);
      expect(values(net.forward(x))).toEqual(values(net.forward(x)));
      const before = saveParameters(net);
      expect(values(net.forward(x, training))).not.toEqual(values(net.forward(x, training)));
      expect(saveParameters(net)["3.running_mean"]).not.toEqual(before["3.running_mean"]);
      disposeModule(net);
    });
  });

  test("Dropout drops a share p in training and nothing otherwise", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const layer = new Dropout(0.25, random);
      const x = full([10000], 3, at);
      expect(values(layer.forward(x))).toEqual(values(x));
      const kept = values(layer.forward(x, training)).filter((value) => value !== 0);
      expect(new Set(kept)).toEqual(new Set([4]));
      expect(Math.abs(kept.length - 7500)).toBeLessThan(150);
    });
  });

  test("BatchNorm: running statistics approach those of the data, and are saved", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const layer = new BatchNorm(2, { ...at, momentum: 0.2 });
      for (let i = 0; i < 40; i++) {
        scope(() => void layer.forward(random.normal([256, 2]).mul(2).add(5), training));
      }
      for (const mean of values(layer.runningMean.tensor)) expect(mean).toBeCloseTo(5, 0);
      for (const v of values(layer.runningVariance.tensor))
        expect(Math.abs(v - 4)).toBeLessThan(0.5);
      const other = new BatchNorm(2, at);
      loadParameters(other, saveParameters(layer));
      const x = random.normal([4, 2]);
      expect(values(other.forward(x))).toEqual(values(layer.forward(x)));
      disposeModule(layer);
      disposeModule(other);
    });
  });

  test("NoisyLinear is Linear in evaluation, and its noise is redrawn by resample only", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const layer = new NoisyLinear(3, 2, { random });
      const linear = new Linear(3, 2, { random });
      linear.weight.tensor.copyFrom(layer.weightMu.tensor);
      linear.bias?.tensor.copyFrom(layer.biasMu.tensor);
      const x = random.normal([4, 3]);
      expect(values(layer.forward(x))).toEqual(values(linear.forward(x)));
      const noisy = values(layer.forward(x, training));
      expect(noisy).not.toEqual(values(layer.forward(x)));
      expect(values(layer.forward(x, training))).toEqual(noisy);
      layer.resample(random);
      expect(values(layer.forward(x, training))).not.toEqual(noisy);
      expect(values(layer.weightSigma.tensor)).toEqual(
        new Array(6).fill(Math.fround(0.5 / 3 ** 0.5)),
      );
      disposeModule(layer);
      disposeModule(linear);
    });
  });

  test("NoisyLinear: f of normal noise has mean 0 and mean square sqrt(2 / pi)", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const layer = new NoisyLinear(20000, 1, { random });
      const noise = values(layer.noiseIn.tensor);
      const mean = (of: number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
      expect(Math.abs(mean(noise))).toBeLessThan(0.03);
      expect(Math.abs(mean(noise.map((e) => e * e)) - Math.sqrt(2 / Math.PI))).toBeLessThan(0.02);
      disposeModule(layer);
    });
  });

  test("a recording draws new noise at each replay", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const layer = new NoisyLinear(3, 2, { random });
      const x = random.normal([1, 3]);
      using recording = capture(at.device, () => {
        layer.resample(random);
        return layer.forward(x, training);
      });
      recording.replay();
      const first = values(recording.outputs);
      recording.replay();
      expect(values(recording.outputs)).not.toEqual(first);
      disposeModule(layer);
    });
  });

  test("a packed projection is the three unpacked ones below each other", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const packed = new MultiHeadAttention(4, 2, { random, causal: true });
      const unpacked = new MultiHeadAttention(4, 2, { random, causal: true, packed: false });
      packed.weights[0].tensor.copyFrom(random.normal([12, 4]));
      packed.bias?.tensor.copyFrom(random.normal([12]));
      unpacked.weights.forEach((weight, i) => {
        weight.tensor.copyFrom(packed.weights[0].tensor.slice([4 * i, 4 * i + 4]));
      });
      if (packed.bias) unpacked.bias?.tensor.copyFrom(packed.bias.tensor);
      unpacked.output.weight.tensor.copyFrom(packed.output.weight.tensor);
      const x = random.normal([2, 5, 4]);
      const [a, b] = [packed.forward(x), unpacked.forward(x)].map(values);
      a.forEach((value, i) => {
        expect(value).toBeCloseTo(b[i], 5);
      });
      expect([...unpacked.parameters().keys()]).toMatchInlineSnapshot(`
        [
          "q_proj_weight",
          "k_proj_weight",
          "v_proj_weight",
          "in_proj_bias",
          "out_proj.weight",
          "out_proj.bias",
        ]
      `);
      disposeModule(packed);
      disposeModule(unpacked);
    });
  });

  test("Residual adds to its shortcut", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const [body, shortcut] = [new Linear(2, 3, { random }), new Linear(2, 3, { random })];
      const block = new Residual(body, shortcut);
      expect([...block.parameters().keys()]).toEqual([
        "weight",
        "bias",
        "shortcut.weight",
        "shortcut.bias",
      ]);
      const x = random.normal([4, 2]);
      const wanted = values(body.forward(x).add(shortcut.forward(x)));
      values(block.forward(x)).forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i], 6);
      });
      disposeModule(block);
    });
  });

  test("impalaStage halves images, and takes bytes", () => {
    scope(() => {
      using random = new RandomState(1, at);
      const net = impalaStage(3, 4, random);
      expect(net.forward(random.normal([2, 3, 9, 8])).shape).toEqual([2, 4, 5, 4]);
      const bytes = new Conv2d(1, 1, 1, {
        random,
        inputScale: 1 / 255,
        weightInit: orthogonalInit(1),
        biasInit: null,
      });
      const x = tensor(Uint8Array.of(0, 51, 255), { ...at, shape: [1, 1, 1, 3] });
      const y = values(bytes.forward(x));
      [0, 0.2, 1].forEach((value, i) => {
        expect(Math.abs(y[i])).toBeCloseTo(value, 6);
      });
      disposeModule(net);
      disposeModule(bytes);
    });
  });

  test("what does not fit is refused", () => {
    using random = new RandomState(1, at);
    expect(() => new MultiHeadAttention(6, 4, { random })).toThrowErrorMatchingInlineSnapshot(
      `[NnError: MultiHeadAttention: sizes do not fit (got width 6, 4 heads, keys 6, values 6, expected a width that heads divide, the same for all)]`,
    );
    expect(
      () => new MultiHeadAttention(6, 3, { random, keyWidth: 4, packed: true }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[NnError: MultiHeadAttention: sizes do not fit (got width 6, 3 heads, keys 4, values 6, expected a width that heads divide, the same for all)]`,
    );
  });
});
