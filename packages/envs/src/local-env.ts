/**
 * The vector env whose games run in this thread. Every episode has its own seed from the key tree,
 * `key.child("env", i).child("episode", k)`, so {seed, actions} alone replays it.
 *
 * A game that fails (it throws, or returns what is no number) ends training by a precise error, or,
 * with `faults: "truncate"`, loses its episode only: a fresh game goes on in its place.
 *
 * Not here: saving and restoring (vector-state.ts), games on other threads (workers/), wrappers.
 */

import { ActionViews } from "./action-views.js";
import { EnvError } from "./errors.js";
import {
  Callbacks,
  FaultKeeper,
  type FaultPlace,
  type FaultPolicy,
  isFinite32,
  NotFinite,
} from "./faults.js";
import {
  forFirstPlayer,
  type Game,
  type GameDefinition,
  type GameSpec,
  type ObservationSpec,
} from "./game.js";
import type { Key } from "./key.js";
import {
  type ActionWriter,
  actionArray,
  actionBytes,
  actionWidth,
  actionWriter,
} from "./spaces.js";
import type { CurrentEpisode, EpisodeRecord, ObservationArray, VectorEnv } from "./vector-env.js";
import { captureVector, restoreVector, type VectorEnvState } from "./vector-state.js";

/** Shows a game to the policy in another way than its own `observe`, e.g. as pixels. */
export interface Observer {
  /** What it writes. */
  readonly spec: ObservationSpec;
  /** Writes `spec.size` values from `at`; touches nothing else. */
  observe(game: Game, out: ObservationArray, at: number): void;
}

/** How to make a LocalVectorEnv. */
export interface VectorEnvOptions extends FaultPolicy {
  /** Number of games. */
  readonly count: number;
  /** Where all seeds come from. */
  readonly key: Key;
  /** Decisions after which an episode is cut (default: the game's `spec.maxSteps`). */
  readonly maxSteps?: number;
  /** The variant, where the game is given as a definition (default: the definition's). */
  readonly variant?: string;
  /**
   * Called within the step for every episode that ends. What it throws comes out of the step once that
   * is complete.
   */
  readonly onEpisode?: (episode: EpisodeRecord) => void;
  /** Number of the first game (default 0), where these are a part of a larger set. */
  readonly firstEnv?: number;
  /** Shows the games in another way than their own `observe`; made once from the game's spec. */
  readonly observer?: (spec: GameSpec) => Observer;
  /** `[count * O]`: where the observations are to lie, e.g. in a part of a larger array. */
  readonly observations?: ObservationArray;
  /** `[1]`, shared: the game that is being played, as its number in this env, for a watcher. */
  readonly progress?: Int32Array;
}

const FIRST_LOG_BYTES = 256;

/** `count` games of one kind that step together in this thread. */
export class LocalVectorEnv implements VectorEnv {
  readonly autoreset = "same-step";
  readonly count: number;
  readonly spec: GameSpec;
  readonly maxSteps: number;
  readonly key: Key;
  readonly firstEnv: number;
  readonly observations: ObservationArray;
  readonly actions: Float32Array | Int32Array;
  readonly rewards: Float32Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly finalObservations: ObservationArray;
  readonly episodeReturn: Float64Array;
  readonly episodeLength: Int32Array;
  readonly masks: Uint8Array | undefined;

  // The episodes being played; VectorEnvState names these fields too.
  /** @internal */ readonly games: Game[];
  /** @internal Bytes of the decisions. */ readonly logs: Uint8Array<ArrayBuffer>[];
  /** @internal */ readonly seeds: Float64Array;
  /** @internal */ readonly episodes: Int32Array;
  /** @internal */ readonly lengths: Int32Array;
  /** @internal */ readonly returns: Float64Array;
  /** @internal Bytes of one decision. */ readonly bytes: number;
  /** @internal */ started = false;
  private readonly create: () => Game;
  private readonly actionCount: number; // of discrete actions; 0 for vectors
  private readonly vectors: ActionViews | undefined;
  private readonly write: ActionWriter;
  private readonly observer: Observer | undefined;
  private readonly onEpisode: ((episode: EpisodeRecord) => void) | undefined;
  private readonly progress: Int32Array;
  private readonly callbacks: Callbacks = new Callbacks();
  private readonly faults: FaultKeeper;
  private readonly broken: Uint8Array; // 1 where the game has failed: a fresh one starts the next episode
  private readonly isForTwo: boolean;
  private readonly checkRows: boolean;
  private readonly size: number; // of an observation
  private readonly rows: Float32Array; // observations, where games write them
  private readonly finalRows: Float32Array;
  private readonly isPlain: boolean; // observing is the game's own `observe` and nothing more

  /**
   * @param game a definition, or a function that makes a new game. Throws EnvError
   * INVALID_ARGUMENT, UNKNOWN_VARIANT, UNSUPPORTED.
   */
  constructor(game: GameDefinition | (() => Game), options: VectorEnvOptions) {
    const { count, key, variant } = options;
    assertPositive("count", count);
    this.create = typeof game === "function" ? game : () => game.create(variant);
    this.games = Array.from({ length: count }, this.create);
    const { spec } = this.games[0];
    const hasRules = this.games[0].legal !== undefined;
    this.observer = options.observer?.(spec);
    this.spec = this.observer ? { ...spec, observation: this.observer.spec } : spec;
    this.count = count;
    this.key = key;
    this.firstEnv = options.firstEnv ?? 0;
    this.maxSteps = options.maxSteps ?? spec.maxSteps;
    assertPositive("maxSteps", this.maxSteps);
    this.onEpisode = options.onEpisode;
    this.progress = options.progress ?? new Int32Array(1);
    this.faults = new FaultKeeper(spec.id, count, {
      ...options,
      onFault: (fault) => this.callbacks.call(options.onFault, fault),
    });
    this.broken = new Uint8Array(count);
    this.isForTwo = spec.players === 2;
    const { actions, observation } = this.spec;
    const isBytes = observation.dtype === "uint8"; // which are finite
    if (isBytes && !this.observer) throw unwritable(spec);
    this.checkRows = (options.checkObservations ?? options.faults === "truncate") && !isBytes;

    const width = actionWidth(actions);
    this.actionCount = actions.kind === "discrete" ? actions.names.length : 0;
    this.actions = actionArray(actions, count * width, sharedBuffer(4 * count * width));
    this.vectors =
      actions.kind === "discrete"
        ? undefined
        : new ActionViews(spec.id, actions, count, this.firstEnv);
    this.write = actionWriter(actions);
    this.bytes = actionBytes(actions);
    this.observations = options.observations ?? observationRows(observation, count);
    this.finalObservations = observationRows(observation, count);
    assertRows(this.observations, this.finalObservations);
    this.size = observation.size;
    this.rows = this.observations instanceof Float32Array ? this.observations : new Float32Array(0);
    this.finalRows =
      this.finalObservations instanceof Float32Array ? this.finalObservations : this.rows;
    this.isPlain = !this.observer && !hasRules && !this.checkRows;
    this.rewards = new Float32Array(count);
    this.terminated = new Uint8Array(count);
    this.truncated = new Uint8Array(count);
    this.episodeReturn = new Float64Array(count);
    this.episodeLength = new Int32Array(count);
    this.masks = hasRules ? new Uint8Array(count * this.actionCount).fill(1) : undefined;
    this.logs = Array.from({ length: count }, () => new Uint8Array(FIRST_LOG_BYTES));
    this.seeds = new Float64Array(count);
    this.episodes = new Int32Array(count);
    this.lengths = new Int32Array(count);
    this.returns = new Float64Array(count);
  }

  reset(): void {
    this.started = true;
    this.rewards.fill(0);
    this.terminated.fill(0);
    this.truncated.fill(0);
    for (let env = 0; env < this.count; env++) this.begin(env, 0);
    this.callbacks.passOn();
  }

  step(): void {
    this.stepRange(0, this.count);
  }

  stepRange(from: number, to: number, observe = true): void {
    if (!this.started) throw new EnvError("INVALID_ARGUMENT", "VectorEnv.step: call reset() first");
    if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && to <= this.count)) {
      const range = `[${from}, ${to}) is outside [0, ${this.count})`;
      throw new EnvError("INVALID_ARGUMENT", `VectorEnv.stepRange: ${range}`);
    }
    const isLooked = observe || this.masks !== undefined; // masks are never left as they are
    let next = from;
    while (next < to) {
      try {
        this.play(next, to, isLooked);
        next = to;
      } catch (error) {
        next = this.progress[0];
        this.fail(next, error, this.lengths[next]);
        next += 1;
      }
    }
    this.callbacks.passOn();
  }

  cut(env: number): void {
    this.assertEnv("cut", env);
    this.terminated[env] = 0;
    this.truncated[env] = 1;
    try {
      this.observeFinal(env);
      this.finish(env, false);
    } catch (error) {
      this.fail(env, error, this.lengths[env] - 1);
    }
    this.callbacks.passOn();
  }

  restart(env: number, episode: number): void {
    this.assertEnv("restart", env);
    this.started = true;
    this.begin(env, episode);
    this.callbacks.passOn();
  }

  lives(env: number): number | undefined {
    return this.games[env].lives;
  }

  turn(env: number): number | undefined {
    return this.games[env].player;
  }

  current(env: number): CurrentEpisode {
    const length = this.lengths[env];
    return {
      seed: this.seeds[env],
      episode: this.episodes[env],
      actions: this.logs[env].subarray(0, length * this.bytes),
      length,
      return: this.returns[env],
    };
  }

  save(): VectorEnvState {
    return captureVector(this);
  }

  restore(state: VectorEnvState): void {
    restoreVector(this, state);
    for (let env = 0; env < this.count; env++) this.markLegal(env);
  }

  dispose(): void {}

  /** The hot loop: what the usual step needs is here, what is rare is called. */
  private play(from: number, to: number, observe: boolean): void {
    const { games, lengths, returns, progress, vectors, maxSteps } = this;
    for (let env = from; env < to; env++) {
      progress[0] = env;
      const mover = this.isForTwo ? games[env].player : 0;
      const reward = games[env].step(
        vectors ? vectors.take(this.actions, env) : this.actionOf(env),
      );
      if (!Number.isFinite(Math.fround(reward))) throw notFiniteReward(reward);
      this.log(env, lengths[env]);
      const length = lengths[env] + 1;
      const { terminated } = games[env];
      const ended = terminated || length >= maxSteps;
      this.rewards[env] = reward;
      this.terminated[env] = terminated ? 1 : 0;
      this.truncated[env] = ended && !terminated ? 1 : 0;
      if (ended) this.observeFinal(env);
      else if (observe) this.observe(env);
      lengths[env] = length; // counted once it is certain that nothing failed
      returns[env] += forFirstPlayer(mover, reward);
      if (ended) this.finish(env, terminated);
    }
  }

  private actionOf(env: number): number {
    const action = this.actions[env];
    if (!(action >= 0 && action < this.actionCount)) throw this.invalidAction(env);
    return action;
  }

  private log(env: number, at: number): void {
    const { bytes, vectors } = this;
    if ((at + 1) * bytes > this.logs[env].length) this.growLog(env);
    if (vectors) this.write(vectors.taken, env * vectors.width, this.logs[env], at * bytes);
    else this.logs[env][at] = this.actions[env];
  }

  /** Starts an episode of one env; where the game fails at it, a fresh game starts the next one. */
  private begin(env: number, episode: number): void {
    let number = episode;
    while (!this.start(env, number)) number += 1;
  }

  /** Starts an episode; false where the game failed at it. */
  private start(env: number, episode: number): boolean {
    const seed = this.key
      .child("env", this.firstEnv + env)
      .child("episode", episode)
      .toSeed();
    this.seeds[env] = seed;
    this.episodes[env] = episode;
    this.lengths[env] = 0;
    this.returns[env] = 0;
    try {
      if (this.broken[env] !== 0) this.games[env] = this.create();
      this.broken[env] = 0;
      this.games[env].seed(seed);
      this.games[env].reset();
      this.observe(env);
      return true;
    } catch (error) {
      this.faults.add(env, this.placeOf(env, -1), error);
      this.broken[env] = 1;
      return false;
    }
  }

  /** Writes the env's rows of observations and masks. */
  private observe(env: number): void {
    if (this.isPlain) this.games[env].observe(this.rows, env * this.size);
    else this.observeOtherwise(env);
  }

  private observeOtherwise(env: number): void {
    const { observations, games, observer, size } = this;
    const at = env * size;
    if (observer) observer.observe(games[env], observations, at);
    else games[env].observe(this.rows, at);
    this.markLegal(env);
    if (this.checkRows && !isFinite32(observations, at, size)) {
      throw notFiniteEntry(this.spec.observation, observations.subarray(at, at + size));
    }
  }

  private markLegal(env: number): void {
    const { actionCount, masks } = this;
    const game = this.games[env];
    if (!masks || game.terminated) return;
    game.legal?.(masks.subarray(env * actionCount, (env + 1) * actionCount));
  }

  /** Writes the last observation of an episode. */
  private observeFinal(env: number): void {
    if (this.isPlain) this.games[env].observe(this.finalRows, env * this.size);
    else {
      this.observeOtherwise(env);
      this.keepFinalObservation(env);
    }
    this.faults.passed(env);
  }

  private keepFinalObservation(env: number): void {
    const { size } = this;
    const row = this.observations.subarray(env * size, (env + 1) * size);
    this.finalObservations.set(row, env * size);
  }

  /** The record of the episode, and the next one. */
  private finish(env: number, terminated: boolean): void {
    const length = this.lengths[env];
    this.episodeReturn[env] = this.returns[env];
    this.episodeLength[env] = length;
    const record = this.onEpisode && {
      env: this.firstEnv + env,
      episode: this.episodes[env],
      seed: this.seeds[env],
      actions: this.logs[env].slice(0, length * this.bytes),
      length,
      return: this.returns[env],
      terminated,
      truncated: !terminated,
    };
    this.begin(env, this.episodes[env] + 1);
    if (record) this.callbacks.call(this.onEpisode, record);
  }

  /**
   * A step of `env` failed: its episode is cut before that step, and the last observation is the
   * newest one, with 0 for what is not finite.
   */
  private fail(env: number, error: unknown, step: number): void {
    const isCallers = error instanceof EnvError && error.code === "INVALID_ACTION";
    if (isCallers || error === this.faults.verdict) throw error;
    this.faults.add(env, this.placeOf(env, step), error);
    const { size } = this.spec.observation;
    for (let i = env * size; i < (env + 1) * size; i++) {
      if (!Number.isFinite(this.observations[i])) this.observations[i] = 0;
    }
    this.keepFinalObservation(env);
    this.rewards[env] = 0;
    this.terminated[env] = 0;
    this.truncated[env] = 1;
    this.broken[env] = 1;
    this.finish(env, false);
  }

  private placeOf(env: number, step: number): FaultPlace {
    const width = actionWidth(this.spec.actions);
    const played = this.vectors?.taken ?? this.actions;
    const action = step < 0 ? [] : played.subarray(env * width, (env + 1) * width);
    return {
      env: this.firstEnv + env,
      episode: this.episodes[env],
      seed: this.seeds[env],
      step,
      action: Array.from(action),
    };
  }

  private growLog(env: number): void {
    const log = this.logs[env];
    this.logs[env] = new Uint8Array(2 * (log.length + this.bytes));
    this.logs[env].set(log);
  }

  private assertEnv(method: string, env: number): void {
    if (Number.isInteger(env) && env >= 0 && env < this.count) return;
    throw new EnvError(
      "INVALID_ARGUMENT",
      `VectorEnv.${method}: no such env (got ${env}, expected 0 to ${this.count - 1})`,
    );
  }

  private invalidAction(env: number): EnvError {
    const values = `got ${this.actions[env]}, expected 0 to ${this.actionCount - 1}`;
    const text = `invalid action of env ${this.firstEnv + env} (${values})`;
    return new EnvError("INVALID_ACTION", `${this.spec.id}: ${text}`);
  }
}

function notFiniteReward(reward: number): NotFinite {
  return new NotFinite("INVALID_REWARD", "the reward", reward);
}

function notFiniteEntry({ names }: ObservationSpec, row: ObservationArray): NotFinite {
  const entry = row.findIndex((value) => !Number.isFinite(value));
  const name = names ? ` (${names[entry]})` : "";
  const what = `entry ${entry}${name} of the observation`;
  return new NotFinite("INVALID_OBSERVATION", what, row[entry]);
}

function unwritable(spec: GameSpec): EnvError {
  return new EnvError(
    "INVALID_ARGUMENT",
    `VectorEnv: ${spec.id} cannot write its observations itself (got dtype "uint8" and no observer, expected "float32")`,
  );
}

function assertPositive(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new EnvError(
    "INVALID_ARGUMENT",
    `VectorEnv: ${name} must be a positive integer (got ${value})`,
  );
}

/** Throws EnvError INVALID_ARGUMENT where rows that were given are not like those that are needed. */
export function assertRows(given: ObservationArray, needed: ObservationArray): void {
  const describe = (rows: ObservationArray): string => `${rows.constructor.name} of ${rows.length}`;
  if (describe(given) === describe(needed)) return;
  throw new EnvError(
    "INVALID_ARGUMENT",
    `VectorEnv: observations do not fit (got ${describe(given)}, expected ${describe(needed)})`,
  );
}

/** Rows for `count` observations, in shared memory where the platform has it. */
export function observationRows(spec: ObservationSpec, count: number): ObservationArray {
  const values = spec.size * count;
  return spec.dtype === "uint8"
    ? new Uint8Array(sharedBuffer(values))
    : new Float32Array(sharedBuffer(4 * values));
}

/** Memory that threads can share, where the platform has it. */
export function sharedBuffer(bytes: number): ArrayBuffer | SharedArrayBuffer {
  return typeof SharedArrayBuffer === "undefined"
    ? new ArrayBuffer(bytes)
    : new SharedArrayBuffer(bytes);
}
