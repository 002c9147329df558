import { expect, test } from "vitest";
import * as T from "../../src/index.js";
import { nativeDevice, referenceDevice, testOfCpu } from "../support/devices.js";
import { floats, type Input, ints } from "../support/inputs.js";
import { expectClose, type Row, testOp } from "../support/test-op.js";

const tolerance = { rtol: 1e-5, atol: 2e-5 };

/** x [N, C, H, W], weight [O, C/groups, kh, kw], bias [O]. */
function row(x: number[], weight: number[], options: Partial<Input> = {}): Row {
  return [floats(x, options), floats(weight), floats([weight[0]])];
}

testOp("conv2d", {
  run: (x, w, b) => T.conv2d(x, w, b),
  hand: [
    {
      inputs: [
        floats([1, 1, 3, 3], { values: [1, 2, 3, 4, 5, 6, 7, 8, 9] }),
        floats([1, 1, 2, 2], { values: [1, 0, 0, -1] }),
        floats([1], { values: [0.5] }),
      ],
      expected: [
        [
          [
            [-3.5, -3.5],
            [-3.5, -3.5],
          ],
        ],
      ],
    },
  ],
  parity: [
    row([1, 1, 1, 1], [1, 1, 1, 1]),
    row([0, 2, 4, 4], [3, 2, 2, 2]),
    row([2, 3, 9, 7], [5, 3, 3, 2]),
    row([3, 4, 12, 12], [32, 4, 4, 4]),
    row([5, 17, 6, 6], [65, 17, 3, 3]),
    row([2, 3, 9, 7], [5, 3, 3, 2], { layout: "transposed" }),
    row([2, 3, 9, 7], [5, 3, 3, 2], { layout: "strided" }),
    row([2, 3, 9, 7], [5, 3, 3, 2], { layout: "flipped" }),
    row([2, 4, 19, 21], [7, 4, 3, 2], { layout: "expanded" }),
    [
      floats([2, 3, 5, 5]),
      floats([4, 3, 2, 2], { layout: "transposed" }),
      floats([4], { layout: "strided" }),
    ],
  ],
  gradient: [row([2, 2, 4, 5], [3, 2, 2, 3])],
  tolerance,
});

const cases: { name: string; options: T.Conv2dOptions; rows: Row[] }[] = [
  {
    name: "stride 2 and padding",
    options: { stride: 2, padding: 1 },
    rows: [row([2, 3, 7, 8], [4, 3, 3, 3])],
  },
  {
    name: "unequal sides",
    options: { stride: [1, 3], padding: [2, 0], dilation: [1, 2] },
    rows: [row([2, 2, 5, 9], [3, 2, 2, 3])],
  },
  { name: "padding same", options: { padding: "same" }, rows: [row([1, 2, 5, 4], [3, 2, 4, 3])] },
  {
    name: "groups",
    options: { groups: 2, padding: 1, dilation: 2 },
    rows: [row([2, 4, 6, 6], [6, 2, 3, 2])],
  },
  { name: "depthwise", options: { groups: 5 }, rows: [row([3, 5, 4, 4], [5, 1, 2, 2])] },
  {
    name: "relu",
    options: { activation: "relu", stride: 2 },
    rows: [row([2, 3, 6, 6], [4, 3, 2, 2]), row([9, 3, 3, 3], [17, 3, 2, 2])],
  },
  { name: "tanh", options: { activation: "tanh" }, rows: [row([2, 3, 4, 4], [4, 3, 2, 2])] },
];

for (const { name, options, rows } of cases) {
  testOp(`conv2d with ${name}`, {
    run: (x, w, b) => T.conv2d(x, w, b, options),
    hand: [],
    parity: rows,
    gradient: rows.slice(0, 1),
    tolerance,
  });
}

testOp("conv2d without bias", {
  run: (x, w) => T.conv2d(x, w),
  hand: [],
  parity: [row([2, 3, 4, 4], [4, 3, 2, 2]).slice(0, 2)],
  gradient: [row([2, 3, 4, 4], [4, 3, 2, 2]).slice(0, 2)],
  tolerance,
});

const bytes = (shape: number[], layout: Input["layout"] = "dense") =>
  ints(shape, { dtype: "uint8", high: 256, layout });
const byteRow = (x: Input, o: number, k: number): Row => [
  x,
  floats([o, x.shape[1], k, k]),
  floats([o]),
];

testOp("conv2d of bytes", {
  run: (x, w, b) => T.conv2d(x, w, b, { inputScale: 1 / 255, stride: 2, activation: "relu" }),
  hand: [
    {
      inputs: [
        ints([1, 1, 1, 1], { dtype: "uint8", values: [255] }),
        floats([1, 1, 1, 1], { values: [2] }),
        floats([1], { values: [1] }),
      ],
      expected: [[[[3]]]],
    },
  ],
  parity: [
    byteRow(bytes([2, 4, 20, 20]), 16, 4),
    byteRow(bytes([2, 4, 37, 20], "transposed"), 33, 3),
    byteRow(bytes([2, 3, 21, 19]), 4, 5),
    byteRow(bytes([3, 1, 21, 19], "flipped"), 4, 2),
  ],
  gradient: [byteRow(bytes([2, 2, 4, 4]), 3, 2)],
  tolerance,
});

test("the images of the Nature network: native equals reference, whatever their layout", () => {
  T.scope(() => {
    const outputs = [referenceDevice(), nativeDevice()].flatMap((device) => {
      using random = new T.RandomState(3, { device });
      const x = random.uniform([2, 84, 84, 4]).permute([0, 3, 1, 2]);
      const w1 = random.normal([32, 4, 8, 8]).mul(0.06);
      const w2 = random.normal([64, 32, 4, 4]).mul(0.04);
      const w3 = random.normal([64, 64, 3, 3]).mul(0.04);
      const network = (images: T.Tensor) => {
        const h1 = T.conv2d(images, w1, undefined, { stride: 4, activation: "relu" });
        const h2 = T.conv2d(h1, w2, undefined, { stride: 2, activation: "relu" });
        return T.conv2d(h2, w3, undefined, { activation: "relu" });
      };
      const layouts = device.name === "reference" ? [x] : [x, x.contiguous()];
      return layouts.map((images) => {
        const y = network(images);
        const grads = T.grad(() => network(images).square().sum(), [w1, w2, w3]);
        return [y, ...grads].map((tensor) => tensor.toArray());
      });
    });
    for (const native of outputs.slice(1)) {
      native.forEach((array, i) => {
        expectClose(array, outputs[0][i], { rtol: 2e-4, atol: 1e-3 });
      });
    }
  });
});

testOfCpu("results do not depend on the number of threads", () => {
  const run = (threads: number) => {
    using device = T.openDevice("cpu", { threads });
    return T.scope(() => {
      using random = new T.RandomState(5, { device });
      const x = random.normal([9, 5, 11, 11]);
      const params = [random.normal([7, 5, 3, 3]), random.normal([7])];
      const loss = () => T.conv2d(x, params[0], params[1], { activation: "relu" }).square().sum();
      return [...T.grad(loss, [x, ...params])].map((g) => [...g.toTypedArray()]);
    });
  };
  expect(run(3)).toEqual(run(1));
});

test("conv2d explains what does not fit", () => {
  T.scope(() => {
    const device = referenceDevice();
    const zeros = (shape: number[]) => T.zeros(shape, { device });
    const [x, w] = [zeros([1, 3, 4, 4]), zeros([2, 3, 3, 3])];
    const message = (fn: () => unknown) => {
      try {
        fn();
        return "no error";
      } catch (error) {
        return String(error);
      }
    };
    expect([
      message(() => T.conv2d(x, zeros([2, 4, 3, 3]))),
      message(() => T.conv2d(x, w, undefined, { groups: 2 })),
      message(() => T.conv2d(zeros([3, 4, 4]), w)),
      message(() => T.conv2d(x, zeros([2, 3, 5, 5]))),
      message(() => T.conv2d(x, w, zeros([3]))),
      message(() => T.conv2d(x, w, undefined, { stride: 0 })),
      message(() => T.conv2d(x, w, undefined, { padding: "same", stride: 2 })),
      message(() => T.conv2d(x, w, undefined, { inputScale: 0.5 })),
      message(() => T.conv2d(x, w, undefined, { activation: "gelu" as T.Activation })),
      message(() => T.conv2d(x.cast("int32"), w)),
    ]).toMatchInlineSnapshot(`
      [
        "ShapeError: conv2d: channels do not fit (got x [1,3,4,4] and weight [2,4,3,3] in 1 groups, expected x [N,4,H,W])",
        "ShapeError: conv2d: channels do not fit (got x [1,3,4,4] and weight [2,3,3,3] in 2 groups, expected x [N,6,H,W])",
        "ShapeError: conv2d: x has the wrong rank (got shape [3,4,4], expected [N,C,H,W])",
        "ShapeError: conv2d: the window is larger than the image (got x [1,3,4,4] with a border of [0,0] and a window of [5,5], expected a window that fits)",
        "ShapeError: conv2d: bias has the wrong shape (got [3], expected [2])",
        "TensorError: conv2d: stride is not valid (got 0, expected an integer 1..16777216)",
        "TensorError: conv2d: padding "same" needs stride 1 (got [2,2])",
        "TensorError: conv2d: inputScale is for uint8 (got 0.5 for x of float32, expected 1)",
        "TensorError: conv2d: no such activation (got gelu, expected none, relu or tanh)",
        "DtypeError: conv2d: dtypes differ (got float32 and int32, expected equal dtypes; cast one of them)",
      ]
    `);
  });
});
