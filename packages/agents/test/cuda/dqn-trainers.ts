/** What the suites of DQN on a GPU share: small trainers, of whose episodes all that is told is kept. */
import { type EpisodeRecord, findGame, type GameDefinition } from "@carom/envs";
import type { Device } from "@carom/tensor";
import {
  type Config,
  type ConfigValue,
  createTrainer,
  resolveConfig,
  type SavedState,
  type Trainer,
} from "../../src/index.js";

/** Some settings. */
export type Settings = Readonly<Record<string, ConfigValue>>;

/** Few games, a small network and memory, and learning from the beginning. */
export const SMALL: Settings = {
  envs: 8,
  buffer: 1000,
  learningStarts: 64,
  trainEvery: 32,
  batch: 16,
  targetEvery: 64,
  hidden: "16",
  atoms: 11,
};

/** A trainer, the episodes that ended, and single ones of games that are not watched. */
export interface SmallTrainer {
  readonly trainer: Trainer;
  readonly records: EpisodeRecord[];
  readonly remarkable: EpisodeRecord[];
  readonly game: GameDefinition;
  readonly config: Config;
}

/** Makes one. */
export function smallTrainer(
  device: Device,
  algo: string,
  id: string,
  settings: Settings = {},
  totalSteps = 10_000,
): SmallTrainer {
  const game = findGame(id);
  const records: EpisodeRecord[] = [];
  const remarkable: EpisodeRecord[] = [];
  const config = resolveConfig(algo, `none of ${id}`, "", { ...SMALL, ...settings });
  const trainer = createTrainer({
    ...{ algo, game, seed: 3, device, config, totalSteps },
    onEpisode: (record) => records.push(record),
    onRemarkable: (record) => remarkable.push(record),
  });
  return { trainer, records, remarkable, game, config };
}

/** What is saved under a name. */
export function savedData({ arrays }: SavedState, name: string): number[] {
  return Array.from(arrays[name].data);
}
