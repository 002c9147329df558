// A small transformer reads a text letter by letter and continues it. The text is made here, by a grammar in which a plural
// subject takes a plural verb (lib/stories.mjs), so that what the transformer writes can be judged: it has to learn the
// letters of every word, the order of words, and to look back at the subject when it comes to the verb.
import assert from "node:assert/strict";
import {
  AdamW,
  cosineSchedule,
  crossEntropy,
  Embedding,
  flatten,
  LayerNorm,
  Linear,
  MultiHeadAttention,
  parametersOf,
} from "@carom/nn";
import {
  arange,
  capture,
  categoricalSample,
  gelu,
  noGrad,
  openDevice,
  RandomState,
  scope,
  setDefaultDevice,
  tensor,
  valueAndGrad,
} from "@carom/tensor";
import { judge, tellStory } from "./lib/stories.mjs";

const device = openDevice("cpu");
setDefaultDevice(device);

const context = 64; // letters that the transformer looks back on
const width = 64;
const heads = 4;
const blocks = 2;
const batch = 24;
const steps = 1500;
const random = new RandomState(1);
const draw = (n) => scope(() => Math.floor(random.uniform([1]).item() * n));

const story = tellStory(6000, draw);
const letters = [...new Set(story)].sort();
const encode = (text) => Array.from(text, (letter) => letters.indexOf(letter));
const text = tensor(encode(story), { dtype: "int32" }); // [N]
const places = arange(0, context + 1, 1, { dtype: "int32" }); // [L + 1]
console.log(`the story has ${story.length} letters: ${story.slice(0, 72)} ...`);

/** x + attention(norm(x)), then x + feed-forward(norm(x)) (pre-norm, as GPT-2). */
class Block {
  constructor() {
    this.layers = {
      norm1: new LayerNorm(width),
      attention: new MultiHeadAttention(width, heads, { random, causal: true }),
      norm2: new LayerNorm(width),
      up: new Linear(width, 4 * width, { random }),
      down: new Linear(4 * width, width, { random }),
    };
  }

  forward(x) {
    const { norm1, attention, norm2, up, down } = this.layers;
    const seen = x.add(attention.forward(norm1.forward(x)));
    return seen.add(down.forward(gelu(up.forward(norm2.forward(seen)))));
  }

  parameters() {
    return parametersOf(this.layers);
  }
}

/** int32 [B, L] -> logits of the next letter at every place, [B, L, letters]. */
class Transformer {
  constructor() {
    this.layers = {
      token: new Embedding(letters.length, width, { random }),
      position: new Embedding(context, width, { random }),
      ...Object.fromEntries(Array.from({ length: blocks }, (_, i) => [`block${i}`, new Block()])),
      norm: new LayerNorm(width),
      head: new Linear(width, letters.length, { random }),
    };
  }

  forward(tokens) {
    const { token, position, norm, head } = this.layers;
    const seen = places.slice([0, tokens.shape[1]]); // [L]
    let x = token.forward(tokens).add(position.forward(seen)); // [B, L, D]
    for (let i = 0; i < blocks; i++) x = this.layers[`block${i}`].forward(x);
    return head.forward(norm.forward(x));
  }

  parameters() {
    return parametersOf(this.layers);
  }
}

const network = new Transformer();
const parameters = flatten(network);
const schedule = cosineSchedule(3e-3, 1e-4, steps);
const optimizer = new AdamW(parameters, { lr: 3e-3, weightDecay: 0.01, maxGradNorm: 1 });

/** One step of training on pieces of the story from places drawn on the device; gives the loss. */
function trainStep() {
  const last = text.size - context - 1;
  const starts = random.uniform([batch, 1]).mul(last).cast("int32"); // [B, 1]
  const index = starts.add(places); // [B, L + 1]
  const piece = text.indexSelect(index.flatten()).reshape(index.shape); // [B, L + 1]
  const input = piece.slice(null, [0, context]);
  const target = piece.slice(null, [1, context + 1]).flatten();
  const loss = () => {
    const logits = network.forward(input); // [B, L, letters]
    return crossEntropy(logits.reshape([-1, letters.length]), target);
  };
  const { value, grads } = valueAndGrad(loss, parameters.tensors);
  optimizer.step(grads);
  return value;
}

const training = capture(device, trainStep);
console.log(`${parameters.size} parameters, ${training.ops().length} ops in a step`);
for (let i = 0; i < steps; i++) {
  optimizer.configure({ lr: schedule(i) });
  training.replay();
  if (i % 300 === 299) {
    console.log(`step ${i + 1}: ${training.outputs.item().toFixed(3)} nats per letter`);
  }
}

/** Goes on with a text, letter by letter, each drawn from what the transformer thinks comes next. */
function continueText(start, count) {
  let written = start;
  for (let i = 0; i < count; i++) {
    scope(() =>
      noGrad(() => {
        const tokens = tensor([encode(written.slice(-context))], { dtype: "int32" }); // [1, L]
        const next = network.forward(tokens).slice(0, [-1, null]); // [1, letters]
        const { action } = categoricalSample(next.div(0.6), random);
        written += letters[action.item()];
      }),
    );
  }
  return written;
}

const start = "three old foxes ";
const written = continueText(start, 1500);
console.log(`\n${written.slice(0, 300)} ...\n`);
const { count, right, wrong } = judge(written);
console.log(`${(100 * right).toFixed(0)} % of ${count} sentences keep to the grammar`);
if (wrong.length > 0) console.log(`the others, for example: ${wrong.join(" | ")}`);
assert.ok(right > 0.9, `${right} of the sentences keep to the grammar: ${wrong.join(" | ")}`);
