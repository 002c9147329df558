/**
 * Shapes and indexing against PyTorch.
 *
 * HINT: cases are made by goldens/shapes.py: `python goldens/generate.py shapes`.
 */
import * as T from "../src/index.js";
import { testGoldens } from "./support/goldens.js";

testGoldens("shapes", {
  gather: (x, index) => x.gather(index, 1),
  "gather along the last": (x, index) => x.gather(index, -1),
  takeAlongAxis: (x, index) => x.takeAlongAxis(index, 0),
  scatterAdd: (x, index, source) => x.scatterAdd(index, source, 1),
  indexSelect: (x, index) => x.indexSelect(index, 1),
  indexAdd: (x, index, source) => T.indexAdd(x.clone(), index, source, 1),
  oneHot: (index) => T.oneHot(index, 5),
  pad: (x) => [
    x.pad([
      [0, 0],
      [0, 3],
      [1, 2],
    ]),
    x.pad(
      [
        [0, 0],
        [0, 0],
        [2, 0],
      ],
      { value: 0.5 },
    ),
  ],
  split: (x) => [...x.split(2, 1), ...x.split([1, 3], -1)],
  chunk: (x) => [...x.chunk(3, 1), ...x.chunk(4)],
  repeat: (x) => x.repeat([2, 3, 1, 2]),
  repeatInterleave: (x) => [x.repeatInterleave(2), x.repeatInterleave(3, 1)],
  roll: (x) => [x.roll(2), x.roll(-1, 0), x.roll([1, 5], [0, -1])],
  tril: (x) => [x.tril(), x.tril(-1), x.tril(2)],
  triu: (x) => [x.triu(), x.triu(-1), x.triu(2)],
  diagonal: (x) => [
    x.diagonal(),
    x.diagonal({ offset: 1 }),
    x.diagonal({ offset: -1, rows: 0, columns: 2 }),
  ],
  trace: (x) => x.trace(),
  maskedFill: (x, mask) => x.maskedFill(mask.greater(0), 0.25),
  "slice backwards": (x) => [
    x.slice([null, null, -2]),
    x.slice([3, 0, -1]),
    x.slice(null, [null, null, -3]),
  ],
  "concat transposed": (a, b) => T.concat([a.transpose(), b], -1),
  "stack last": (a, b) => T.stack([a.transpose(), b], -1),
});
