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
    steps: 30_000_000,
    config: {
      envs: 256,
      horizon: 128,
      epochs: 4,
      minibatch: 2048,
      learningRate: 2e-3,
      entropyCoef: 0.005,
      rewardClip: 1,
      hidden: "64,64",
      activation: "relu",
    },
  },
  "ppo/cartpole/*": {
    steps: 500_000,
    config: { envs: 32, horizon: 64, epochs: 8, minibatch: 512, learningRate: 2e-3 },
  },
  "ppo/acrobot/*": {
    steps: 1_000_000,
    config: { envs: 32, horizon: 128, epochs: 8, minibatch: 1024, learningRate: 2e-3 },
  },
  "ppo/mini-asterix/*": grid(),
  "ppo/mini-breakout/*": grid(),
  "ppo/mini-freeway/*": grid(),
  "ppo/mini-invaders/*": grid(),
  "ppo/mini-seaquest/*": grid(),
};

/** Grid games are played with sticky actions, as their published scores were. */
function grid(): Preset {
  return { steps: 10_000_000, config: { stickyActions: 0.1 } };
}

/** The preset of a game, or the fallback. */
export function presetFor(algo: string, game: string, variant: string): Preset {
  return PRESETS[`${algo}/${game}/${variant}`] ?? PRESETS[`${algo}/${game}/*`] ?? FALLBACK;
}
