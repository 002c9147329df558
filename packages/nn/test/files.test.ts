/** Whole modules and optimisers as files: from Python, to Python, and back. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RandomState, relu, scope, tensor } from "@carom/tensor";
import { describe, expect, test } from "vitest";
import {
  Adam,
  BatchNorm,
  Conv2d,
  decodeSafetensors,
  disposeModule,
  encodeSafetensors,
  Flatten,
  flatten,
  Linear,
  loadOptimizer,
  loadParameters,
  type SafetensorsTensor,
  Sequential,
  saveOptimizer,
  saveParameters,
} from "../src/index.js";
import { device, type TestDevice, testedDevices } from "./devices.js";
import { expectClose, golden, load, type Plain } from "./goldens.js";

const at = (path: string): string => fileURLToPath(new URL(`./goldens/${path}`, import.meta.url));
const read = (path: string) => decodeSafetensors(readFileSync(at(path))).tensors;

function network(name: TestDevice, random: RandomState): Sequential {
  const convolution = new Conv2d(1, 4, 3, { random, padding: 1 });
  const norm = new BatchNorm(4, { device: device(name) });
  return new Sequential([convolution, norm, relu, new Flatten(), new Linear(48, 2, { random })]);
}

describe.each(testedDevices)("on %s", (name) => {
  test("a network that PyTorch trained and saved gives its results here", () => {
    scope(() => {
      using random = new RandomState(1, { device: device(name) });
      const net = network(name, random);
      const state = read("network.safetensors");
      expect(() => loadParameters(net, state)).toThrowErrorMatchingInlineSnapshot(
        `[NnError: loadParameters: there is no parameter "1.num_batches_tracked" in the module]`,
      );
      loadParameters(net, state, { ignoreUnknown: true });
      const { x, y } = golden<{ x: Plain; y: Plain }>("network.json");
      expectClose(net.forward(load(x, name)), y);
      disposeModule(net);
    });
  });

  test("parameters, buffers and averages pass through one file, bit for bit", () => {
    scope(() => {
      using random = new RandomState(1, { device: device(name) });
      const [net, other] = [network(name, random), network(name, random)];
      net.forward(random.normal([6, 1, 4, 3]), { training: true });
      using buffer = flatten(net);
      using adam = new Adam(buffer);
      adam.step(buffer.tensors.map((x) => random.normal(x.shape)));
      const prefixed = (prefix: string, tensors: Record<string, SafetensorsTensor>) =>
        Object.entries(tensors).map(([key, value]) => [`${prefix}${key}`, value] as const);
      const model = prefixed("model.", saveParameters(net));
      const file = encodeSafetensors(
        Object.fromEntries([...model, ...prefixed("adam.", saveOptimizer(adam))]),
      );
      const { tensors } = decodeSafetensors(file);
      const under = (prefix: string) => {
        const found = Object.entries(tensors).filter(([key]) => key.startsWith(prefix));
        return Object.fromEntries(found.map(([key, value]) => [key.slice(prefix.length), value]));
      };
      loadParameters(other, under("model."));
      expect(saveParameters(other)).toEqual(saveParameters(net));
      using second = flatten(other);
      using again = new Adam(second);
      loadOptimizer(again, under("adam."));
      expect(again.state()).toEqual(adam.state());
      disposeModule(net);
      disposeModule(other);
    });
  });
});

test("F16, BF16 and both 8-bit floats are read as the float32 that PyTorch makes of them", () => {
  const tensors = read("small-floats.safetensors");
  for (const name of ["F16", "BF16", "F8_E4M3", "F8_E5M2"]) {
    expect(tensors[name].dtype).toBe("float32");
    expect(tensors[name].data).toEqual(tensors[`${name} wide`].data);
  }
});

test("what was read from a Buffer of Node owns its memory", () => {
  const tensors = decodeSafetensors(readFileSync(at("network.safetensors"))).tensors;
  for (const { data } of Object.values(tensors)) {
    expect([data.byteOffset, data.buffer.byteLength]).toEqual([0, data.byteLength]);
  }
});

test("a file that does not fit changes nothing", () => {
  scope(() => {
    using random = new RandomState(1, { device: device("reference") });
    const net = network("reference", random);
    const before = saveParameters(net);
    const { "1.running_var": _, ...rest } = before;
    const zeros = Object.entries(rest).map(([name, { shape }]) => {
      const size = shape.reduce((count, n) => count * n, 1);
      return [name, { dtype: "float32", shape, data: new Float32Array(size) }] as const;
    });
    expect(() => loadParameters(net, Object.fromEntries(zeros))).toThrowErrorMatchingInlineSnapshot(
      `[NnError: loadParameters: the parameter "1.running_var" is missing]`,
    );
    expect(saveParameters(net)).toEqual(before);
    disposeModule(net);
  });
});

/** A Python with safetensors and numpy, if this machine has one. */
function findPython(): string | undefined {
  return ["python3", "python"].find((command) => {
    try {
      execFileSync(command, ["-c", "import safetensors, numpy"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

const python = findPython();

test("Python reads what is written here", (context) => {
  if (python === undefined) {
    const reason = "no python3 or python with safetensors and numpy on the path";
    console.log(`skipped: ${reason}`);
    context.skip(reason);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "carom-files-"));
  try {
    scope(() => {
      const path = join(folder, "out.safetensors");
      using random = new RandomState(1, { device: device("reference") });
      const net = network("reference", random);
      const saved = {
        ...saveParameters(net),
        step: { dtype: "int32", shape: [], data: Int32Array.of(-7) },
        big: { dtype: "uint64", shape: [1], data: BigUint64Array.of(2n ** 40n) },
        mask: { dtype: "bool", shape: [1, 2], data: Uint8Array.of(1, 0) },
        empty: { dtype: "float64", shape: [0, 3], data: new Float64Array(0) },
      } satisfies Record<string, SafetensorsTensor>;
      writeFileSync(path, encodeSafetensors(saved, { made: 'here, with "é"' }));
      const text = execFileSync(python, [at("read.py"), path], { encoding: "utf8" });
      const seen: unknown = JSON.parse(text);
      const wanted = Object.entries(saved).map(([name, { dtype, shape, data }]) => {
        const values = Array.from<number | bigint, number | boolean>(data, Number);
        return [name, [dtype, shape, dtype === "bool" ? values.map(Boolean) : values]];
      });
      expect(seen).toEqual({
        tensors: Object.fromEntries(wanted),
        metadata: { made: 'here, with "é"' },
      });
      disposeModule(net);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a tensor of a module in another dtype is saved in it", () => {
  scope(() => {
    const w = tensor([0.1, 0.2], { device: device("reference"), dtype: "float64" });
    const module = { parameters: () => new Map([["w", { tensor: w }]]) };
    const saved = saveParameters(module);
    expect(saved["w"]).toEqual({ dtype: "float64", shape: [2], data: Float64Array.of(0.1, 0.2) });
    w.fill(0);
    loadParameters(module, saved);
    expect(w.toArray()).toEqual([0.1, 0.2]);
  });
});
