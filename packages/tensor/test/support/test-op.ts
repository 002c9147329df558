/**
 * test-op: the tests that every op gets by one call: a case worked out by hand, parity of the native
 * core with the reference over a table of shapes and layouts, gradients and second derivatives
 * against finite differences, and no leak (setup.ts). Errors are tested by inline snapshots beside the call.
 */
import { describe, expect, test } from "vitest";
import {
  type Device,
  type DType,
  GradientError,
  grad,
  type NestedNumbers,
  scope,
  Tensor,
  tensor,
} from "../../src/index.js";
import { checkGradient } from "../../src/testing.js";
import { deviceNamed, nativeDevice, referenceDevice, testedDevices } from "./devices.js";
import { type Input, make, nameOf, noise } from "./inputs.js";

/** An op as a function of its tensor operands. */
export type Op = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** A row of a table of shapes: the operands of one call. */
export type Row = readonly Input[];

/** What {@link testOp} tests. */
export interface OpTests {
  readonly run: Op;
  /** Worked out by hand: operands and expected result (a list of them for several outputs). */
  readonly hand: readonly {
    readonly inputs: Row;
    readonly expected: NestedNumbers;
  }[];
  /** Native must equal reference on these. */
  readonly parity: readonly Row[];
  /** Gradients with respect to all float operands on these; `"none"` for ops without gradient. */
  readonly gradient: readonly Row[] | "none";
  /**
   * What a gradient of the gradient does on the rows of `gradient`: it is right by finite differences
   * (the default), or refused with a GradientError, because the rule calls `firstOrderOnly`.
   */
  readonly secondOrder?: "refused";
  /** Relative and absolute tolerance of parity. Default 1e-5 and 1e-6. */
  readonly tolerance?: { readonly rtol: number; readonly atol: number };
}

const defaultTolerance = { rtol: 1e-5, atol: 1e-6 };

/** Defines the tests of an op. */
export function testOp(name: string, tests: OpTests): void {
  describe(name, () => {
    for (const { inputs, expected } of tests.hand) {
      test.each(testedDevices)(`by hand ${rowName(inputs)} on %s`, (device) => {
        scope(() => {
          const on = deviceNamed(device);
          const results = outputs(tests.run, inputs, (input, i) => make(input, on, i));
          const arrays = results.map((result) => result.toArray());
          const got = arrays.length === 1 ? arrays[0] : arrays;
          expectClose(got, expected, tests.tolerance ?? defaultTolerance);
        });
      });
    }
    for (const row of tests.parity) {
      test(`native equals reference ${rowName(row)}`, () => testParity(tests, row));
    }
    if (tests.gradient === "none") return;
    for (const row of tests.gradient) {
      test(`native gradient equals reference ${rowName(row)}`, () => {
        testGradientParity(tests.run, row);
      });
      if (!testedDevices.includes("reference")) continue; // what follows is about the rules, on the reference
      test(`gradient by finite differences ${rowName(row)}`, () => testGradient(tests.run, row));
      if (tests.secondOrder === "refused") {
        test(`refuses a second derivative ${rowName(row)}`, () => {
          expect(() => testSecondOrder(tests.run, row)).toThrow(GradientError);
          expect(() => testSecondOrder(tests.run, row)).toThrow(/has no second derivative/);
        });
      } else {
        test(`second derivative by finite differences ${rowName(row)}`, () => {
          testSecondOrder(tests.run, row);
        });
      }
    }
  });
}

function rowName(row: Row): string {
  return row.map(nameOf).join(" ");
}

function outputs(run: Op, row: Row, maker: (input: Input, i: number) => Tensor): Tensor[] {
  const result = run(...row.map(maker));
  return result instanceof Tensor ? [result] : [...result];
}

const poisonous = new Float32Array(20_000).fill(Number.NaN);

/**
 * Leaves NaN in the memory that the device hands out next, so that an element which a kernel forgets
 * to write is noticed.
 */
function poison(device: Device): void {
  scope(() => {
    for (let count = 16; count <= poisonous.length; count = Math.ceil(count * 1.25)) {
      for (let i = 0; i < 4; i++) tensor(poisonous.subarray(0, count), { device });
    }
  });
}

function testParity(tests: OpTests, row: Row): void {
  scope(() => {
    poison(nativeDevice());
    const truth = outputs(tests.run, row, (input, i) => make(input, referenceDevice(), i));
    const native = outputs(tests.run, row, (input, i) => make(input, nativeDevice(), i));
    truth.forEach((wanted, i) => {
      expect(native[i].shape).toEqual(wanted.shape);
      expect(native[i].dtype).toBe(wanted.dtype);
      expectClose(native[i].toArray(), wanted.toArray(), parityTolerance(tests, wanted));
    });
  });
}

/** Integers are exact; float64 is the same arithmetic on both sides, but for the last digits. */
function parityTolerance(tests: OpTests, { dtype }: Tensor): { rtol: number; atol: number } {
  if (dtype === "float32") return tests.tolerance ?? defaultTolerance;
  return dtype === "float64" ? { rtol: 1e-12, atol: 1e-14 } : { rtol: 0, atol: 0 };
}

/** A weighted sum of all float outputs: a scalar in which every element matters. */
function weighted(results: readonly Tensor[]): Tensor {
  const parts = results.filter(isFloat).map((result) => {
    const weights = Array.from({ length: result.size }, (_, i) => 0.5 + noise(99, i));
    const { shape, dtype, device } = result;
    return result.mul(tensor(weights, { shape, dtype, device })).sum();
  });
  return parts.reduce((sum, part) => sum.add(part));
}

function isFloat({ dtype }: { readonly dtype: DType }): boolean {
  return dtype === "float32" || dtype === "float64";
}

/** The operands in float64 on the reference, and those to differentiate by. */
function preciseInputs(row: Row): { inputs: Tensor[]; params: Tensor[] } {
  const inputs = row.map((input, i) => {
    const dense: Input = { ...input, layout: "dense" };
    return make(dense, referenceDevice(), i, isFloat(input) ? "float64" : input.dtype);
  });
  return { inputs, params: inputs.filter((_, i) => isFloat(row[i])) };
}

/** The gradient of the gradient of y + y^2, weighted, so that linear ops have one, too. */
function testSecondOrder(run: Op, row: Row): void {
  scope(() => {
    const { inputs, params } = preciseInputs(row);
    const curved = () => {
      const result = run(...inputs);
      const results = result instanceof Tensor ? [result] : result;
      return weighted(results.filter(isFloat).map((y) => y.add(y.square())));
    };
    const slope = () => weighted(grad(curved, params));
    expect(checkGradient(slope, params)).toBeUndefined();
  });
}

function testGradient(run: Op, row: Row): void {
  scope(() => {
    const { inputs, params } = preciseInputs(row);
    const loss = () => {
      const result = run(...inputs);
      return weighted(result instanceof Tensor ? [result] : result);
    };
    expect(checkGradient(loss, params)).toBeUndefined();
  });
}

function testGradientParity(run: Op, row: Row): void {
  scope(() => {
    poison(nativeDevice());
    const [truth, native] = [referenceDevice(), nativeDevice()].map((device) => {
      const inputs = row.map((input, i) => make(input, device, i));
      const params = inputs.filter((_, i) => isFloat(row[i]));
      const loss = () => {
        const result = run(...inputs);
        return weighted(result instanceof Tensor ? [result] : result);
      };
      return grad(loss, params).map((gradient) => gradient.toArray());
    });
    truth.forEach((wanted, i) => {
      expectClose(native[i], wanted, { rtol: 1e-4, atol: 1e-5 });
    });
  });
}

/** Element by element within the tolerances; NaN equals NaN, infinities equal themselves. */
export function expectClose(
  got: NestedNumbers,
  wanted: NestedNumbers,
  { rtol, atol }: { rtol: number; atol: number } = defaultTolerance,
  path = "",
): void {
  if (Array.isArray(wanted)) {
    expect(Array.isArray(got) ? got.length : -1, `length at [${path}]`).toBe(wanted.length);
    wanted.forEach((item, i) => {
      const inner = path === "" ? `${i}` : `${path},${i}`;
      expectClose((got as NestedNumbers[])[i], item, { rtol, atol }, inner);
    });
    return;
  }
  if (Object.is(got, wanted) || got === wanted) return;
  const error = Math.abs((got as number) - wanted);
  if (error <= atol + rtol * Math.abs(wanted)) return;
  expect.fail(`element [${path}]: got ${got}, expected ${wanted} (rtol ${rtol}, atol ${atol})`);
}
