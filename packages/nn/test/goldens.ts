/** Reading the golden files, and comparing with them. */
import { readFileSync } from "node:fs";
import { type Tensor, tensor } from "@carom/tensor";
import { expect } from "vitest";
import { device, type TestDevice } from "./devices.js";

export interface Plain {
  dtype: "float32" | "int32" | "bool";
  shape: number[];
  /** What is not finite is a string. */
  values: (number | string)[];
}

export interface Golden {
  name: string;
  inputs: Plain[];
  outputs: Plain[];
  grads: Plain[];
}

export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./goldens/${name}`, import.meta.url), "utf8")) as T;
}

export function load({ dtype, shape, values }: Plain, name: TestDevice): Tensor {
  return tensor(values.map(Number), { dtype, shape, device: device(name) });
}

/** Shape and values, within rtol |wanted| + atol. */
export function expectClose(got: Tensor, wanted: Plain, rtol = 1e-5, atol = 2e-6): void {
  expect(got.shape).toEqual(wanted.shape);
  const values = got.toTypedArray();
  wanted.values.map(Number).forEach((value, i) => {
    if (Math.abs(values[i] - value) <= atol + rtol * Math.abs(value)) return;
    if (Object.is(values[i], value) || values[i] === value) return;
    expect.fail(`element ${i}: got ${values[i]}, expected ${value}`);
  });
}

/** sum(weights * output) over all float outputs, weights as in goldens/golden.py. */
export function weightedSum(outputs: readonly Tensor[]): Tensor {
  const parts = outputs
    .filter(({ dtype }) => dtype.startsWith("float"))
    .map((y) => {
      const weights = Array.from({ length: y.size }, (_, i) => 0.5 + (i % 7) / 10);
      const factor = tensor(weights, { device: y.device, dtype: y.dtype });
      return y.flatten().mul(factor).sum();
    });
  return parts.reduce((total, part) => total.add(part));
}
