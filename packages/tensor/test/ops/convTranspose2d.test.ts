import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { referenceDevice } from "../support/devices.js";
import { floats, type Input } from "../support/inputs.js";
import { type Row, testOp } from "../support/test-op.js";

const tolerance = { rtol: 1e-5, atol: 2e-5 };

/** x [N, C, H, W], weight [C, O/groups, kh, kw], bias [O]. */
function row(x: number[], weight: number[], groups = 1, options: Partial<Input> = {}): Row {
  return [floats(x, options), floats(weight), floats([weight[1] * groups])];
}

testOp("convTranspose2d", {
  run: (x, w, b) => T.convTranspose2d(x, w, b),
  hand: [
    {
      inputs: [
        floats([1, 1, 1, 2], { values: [1, 2] }),
        floats([1, 1, 2, 2], { values: [1, 2, 3, 4] }),
        floats([1], { values: [0.5] }),
      ],
      expected: [
        [
          [
            [1.5, 4.5, 4.5],
            [3.5, 10.5, 8.5],
          ],
        ],
      ],
    },
  ],
  parity: [
    row([1, 1, 1, 1], [1, 1, 1, 1]),
    row([0, 2, 3, 3], [2, 3, 2, 2]),
    row([2, 17, 5, 4], [17, 33, 3, 3]),
    row([2, 3, 5, 4], [3, 4, 3, 2], 1, { layout: "strided" }),
    row([2, 3, 5, 4], [3, 4, 3, 2], 1, { layout: "transposed" }),
  ],
  gradient: [row([2, 2, 3, 3], [2, 3, 2, 2])],
  tolerance,
});

const cases: { name: string; options: T.ConvTranspose2dOptions; row: Row }[] = [
  {
    name: "stride, padding and outputPadding",
    options: { stride: 2, padding: 1, outputPadding: 1 },
    row: row([2, 3, 4, 3], [3, 2, 3, 3]),
  },
  {
    name: "groups and dilation",
    options: { groups: 2, dilation: [2, 1], stride: [1, 3] },
    row: row([2, 4, 3, 3], [4, 3, 2, 2], 2),
  },
];

for (const { name, options, row: shapes } of cases) {
  testOp(`convTranspose2d with ${name}`, {
    run: (x, w, b) => T.convTranspose2d(x, w, b, options),
    hand: [],
    parity: [shapes],
    gradient: [shapes],
    tolerance,
  });
}

test("convTranspose2d explains what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const zeros = (shape: number[]) => T.zeros(shape, { device });
    const [x, w] = [zeros([1, 3, 4, 4]), zeros([3, 2, 3, 3])];
    expect(() => T.convTranspose2d(x, zeros([2, 3, 3, 3]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: convTranspose2d: channels do not fit (got x [1,3,4,4] and weight [2,3,3,3] in 1 groups, expected x [N,2,H,W])]`,
    );
    expect(() =>
      T.convTranspose2d(x, w, undefined, { outputPadding: 1 }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[TensorError: convTranspose2d: outputPadding is too large (got [1,1], expected less than stride or dilation)]`,
    );
    expect(() =>
      T.convTranspose2d(x, w, undefined, { padding: 4 }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: convTranspose2d: the result would be empty (got x [1,3,4,4] and weight [3,2,3,3], expected at least one pixel)]`,
    );
  });
});
