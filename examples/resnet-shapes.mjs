// A small residual network learns to tell eight shapes apart; then its lower layers are reused for five shapes it has never
// seen, of which there are only a few examples each. Reused layers beat a network that starts from scratch on the same few
// examples. resnet-shapes.svg shows some of the pictures and both comparisons.
import assert from "node:assert/strict";
import {
  Adam,
  Conv2d,
  crossEntropy,
  disposeModule,
  flatten,
  GroupNorm,
  Linear,
  loadParameters,
  parametersOf,
  saveParameters,
} from "@carom/nn";
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
import { makePictures, size } from "./lib/shapes.mjs";

const device = openDevice("cpu");
setDefaultDevice(device);

const first = ["disc", "ring", "square", "frame", "triangle", "plus", "bar", "bars"];
const second = ["corner", "tee", "moon", "half", "stairs"];
const perShape = 8; // examples of each shape in the second task
const batch = 64;
const seeds = [1, 2, 3];

/** x + f(x) with f = norm, ReLU, convolution, twice (He et al. 2016, pre-activation). */
class Residual {
  constructor(channels, random) {
    this.layers = {
      norm1: new GroupNorm(4, channels),
      conv1: new Conv2d(channels, channels, 3, { random, padding: 1 }),
      norm2: new GroupNorm(4, channels),
      conv2: new Conv2d(channels, channels, 3, { random, padding: 1 }),
    };
  }

  forward(x) {
    const { norm1, conv1, norm2, conv2 } = this.layers;
    const inner = conv1.forward(norm1.forward(x).relu());
    return x.add(conv2.forward(norm2.forward(inner).relu()));
  }

  parameters() {
    return parametersOf(this.layers);
  }
}

/** [B, 1, 20, 20] -> [B, classes] */
class ResNet {
  constructor(classes, random) {
    this.body = {
      stem: new Conv2d(1, 24, 5, { random, padding: 2, stride: 2 }),
      block1: new Residual(24, random),
      down: new Conv2d(24, 48, 3, { random, padding: 1, stride: 2 }),
      block2: new Residual(48, random),
    };
    this.head = new Linear(48, classes, { random });
  }

  forward(x) {
    const { stem, block1, down, block2 } = this.body;
    const features = block2.forward(down.forward(block1.forward(stem.forward(x))));
    return this.head.forward(features.relu().mean([2, 3]));
  }

  parameters() {
    return parametersOf({ ...this.body, head: this.head });
  }
}

/** Trains on pictures by minibatches drawn on the device; gives the share of right answers on others as it goes on. */
function train(network, { trained, steps, rate, data, test, random }) {
  const parameters = flatten(trained);
  const optimizer = new Adam(parameters, { lr: rate });
  const count = data.labels.length;
  const images = tensor(data.images, { shape: [count, 1, size, size] });
  const labels = tensor(data.labels, { dtype: "int32" });
  const step = capture(device, () => {
    const picked = random
      .uniform([Math.min(batch, count)])
      .mul(count)
      .cast("int32"); // [B]
    const loss = () =>
      crossEntropy(network.forward(images.indexSelect(picked)), labels.indexSelect(picked));
    const { value, grads } = valueAndGrad(loss, parameters.tensors);
    optimizer.step(grads);
    return value;
  });
  const curve = [];
  for (let i = 0; i < steps; i++) {
    optimizer.configure({ lr: rate * (1 - i / steps) });
    step.replay();
    if ((i + 1) % 50 === 0) curve.push([i + 1, accuracy(network, test)]);
  }
  for (const one of [step, optimizer, images, labels]) one.dispose();
  return curve;
}

/** Share of pictures whose shape the network names right. */
function accuracy(network, { images, labels }) {
  const named = scope(() =>
    noGrad(() => {
      const x = tensor(images, { shape: [labels.length, 1, size, size] });
      return network.forward(x).argmax(-1).toArray();
    }),
  );
  return named.filter((label, i) => label === labels[i]).length / labels.length;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;

// The first task: plenty of pictures.
const learned = scope(() => {
  const random = new RandomState(1);
  const network = new ResNet(first.length, random);
  const data = makePictures(first, 2048, 1);
  const test = makePictures(first, 400, 2);
  const curve = train(network, { trained: network, steps: 750, rate: 3e-3, data, test, random });
  const body = saveParameters({ parameters: () => parametersOf(network.body) });
  disposeModule(network);
  random.tensor.dispose();
  console.log(`eight shapes, ${data.labels.length} pictures: ${percent(curve.at(-1)[1])} right`);
  return { curve, body };
});

/** The second task: few pictures. With `body`, the lower layers are taken over and stay as they are. */
function learnSecond(seed, body) {
  const random = new RandomState(seed);
  const network = new ResNet(second.length, random);
  const data = makePictures(second, perShape * second.length, 10 + seed);
  const test = makePictures(second, 300, 3);
  let trained = network;
  if (body !== undefined) {
    loadParameters({ parameters: () => parametersOf(network.body) }, body);
    const { block2 } = network.body;
    trained = { parameters: () => parametersOf({ block2, head: network.head }) };
  }
  const curve = train(network, { trained, steps: 200, rate: 2e-3, data, test, random });
  disposeModule(network);
  random.tensor.dispose();
  return curve;
}

const scratch = seeds.map((seed) => learnSecond(seed));
const reused = seeds.map((seed) => learnSecond(seed, learned.body));
const mean = (curves) =>
  curves[0].map(([step], i) => [
    step,
    curves.reduce((sum, curve) => sum + curve[i][1], 0) / curves.length,
  ]);
const [scratchMean, reusedMean] = [mean(scratch), mean(reused)];
const given = `five new shapes, ${perShape} pictures of each, mean of ${seeds.length} seeds`;
console.log(`${given}: from scratch ${percent(scratchMean.at(-1)[1])} right`);
console.log(`${given}: lower layers reused ${percent(reusedMean.at(-1)[1])} right`);

/** One picture of each shape, side by side. */
function gallery(names, title) {
  const { images } = makePictures(names, names.length, 5);
  const columns = names.length * (size + 2);
  const colors = new Array(columns * size).fill("#000000");
  for (let i = 0; i < images.length; i++) {
    const [picture, row] = [Math.floor(i / size ** 2), Math.floor(i / size) % size];
    const grey = Math.round(5 * Math.min(1, Math.max(0, images[i]))) * 51;
    const column = picture * (size + 2) + (i % size) + 1;
    colors[(size - 1 - row) * columns + column] = `rgb(${grey},${grey},${grey})`;
  }
  const axes = new Axes({
    x: [0, columns],
    y: [0, size],
    title,
    kind: "none",
    width: 62 + 72 * names.length,
    height: 150,
  });
  return axes.cells(columns, size, colors, { opacity: 1 });
}

const axesOf = (title, steps) =>
  new Axes({
    x: [0, steps],
    y: [0, 1],
    title,
    xLabel: "step",
    yLabel: "right answers",
    width: 320,
  });
const xs = (curve) => curve.map(([step]) => step);
const ys = (curve) => curve.map(([, share]) => share);
const many = axesOf("First task: 2,048 pictures", 750);
many.line(xs(learned.curve), ys(learned.curve), { color: palette[0] });
const few = axesOf(`Second task: ${perShape} pictures per shape`, 200);
for (const curve of scratch) few.line(xs(curve), ys(curve), { color: palette[4], width: 0.7 });
for (const curve of reused) few.line(xs(curve), ys(curve), { color: palette[2], width: 0.7 });
few.line(xs(scratchMean), ys(scratchMean), { color: palette[4], label: "from scratch" });
few.line(xs(reusedMean), ys(reusedMean), { color: palette[2], label: "lower layers reused" });
const pictures = [gallery(first, "First task"), gallery(second, "Second task")];
save("resnet-shapes.svg", sheet([[pictures[0]], [pictures[1]], [many, few]]));

assert.ok(learned.curve.at(-1)[1] > 0.85, "the eight shapes are learned");
assert.ok(reusedMean.at(-1)[1] > scratchMean.at(-1)[1] + 0.05, "reused layers are ahead");
