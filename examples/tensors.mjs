// Tensors by themselves: fit y = 3x + 2 by gradient descent, first eagerly, then as a recording.
import assert from "node:assert/strict";
import { capture, openDevice, scope, setDefaultDevice, tensor, valueAndGrad } from "@carom/tensor";

setDefaultDevice(openDevice("cpu")); // "reference" is the same in plain TypeScript

const x = tensor([-2, -1, 0, 1, 2]); // [5]
const y = x.mul(3).add(2); // [5]
const slope = tensor(0);
const offset = tensor(0);
const rate = 0.1;

/** One step of gradient descent; returns the loss before it. */
function step() {
  const loss = () => slope.mul(x).add(offset).sub(y).square().mean(); // []
  const { value, grads } = valueAndGrad(loss, [slope, offset]);
  slope.copyFrom(slope.sub(grads[0].mul(rate)));
  offset.copyFrom(offset.sub(grads[1].mul(rate)));
  return value;
}

// Eager: each op runs as it is called. What a scope does not return is freed at its end.
for (let i = 0; i < 3; i++) {
  const loss = scope(() => step().item());
  console.log(`eager: loss ${loss.toFixed(4)}`);
}

// Recorded: the same function runs once while its ops are noted, then again without JavaScript.
const recording = capture(slope.device, step);
for (let i = 0; i < 100; i++) recording.replay();
console.log(`recorded: loss ${recording.outputs.item().toExponential(1)}`);
console.log(`y = ${slope.item().toFixed(3)} x + ${offset.item().toFixed(3)}`);
assert.ok(Math.abs(slope.item() - 3) < 1e-3 && Math.abs(offset.item() - 2) < 1e-3);
