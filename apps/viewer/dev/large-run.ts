/**
 * A run folder of the size that a long training leaves, written at once: ten million steps, a hundred
 * thousand kept episodes, tens of thousands of rows. For tests and measurements of the page and the
 * server at that size.
 *
 * The episodes are real games played at random; a few are played and each is kept many times, as a
 * run that long would take minutes. Scores and losses of the rows are invented.
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import {
  type EpisodeRecord,
  encodeReplay,
  findGame,
  key,
  LocalVectorEnv,
  makeReplay,
  nextFloat,
  sampleAction,
  seedRandom,
} from "@carom/envs";
import { createRun, type NewRun } from "@carom/runs";
import {
  type EpisodeReason,
  encodeJson,
  encodeMetricsRow,
  type StoredEpisode,
} from "@carom/runs/formats";

export interface LargeRunOptions {
  readonly game?: string;
  /** Kept episodes. */
  readonly episodes?: number;
  /** Rows of metrics. */
  readonly rows?: number;
  readonly totalSteps?: number;
}

/** Different games that are played. */
const played = 40;
const linesPerWrite = 5000;

/** Writes the run into `<root>/<id>` and gives the folder. */
export function writeLargeRun(root: string, id: string, options: LargeRunOptions = {}): string {
  const { game = "breakout", episodes = 100_000, rows = 40_000, totalSteps = 10_000_000 } = options;
  const dir = join(root, id);
  const definition = findGame(game);
  const { variant, version } = definition.create().spec;
  const setup: NewRun = {
    ...{
      game,
      variant,
      gameVersion: version,
      algo: "scripted",
      seed: 1,
      device: "cpu",
      threads: 1,
    },
    ...{ totalSteps, config: { envs: 64 }, versions: { node: process.versions.node } },
  };
  const run = createRun(dir, setup);
  run.update({ steps: totalSteps, status: "finished" });
  run.close();
  writeRows(join(dir, "metrics.jsonl"), rows, totalSteps);
  writeEpisodes(join(dir, "episodes"), episodes, totalSteps, playedGames(game));
  return dir;
}

/** Complete episodes of random play with their replays. */
function playedGames(game: string): { record: EpisodeRecord; replay: Uint8Array }[] {
  const definition = findGame(game);
  const games: { record: EpisodeRecord; replay: Uint8Array }[] = [];
  const onEpisode = (record: EpisodeRecord): void => {
    if (games.length < played) {
      games.push({ record, replay: encodeReplay(makeReplay(record, definition)) });
    }
  };
  const env = new LocalVectorEnv(definition, { count: 8, key: key(1), onEpisode });
  const random = new Uint32Array(4);
  seedRandom(random, 1);
  env.reset();
  while (games.length < played) {
    for (let i = 0; i < env.count; i++) {
      const action = sampleAction(env.spec.actions, random);
      if (typeof action !== "number") throw new Error(`${game}: only discrete actions here`);
      env.actions[i] = action;
    }
    env.step();
  }
  return games;
}

function writeRows(path: string, rows: number, totalSteps: number): void {
  const random = new Uint32Array(4);
  seedRandom(random, 2);
  const noise = (): number => nextFloat(random) - 0.5;
  writeLines(path, rows, (i) => {
    const share = (i + 1) / rows;
    return encodeMetricsRow({
      ...{ steps: Math.round(share * totalSteps), seconds: i * 0.25, episodes: i * 3 },
      ...{ stepsPerSecond: 100_000 + 20_000 * noise(), timeGame: 0.3, timePolicy: 0.3 },
      ...{ timeLearn: 0.4, score: 400 * share ** 0.5 + 40 * noise(), best: 500 * share ** 0.3 },
      ...{ policyLoss: 0.01 * noise(), valueLoss: 0.2 + 0.1 * noise(), approxKl: 0.01 },
      ...{ entropy: 1.1 - share + 0.02 * noise(), explainedVariance: 0.9 + 0.05 * noise() },
      gradNorm: i === Math.floor(rows / 3) ? 900 : 1 + 0.5 * noise(),
    });
  });
}

function writeEpisodes(
  folder: string,
  count: number,
  totalSteps: number,
  games: ReturnType<typeof playedGames>,
): void {
  mkdirSync(folder, { recursive: true });
  const offsets: number[] = [];
  let offset = 0;
  for (const { replay } of games) {
    offsets.push(offset);
    offset += replay.length;
  }
  writeFileSync(join(folder, "pack-0.bin"), Buffer.concat(games.map(({ replay }) => replay)));
  const reasons: readonly EpisodeReason[] = ["newest", "newest", "worst", "best"];
  writeLines(join(folder, "index.jsonl"), count, (i) => {
    const which = (i * 7) % games.length;
    const { record, replay } = games[which];
    const { env, episode, seed, length, terminated } = record;
    const entry: StoredEpisode = {
      ...{ id: String(i), env, episode, seed, length, terminated, return: record.return },
      reason: i === 0 ? "first" : reasons[i % reasons.length],
      steps: Math.round(((i + 1) / count) * totalSteps),
      ...{ pack: 0, offset: offsets[which], bytes: replay.length, crc: crc32(replay) },
    };
    return encodeJson(entry);
  });
}

/** A new file of lines, written in parts. */
function writeLines(path: string, count: number, line: (i: number) => string): void {
  writeFileSync(path, "");
  for (let from = 0; from < count; from += linesPerWrite) {
    const n = Math.min(linesPerWrite, count - from);
    appendFileSync(path, Array.from({ length: n }, (_, i) => `${line(from + i)}\n`).join(""));
  }
}
