import { RandomState, scope, type Tensor, tensor } from "@carom/tensor";
import { describe, expect, test } from "vitest";
import {
  disposeModule,
  fanInInit,
  flatten,
  Linear,
  loadParameters,
  mlp,
  orthogonalInit,
  parameterTensors,
  rowBlocks,
  Sequential,
  saveParameters,
  uniformInit,
  zerosInit,
} from "../src/index.js";
import { device, testedDevices } from "./devices.js";

const flat = (x: Tensor): number[] => [...x.toTypedArray()];

describe.each(testedDevices)("modules on %s", (name) => {
  const randomState = (seed = 1) => new RandomState(seed, { device: device(name) });

  test("Linear computes activation(x weight^T + bias)", () => {
    scope(() => {
      using random = randomState();
      const layer = new Linear(2, 3, { random, activation: "relu" });
      loadParameters(layer, {
        weight: { dtype: "float32", shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, -1, -1) },
        bias: { dtype: "float32", shape: [3], data: Float32Array.of(0, 1, 0) },
      });
      const y = layer.forward(tensor([[1, 2]], { device: device(name) }));
      expect(y.toArray()).toEqual([[5, 12, 0]]);
      disposeModule(layer);
    });
  });

  test("Linear without bias has one parameter", () => {
    using random = randomState();
    const layer = new Linear(2, 3, { random, biasInit: null });
    expect([...layer.parameters().keys()]).toEqual(["weight"]);
    disposeModule(layer);
  });

  test("mlp names its parameters by layer and ends without activation", () => {
    using random = randomState();
    const net = mlp([4, 8, 8, 3], { random });
    const shapes = Array.from(net.parameters(), ([key, { tensor }]) => [key, tensor.shape]);
    expect(shapes).toEqual([
      ["0.weight", [8, 4]],
      ["0.bias", [8]],
      ["1.weight", [8, 8]],
      ["1.bias", [8]],
      ["2.weight", [3, 8]],
      ["2.bias", [3]],
    ]);
    expect(net.layers.map((layer) => (layer as Linear).activation)).toEqual([
      "tanh",
      "tanh",
      "none",
    ]);
    disposeModule(net);
  });

  test("Sequential frees what lies between its layers", () => {
    scope(() => {
      using random = randomState();
      const net = mlp([2, 4, 4, 1], { random });
      const x = tensor([[1, 2]], { device: device(name) });
      const before = device(name).live;
      const y = net.forward(x);
      expect(device(name).live - before).toBe(1);
      expect(y.shape).toEqual([1, 1]);
      expect(new Sequential([]).forward(x)).toBe(x);
      disposeModule(net);
    });
  });

  test("the same key gives the same network", () => {
    const weights = [3, 3, 4].map((seed) => {
      using random = randomState(seed);
      const net = mlp([3, 5, 2], { random });
      const values = parameterTensors(net).flatMap(flat);
      disposeModule(net);
      return values;
    });
    expect(weights[0]).toEqual(weights[1]);
    expect(weights[0]).not.toEqual(weights[2]);
  });

  test("saved parameters come back, and foreign ones are refused by name", () => {
    using random = randomState();
    const [a, b] = [mlp([3, 4, 2], { random }), mlp([3, 4, 2], { random })];
    const saved = saveParameters(a);
    loadParameters(b, saved);
    expect(saveParameters(b)).toEqual(saved);
    const { "0.bias": _, ...missing } = saved;
    expect(() => loadParameters(b, missing)).toThrowErrorMatchingInlineSnapshot(
      `[NnError: loadParameters: the parameter "0.bias" is missing]`,
    );
    const extra = { ...saved, "7.bias": saved["0.bias"] };
    expect(() => loadParameters(b, extra)).toThrowErrorMatchingInlineSnapshot(
      `[NnError: loadParameters: there is no parameter "7.bias" in the module]`,
    );
    const wrong = { ...saved, "0.bias": saved["1.bias"] };
    expect(() => loadParameters(b, wrong)).toThrowErrorMatchingInlineSnapshot(
      `[NnError: loadParameters: "0.bias" does not fit (got float32 [2], expected float32 [4])]`,
    );
    disposeModule(a);
    disposeModule(b);
  });

  test("flatten keeps values, and the module follows the flat buffer", () => {
    scope(() => {
      using random = randomState();
      const net = mlp([3, 4, 2], { random });
      const before = parameterTensors(net).flatMap(flat);
      using buffer = flatten(net);
      expect(flat(buffer.flat)).toEqual(before);
      expect(buffer.size).toBe(3 * 4 + 4 + 4 * 2 + 2);
      expect(buffer.slots.map(({ name: slot, start }) => [slot, start])).toEqual([
        ["0.weight", 0],
        ["0.bias", 12],
        ["1.weight", 16],
        ["1.bias", 24],
      ]);
      buffer.flat.fill(0.5);
      expect(flat(parameterTensors(net)[0])).toEqual(new Array(12).fill(0.5));
      expect(parameterTensors(net)).toEqual(buffer.tensors);
    });
  });
});

describe("initializers", () => {
  const random = () => new RandomState(5, { device: device("reference") });

  test.each([
    [4, 4],
    [3, 7],
    [7, 3],
    [1, 5],
    [64, 118],
  ])("orthogonalInit of [%i, %i] has orthonormal rows or columns times gain", (rows, columns) => {
    scope(() => {
      using state = random();
      const w = orthogonalInit(2)([rows, columns], state).cast("float64");
      const product = rows <= columns ? w.matmul(w.transpose()) : w.transpose().matmul(w);
      const n = Math.min(rows, columns);
      (product.toArray() as number[][]).forEach((row, i) => {
        expect(row).toHaveLength(n);
        row.forEach((value, j) => {
          expect(value).toBeCloseTo(i === j ? 4 : 0, 5);
        });
      });
    });
  });

  test("uniformInit and fanInInit stay within their bounds and fill them", () => {
    scope(() => {
      using state = random();
      for (const init of [uniformInit(0.25), fanInInit(16), fanInInit()]) {
        const values = flat(init([1000, 16], state));
        expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.25);
        expect(Math.max(...values)).toBeGreaterThan(0.24);
        expect(Math.min(...values)).toBeLessThan(-0.24);
      }
    });
  });

  test("rowBlocks gives each block of rows its own initializer", () => {
    scope(() => {
      using state = random();
      const heads = rowBlocks([3, orthogonalInit(0.01)], [1, orthogonalInit(1)])([4, 9], state);
      const norms = heads.square().sum(1).sqrt().toArray() as number[];
      [0.01, 0.01, 0.01, 1].forEach((norm, i) => {
        expect(norms[i]).toBeCloseTo(norm, 6);
      });
      const wrong = () => rowBlocks([3, zerosInit])([4, 9], state);
      expect(wrong).toThrowErrorMatchingInlineSnapshot(
        `[NnError: rowBlocks: blocks do not fill the shape (got 3 rows, expected 4)]`,
      );
    });
  });

  test("initializers and mlp explain what they refuse", () => {
    using state = random();
    expect(() => orthogonalInit()([3], state)).toThrowErrorMatchingInlineSnapshot(
      `[NnError: orthogonalInit: needs a matrix (got shape [3], expected at least two dimensions)]`,
    );
    expect(() => mlp([4], { random: state })).toThrowErrorMatchingInlineSnapshot(
      `[NnError: mlp: sizes are not valid (got [4], expected at least two positive integers)]`,
    );
    expect(() => mlp([4, 0, 2], { random: state })).toThrowErrorMatchingInlineSnapshot(
      `[NnError: mlp: sizes are not valid (got [4,0,2], expected at least two positive integers)]`,
    );
    expect(() => flatten(new Sequential([]))).toThrowErrorMatchingInlineSnapshot(
      `[NnError: flatten: the module has no parameters]`,
    );
  });
});
