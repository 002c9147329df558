import { describe, expect, test } from "vitest";
import * as T from "../../src/index.js";
import { deviceNamed, nativeDevice, referenceDevice, testedDevices } from "../support/devices.js";
import { floats, type Layout } from "../support/inputs.js";
import { expectClose, testOp } from "../support/test-op.js";

const layouts: Layout[] = ["dense", "transposed", "strided", "flipped"];

testOp("newtonSchulz", {
  run: (x) => T.newtonSchulz(x, { steps: 2 }),
  hand: [
    // One number is its sign, through s -> 3.4445 s - 4.775 s^3 + 2.0315 s^5 twice: 1, 0.701, 1.11362
    { inputs: [floats([1, 1], { values: [-7] })], expected: [[-1.11362]] },
  ],
  parity: [
    [floats([3, 3])],
    [floats([17, 5])],
    [floats([5, 33])],
    [floats([2, 3, 4])],
    [floats([0, 3])],
    ...layouts.map((layout) => [floats([3, 6, 4], { layout })]),
  ],
  gradient: [[floats([3, 2])], [floats([2, 2, 3])]],
  tolerance: { rtol: 1e-4, atol: 1e-4 },
});

describe.each(testedDevices)("newtonSchulz on %s", (name) => {
  test("brings singular values near 1 and leaves the singular vectors", () => {
    T.scope(() => {
      const device = deviceNamed(name);
      // diag(s) in a rotated basis: x = Q diag(s) Q^T with a Householder reflection Q.
      const v = T.tensor([1, -2, 3, 1], { device });
      const eye = T.ones([4, 4], { device }).tril().triu();
      const q = eye.sub(T.outer(v, v).mul(2 / 15));
      const s = T.tensor([3, 1, 0.3, 0.05], { device });
      const y = T.newtonSchulz(T.einsum("ij,j,kj->ik", q, s, q));
      const after = T.einsum("ij,ik,kl->jl", q, y, q).toArray() as number[][];
      after.forEach((row, i) => {
        row.forEach((value, j) => {
          if (i !== j) expect(Math.abs(value)).toBeLessThan(1e-4);
          else expect(Math.abs(value - 0.95)).toBeLessThan(0.3);
        });
      });
    });
  });

  test("takes no NaN from zeros", () => {
    T.scope(() => {
      const device = deviceNamed(name);
      expect(T.newtonSchulz(T.zeros([1, 2], { device })).toArray()).toEqual([[0, 0]]);
    });
  });
});

test("newtonSchulz works in a recording", () => {
  T.scope(() => {
    const device = nativeDevice();
    const x = T.tensor([1, 2, 3, 4, 5, 7], { shape: [3, 2], device });
    using recording = T.capture(device, () => T.newtonSchulz(x));
    x.write(new Float32Array([5, -6, 7, 8, 1, 0]));
    recording.replay();
    expectClose(recording.outputs.toArray(), T.newtonSchulz(x).toArray(), { rtol: 0, atol: 0 });
  });
});

test("newtonSchulz refuses vectors and broken steps", () => {
  T.scope(() => {
    const x = T.zeros([3], { device: referenceDevice() });
    expect(() => T.newtonSchulz(x)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: newtonSchulz: needs a matrix (got [3], expected [...,M,N])]`,
    );
    expect(() => T.newtonSchulz(x, { steps: 1.5 })).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: newtonSchulz: steps is not valid (got 1.5, expected an integer >= 0)]`,
    );
  });
});
