// Two spirals wound into each other: no straight line parts them, a network with hidden layers does.
// spiral.svg shows where each classifier draws its border, and how its loss fell.
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

const perArm = 200;
const turns = 1.75;
const steps = 1200;
const edge = 1.15;
const cells = 90;
const [train, test] = [makeSpirals(1), makeSpirals(2)];

/** Points of both arms, jittered: `{ points: [x, y][], labels: (0 | 1)[] }`. */
function makeSpirals(seed) {
  return scope(() => {
    const random = new RandomState(seed);
    const jitter = random
      .normal([2 * perArm, 2])
      .mul(0.02)
      .toArray();
    random.tensor.dispose();
    const points = jitter.map(([dx, dy], i) => {
      const along = ((i % perArm) + 0.5) / perArm;
      const angle = 2 * Math.PI * turns * along + (i < perArm ? 0 : Math.PI);
      const radius = 0.08 + 0.92 * along;
      return [radius * Math.cos(angle) + dx, radius * Math.sin(angle) + dy];
    });
    return { points, labels: points.map((_, i) => (i < perArm ? 0 : 1)) };
  });
}

/** Trains a network of the given layers on the spirals. */
function trainClassifier(sizes) {
  const random = new RandomState(3);
  const network = mlp(sizes, { random, activation: "relu" });
  const parameters = flatten(network);
  const optimizer = new Adam(parameters, { lr: 1e-2 });
  const points = tensor(train.points); // [B, 2]
  const labels = tensor(train.labels, { dtype: "int32" }); // [B]
  const step = capture(device, () => {
    const crossEntropy = () =>
      network.forward(points).logSoftmax().takeAlongLast(labels).mean().neg();
    const { value, grads } = valueAndGrad(crossEntropy, parameters.tensors);
    optimizer.step(grads);
    return value;
  });
  const losses = [];
  for (let i = 0; i < steps; i++) {
    optimizer.configure({ lr: 1e-2 * (1 - i / steps) });
    step.replay();
    losses.push(step.outputs.item());
  }
  const classify = (list) =>
    scope(() => noGrad(() => network.forward(tensor(list)).argmax(-1).toArray()));
  const dispose = () => {
    for (const one of [step, optimizer, parameters, random.tensor, points, labels]) one.dispose();
  };
  return { losses, classify, dispose };
}

function accuracy(classify) {
  const right = classify(test.points).filter((label, i) => label === test.labels[i]);
  return right.length / test.labels.length;
}

/** The classes of a grid over the picture, the points, and the accuracy. */
function drawBorder(classify, title) {
  const range = [-edge, edge];
  const axes = new Axes({ x: range, y: range, title, width: 330, height: 330 });
  const centre = (i) => -edge + (2 * edge * (i + 0.5)) / cells;
  const grid = Array.from({ length: cells * cells }, (_, i) => [
    centre(i % cells),
    centre(Math.floor(i / cells)),
  ]);
  axes.cells(
    cells,
    cells,
    classify(grid).map((label) => palette[label]),
  );
  return axes.points(
    test.points.map(([x]) => x),
    test.points.map(([, y]) => y),
    { colors: test.labels.map((label) => palette[label]), radius: 1.8 },
  );
}

const linear = trainClassifier([2, 2]);
const network = trainClassifier([2, 64, 64, 2]);
const [linearAccuracy, networkAccuracy] = [linear, network].map((one) => accuracy(one.classify));
const percent = (share) => `${(100 * share).toFixed(1)} %`;
console.log(`linear: ${percent(linearAccuracy)} of unseen points right`);
console.log(`network with two hidden layers: ${percent(networkAccuracy)}`);

const loss = new Axes({
  x: [0, steps],
  y: [0, 1],
  title: "Loss",
  xLabel: "step",
  yLabel: "cross-entropy",
  width: 300,
  height: 330,
});
const everyStep = network.losses.map((_, i) => i);
loss.line(everyStep, linear.losses, { color: palette[4], label: "linear" });
loss.line(everyStep, network.losses, { color: palette[2], label: "2-64-64-2, ReLU" });
const borders = [
  drawBorder(linear.classify, `Linear: ${percent(linearAccuracy)}`),
  drawBorder(network.classify, `Hidden layers: ${percent(networkAccuracy)}`),
];
save("spiral.svg", sheet([...borders, loss]));
linear.dispose();
network.dispose();

assert.ok(linearAccuracy < 0.75, "a straight line cannot part the spirals");
assert.ok(networkAccuracy > 0.97, "hidden layers can");
