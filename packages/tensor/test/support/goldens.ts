/**
 * goldens: every case of a group of golden values on both devices, values and gradients.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, referenceDevice, testedDevices } from "./devices.js";
import { expectClose } from "./test-op.js";

interface Plain {
  dtype: "float32" | "int32" | "bool";
  shape: number[];
  /** What is not finite is a string. */
  values: (number | string)[];
}

interface Golden {
  name: string;
  inputs: Plain[];
  outputs: Plain[];
  grads?: Plain[];
}

/** What a golden case runs here. */
export type Run = (...inputs: T.Tensor[]) => T.Tensor | T.Tensor[];

/**
 * Compares every case of `goldens/<group>.json` with PyTorch: values to 1e-5, gradients to 1e-4.
 * `runs` holds what each case runs, by its name in `goldens/<group>.py`.
 */
export function testGoldens(group: string, runs: Readonly<Record<string, Run>>): void {
  const file = new URL(`../goldens/${group}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Golden[] };

  test("every golden case is run, and every run has a golden case", () => {
    expect([...new Set(cases.map(({ name }) => name))].sort()).toEqual(Object.keys(runs).sort());
  });

  describe.each(testedDevices)("PyTorch and %s agree on", (name) => {
    const open = () => deviceNamed(name);
    const rows = cases.map((golden) => [golden.name, golden] as const);
    test.each(rows)("%s", (_, golden) => testValues(golden, runs[golden.name], open()));
    test.each(rows.filter(([, { grads }]) => grads !== undefined))(
      "the gradient of %s",
      (_, golden) => testGradients(golden, runs[golden.name], open()),
    );
  });
}

function testValues(golden: Golden, run: Run, device: T.Device): void {
  T.scope(() => {
    const inputs = golden.inputs.map((input) => load(input, device));
    const wanted = golden.outputs.map((output) => load(output, referenceDevice()).toArray());
    const outputs = listOf(run(...inputs));
    expect(outputs.map(({ shape }) => shape)).toEqual(golden.outputs.map(({ shape }) => shape));
    const got = outputs.map((y) => y.toArray());
    expectClose(got, wanted, { rtol: 1e-5, atol: 2e-6 });
  });
}

function testGradients(golden: Golden, run: Run, device: T.Device): void {
  T.scope(() => {
    const inputs = golden.inputs.map((input) => load(input, device));
    const params = inputs.filter(({ dtype }) => dtype === "float32");
    const grads = T.grad(() => weightedSum(listOf(run(...inputs))), params);
    const wanted = (golden.grads ?? []).map((g) => load(g, referenceDevice()).toArray());
    const got = grads.map((g) => g.toArray());
    expectClose(got, wanted, { rtol: 1e-4, atol: 1e-5 });
  });
}

function load({ values, shape, dtype }: Plain, device: T.Device): T.Tensor {
  return T.tensor(values.map(Number), { shape, dtype, device });
}

function listOf(outputs: T.Tensor | T.Tensor[]): T.Tensor[] {
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** sum(weights * output) over all float outputs, weights as in goldens/golden.py. */
function weightedSum(outputs: T.Tensor[]): T.Tensor {
  const parts = outputs
    .filter(({ dtype }) => dtype === "float32")
    .map((y) => {
      const weights = Array.from({ length: y.size }, (_, i) => 0.5 + (i % 7) / 10);
      return y
        .flatten()
        .mul(T.tensor(weights, { device: y.device }))
        .sum();
    });
  return parts.reduce((total, part) => total.add(part));
}
