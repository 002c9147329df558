/** What the suites of trainers on a GPU share: trainers whose episodes are kept, and comparing what two of them measure. */
import { type EpisodeRecord, findGame, type GameDefinition } from "@carom/envs";
import type { Device } from "@carom/tensor";
import { expect } from "vitest";
import {
  type ConfigValue,
  createTrainer,
  type IterationMetrics,
  resolveConfig,
  type Trainer,
} from "../../src/index.js";

/** A trainer and the episodes that ended. */
export interface WatchedTrainer {
  readonly trainer: Trainer;
  readonly records: EpisodeRecord[];
  readonly game: GameDefinition;
}

/** Makes one. With fewer than 16 games a rollout on the processor has one group, as on a GPU. */
export function watchedTrainer(
  device: Device,
  algo: string,
  played: string | GameDefinition,
  settings: Readonly<Record<string, ConfigValue>>,
): WatchedTrainer {
  const game = typeof played === "string" ? findGame(played) : played;
  const records: EpisodeRecord[] = [];
  const config = resolveConfig(algo, game.id, game.defaultVariant, settings);
  const trainer = createTrainer({
    ...{ algo, game, seed: 3, device, config, totalSteps: 1e6 },
    onEpisode: (record) => records.push(record),
  });
  return { trainer, records, game };
}

/** What trainers of 8 games on a GPU say: where the games are, and that they are few. */
export const notesOfEight = [
  "8 games live on the GPU",
  expect.stringMatching(/^envs is 8, and a GPU wants thousands: try envs=4096/),
];

/** What so many iterations measure. */
export function iterate(trainer: Trainer, times: number): IterationMetrics[] {
  return Array.from({ length: times }, () => trainer.iterate());
}

/** Lets both go on, and compares what they measure, up to rounding. */
export function expectSameMeasures(got: Trainer, wanted: Trainer, times: number): void {
  const [own, others] = [iterate(got, times), iterate(wanted, times)];
  own.forEach(({ measures, episodes, steps }, i) => {
    expect({ episodes, steps }).toEqual({ episodes: others[i].episodes, steps: others[i].steps });
    expect(Object.keys(measures)).toEqual(Object.keys(others[i].measures));
    for (const [name, value] of Object.entries(others[i].measures)) {
      const bound = 1e-3 + 1e-2 * Math.abs(value);
      expect(Math.abs(measures[name] - value), `${name}: ${measures[name]}, ${value}`).toBeLessThan(
        bound,
      );
    }
  });
}

/**
 * Episodes game after game: of those that end with the same step, the processor tells the ones that a wrapper cuts last,
 * and those that end with a later frame or with an opponent's move later; a GPU in the order of the games.
 */
export function byGame(records: readonly EpisodeRecord[]): EpisodeRecord[] {
  return records.toSorted((a, b) => a.env - b.env || a.episode - b.episode);
}
