/** The choice of episodes that are told beside those of the watched games. */
import { expect, test } from "vitest";
import { Remarkable } from "./remarkable.js";
import type { EndedEpisode, EpisodeTotals } from "./statistics.js";

function ended(env: number, total: number): EndedEpisode {
  return { env, episode: 3, return: total, length: 9, terminated: true, place: 20 };
}

function totals(worst?: EndedEpisode, best?: EndedEpisode): EpisodeTotals {
  const sums = { episodes: 2, returnSum: 0, returnMin: 0, returnMax: 0, lengthSum: 0, faults: 0 };
  return { ...sums, worst, best };
}

test("every new best of the run is told, where its game is not watched", () => {
  const remarkable = new Remarkable(64);
  const [low, high, watched] = [ended(64, 1), ended(70, 2), ended(63, 5)];
  expect(remarkable.choose(totals())).toEqual([]);
  expect(remarkable.choose(totals(low, low))).toEqual([low]);
  expect(remarkable.choose(totals(low, low))).toEqual([]);
  expect(remarkable.choose(totals(low, high))).toEqual([high]);
  expect(remarkable.choose(totals(low, watched))).toEqual([]);
  expect(remarkable.choose(totals(low, ended(80, 4)))).toEqual([]); // a watched game was better
  remarkable.reset();
  expect(remarkable.choose(totals(low, low))).toEqual([low]);
});

test("the worst is told every 32nd rollout, and no episode twice", () => {
  const remarkable = new Remarkable(64);
  const [low, high] = [ended(64, 1), ended(70, 2)];
  const told = Array.from({ length: 64 }, () => remarkable.choose(totals(low, high)).length);
  expect(told.flatMap((count, i) => (count > 0 ? [i] : []))).toEqual([0, 31, 63]);
  const record = ended(90, 9);
  for (let i = 64; i < 95; i++) remarkable.choose(totals());
  expect(remarkable.choose(totals(record, record))).toEqual([record]);
});
