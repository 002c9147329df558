/**
 * The recurrent ops against PyTorch.
 *
 * HINT: if an op was added or changed on purpose, add or change its line in goldens/recurrence.py and
 * run `python goldens/generate.py recurrence` (needs torch); the file notes the version that made it.
 */
import * as T from "../src/index.js";
import { type Run, testGoldens } from "./support/goldens.js";

/** The last operand if it is `reset`, and the others. */
function split(operands: readonly T.Tensor[]): { reset: T.Tensor | undefined; rest: T.Tensor[] } {
  const last = operands[operands.length - 1];
  const reset = last.dtype === "bool" ? last : undefined;
  return { reset, rest: operands.filter((x) => x !== reset) };
}

const gru: Run = (...operands) => {
  const { reset, rest } = split(operands);
  const [x, h0, weightIh, weightHh, biasIh, biasHh] = rest;
  const { output, h } = T.gru(x, h0, { weightIh, weightHh, biasIh, biasHh }, { reset });
  return [output, h];
};

const lstm: Run = (...operands) => {
  const { reset, rest } = split(operands);
  const [x, h0, c0, weightIh, weightHh, biasIh, biasHh] = rest;
  const weights = { weightIh, weightHh, biasIh, biasHh };
  const { output, h, c } = T.lstm(x, { h: h0, c: c0 }, weights, { reset });
  return [output, h, c];
};

testGoldens("recurrence", {
  gru,
  "gru without bias": gru,
  "gru without resets": gru,
  lstm,
  "lstm without bias": lstm,
  linearScan: (a, b) => [T.linearScan(a, b), T.linearScan(a, b, { reverse: true })],
  minGruScan: (gate, candidate, h0, reset) => {
    const { output, h } = T.minGruScan(gate, candidate, h0, { reset });
    return [output, h];
  },
});
