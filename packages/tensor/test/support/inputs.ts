/**
 * inputs: operands for op tests, described by data so that a test can be named after them and made on
 * any device in any layout.
 */
import type { Device, DType, Tensor } from "../../src/index.js";
import { tensor } from "../../src/index.js";

/** How the elements lie in memory. All layouts have the same elements in row-major order. */
export type Layout = "dense" | "transposed" | "strided" | "flipped" | "expanded";

/** One operand. */
export interface Input {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly layout: Layout;
  /** Range of the values. */
  readonly low: number;
  readonly high: number;
  /** Explicit values instead of generated ones. */
  readonly values?: readonly number[];
}

type Options = Partial<Omit<Input, "shape">>;

/** Floats in [low, high), by default [-2, 2). */
export function floats(shape: readonly number[], options: Options = {}): Input {
  return { shape, dtype: "float32", layout: "dense", low: -2, high: 2, ...options };
}

/** Integers in [low, high), by default [0, 3). */
export function ints(shape: readonly number[], options: Options = {}): Input {
  return { shape, dtype: "int32", layout: "dense", low: 0, high: 3, ...options };
}

/** True and false. */
export function bools(shape: readonly number[], options: Options = {}): Input {
  return { shape, dtype: "bool", layout: "dense", low: 0, high: 2, ...options };
}

/** `[2,3]t` and the like, for test names. */
export function nameOf({ shape, dtype, layout }: Input): string {
  const kind = dtype === "float32" ? "" : dtype === "int32" ? "i" : dtype[0];
  return `${kind}[${shape.join(",")}]${layout === "dense" ? "" : ` ${layout}`}`;
}

/** The elements of an input in row-major order, a fixed function of `seed`. */
export function valuesOf(input: Input, seed: number): number[] {
  const { shape, low, high, dtype, layout } = input;
  const count = shape.reduce((n, size) => n * size, 1);
  const period = layout === "expanded" && shape[0] > 0 ? count / shape[0] : count;
  return Array.from({ length: count }, (_, i) => {
    if (input.values !== undefined) return input.values[i];
    const value = low + (high - low) * noise(seed, period === 0 ? 0 : i % period);
    return dtype === "float32" || dtype === "float64" ? Math.fround(value) : Math.floor(value);
  });
}

/** The input as a tensor on a device. Creates temporaries: call it inside a scope. */
export function make(input: Input, device: Device, seed: number, dtype = input.dtype): Tensor {
  const { shape, layout } = input;
  const values = valuesOf(input, seed);
  const dense = tensor(values, { shape, dtype, device });
  switch (layout) {
    case "dense":
      return dense;
    case "transposed": {
      const reversed = shape.map((_, axis) => shape.length - 1 - axis);
      return dense.permute(reversed).clone().permute(reversed);
    }
    case "strided": {
      const wide = shape.map((size) => 2 * size + 1);
      const holder = tensor(new Array(wide.reduce((n, s) => n * s, 1)).fill(7), {
        shape: wide,
        dtype,
        device,
      });
      const view = holder.slice(...shape.map((size) => [1, 1 + 2 * size, 2] as const));
      return view.copyFrom(dense);
    }
    case "flipped":
      return dense.flip().clone().flip();
    case "expanded":
      return shape.length === 0 || shape[0] === 0 ? dense : dense.slice([0, 1]).expand(shape);
    default:
      return layout satisfies never;
  }
}

/** A number in [0, 1) that looks random: a hash of its arguments. */
export function noise(seed: number, i: number): number {
  let h = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(i + 1, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 8) / 2 ** 24;
}
