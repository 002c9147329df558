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

/** Keyed by `algorithm/game/variant`. */
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
  "ppo/deepsea/*": {
    steps: 1_000_000,
    config: {
      ...{ envs: 16, horizon: 40, epochs: 4, minibatch: 320, entropyCoef: 0.02 },
      curiosity: 1,
    },
  },
  "ppo/mini-asterix/*": grid(),
  "ppo/mini-breakout/*": grid(),
  "ppo/mini-freeway/*": grid(),
  "ppo/mini-invaders/*": grid(),
  "ppo/mini-seaquest/*": grid(),
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
  "pqn/cartpole/*": {
    steps: 500_000,
    config: { envs: 32, horizon: 64, epochs: 4, hidden: "128,128", epsilonFraction: 0.2 },
  },
  "pqn/mini-asterix/*": grid(),
  "pqn/mini-breakout/*": grid(),
  "pqn/mini-freeway/*": grid(),
  "pqn/mini-invaders/*": grid(),
  "pqn/mini-seaquest/*": grid(),
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

/** Grid games are played with sticky actions, as their published scores were. */
function grid(): Preset {
  return { steps: 10_000_000, config: { stickyActions: 0.1 } };
}

/** The preset of a game, or the fallback. */
export function presetFor(algo: string, game: string, variant: string): Preset {
  return PRESETS[`${algo}/${game}/${variant}`] ?? PRESETS[`${algo}/${game}/*`] ?? FALLBACK;
}
