/**
 * Settings per game and algorithm that are known to learn, as a table. What a preset does not name
 * keeps the algorithm's default; `*` stands for every variant. Results: benchmarks/results/.
 */
import type { ConfigValue } from "./config.js";

/** Settings and length of a run. */
export interface Preset {
  /** Env steps to train for. */
  readonly steps: number;
  readonly config: Readonly<Record<string, ConfigValue>>;
}

const FALLBACK: Preset = { steps: 2_000_000, config: {} };

/** The zoo's settings of DQN for CartPole, with a learning rate that falls. */
const zooCartPole = {
  ...{ learningRate: 2.3e-3, finalLearningRate: 1e-5, maxGradNorm: 10, hidden: "256,256" },
  ...{ batch: 64, buffer: 100_000, learningStarts: 1000, targetEvery: 10 },
  ...{ trainEvery: 256, gradientSteps: 128, epsilonFinal: 0.04, epsilonFraction: 0.16 },
};

/** The zoo's settings of DQN for LunarLander, which it takes for Acrobot too. */
const zooAcrobot = {
  ...{ learningRate: 6.3e-4, finalLearningRate: 1e-5, maxGradNorm: 10, hidden: "256,256" },
  ...{ batch: 128, buffer: 50_000, learningStarts: 1000, targetEvery: 250 },
  ...{ trainEvery: 4, gradientSteps: 4, epsilonFinal: 0.1, epsilonFraction: 0.12 },
};

/** Young and Tian 2019 for a replay memory, but with Adam, 16 games, and 128 samples for 16 steps. */
const replayGrid: Preset = {
  steps: 5_000_000,
  config: {
    ...{ stickyActions: 0.1, envs: 16, batch: 128, buffer: 200_000, learningStarts: 5000 },
    ...{ trainEvery: 16, targetEvery: 1000, epsilonFinal: 0.05, epsilonFraction: 0.04 },
    ...{ learningRate: 2.5e-4, finalLearningRate: 2.5e-4 },
  },
};

/** Grid games are played with sticky actions, as their published scores were. */
const stickyGrid: Preset = { steps: 10_000_000, config: { stickyActions: 0.1 } };

/** PPO learns them better by fully connected layers than by convolutions, and three times as fast. */
const plainGrid: Preset = {
  ...stickyGrid,
  config: {
    ...{ stickyActions: 0.1, encoder: "mlp", hidden: "128,128", activation: "relu" },
    ...{ learningRate: 2e-3, lambda: 0.8, valueClip: 0 },
  },
};

const gridGames = ["asterix", "breakout", "freeway", "invaders", "seaquest"];

/** The same preset for all grid games. */
function eachGrid(algo: string, preset: Preset): Record<string, Preset> {
  return Object.fromEntries(gridGames.map((game) => [`${algo}/mini-${game}/*`, preset]));
}

/** PPO that learns from pictures on a few cores. */
const picturesPpo = {
  ...{ frameStack: 4, envs: 16, horizon: 128, epochs: 3, minibatch: 256 },
  ...{ learningRate: 5e-4, valueClip: 0, rewardClip: 1 },
};

/** DQN that learns from pictures on a few cores, from fewer of them than Mnih et al. 2015. */
const picturesDqn = {
  ...{ frameStack: 4, hidden: "256", envs: 4, buffer: 100_000 },
  ...{ learningStarts: 1000, trainEvery: 4, gradientSteps: 1, batch: 32, nStep: 3 },
  ...{ learningRate: 2.5e-4, finalLearningRate: 2.5e-5, targetEvery: 500, rewardClip: 1 },
  ...{ epsilonFinal: 0.02, epsilonFraction: 0.1 },
};

/** Keyed by `algorithm/game/variant`, or `algorithm/game@pixels` for agents that see pictures. */
const PRESETS: Readonly<Record<string, Preset>> = {
  "ppo/breakout/*": {
    steps: 60_000_000,
    config: {
      envs: 256,
      horizon: 128,
      lambda: 0.9,
      epochs: 4,
      minibatch: 2048,
      learningRate: 2e-3,
      entropyCoef: 0.005,
      valueClip: 0,
      rewardClip: 1,
      hidden: "64,64",
      activation: "relu",
    },
  },
  "ppo/cartpole/*": {
    steps: 100_000,
    config: {
      ...{ envs: 8, horizon: 32, epochs: 10, minibatch: 128, gamma: 0.98, lambda: 0.8 },
      ...{ annealClip: true, valueClip: 0, entropyCoef: 0, valueCoef: 1 },
      ...{ separateCritic: true, activation: "relu" },
    },
  },
  "ppo/cartpole/no-velocity": {
    steps: 100_000,
    config: {
      ...{ envs: 8, horizon: 32, epochs: 10, minibatch: 128, gamma: 0.98, lambda: 0.8 },
      ...{ annealClip: true, valueClip: 0, entropyCoef: 0, valueCoef: 1, learningRate: 2e-3 },
      ...{ normalizeObservations: true, hidden: "none", memory: "gru", memoryHidden: "64" },
    },
  },
  "ppo/acrobot/*": {
    steps: 1_000_000,
    config: {
      ...{ envs: 32, horizon: 64, epochs: 8, minibatch: 512, learningRate: 2e-3 },
      ...{ normalizeObservations: true, normalizeReturns: true },
    },
  },
  "ppo/mountaincar/*": {
    steps: 1_000_000,
    config: {
      ...{ envs: 32, horizon: 64, epochs: 8, minibatch: 512, learningRate: 2e-3 },
      ...{ lambda: 0.98, valueClip: 0, normalizeObservations: true, normalizeReturns: true },
    },
  },
  "ppo/pendulum/*": {
    steps: 100_000,
    config: {
      ...{ envs: 8, horizon: 128, epochs: 10, minibatch: 64, gamma: 0.95 },
      ...{ entropyCoef: 0, valueClip: 0, valueCoef: 1 },
      ...{ separateCritic: true, normalizeReturns: true },
    },
  },
  "reinforce/cartpole/*": {
    steps: 300_000,
    config: { envs: 8, hidden: "128", learningRate: 4e-3 },
  },
  "ppo/deepsea/*": {
    steps: 1_000_000,
    config: {
      ...{ envs: 16, horizon: 40, epochs: 4, minibatch: 320, entropyCoef: 0.02 },
      curiosity: 1,
    },
  },
  ...eachGrid("ppo", plainGrid),
  "ppo/mini-breakout/*": {
    ...plainGrid,
    config: { ...plainGrid.config, hidden: "256,256" },
  },
  "a2c/cartpole/*": { steps: 500_000, config: { envs: 8, entropyCoef: 0 } },
  "a2c/acrobot/*": {
    steps: 500_000,
    config: { entropyCoef: 0, normalizeObservations: true, normalizeReturns: true },
  },
  "a2c/deepsea/*": {
    steps: 500_000,
    config: { horizon: 20, lambda: 0.95, learningRate: 2e-3, curiosity: 1 },
  },
  "vtrace/cartpole/*": {
    steps: 300_000,
    config: {
      ...{ envs: 8, horizon: 10, learningRate: 4e-3, finalLearningRate: 0, entropyCoef: 0 },
    },
  },
  "dqn/cartpole/*": { steps: 50_000, config: { ...zooCartPole, nStep: 3 } },
  "c51/cartpole/*": { steps: 100_000, config: { ...zooCartPole, vMin: 0, vMax: 100 } },
  "qrdqn/cartpole/*": {
    steps: 100_000,
    config: { ...zooCartPole, nStep: 3, quantiles: 10, gradientSteps: 64 },
  },
  "rainbow/cartpole/*": {
    steps: 100_000,
    config: { ...zooCartPole, vMin: 0, vMax: 100, hidden: "128,128", gradientSteps: 64 },
  },
  "dqn/acrobot/*": { steps: 100_000, config: zooAcrobot },
  "qrdqn/acrobot/*": { steps: 100_000, config: { ...zooAcrobot, quantiles: 10 } },
  "dqn/mountaincar/*": {
    steps: 120_000,
    config: {
      ...{ learningRate: 4e-3, finalLearningRate: 1e-5, maxGradNorm: 10, hidden: "256,256" },
      ...{ batch: 128, buffer: 10_000, gamma: 0.98, nStep: 3, targetEvery: 600 },
      ...{ trainEvery: 16, gradientSteps: 8, epsilonFinal: 0.07, epsilonFraction: 0.2 },
    },
  },
  "dqn/breakout/*": {
    steps: 10_000_000,
    config: {
      ...{ envs: 16, buffer: 1_000_000, learningStarts: 5000, trainEvery: 16, gradientSteps: 1 },
      ...{ batch: 256, nStep: 10, targetEvery: 1000, hidden: "128,128", rewardClip: 1 },
      ...{ learningRate: 1e-3, finalLearningRate: 1e-4, epsilonFinal: 0.01, epsilonFraction: 0.02 },
    },
  },
  "ppo/breakout@pixels": { steps: 2_000_000, config: { ...picturesPpo, frameSkip: 4 } },
  "dqn/breakout@pixels": { steps: 500_000, config: { ...picturesDqn, frameSkip: 4 } },
  "ppo/*@pixels": { steps: 2_000_000, config: picturesPpo },
  "dqn/*@pixels": { steps: 500_000, config: picturesDqn },
  ...eachGrid("dqn", replayGrid),
  "dqn/mini-breakout/*": {
    steps: 5_000_000,
    config: {
      ...{ ...replayGrid.config, encoder: "mlp", hidden: "128,128", nStep: 3 },
      ...{ learningRate: 1e-3, finalLearningRate: 1e-4, epsilonFinal: 0.02 },
    },
  },
  ...eachGrid("rainbow", { ...replayGrid, config: { ...replayGrid.config, vMin: 0, vMax: 50 } }),
  "pqn/cartpole/*": {
    steps: 500_000,
    config: { envs: 32, horizon: 64, epochs: 4, hidden: "128,128", epsilonFraction: 0.2 },
  },
  ...eachGrid("pqn", stickyGrid),
  "r2d2/cartpole/*": {
    steps: 300_000,
    config: {
      memory: "gru",
      buffer: 300_000,
      trainEvery: 16,
      targetEvery: 1000,
      learningRate: 5e-4,
      finalLearningRate: 0,
      priorityAlpha: 0,
    },
  },
  "sac/pendulum/*": {
    steps: 20_000,
    config: { buffer: 20_000, learningRate: 1e-3, learningStarts: 100 },
  },
  "td3/pendulum/*": { steps: 20_000, config: { buffer: 20_000 } },
  "ddpg/pendulum/*": { steps: 20_000, config: { buffer: 20_000 } },
  "sac/mountaincar-continuous/*": {
    steps: 50_000,
    config: {
      ...{ hidden: "64,64", buffer: 50_000, trainEvery: 32, gradientSteps: 32, tau: 0.01 },
      ...{ learningStarts: 0, autoTemperature: false, temperature: 0.1, noiseCorrelation: 0.95 },
      ...{ gamma: 0.999, nStep: 5 },
    },
  },
  "td3/mountaincar-continuous/*": {
    steps: 50_000,
    config: {
      ...{ hidden: "64,64", buffer: 50_000, trainEvery: 32, gradientSteps: 32, tau: 0.01 },
      ...{ learningStarts: 0, explorationNoise: 0.6, noiseCorrelation: 0.95 },
    },
  },
  "sac-discrete/cartpole/*": {
    steps: 100_000,
    config: {
      ...{ hidden: "64,64", batch: 64, learningRate: 1e-3, finalLearningRate: 0 },
      ...{ targetEntropy: 0.7, finalTargetEntropy: 0.1, entropyFraction: 0.5 },
    },
  },
};

/** The preset of a game, or the fallback; `settings` that ask for pictures have presets of their own. */
export function presetFor(
  algo: string,
  game: string,
  variant: string,
  settings: Readonly<Record<string, ConfigValue>> = {},
): Preset {
  const keys =
    settings.observation === "pixels"
      ? [`${algo}/${game}@pixels`, `${algo}/*@pixels`]
      : [`${algo}/${game}/${variant}`, `${algo}/${game}/*`];
  const key = keys.find((one) => one in PRESETS);
  return key === undefined ? FALLBACK : PRESETS[key];
}
