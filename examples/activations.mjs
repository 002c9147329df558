// ReLU, sigmoid and tanh with their derivatives over -5..5, drawn as activations.svg.
// The derivatives are those of the gradient tape: d/dx of sum(f(x)) is f'(x) at every x at once.
import assert from "node:assert/strict";
import {
  openDevice,
  relu,
  setDefaultDevice,
  sigmoid,
  tanh,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import { Axes, palette, sheet } from "./lib/axes.mjs";
import { save } from "./lib/output.mjs";

setDefaultDevice(openDevice("cpu"));

const points = 401;
const xs = Array.from({ length: points }, (_, i) => -5 + (10 * i) / (points - 1));
const x = tensor(xs); // [401]

/** Values and derivatives of an elementwise function at all points. */
function curve(f) {
  const { aux, grads } = valueAndGrad(() => {
    const y = f(x); // [401]
    return { loss: y.sum(), y };
  }, [x]);
  return { values: aux.y.toArray(), slopes: grads[0].toArray() };
}

const functions = [
  { name: "ReLU", f: relu, y: [-1, 5] },
  { name: "sigmoid", f: sigmoid, y: [-0.25, 1.25] },
  { name: "tanh", f: tanh, y: [-1.25, 1.25] },
];
const curves = functions.map(({ f }) => curve(f));
const panels = functions.map(({ name, y }, i) => {
  const axes = new Axes({ x: [-5, 5], y, title: name, kind: "origin" });
  axes.line(xs, curves[i].values, { color: palette[0], label: "f(x)" });
  return axes.line(xs, curves[i].slopes, { color: palette[1], label: "f'(x)", dashed: true });
});
save("activations.svg", sheet(panels));

const middle = (points - 1) / 2; // x = 0
const [rectified, logistic, hyperbolic] = curves;
assert.deepEqual([rectified.slopes[middle - 1], rectified.slopes[middle + 1]], [0, 1]);
assert.equal(logistic.values[middle], 0.5);
assert.ok(Math.abs(logistic.slopes[middle] - 0.25) < 1e-6, "sigmoid is steepest at 0, with 1/4");
assert.ok(Math.abs(hyperbolic.slopes[middle] - 1) < 1e-6, "tanh has slope 1 at 0");
for (let i = 0; i < points; i++) {
  const s = logistic.values[i];
  const t = hyperbolic.values[i];
  assert.ok(Math.abs(logistic.slopes[i] - s * (1 - s)) < 1e-6, `s' = s (1 - s) at ${xs[i]}`);
  assert.ok(Math.abs(hyperbolic.slopes[i] - (1 - t * t)) < 1e-6, `t' = 1 - t^2 at ${xs[i]}`);
}
console.log("steepest slopes: ReLU 1, sigmoid 0.25, tanh 1");
