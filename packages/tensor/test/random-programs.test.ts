/**
 * Random programs of a dozen ops on random shapes: native equals reference, forward and gradient, and
 * a recording of the whole equals it run eagerly, bit for bit. A failure names its seed and program.
 */
import { expect, test } from "vitest";
import * as T from "../src/index.js";
import { openTestedDevice, testedDevice } from "../src/testing.js";
import { nativeDevice, referenceDevice } from "./support/devices.js";
import { entries, Program } from "./support/programs.js";
import { expectClose } from "./support/test-op.js";

/** Fewer on a GPU, which may be an emulated one. */
const [cases, replayed, leastUses] = testedDevice() === "cpu" ? [300, 60, 5] : [80, 20, 1];
const length = 14;

/** All results and the gradients of all operands. */
function evaluate(program: Program, leaves: readonly T.Tensor[]) {
  const results = program.run(leaves);
  const grads = T.grad(() => program.loss(leaves), leaves);
  return { results, grads };
}

function check(program: Program): void {
  T.scope(() => {
    const [truth, native] = [referenceDevice(), nativeDevice()].map((device) =>
      evaluate(program, program.make(device, 0)),
    );
    truth.results.forEach((wanted, i) => {
      const got = native.results[i];
      expect([got.shape, got.dtype]).toEqual([wanted.shape, wanted.dtype]);
      const exact = wanted.dtype !== "float32";
      const tolerance = exact ? { rtol: 0, atol: 0 } : { rtol: 1e-4, atol: 2e-5 };
      expectClose(got.toArray(), wanted.toArray(), tolerance, `result ${i}`);
    });
    truth.grads.forEach((wanted, i) => {
      const tolerance = { rtol: 1e-3, atol: 1e-4 };
      expectClose(native.grads[i].toArray(), wanted.toArray(), tolerance, `gradient ${i}`);
    });
  });
}

function checkReplay(program: Program, device: T.Device): void {
  T.scope(() => {
    const leaves = program.make(device, 0);
    using recording = T.capture(device, () => evaluate(program, leaves));
    leaves.forEach((leaf, i) => {
      leaf.write(program.values(i, 1));
    });
    recording.replay();
    const eager = evaluate(program, leaves);
    for (const part of ["results", "grads"] as const) {
      const arrays = (tensors: readonly T.Tensor[]) => tensors.map((t) => t.toTypedArray());
      expect(arrays(recording.outputs[part])).toEqual(arrays(eager[part]));
    }
  });
}

/** Runs `check` for programs of many seeds and names the first that fails. */
function forAll(count: number, body: (program: Program) => void): Map<string, number> {
  const uses = new Map<string, number>();
  for (let seed = 1; seed <= count; seed++) {
    const program = new Program(seed, referenceDevice(), length);
    for (const { name } of program.steps) uses.set(name, (uses.get(name) ?? 0) + 1);
    try {
      body(program);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${program}`, { cause: error });
    }
  }
  return uses;
}

test("random programs give the same on native and reference, forward and gradient", () => {
  const uses = forAll(cases, check);
  const unused = Object.keys(entries).filter((name) => (uses.get(name) ?? 0) < leastUses);
  expect(unused).toEqual([]);
});

const threads = testedDevice() === "cpu" ? [1, 2, 3] : [1];

test.each(threads)("replayed programs equal eager ones bit for bit, %i threads", (threads) => {
  using device = openTestedDevice({ threads });
  forAll(replayed, (program) => checkReplay(program, device));
});
