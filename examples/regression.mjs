// Machine learning as Tom Mitchell (1997) defines it: a program learns from experience E with respect to a task T and a
// performance measure P if its performance at T, measured by P, improves with E.
//   T  predict y = sin(2x) + x/2 from x in [-3, 3]
//   E  examples (x, y), the y seen through noise of standard deviation 0.2
//   P  root mean squared error on 500 points without noise, which the program never sees
// A network of two hidden layers is fitted to more and more examples; regression.svg shows what comes of it.
import assert from "node:assert/strict";
import { Adam, flatten, mlp } from "@carom/nn";
import {
  capture,
  noGrad,
  openDevice,
  RandomState,
  scope,
  setDefaultDevice,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import { Axes, palette, sheet } from "./lib/axes.mjs";
import { save } from "./lib/output.mjs";

const device = openDevice("cpu");
setDefaultDevice(device);

const truth = (x) => Math.sin(2 * x) + x / 2;
const noise = 0.2;
const steps = 1500;
const examples = makeExamples(512);
const test = Array.from({ length: 500 }, (_, i) => -3 + (6 * i) / 499);

/** `count` examples: x uniform in [-3, 3], y the truth with noise. */
function makeExamples(count) {
  return scope(() => {
    const random = new RandomState(1);
    const xs = random.uniform([count]).mul(6).sub(3).toArray();
    const noises = random.normal([count]).mul(noise).toArray();
    random.tensor.dispose();
    return xs.map((x, i) => ({ x, y: truth(x) + noises[i] }));
  });
}

/** Fits a network to the examples; gives its loss at every step, and its predictions at the test points. */
function fitNetwork(seen) {
  const random = new RandomState(2);
  const network = mlp([1, 32, 32, 1], { random });
  const parameters = flatten(network);
  const optimizer = new Adam(parameters, { lr: 1e-2 });
  const x = tensor(seen.map((one) => [one.x])); // [n, 1]
  const y = tensor(seen.map((one) => [one.y])); // [n, 1]
  const step = capture(device, () => {
    const error = () => network.forward(x).sub(y).square().mean();
    const { value, grads } = valueAndGrad(error, parameters.tensors);
    optimizer.step(grads);
    return value;
  });
  const losses = [];
  for (let i = 0; i < steps; i++) {
    optimizer.configure({ lr: 1e-2 * (1 - i / steps) });
    step.replay();
    losses.push(step.outputs.item());
  }
  const predicted = scope(() =>
    noGrad(() =>
      network
        .forward(tensor(test.map((one) => [one])))
        .flatten()
        .toArray(),
    ),
  );
  for (const one of [step, optimizer, parameters, random.tensor, x, y]) one.dispose();
  return { losses, predicted };
}

/** P: root mean squared error at the test points. */
function performanceOf({ predicted }) {
  const squares = predicted.map((y, i) => (y - truth(test[i])) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

const experience = [8, 16, 32, 64, 128, 256, 512];
const fits = experience.map((count) => fitNetwork(examples.slice(0, count)));
const performance = fits.map(performanceOf);
for (let i = 0; i < experience.length; i++) {
  console.log(
    `E = ${String(experience[i]).padStart(3)} examples: P = ${performance[i].toFixed(3)}`,
  );
}

const last = fits.at(-1);
const data = new Axes({ x: [-3, 3], y: [-3, 3], title: "Task: the curve behind the dots" });
data.points(
  examples.map(({ x }) => x),
  examples.map(({ y }) => y),
  { color: "#8c959f", radius: 1.6 },
);
data.line(test, test.map(truth), { color: palette[2], label: "truth" });
data.line(test, last.predicted, { color: palette[1], label: "512 examples", dashed: true });
data.line(test, fits[0].predicted, { color: palette[3], label: "8 examples", width: 1.2 });
const log = (list) => list.map((value) => Math.log10(value));
const loss = new Axes({
  x: [0, steps],
  y: [-2, 1],
  title: "Learning: loss by step",
  xLabel: "step",
  yLabel: "log10 of the mean squared error",
});
const everyStep = last.losses.map((_, i) => i);
loss.line(everyStep, log(last.losses), { color: palette[1], label: "512 examples" });
loss.line([0, steps], log([noise ** 2, noise ** 2]), {
  color: "#8c959f",
  label: "noise",
  width: 1,
});
const gain = new Axes({
  x: [3, 9],
  y: [0, Math.ceil(Math.max(...performance) * 5) / 5],
  title: "Performance by experience",
  xLabel: "log2 of the number of examples",
  yLabel: "error without noise",
});
const doublings = experience.map((count) => Math.log2(count));
gain.line(doublings, performance, { color: palette[0] });
gain.points(doublings, performance, { color: palette[0], radius: 3.5 });
save("regression.svg", sheet([data, loss, gain]));

assert.ok(last.losses.at(-1) < 1.3 * noise ** 2, "what is left of the loss is the noise");
assert.ok(performance.at(-1) < 0.08, `512 examples: P = ${performance.at(-1)}`);
assert.ok(performance.at(-1) < performance[0] / 4, "performance improves with experience");
