/**
 * Elementwise ops against PyTorch.
 *
 * HINT: if an op was added or changed on purpose, add or change its line in goldens/elementwise.py
 * and run `python goldens/generate.py elementwise` (needs torch); the file notes the version that
 * made it.
 */
import * as T from "../src/index.js";
import { testGoldens } from "./support/goldens.js";

testGoldens("elementwise", {
  expm1: (x) => x.expm1(),
  sin: (x) => x.sin(),
  cos: (x) => x.cos(),
  erf: (x) => x.erf(),
  log1p: (x) => x.log1p(),
  rsqrt: (x) => x.rsqrt(),
  "sin large": (x) => x.sin(),
  ceil: (x) => x.ceil(),
  round: (x) => x.div(2).round(),
  isNaN: (x) => x.isNaN(),
  leakyRelu: (x) => [x.leakyRelu(), x.leakyRelu(0.2)],
  elu: (x) => [x.elu(), x.elu(0.5)],
  gelu: (x) => [x.gelu(), x.gelu({ approximate: "tanh" })],
  silu: (x) => x.silu(),
  softplus: (x) => [x.softplus(), x.softplus({ beta: 2, threshold: 3 })],
  mod: (a, b) => a.mod(b),
  floorDivide: (a, b) => a.floorDivide(b),
  "mod of integers": (a, b) => a.mod(b),
  "floorDivide of integers": (a, b) => a.floorDivide(b),
  "pow of integers": (a, b) => a.pow(b),
  "clamp between tensors": (x, low, high) => x.clamp(low, high),
  "clamp where limits cross": (x, low, high) => x.clamp(low, high),
  "logical and": (a, b) => a.greater(0).logicalAnd(b.greater(0)),
  "logical or": (a, b) => a.greater(0).logicalOr(b.greater(0)),
  "logical xor": (a, b) => T.logicalXor(a.greater(0), b.greater(0)),
});
