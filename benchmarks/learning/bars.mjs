/**
 * The bars of the agent library, as data (carom-lint: a table): which training, over how many seeds, judged how, against
 * what. `pnpm bench:learning` runs the rows, judge.mjs reads the claims. Nothing here is known to hold: the report says
 * what does.
 *
 * A row is a training protocol and the claims about it:
 *   id               name of the row, and of its folder under runs/learning/
 *   family           the picture that it is drawn in
 *   algo game variant set    what `carom train` is told; `set` is empty where the preset is the protocol
 *   note             stands for the settings in the report
 *   steps            env steps; null: the preset's own number
 *   time             seconds of training instead of steps
 *   seeds            1..n
 *   threads          of the device (default 1); "all": every core
 *   alone            nothing else of this runner at the same time: its seconds are a claim
 *   checkpointEvery  between checkpoints, among which "best" is found (default 10s, 0.5s where a claim is on "best")
 *   actions          "greedy" or "sampled" in evaluations (default greedy); always 100 episodes on games not trained on
 *
 * A claim is { on, statistic, bar, source, provisional }:
 *   on          "final": evaluation of the last state; "best": of the checkpoint with the best training score;
 *               "train": mean of the last 100 training episodes
 *   statistic   "iqm": the lower end of the 95 % stratified bootstrap interval of the interquartile mean is at the bar
 *               "median": the median over seeds is
 *               "seeds": `needs` seeds are (default: all)
 *               "reached": all seeds' training score first passes the bar `within` seconds; `held`: and ends above it
 *               "below": the upper end of the interval is under the bar (a control that must fail)
 *               "improves": the probability of improvement over row `over` is above the bar, with its interval
 *   provisional no published or measured distribution stands behind the bar
 */

const zoo = (text) => `SB3 zoo: ${text}`;
const cleanrl = (text) => `CleanRL: ${text}`;
const paper = (text) => `MinAtar paper: ${text}`;

/** A row of CartPole by its algorithm, the interquartile mean of 10 final networks at the bar. */
function cartpole(algo, steps, bar, source, more = {}) {
  const provisional = source === undefined;
  const claim = {
    on: "final",
    statistic: "iqm",
    bar,
    source: source ?? "chosen here",
    provisional,
  };
  const row = { id: `${algo}-cartpole`, family: "cartpole", algo, game: "cartpole", steps };
  return { ...row, seeds: 10, claims: [claim], ...more };
}

/** DQN with one of its extensions, as DQN itself. */
function dqnWith(name, set) {
  const claim = { on: "final", statistic: "median", bar: 475, source: zoo("DQN 500 at 50k") };
  const row = { id: `dqn-${name}-cartpole`, family: "cartpole", algo: "dqn", game: "cartpole" };
  return { ...row, steps: 50_000, set, seeds: 10, claims: [claim] };
}

function control(algo, game, steps, bar, source, more = {}) {
  const on = more.on ?? "final";
  const claims = [{ on, statistic: "iqm", bar, source }];
  const row = { id: `${algo}-${game}`, family: more.family ?? game, algo, game, steps };
  return { ...row, seeds: 10, claims };
}

/** Grid games are judged by their training return, as their published scores were. */
function grid(algo, game, millions, bar, source, more = {}) {
  const claim = { on: "train", statistic: "iqm", bar, source, ...more };
  return {
    id: `${algo}-${game}-${millions}m`,
    family: "grid",
    algo,
    game,
    steps: millions * 1e6,
    seeds: 5,
    checkpointEvery: "60s",
    claims: [claim],
  };
}

/** DeepSea 20, whose one reward of 0.99 lies behind 20 right decisions in a row: found, or missed as it must be. */
function exploration(id, algo, set, outcome) {
  const source = "0.99 with the treasure, 0 without";
  const claim =
    outcome === "finds"
      ? { on: "final", statistic: "iqm", bar: 0.9, source }
      : {
          on: "final",
          statistic: "below",
          bar: 0.5,
          source: `a control, which must fail: ${source}`,
        };
  const row = { id, family: "exploration", algo, game: "deepsea", variant: "20", set };
  return { ...row, steps: 400_000, seeds: 10, claims: [claim] };
}

/** Breakout by the preset, on all cores: solved in seconds, and held to the end of its schedule. */
function flagship(id, variant) {
  const source = "PufferLib: up to 864 of 864 on a GPU, in a demo of 30 s";
  return {
    ...{ id, family: "breakout", algo: "ppo", game: "breakout", variant, steps: null, seeds: 5 },
    ...{ threads: "all", alone: true, checkpointEvery: "30s" },
    claims: [{ on: "train", statistic: "reached", bar: 800, within: 90, held: true, source }],
  };
}

/** Breakout seen as 84 x 84 pictures: a beginning, as far as a processor comes in minutes. */
function pixels(algo, steps, bar) {
  const source = "random play scores 1.22";
  return {
    id: `${algo}-breakout-pixels`,
    family: "pixels",
    ...{
      algo,
      game: "breakout",
      variant: "classic",
      set: { observation: "pixels", encoder: "nature" },
    },
    ...{ steps, seeds: 3, checkpointEvery: "60s" },
    claims: [{ on: "train", statistic: "seeds", bar, source, provisional: true }],
  };
}

/** What CleanRL publishes for its ppo.py, as `--set` takes it. */
export const cleanrlPpo = {
  envs: 4,
  horizon: 128,
  minibatch: 128,
  epochs: 4,
  learningRate: 2.5e-4,
  finalLearningRate: 0,
  gamma: 0.99,
  lambda: 0.95,
  clip: 0.2,
  valueClip: 0.2,
  entropyCoef: 0.01,
  valueCoef: 0.5,
  maxGradNorm: 0.5,
  hidden: "64,64",
  activation: "tanh",
  separateCritic: true,
  adamEps: 1e-5,
  annealClip: false,
  scaleObservations: false,
};

/** What CleanRL publishes for its dqn.py. */
const cleanrlDqn = {
  envs: 1,
  buffer: 10_000,
  learningStarts: 10_000,
  trainEvery: 10,
  gradientSteps: 1,
  batch: 128,
  targetEvery: 500,
  tau: 1,
  gamma: 0.99,
  nStep: 1,
  huberDelta: 0,
  epsilonStart: 1,
  epsilonFinal: 0.05,
  epsilonFraction: 0.5,
  double: false,
  learningRate: 2.5e-4,
  finalLearningRate: 2.5e-4,
  adamEps: 1e-8,
  maxGradNorm: 0,
  hidden: "120,84",
  scaleObservations: false,
};

const rows = [
  cartpole("ppo", 100_000, 475, undefined, {
    claims: [{ on: "final", statistic: "seeds", bar: 475, source: zoo("500 at 100k") }],
  }),
  cartpole("ppo", 500_000, 475, cleanrl("490.0 ± 6.1 at 500k"), {
    id: "ppo-cartpole-cleanrl",
    set: cleanrlPpo,
    note: "settings of CleanRL's ppo.py",
  }),
  cartpole("dqn", 50_000, 475, undefined, {
    claims: [
      { on: "final", statistic: "median", bar: 475, source: zoo("500 at 50k") },
      {
        on: "best",
        statistic: "seeds",
        needs: 9,
        bar: 475,
        source: zoo("500 at 50k"),
        provisional: true,
      },
    ],
  }),
  cartpole("dqn", 500_000, 475, cleanrl("488.7 ± 16.1 at 500k"), {
    id: "dqn-cartpole-cleanrl",
    set: cleanrlDqn,
    note: "settings of CleanRL's dqn.py",
  }),
  dqnWith("vanilla", { double: false }),
  dqnWith("dueling", { dueling: true, scaleObservations: false }),
  dqnWith("prioritized", { prioritized: true }),
  dqnWith("nstep", { nStep: 3 }),
  cartpole("c51", 100_000, 475),
  cartpole("qrdqn", 100_000, 475),
  cartpole("dqn", 100_000, 475, undefined, { id: "dqn-noisy-cartpole", set: { noisy: true } }),
  cartpole("rainbow", 100_000, 475),
  cartpole("pqn", 500_000, 475, cleanrl("495.1 ± 6.9 at 500k")),
  cartpole("a2c", 500_000, 475, zoo("500 at 500k")),
  cartpole("reinforce", 300_000, 400),
  cartpole("vtrace", 300_000, 450),
  cartpole("sac-discrete", 100_000, 475),
  cartpole("ppo", 100_000, 475, zoo("PPO-LSTM 500 at 100k"), {
    id: "ppo-cartpole-no-velocity",
    variant: "no-velocity",
  }),
  cartpole("ppo", 100_000, 475, undefined, {
    id: "ppo-cartpole-no-memory",
    variant: "no-velocity",
    set: { memory: "none" },
    claims: [{ on: "final", statistic: "below", bar: 475, source: "a control, which must fail" }],
  }),
  cartpole("r2d2", 300_000, 400, undefined, {
    id: "r2d2-cartpole-no-velocity",
    variant: "no-velocity",
  }),

  control("dqn", "acrobot", 100_000, -90, zoo("-76.6 ± 11.8 at 100k"), { family: "control" }),
  control("qrdqn", "acrobot", 100_000, -90, zoo("-69.1 at 100k"), { family: "control" }),
  control("ppo", "acrobot", 1_000_000, -85, zoo("-73.5 at 1M"), { family: "control" }),
  control("dqn", "mountaincar", 120_000, -120, zoo("-100.8 ± 9.9 at 120k"), {
    family: "control",
    on: "best",
  }),
  control("ppo", "mountaincar", 1_000_000, -115, zoo("-110.4 at 1M, normalised"), {
    family: "control",
  }),

  control("sac", "pendulum", 20_000, -180, zoo("-157 ± 89 at 20k")),
  control("td3", "pendulum", 20_000, -180, zoo("-152 ± 90 at 20k")),
  control("ddpg", "pendulum", 20_000, -180, zoo("-152 ± 94 at 20k")),
  control("ppo", "pendulum", 100_000, -180, zoo("-172 ± 104 at 100k")),
  control("sac", "mountaincar-continuous", 50_000, 90, zoo("94.7 at 50k"), { family: "control" }),
  control("td3", "mountaincar-continuous", 50_000, 90, zoo("93.5 at 300k"), { family: "control" }),

  exploration("ppo-deepsea", "ppo", { curiosity: 1 }, "finds"),
  exploration("ppo-deepsea-plain", "ppo", { curiosity: 0 }, "misses"),
  exploration("dqn-deepsea-plain", "dqn", {}, "misses"),
  exploration("dqn-deepsea-noisy", "dqn", { noisy: true }, "finds"),

  grid("ppo", "mini-breakout", 1, 12, "purejaxrl and CleanRL: 12 at 1M"),
  grid("ppo", "mini-breakout", 5, 25, "purejaxrl and CleanRL: 25 at 5M"),
  grid("ppo", "mini-asterix", 10, 13, "gymnax: 15 at 10M", { provisional: true }),
  grid("ppo", "mini-freeway", 10, 50, "gymnax: 58 at 10M", { provisional: true }),
  grid("ppo", "mini-invaders", 10, 110, "gymnax: 131 at 10M", { provisional: true }),
  grid("dqn", "mini-breakout", 5, 9, paper("10.0 at 5M")),
  grid("dqn", "mini-asterix", 5, 14, paper("17 at 5M")),
  grid("dqn", "mini-freeway", 5, 47, paper("50 at 5M")),
  grid("dqn", "mini-invaders", 5, 38, paper("43 at 5M")),
  grid("rainbow", "mini-breakout", 5, 0.5, "better than our DQN", {
    statistic: "improves",
    over: "dqn-mini-breakout-5m",
  }),
  grid("rainbow", "mini-asterix", 5, 0.5, "better than our DQN", {
    statistic: "improves",
    over: "dqn-mini-asterix-5m",
  }),
  grid("pqn", "mini-breakout", 10, 20, "chosen here", { provisional: true }),

  flagship("ppo-breakout", "classic"),
  flagship("ppo-breakout-puffer", "puffer"),
  {
    id: "dqn-breakout",
    family: "breakout",
    algo: "dqn",
    game: "breakout",
    variant: "classic",
    steps: 4_000_000,
    seeds: 5,
    threads: "all",
    alone: true,
    checkpointEvery: "30s",
    claims: [{ on: "train", statistic: "reached", bar: 200, within: 600, source: "chosen here" }],
  },
  pixels("ppo", 350_000, 10),
  pixels("dqn", 100_000, 8),
];

const usual = {
  variant: null,
  set: {},
  time: null,
  threads: 1,
  alone: false,
  actions: "greedy",
};

/** Every row, with its defaults filled in. */
export const bars = rows.map((row) => {
  const checkpointEvery = row.claims.some((claim) => claim.on === "best") ? "0.5s" : "10s";
  return { ...usual, checkpointEvery, ...row };
});
