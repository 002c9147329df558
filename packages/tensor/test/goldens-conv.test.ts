/**
 * Convolutions and pooling against PyTorch.
 *
 * HINT: if an op was added or changed on purpose, add or change its line in goldens/conv.py and run
 * `python goldens/generate.py conv` (needs torch); the file notes the version that made it.
 */
import * as T from "../src/index.js";
import { testGoldens } from "./support/goldens.js";

testGoldens("conv", {
  conv2d: (x, w, b) => T.conv2d(x, w, b),
  "conv2d stride padding dilation": (x, w, b) =>
    T.conv2d(x, w, b, { stride: [2, 1], padding: [1, 2], dilation: [1, 2] }),
  "conv2d groups": (x, w) => T.conv2d(x, w, undefined, { groups: 2, padding: 1 }),
  "conv2d same": (x, w) => T.conv2d(x, w, undefined, { padding: "same", dilation: [1, 2] }),
  "conv2d relu": (x, w, b) => T.conv2d(x, w, b, { stride: 2, activation: "relu" }),
  "conv2d tanh": (x, w, b) => T.conv2d(x, w, b, { activation: "tanh" }),
  convTranspose2d: (x, w, b) => T.convTranspose2d(x, w, b),
  "convTranspose2d all options": (x, w, b) =>
    T.convTranspose2d(x, w, b, {
      stride: [2, 3],
      padding: [1, 2],
      outputPadding: [1, 0],
      groups: 2,
      dilation: [1, 2],
    }),
  maxPool2d: (x) => [
    T.maxPool2d(x, 2),
    T.maxPool2d(x, [3, 2], { stride: [1, 2], padding: [1, 0] }),
    T.maxPool2d(x, 2, { stride: 1, padding: 1, dilation: 2 }),
  ],
  avgPool2d: (x) => [
    T.avgPool2d(x, 2),
    T.avgPool2d(x, [3, 2], { stride: [1, 2], padding: [1, 0] }),
    T.avgPool2d(x, 3, { stride: 2, padding: 1, countIncludePad: false }),
  ],
});
