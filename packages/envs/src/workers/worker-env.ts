/**
 * A vector env whose games run on other threads, over shared memory. Trajectories are those of games
 * in one thread, bit for bit, whatever the number of threads.
 *
 * A thread that hangs or is gone is replaced: since games are deterministic, the new one plays the
 * episodes of the lost one again up to where they were, and finishes its step. Only the episode that
 * took the thread down is cut (truncated), and reported once. Wrappers run with the games, but for
 * those whose state spans envs, which stand around all of them.
 */
import { EnvError } from "../errors.js";
import { FaultKeeper, type FaultPlace, type FaultPolicy, ThreadFault } from "../faults.js";
import { type GameDefinition, type GameSpec, specOf } from "../game.js";
import type { Key } from "../key.js";
import { type ActionArray, actionBytes, actionWidth } from "../spaces.js";
import type { CurrentEpisode, EpisodeRecord, VectorEnv } from "../vector-env.js";
import type { VectorEnvState } from "../vector-state.js";
import { createVectorEnv, spansEnvs, type WrapperSpec, wrapAll } from "../wrappers/wrap.js";
import { EpisodeLogs } from "./episode-logs.js";
import { describe, errorOf, Link, type Outcome } from "./link.js";
import {
  type Block,
  code,
  type GameSource,
  type Rebuilt,
  type SharedRows,
  type ThreadMessage,
} from "./protocol.js";
import { sharedRows } from "./shared-rows.js";
import { joinStates, splitState } from "./split-state.js";

/** How to make a vector env on threads. */
export interface WorkerEnvOptions extends FaultPolicy {
  /** Number of games. */
  readonly count: number;
  /** Where all seeds come from. */
  readonly key: Key;
  /** Number of threads, at most `count`. */
  readonly workers: number;
  /** The variant (default: the definition's). */
  readonly variant?: string;
  /** Decisions after which an episode is cut (default: the game's `spec.maxSteps`). */
  readonly maxSteps?: number;
  /** From the inside out. */
  readonly wrappers?: readonly WrapperSpec[];
  /** Called within the step for every episode that ends. */
  readonly onEpisode?: (episode: EpisodeRecord) => void;
  /** Where the threads find the game (default: this package, by the definition's id). */
  readonly source?: GameSource;
  /** Seconds without a sign of life after which a thread is replaced (default 30). */
  readonly timeout?: number;
}

/** Blocks of each thread: two, so that half of the envs can step on all threads. */
const BLOCKS_PER_THREAD = 2;
/** Threads lost while replacing a lost one that are too many. */
const MOST_REPLACEMENTS = 5;

/**
 * A vector env on threads with its wrappers. `faults` is "truncate" unless said otherwise. Throws
 * EnvError INVALID_ARGUMENT, WORKER_FAILED, and what making the game throws.
 */
export function createWorkerEnv(game: GameDefinition, options: WorkerEnvOptions): VectorEnv {
  const { wrappers = [] } = options;
  const cut = wrappers.findIndex(spansEnvs);
  const inner = cut < 0 ? wrappers : wrappers.slice(0, cut);
  const env = new WorkerVectorEnv(game, { ...options, wrappers: inner });
  return wrapAll(env, wrappers.slice(inner.length));
}

/** One thread and the games that it plays. */
interface Crew {
  link: Link;
  readonly blocks: readonly Block[];
}

/** `count` games of one kind that step on several threads. */
export class WorkerVectorEnv implements VectorEnv {
  readonly autoreset = "same-step";
  readonly count: number;
  readonly spec: GameSpec;
  readonly maxSteps: number;
  readonly key: Key;
  readonly firstEnv = 0;
  readonly layers: number;
  readonly observations: SharedRows["observations"];
  readonly actions: ActionArray;
  readonly rewards: Float32Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly finalObservations: SharedRows["observations"];
  readonly episodeReturn: Float64Array;
  readonly episodeLength: Int32Array;
  readonly masks: Uint8Array | undefined;
  private readonly rows: SharedRows;
  private readonly options: WorkerEnvOptions;
  private readonly source: GameSource;
  private readonly crews: readonly Crew[];
  private readonly logs: EpisodeLogs;
  private readonly faults: FaultKeeper;
  private readonly timeout: number;
  private readonly bytes: number; // of the game's own decisions
  private readonly failed: Set<number> = new Set(); // envs whose episode has just taken a thread down
  private records: EpisodeRecord[] = [];
  private isDisposed = false;

  /** As `createWorkerEnv`, for wrappers whose state does not span envs. */
  constructor(game: GameDefinition, options: WorkerEnvOptions) {
    const { count, workers, key, variant, maxSteps, wrappers = [], timeout = 30 } = options;
    checkCounts(count, workers);
    this.options = { faults: "truncate", ...options };
    this.source = options.source ?? { id: game.id };
    this.timeout = timeout;
    const sample = createVectorEnv(game, {
      count: 1,
      key,
      wrappers,
      ...(variant !== undefined && { variant }),
      ...(maxSteps !== undefined && { maxSteps }),
    });
    this.count = count;
    this.key = key;
    this.spec = sample.spec;
    this.layers = wrappers.filter(({ wrapper }) => wrapper !== "pixels").length;
    this.maxSteps = sample.maxSteps;
    this.bytes = actionBytes(specOf(game, variant).actions);
    this.rows = sharedRows(sample, count);
    this.observations = this.rows.observations;
    this.finalObservations = this.rows.finalObservations;
    this.actions = this.rows.actions;
    this.rewards = this.rows.rewards;
    this.terminated = this.rows.terminated;
    this.truncated = this.rows.truncated;
    this.episodeReturn = this.rows.episodeReturn;
    this.episodeLength = this.rows.episodeLength;
    this.masks = this.rows.masks;
    this.logs = new EpisodeLogs(this.spec.actions, count);
    this.faults = new FaultKeeper(this.spec.id, count, this.options);
    this.crews = assign(count, workers).map((blocks) => ({ blocks, link: this.start(blocks) }));
    for (const { link } of this.crews) link.ready();
  }

  /** Ends a thread, as an accident would: for tests of what happens then. */
  endThread(index: number): void {
    this.crews[index].link.end();
  }

  reset(): void {
    for (let env = 0; env < this.count; env++) this.logs.begin(env, 0);
    for (const { link } of this.crews) link.send(code.reset);
    for (const crew of this.crews) this.settle(crew, undefined);
    this.rows.rewards.fill(0);
    this.noteEpisodes(0, this.count, true);
    this.deliver();
  }

  step(): void {
    this.stepRange(0, this.count);
  }

  stepRange(from: number, to: number, observe = true): void {
    if (!(from >= 0 && to <= this.count)) {
      const range = `[${from}, ${to}) is outside [0, ${this.count})`;
      throw new EnvError("INVALID_ARGUMENT", `VectorEnv.stepRange: ${range}`);
    }
    const called = this.crews.filter(({ blocks }) =>
      blocks.some((block) => block.from < to && block.to > from),
    );
    for (const { link } of called) link.send(code.step, from, to, observe);
    for (const crew of called) this.settle(crew, { from, to });
    for (let env = from; env < to; env++) this.logs.add(env, this.actions);
    this.noteEpisodes(from, to, false);
    this.deliver();
  }

  cut(env: number): void {
    this.order(env, code.cut, 0);
  }

  restart(env: number, episode: number): void {
    this.logs.begin(env, episode);
    this.order(env, code.restart, episode);
  }

  turn(env: number): number | undefined {
    return this.rows.turns?.[env];
  }

  lives(env: number): number | undefined {
    return this.rows.lives?.[env];
  }

  current(env: number): CurrentEpisode {
    const crew = this.crewOf(env);
    const answer = this.ask(crew, code.current, env);
    if (answer?.kind === "current") return answer.current;
    throw new EnvError("WORKER_FAILED", "VectorEnv.current: a thread gave no answer");
  }

  save(): VectorEnvState {
    const parts: { from: number; state: VectorEnvState }[] = [];
    for (const crew of this.crews) {
      const answer = this.ask(crew, code.save, 0);
      if (answer?.kind !== "saved") {
        throw new EnvError("WORKER_FAILED", "VectorEnv.save: a thread gave no answer");
      }
      for (const [i, { from }] of crew.blocks.entries())
        parts.push({ from, state: answer.states[i] });
    }
    parts.sort((a, b) => a.from - b.from);
    return joinStates(parts.map(({ state }) => state));
  }

  restore(state: VectorEnvState): void {
    if (state.facts.count !== this.count) {
      const got = `got ${state.facts.count}, expected ${this.count}`;
      throw new EnvError(
        "STATE_MISMATCH",
        `VectorEnv.restore: the state has another count (${got})`,
      );
    }
    this.noteRestored(state);
    for (const { link, blocks } of this.crews) {
      const states = splitState(state, blocks, this.bytes);
      link.send(code.restore, 0, 0, true, { kind: "restore", states });
    }
    for (const crew of this.crews) this.settle(crew, undefined);
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    for (const { link } of this.crews) link.end();
  }

  private start(blocks: readonly Block[]): Link {
    const { variant, maxSteps, key, wrappers = [], faults = "truncate" } = this.options;
    return new Link({
      source: this.source,
      variant,
      maxSteps,
      key: key.words,
      wrappers,
      faults,
      checkObservations: this.options.checkObservations ?? faults === "truncate",
      wantsRecords: this.options.onEpisode !== undefined,
      count: this.count,
      blocks,
      rows: this.rows,
    });
  }

  private crewOf(env: number): Crew {
    const found = this.crews.find(({ blocks }) =>
      blocks.some(({ from, to }) => env >= from && env < to),
    );
    if (found) return found;
    throw new EnvError(
      "INVALID_ARGUMENT",
      `VectorEnv: no such env (got ${env}, expected below ${this.count})`,
    );
  }

  /** A command for one env. */
  private order(env: number, command: number, value: number): void {
    const crew = this.crewOf(env);
    crew.link.send(command, env, value);
    this.settle(crew, undefined);
    this.noteEpisodes(env, env + 1, true);
    this.deliver();
  }

  /** A command with an answer; asked again where the thread was lost over it. */
  private ask(crew: Crew, command: number, env: number): ThreadMessage | undefined {
    for (let tries = 0; tries < MOST_REPLACEMENTS; tries++) {
      crew.link.send(command, env);
      const outcome = crew.link.await(this.timeout);
      const answer = this.take(crew);
      if (outcome === "done") return answer;
      this.replace(crew, outcome, undefined);
      this.deliver();
    }
    return undefined;
  }

  /** Waits for a command; replaces the thread if it does not finish. */
  private settle(crew: Crew, step: { from: number; to: number } | undefined): void {
    const outcome = crew.link.await(this.timeout);
    if (outcome === "done") this.take(crew);
    else this.replace(crew, outcome, step);
  }

  /** Takes what the thread has said; gives its last answer. */
  private take({ link }: Crew): ThreadMessage | undefined {
    let answer: ThreadMessage | undefined;
    for (const message of link.drain()) {
      if (message.kind === "episode") this.records.push(message.record);
      else if (message.kind === "fault") this.options.onFault?.(message.fault);
      else if (message.kind === "error") throw errorOf(message);
      else answer = message;
    }
    return answer;
  }

  /** Hands out the records in the order of one thread. */
  private deliver(): void {
    if (this.records.length === 0) return;
    const { records } = this;
    this.records = [];
    records.sort((a, b) => a.env - b.env || a.episode - b.episode);
    for (const record of records) {
      if (!this.failed.delete(record.env)) this.faults.passed(record.env);
      this.options.onEpisode?.(record);
    }
  }

  /** A new thread in the place of one that hangs or is gone. */
  private replace(
    crew: Crew,
    outcome: Exclude<Outcome, "done">,
    step: { from: number; to: number } | undefined,
  ): void {
    const given = new Set<number>(); // episodes that took a thread down once: played again and cut
    const lost = new Set<number>(); // those that did it twice: skipped
    let how = outcome;
    for (let tries = 0; tries < MOST_REPLACEMENTS; tries++) {
      const env = crew.link.playing;
      const isInPlay =
        crew.link.hasBegun && crew.blocks.some(({ from, to }) => env >= from && env < to);
      crew.link.end();
      if (isInPlay && given.has(env)) lost.add(env);
      else if (isInPlay) {
        given.add(env);
        this.report(env, how, step !== undefined);
      }
      crew.link = this.start(crew.blocks);
      crew.link.ready();
      const episodes = this.episodesOf(crew, given, lost);
      crew.link.send(code.rebuild, 0, 0, true, { kind: "rebuild", rebuild: { episodes, step } });
      const after = crew.link.await(this.timeout);
      if (after === "done") {
        this.take(crew);
        return;
      }
      how = after;
    }
    throw new EnvError(
      "WORKER_FAILED",
      `${this.spec.id}: ${MOST_REPLACEMENTS} threads in a row were lost; the last one ${describe(how)}`,
    );
  }

  private episodesOf(crew: Crew, given: Set<number>, lost: Set<number>): Rebuilt[] {
    const episodes: Rebuilt[] = [];
    for (const { from, to } of crew.blocks) {
      for (let env = from; env < to; env++) {
        episodes.push({
          env,
          episode: this.logs.episodes[env],
          actions: lost.has(env) ? undefined : this.logs.of(env),
          steps: Math.max(0, this.logs.steps[env]),
          cut: given.has(env),
        });
      }
    }
    return episodes;
  }

  private report(env: number, how: "hung" | "died", isStep: boolean): void {
    const width = actionWidth(this.spec.actions);
    const episode = this.logs.episodes[env];
    const place: FaultPlace = {
      env,
      episode,
      seed: this.key.child("env", env).child("episode", episode).toSeed(),
      step: isStep ? Math.max(0, this.logs.steps[env]) : -1,
      action: isStep ? Array.from(this.actions.subarray(env * width, (env + 1) * width)) : [],
    };
    const message =
      how === "hung"
        ? `no sign of life for ${this.timeout} s; its thread was replaced`
        : "its thread was replaced";
    this.failed.add(env);
    this.faults.add(env, place, new ThreadFault(how, message));
  }

  /** Notes which episodes have begun; `all` where the rows do not tell. */
  private noteEpisodes(from: number, to: number, all: boolean): void {
    const { terminated, truncated, rows, logs } = this;
    for (let env = from; env < to; env++) {
      if (!all && terminated[env] === 0 && truncated[env] === 0) continue;
      if (rows.episodes[env] !== logs.episodes[env] || all) logs.begin(env, rows.episodes[env]);
    }
  }

  private noteRestored({ arrays }: VectorEnvState): void {
    for (let env = 0; env < this.count; env++) {
      this.logs.begin(env, arrays.episodes[env], arrays.lengths[env] === 0);
      this.rows.episodes[env] = arrays.episodes[env];
    }
  }
}

function checkCounts(count: number, workers: number): void {
  for (const [name, value] of [
    ["count", count],
    ["workers", workers],
  ] as const) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new EnvError(
      "INVALID_ARGUMENT",
      `workers: ${name} must be a positive integer (got ${value})`,
    );
  }
  if (workers > count) {
    throw new EnvError(
      "INVALID_ARGUMENT",
      `workers: more threads than games (got ${workers}, expected at most ${count})`,
    );
  }
}

/** The blocks of each thread: neighbours to different threads, so that any half keeps all busy. */
function assign(count: number, workers: number): Block[][] {
  const blocks = Math.min(count, workers * BLOCKS_PER_THREAD);
  const crews = Array.from({ length: workers }, (): Block[] => []);
  for (let block = 0; block < blocks; block++) {
    const from = Math.floor((block * count) / blocks);
    const to = Math.floor(((block + 1) * count) / blocks);
    crews[block % workers].push({ from, to });
  }
  return crews;
}
