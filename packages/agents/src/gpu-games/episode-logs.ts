/**
 * Episodes of games on a GPU, told from their log on the device (log.ts): all of the first few games, followed from
 * rollout to rollout, and single ones of any game. The other games are counted on the GPU only.
 */
import type { CurrentEpisode, EpisodeRecord } from "@carom/envs";
import { scope, type Tensor, type TypedArray } from "@carom/tensor";
import type { GpuGames } from "./gpu-games.js";
import { END } from "./log.js";
import type { EndedEpisode } from "./statistics.js";

/** A running episode. */
interface Running {
  episode: number;
  actions: Uint8Array<ArrayBuffer>;
  length: number;
  total: number;
  /** Whether `actions` has all decisions; else nothing is told of the episode. */
  isWhole: boolean;
}

/** What the device says of the watched games, `[W]` each. */
interface WatchedGames {
  readonly episodes: TypedArray;
  readonly lengths: TypedArray;
  readonly places: TypedArray;
  /** Episodes that ended since the last look. */
  readonly ends: TypedArray;
  /** Raw rewards of the running episodes. */
  readonly returns: TypedArray;
}

/** An end of a watched episode. */
interface End {
  readonly return: number;
  readonly length: number;
  readonly terminated: boolean;
  readonly time: number;
}

const FIRST_BYTES = 256;

/** See the head of the file. */
export class EpisodeLogs {
  /** How many games are watched, W. */
  readonly count: number;
  private readonly games: GpuGames;
  private readonly running: Running[];
  private places: Int32Array; // up to which decisions were read

  /** @param games whose log follows the first `count` of them */
  constructor(games: GpuGames, count: number) {
    this.games = games;
    this.count = count;
    this.places = new Int32Array(count);
    this.running = Array.from({ length: count }, () => newRunning(0));
  }

  /** Every game has begun its episode 0; hands out what an opponent's first moves have ended already. */
  reset(): EpisodeRecord[] {
    this.places.fill(0);
    for (let env = 0; env < this.count; env++) this.running[env] = newRunning(0);
    return this.take();
  }

  /** Goes on where the games were restored to: their episodes, the decisions so far (empty: not known) and rewards. */
  restore({ episodes, lengths, returns, log }: Readonly<Record<string, ArrayLike<number>>>): void {
    const { bytes } = this.games.log;
    let at = 0;
    for (let env = 0; env < this.count; env++) {
      const length = lengths[env];
      const end = at + length * bytes;
      const isWhole = length === 0 || end <= log.length;
      const actions = Uint8Array.from(isWhole ? Array.prototype.slice.call(log, at, end) : []);
      this.running[env] = {
        ...{ episode: episodes[env], actions, length, isWhole },
        total: returns[env],
      };
      this.places[env] = length;
      at = end;
    }
    this.forgetEnds();
  }

  /** The episode that a watched game is playing; without decisions where they are not known. */
  current(env: number): CurrentEpisode {
    const { episode, actions, length, total, isWhole } = this.running[env];
    const known = isWhole ? length : 0;
    return {
      seed: this.seedOf(env, episode),
      episode,
      actions: actions.subarray(0, known * this.games.log.bytes),
      length: known,
      return: total,
    };
  }

  /** Follows the watched games to where they are now; hands out the episodes that ended, in order of ending. */
  take(): EpisodeRecord[] {
    const { log } = this.games;
    const now = this.readGames();
    const ends = this.readEnds(Math.min(log.mostEnds, Math.max(0, ...now.ends)));
    const runs = Array.from(this.places, (place, env) => {
      const length = log.between(place, now.places[env]);
      return { env, place, length: length <= log.length ? length : 0 };
    });
    const decisions = log.read(runs);
    const told: { time: number; record: EpisodeRecord }[] = [];
    for (let env = 0; env < this.count; env++) {
      if (this.isLost(env, now)) {
        this.lose(env, now);
        continue;
      }
      let at = 0;
      for (let k = 0; k < now.ends[env]; k++) {
        const end = endAt(ends, k * this.count + env);
        const next = at + (end.length - this.running[env].length) * log.bytes;
        this.add(env, decisions[env].subarray(at, next));
        at = next;
        const { isWhole } = this.running[env];
        const record = this.end(env, end);
        if (isWhole) told.push({ time: end.time, record });
      }
      this.add(env, decisions[env].subarray(at));
      this.running[env].total = now.returns[env];
    }
    this.places = Int32Array.from(now.places);
    this.forgetEnds();
    return told.sort((a, b) => a.time - b.time).map(({ record }) => record);
  }

  /** An episode of any game that ended of late; undefined where its decisions are not known any more. */
  find({
    env,
    episode,
    length,
    place,
    return: total,
    terminated,
  }: EndedEpisode): EpisodeRecord | undefined {
    const { log, tensors } = this.games;
    if (log.unknown?.[env] === episode) return undefined;
    const [now] = readPart(tensors.places, env, env + 1);
    if (length + log.between(place, now) > log.length) return undefined;
    const [actions] = log.read([{ env, place: log.before(place, length), length }]);
    return this.record(env, episode, actions, { length, return: total, terminated });
  }

  /** Whether decisions or ends were written over before they were read. */
  private isLost(env: number, { places, ends }: WatchedGames): boolean {
    const { log } = this.games;
    const made = log.between(this.places[env], places[env]);
    return log.length === 0 || made > log.length || ends[env] > log.mostEnds;
  }

  /** Those that end from now on are the first again. */
  private forgetEnds(): void {
    const { tensors, log } = this.games;
    tensors.ends.fill(0);
    log.clock?.fill(0);
  }

  private lose(env: number, { episodes, lengths, returns }: WatchedGames): void {
    this.running[env] = {
      ...{ episode: episodes[env], length: lengths[env], total: returns[env] },
      ...{ actions: new Uint8Array(0), isWhole: false },
    };
  }

  private readGames(): WatchedGames {
    const { tensors } = this.games;
    const { count } = this;
    return scope(() => {
      const counts = tensors.counts.slice(null, [0, count]).contiguous().toTypedArray();
      const row = (i: number): TypedArray => counts.subarray(i * count, (i + 1) * count);
      const returns = readPart(tensors.returns, 0, count);
      return { episodes: row(0), lengths: row(1), places: row(4), ends: row(5), returns };
    });
  }

  private readEnds(most: number): TypedArray {
    const { ends } = this.games.log;
    return ends === undefined || most === 0 ? new Float64Array(0) : readPart(ends, 0, most);
  }

  private add(env: number, decisions: Uint8Array): void {
    const running = this.running[env];
    const { bytes } = this.games.log;
    const place = running.length * bytes;
    running.length += decisions.length / bytes;
    if (!running.isWhole) return;
    const needed = place + decisions.length;
    if (needed > running.actions.length) {
      const longer = new Uint8Array(Math.max(FIRST_BYTES, needed, 2 * running.actions.length));
      longer.set(running.actions);
      running.actions = longer;
    }
    running.actions.set(decisions, place);
  }

  private end(env: number, end: End): EpisodeRecord {
    const { episode, actions, length } = this.running[env];
    this.running[env] = newRunning(episode + 1);
    return this.record(env, episode, actions.slice(0, length * this.games.log.bytes), end);
  }

  private record(
    env: number,
    episode: number,
    actions: Uint8Array<ArrayBuffer>,
    { length, return: total, terminated }: Omit<End, "time">,
  ): EpisodeRecord {
    return {
      ...{ env: this.games.firstEnv + env, episode, seed: this.seedOf(env, episode) },
      ...{ actions, length },
      ...{ return: total, terminated, truncated: !terminated },
    };
  }

  private seedOf(env: number, episode: number): number {
    const { key, firstEnv } = this.games;
    return key
      .child("env", firstEnv + env)
      .child("episode", episode)
      .toSeed();
  }
}

function newRunning(episode: number): Running {
  return { episode, actions: new Uint8Array(0), length: 0, total: 0, isWhole: true };
}

function endAt(ends: TypedArray, at: number): End {
  const [total, length, terminated, time] = ends.subarray(END * at, END * at + END);
  return { return: total, length, terminated: terminated === 1, time };
}

/** Some rows of a tensor. */
function readPart(rows: Tensor, from: number, to: number): TypedArray {
  return scope(() => rows.slice([from, to]).toTypedArray());
}
