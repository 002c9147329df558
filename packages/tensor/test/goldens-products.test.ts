/**
 * Matrix products against PyTorch.
 *
 * HINT: cases are made by goldens/products.py: `python goldens/generate.py products`.
 */
import * as T from "../src/index.js";
import { type Run, testGoldens } from "./support/goldens.js";

const equations = [
  "ij,jk->ik",
  "ij,jk",
  "ij,kj->ik",
  "bij,bjk->bik",
  "bqhd,bkhd->bhqk",
  "bhqk,bkhd->bqhd",
  "i,i->",
  "i,j->ij",
  "ij,ij->i",
  "ij,ij->ij",
  "ij->ji",
  "ij->j",
  "ii",
  "ii->i",
  "bi,ijk,bk->bj",
  "...ij,...jk->...ik",
  "...d,d->...",
  "ba",
  "abc,cd,ae->bde",
  "iij,jk->ik",
  "ij,k->i",
  "ab,cd,ef->fdb",
];

const einsums = equations.map((equation): [string, Run] => [
  `einsum ${equation}`,
  (...xs) => T.einsum(equation, ...xs),
]);

testGoldens("products", {
  ...Object.fromEntries(einsums),
  "newtonSchulz tall": (x) => T.newtonSchulz(x),
  "newtonSchulz wide stack": (x) => T.newtonSchulz(x),
  "newtonSchulz one step": (x) => T.newtonSchulz(x, { steps: 1 }),
  outer: (a, b) => T.outer(a, b),
  dot: (a, b) => T.dot(a, b),
  "matmul stacks": (a, b) => a.matmul(b),
  "matmul one on the right": (a, b) => a.matmul(b),
  "matmul one on the left": (a, b) => a.matmul(b),
  "matmul vectors": (a, b) => a.matmul(b),
  "matmul stack by vector": (a, b) => a.matmul(b),
  "matmul transposed": (a, b) => a.transpose().matmul(b.transpose()),
});
