/**
 * What a search over hyper-parameters varies where nobody says, as a table: settings that most
 * often decide whether an algorithm learns, with ranges wide enough to hold good values for most
 * games (Andrychowicz et al. 2021, "What matters for on-policy deep actor-critic methods?"). An
 * algorithm without a line of its own gets those of `common` that it has.
 *
 * Not here: what a setting may be at all (each algorithm's schema), and the search (carom sweep).
 */
import type { ConfigSchema, ConfigValue } from "./config.js";

/** Values that a search tries for one setting: an interval, or a list. */
export type SweepRange =
  | {
      /** Smallest value tried. */
      readonly low: number;
      /** Largest value tried. */
      readonly high: number;
      /** Whether values or their logarithms are spread evenly. */
      readonly scale: "linear" | "log";
    }
  | {
      /** The values tried, in order. */
      readonly choices: readonly ConfigValue[];
    };

type Ranges = Readonly<Record<string, SweepRange>>;

/** Settings that have the same meaning in several algorithms. */
const common: Ranges = {
  learningRate: { low: 1e-4, high: 1e-2, scale: "log" },
  gamma: { choices: [0.9, 0.95, 0.98, 0.99, 0.995, 0.999] }, // even in log(1 - gamma)
  entropyCoef: { low: 1e-4, high: 3e-2, scale: "log" },
};

/** What replay-based learners of Q-values have beside it. */
const valueBased: Ranges = {
  batch: { choices: [32, 64, 128, 256] },
  targetEvery: { choices: [100, 250, 500, 1000, 2500] },
  nStep: { choices: [1, 3, 5] },
  epsilonFraction: { low: 0.05, high: 0.5, scale: "linear" },
};

/** What off-policy actor-critics have beside it. */
const actorCritic: Ranges = {
  batch: { choices: [128, 256, 512] },
  tau: { low: 1e-3, high: 2e-2, scale: "log" },
};

/** By algorithm, beside what it shares with the others. A line makes a new algorithm's own. */
const own: Readonly<Record<string, Ranges>> = {
  ppo: {
    lambda: { choices: [0.8, 0.9, 0.95, 0.98] },
    clip: { choices: [0.1, 0.2, 0.3] },
    epochs: { low: 1, high: 10, scale: "linear" },
  },
  a2c: { lambda: { choices: [0.9, 0.95, 1] }, horizon: { choices: [5, 10, 20] } },
  vtrace: { horizon: { choices: [10, 20, 40] }, rhoBar: { choices: [1, 2] } },
  dqn: valueBased,
  c51: valueBased,
  qrdqn: valueBased,
  rainbow: valueBased,
  r2d2: { batch: valueBased.batch, nStep: valueBased.nStep },
  pqn: { lambda: { choices: [0.3, 0.65, 0.9] }, epochs: { choices: [1, 2, 4] } },
  sac: actorCritic,
  "sac-discrete": { ...actorCritic, targetEntropy: { choices: [0.5, 0.7, 0.89, 0.98] } },
  td3: { ...actorCritic, targetNoise: { choices: [0.1, 0.2, 0.4] } },
  ddpg: actorCritic,
};

/** The ranges of an algorithm, in the order in which they are shown; empty where none fits. */
export function sweepRanges(
  algo: string,
  schema: ConfigSchema,
): Readonly<Record<string, SweepRange>> {
  const ranges = { ...common, ...(Object.hasOwn(own, algo) ? own[algo] : {}) };
  return Object.fromEntries(Object.entries(ranges).filter(([key]) => Object.hasOwn(schema, key)));
}
