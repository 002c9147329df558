/**
 * Reductions, running sums and sorting against PyTorch.
 *
 * HINT: if an op was added or changed on purpose, add or change its line in goldens/reductions.py and
 * run `python goldens/generate.py reductions` (needs torch); the file notes the version that made it.
 */
import type { SortResult, Tensor } from "../src/index.js";
import { type Run, testGoldens } from "./support/goldens.js";

const norm = (ord: number): Run => {
  return (x) => [
    x.norm(undefined, { ord }),
    x.norm(0, { ord }),
    x.norm(-1, { ord, keepdims: true }),
  ];
};

const both = ({ values, indices }: SortResult): Tensor[] => [values, indices];

testGoldens("reductions", {
  prod: (x) => [x.prod(), x.prod(0), x.prod(-1, { keepdims: true })],
  "prod with zeros": (x) => [x.prod(0), x.prod(1)],
  argmin: (x) => [x.argmin(), x.argmin(0), x.argmin(-1)],
  "any and all": (x) => [
    x.greater(1).any(),
    x.greater(1).any(0),
    x.greater(-1).all(-1),
    x.greater(-1).all(),
  ],
  logSumExp: (x) => [x.logSumExp(), x.logSumExp(0), x.logSumExp(-1, { keepdims: true })],
  "logSumExp of infinities": (x) => x.logSumExp(1),
  "norm 1": norm(1),
  "norm 2": norm(2),
  "norm Infinity": norm(Infinity),
  sort: (x) => [...both(x.sort(1)), ...both(x.sort(0, { descending: true }))],
  "sort with NaN": (x) => [...both(x.sort()), ...both(x.sort(0, { descending: true }))],
  "argsort of integers": (x) => [x.argsort(), x.argsort(0, { descending: true })],
  topk: (x) => [...both(x.topk(2, 1)), ...both(x.topk(3, 0, { largest: false }))],
  cumsum: (x) => [x.cumsum(0), x.cumsum(1), x.cumsum()],
});
