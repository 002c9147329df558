/**
 * PPO on Breakout, end to end on the GPU: games, network and learning. Env steps per second and how much of the time the
 * GPU was busy; seconds until the mean score of the episodes that end passes 400, 600 and 800, over seeds; frames per second
 * of an agent that sees pictures; a timeline of one iteration. Options: lib/harness.mjs, and
 *
 *   --seeds N       of the learning runs (default 5)
 *   --most SECONDS  of one learning run (default 15)
 *
 *   node benchmarks/cuda/train.mjs
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTrainer, resolveConfig } from "@carom/agents";
import { findGame } from "@carom/envs";
import { traceReplays } from "@carom/tensor";
import { openGpu, publish, readOptions } from "./lib/harness.mjs";
import { timeline } from "./lib/timeline.mjs";

const options = readOptions({
  seeds: { type: "string", default: "5" },
  most: { type: "string", default: "15" },
});
const { smoke } = options;
const bars = smoke ? [1] : [400, 600, 800];
/** As in `ppo/breakout` but for more games at once; learning was tried with games on the processor. */
const settings = {
  ...{ envs: 4096, horizon: 32, minibatch: 8192, epochs: 2, learningRate: 3e-3 },
  ...(smoke && { envs: 32, horizon: 8, minibatch: 128, epochs: 1 }),
};
const pictures = {
  ...{ observation: "pixels", frameStack: 4, envs: 1024, horizon: 32, minibatch: 8192, epochs: 2 },
  ...(smoke && { pixelSize: 36, envs: 4, horizon: 2, minibatch: 8, epochs: 1 }),
};
const totalSteps = 100e6;
/** Episodes that a score is the mean of. */
const window = smoke ? 4 : 64;
const problems = [];
const rows = [];
const data = { speed: [], learning: [] };

const speeds = smoke
  ? [["classic", "float32", settings]]
  : ["classic", "puffer"].flatMap((variant) =>
      ["float32", "tf32", "bfloat16"].flatMap((precision) =>
        [4096, 16384].map((envs) => [
          variant,
          precision,
          { ...settings, envs, minibatch: 2 * envs },
        ]),
      ),
    );
for (const [variant, precision, overrides] of speeds) speed(variant, precision, overrides);
speed("classic", smoke ? "float32" : "bfloat16", pictures);
const seeds = smoke ? 1 : Number(options.values.seeds);
for (const variant of smoke ? ["classic"] : ["classic", "puffer"]) learn(variant, seeds);

publish(
  "train",
  {
    title: "PPO on Breakout, games and learning on the GPU",
    intro: [
      `Speeds: median of 5 turns of ${smoke ? 1 : 20} iterations each, after a warm-up; busy is the share of a turn in which a recording ran on the GPU, by its own events.`,
      `Learning: ${seeds} seeds, ${settings.envs} games, horizon ${settings.horizon}, seconds of training (compilation and recording left out) until the mean return of the last ${window} episodes of the first 64 games passed the bar; median [least to greatest], and how many seeds got there.`,
      "PufferLib publishes 19 to 31 million env steps per second for its Breakout on an RTX 5090, solved in 3 to 5 s (94 million steps), and 10.9 to 12.9 million for 5.0 with 8192 agents: its own figures, measured elsewhere.",
    ],
    header: ["what", "variant", "precision", "games", "result", "busy"],
    rows,
    data,
    problems,
  },
  options,
);

function make(variant, precision, overrides, seed, onEpisode = () => {}) {
  const game = findGame("breakout");
  const device = openGpu(precision);
  const config = resolveConfig("ppo", game.id, variant, overrides);
  const trainer = createTrainer({
    ...{ algo: "ppo", game, variant, seed, device, config, totalSteps, onEpisode },
  });
  const note = trainer.notes?.join(" ") ?? "";
  if (!note.includes("live on the GPU")) problems.push(`${variant}: ${note}`);
  const dispose = () => {
    trainer.dispose();
    device.dispose();
  };
  return { trainer, device, dispose };
}

/** Env steps per second of whole iterations. */
function speed(variant, precision, overrides) {
  const { trainer, device, dispose } = make(variant, precision, overrides, 1);
  const iterations = smoke ? 1 : 20;
  const turn = () => {
    const before = trainer.steps;
    const trace = traceReplays(device, () => {
      for (let i = 0; i < iterations; i++) trainer.iterate();
    });
    return { rate: (trainer.steps - before) / trace.seconds, busy: trace.busy };
  };
  turn();
  const turns = Array.from({ length: smoke ? 1 : 5 }, turn).sort((a, b) => a.rate - b.rate);
  const { rate, busy } = turns[turns.length >> 1];
  const what = overrides.observation === "pixels" ? "pictures, 4 stacked" : "state";
  rows.push([what, variant, precision, overrides.envs, `${million(rate)} M steps/s`, share(busy)]);
  data.speed.push({ what, variant, precision, ...overrides, turns });
  if (!Number.isFinite(rate)) problems.push(`${variant} ${precision}: ${rate} steps per second`);
  drawIteration(trainer, device, `${what}-${variant}-${precision}-${overrides.envs}`);
  dispose();
}

/** A picture of one iteration, where results are kept. */
function drawIteration(trainer, device, name) {
  if (options.out === undefined) return;
  const { spans, seconds, busy } = traceReplays(device, () => void trainer.iterate());
  const text = timeline(spans, {
    title: `One iteration: ${name}`,
    about: `${(seconds * 1000).toPrecision(3)} ms, the GPU ran a recording for ${share(busy)} of it`,
    seconds,
  });
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, `timeline-${name.replaceAll(/[ ,]+/g, "-")}.svg`), text);
}

function learn(variant, count) {
  const found = Array.from({ length: count }, (_, i) => learnOnce(variant, i + 1));
  for (const [b, bar] of bars.entries()) {
    const times = found.map(({ reached }) => reached[b]).filter((time) => time !== undefined);
    times.sort((a, b) => a - b);
    const result =
      times.length === 0
        ? `0 of ${count} seeds`
        : `${times[times.length >> 1].toFixed(2)} s [${times[0].toFixed(2)} to ${times.at(-1).toFixed(2)}], ${times.length} of ${count}`;
    rows.push([`mean score ${bar}`, variant, learningPrecision(), settings.envs, result, ""]);
  }
  data.learning.push({ variant, seeds: found });
}

function learningPrecision() {
  return smoke ? "float32" : "bfloat16";
}

/** One run: seconds to each bar, and the curve. */
function learnOnce(variant, seed) {
  const returns = [];
  const keep = (record) => {
    returns.push(record.return);
    if (returns.length > window) returns.shift();
  };
  const { trainer, dispose } = make(variant, learningPrecision(), settings, seed, keep);
  const reached = [];
  const curve = [];
  const most = smoke ? 0.5 : Number(options.values.most);
  const began = performance.now();
  let seconds = 0;
  while (seconds < most && trainer.steps < totalSteps && reached.length < bars.length) {
    const { steps } = trainer.iterate();
    seconds = (performance.now() - began) / 1000;
    const isFull = returns.length === window;
    const score = isFull ? returns.reduce((sum, one) => sum + one, 0) / window : 0;
    curve.push([seconds, steps, score]);
    while (reached.length < bars.length && score >= bars[reached.length]) reached.push(seconds);
  }
  dispose();
  const [, steps, score] = curve.at(-1);
  return { seed, reached, seconds, steps, score, curve: thinned(curve) };
}

function thinned(curve) {
  const every = Math.max(1, Math.floor(curve.length / 200));
  return curve.filter((_, i) => i % every === 0);
}

function million(value) {
  return (value / 1e6).toPrecision(3);
}

function share(value) {
  return `${Math.round(100 * value)} %`;
}
